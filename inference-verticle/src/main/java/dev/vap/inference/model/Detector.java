package dev.vap.inference.model;

import dev.vap.shared.domain.Detection;
import dev.vap.shared.protocol.InferenceRequest;
import java.util.List;

/**
 * Analyses one picture at a time. Used by one thread at a time, not always the same; owns its native memory and buffers,
 * freed by {@link #close()}.
 */
public interface Detector extends AutoCloseable {

    /**
     * @param request of the size that the model's input spec asks for; its pixels are only read, and not after the return
     * @return best first, in pixels of the source frame, clipped to it
     * @throws dev.vap.shared.domain.VapException if the picture can't be analysed
     */
    List<Detection> detect(InferenceRequest request);

    @Override
    void close();
}
