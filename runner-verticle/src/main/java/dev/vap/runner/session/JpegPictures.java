package dev.vap.runner.session;

import dev.vap.runner.inference.JpegEncoder;
import dev.vap.shared.protocol.FrameBuffer;
import dev.vap.shared.protocol.FrameBufferPool;
import dev.vap.shared.protocol.InputSpec;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;

/** Pictures for a model as JPEG, for processes elsewhere. Confined to the session's context. */
final class JpegPictures {

    private final InputSpec input;
    private final WorkerExecutor lanes;
    private final FrameBufferPool pool;

    /**
     * @param lanes where pictures are encoded
     * @param most that there are at the same time
     */
    JpegPictures(InputSpec input, WorkerExecutor lanes, int most) {
        this.input = input;
        this.lanes = lanes;
        // What does not fit into as many bytes as the picture itself goes out as it is.
        this.pool = new FrameBufferPool(input.maxBytes(), most);
    }

    /**
     * @param pixels have to stay valid until it completes
     * @return the caller's to release; null if it can't be had, so that the picture has to go out as it is
     */
    Future<FrameBuffer> of(FrameBuffer pixels, int width, int height) {
        FrameBuffer target = pool.acquire();
        if (target == null) {
            return Future.succeededFuture();
        }
        int channels = input.pixels().channels();
        return lanes.executeBlocking(() -> JpegEncoder.encode(pixels.memory(), width, height, channels, target), false)
                .otherwise(false)
                .map(done -> {
                    if (done) {
                        return target;
                    }
                    target.release();
                    return null;
                });
    }

    /** Memory that is still in use is freed when it is given back. */
    void close() {
        pool.close();
    }

    int buffersInUse() {
        return pool.inUse();
    }
}
