package dev.vap.inference.head;

import dev.vap.shared.domain.Detection;
import dev.vap.shared.protocol.InferenceRequest;
import java.nio.FloatBuffer;
import java.util.List;

/** Reads what a run says of one picture. For one thread at a time. */
public interface Decoder {

    /**
     * @param outputs those that {@link Head#reads()} names, the part of this picture alone, whole from index 0 to the limit;
     *     whatever type the network has, they are floats here; read by absolute index only
     * @param request thresholds, classes wanted, and where its pixels lie in the source frame
     * @return best first, clipped to the source frame
     * @throws dev.vap.shared.domain.VapException {@code inference_failed} if the outputs hold values that are no numbers
     */
    List<Detection> decode(List<FloatBuffer> outputs, InferenceRequest request);
}
