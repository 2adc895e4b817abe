package dev.vap.inference.batch;

import dev.vap.shared.protocol.FrameBuffer;
import dev.vap.shared.protocol.InferenceRequest;

/** Makes a raw picture of an encoded one. */
@FunctionalInterface
public interface PictureDecoder {

    /**
     * @return with one reference, which is the caller's
     * @throws dev.vap.shared.domain.VapException if the picture is not what the request says
     */
    FrameBuffer decode(InferenceRequest request);
}
