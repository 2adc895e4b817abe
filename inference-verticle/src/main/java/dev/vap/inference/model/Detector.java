package dev.vap.inference.model;

import dev.vap.shared.domain.Detection;
import dev.vap.shared.protocol.InferenceRequest;
import java.util.List;

/**
 * Analyses pictures. Used by one thread at a time, not always the same; owns its native memory and buffers,
 * freed by {@link #close()}.
 */
public interface Detector extends AutoCloseable {

    /**
     * @param request of the size that the model's input spec asks for; its pixels are only read, and not after the return
     * @return best first, in pixels of the source frame, clipped to it
     * @throws dev.vap.shared.domain.VapException if the picture can't be analysed
     */
    List<Detection> detect(InferenceRequest request);

    /**
     * Several pictures in one run, at most {@link Model#maxBatch()}. If it throws, nothing is known of any of them: the
     * caller may try each by itself.
     *
     * @return a list for each request, in their order
     */
    default List<List<Detection>> detect(List<InferenceRequest> batch) {
        return batch.stream().map(this::detect).toList();
    }

    @Override
    void close();
}
