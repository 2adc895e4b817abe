package dev.vap.inference.head;

import dev.vap.shared.domain.Detection;
import dev.vap.shared.protocol.InferenceRequest;
import java.nio.FloatBuffer;
import java.util.List;

/** Reads the outputs of one run. For one thread at a time. */
public interface Decoder {

    /**
     * @param outputs in the network's order, each whole from index 0; read by absolute index only
     * @param request thresholds, classes wanted, and where its pixels lie in the source frame
     * @return best first, clipped to the source frame
     * @throws dev.vap.shared.domain.VapException {@code inference_failed} if the outputs hold values that are no numbers
     */
    List<Detection> decode(List<FloatBuffer> outputs, InferenceRequest request);
}
