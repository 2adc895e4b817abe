package dev.vap.runner.session;

import dev.vap.runner.preprocess.Letterbox;
import dev.vap.runner.preprocess.Scaling;
import dev.vap.shared.domain.BoundingBox;
import dev.vap.shared.protocol.FrameBuffer;
import dev.vap.shared.protocol.InputSpec;
import dev.vap.shared.runtime.OpenCv;
import java.nio.ByteBuffer;
import org.opencv.core.CvType;
import org.opencv.core.Mat;

/**
 * Cuts objects out of source frames and makes pictures of them for one model. Thread-safe: one at a time. The pictures have
 * to come from one pool that nobody else writes to, as {@link Letterbox} says.
 */
final class CropMaker implements AutoCloseable {

    private static final int CHANNELS = 3;
    private static final int LEAST_SIDE = 2;

    private final Letterbox letterbox;
    private ByteBuffer packed = ByteBuffer.allocateDirect(0);
    private boolean closed;

    /**
     * A part of the source frame, in its pixels.
     */
    record Area(int left, int top, int width, int height) {

        /**
         * A box with a margin, as far as it lies in the frame.
         *
         * @param margin on each side, as a share of the box
         * @return null if too little of it does
         */
        static Area around(BoundingBox box, double margin, int frameWidth, int frameHeight) {
            double x = (box.xMax() - box.xMin()) * margin;
            double y = (box.yMax() - box.yMin()) * margin;
            int left = (int) Math.max(0, Math.floor(box.xMin() - x));
            int top = (int) Math.max(0, Math.floor(box.yMin() - y));
            int right = (int) Math.min(frameWidth, Math.ceil(box.xMax() + x));
            int bottom = (int) Math.min(frameHeight, Math.ceil(box.yMax() + y));
            return right - left < LEAST_SIDE || bottom - top < LEAST_SIDE
                    ? null
                    : new Area(left, top, right - left, bottom - top);
        }
    }

    CropMaker(InputSpec input) {
        OpenCv.load();
        this.letterbox = new Letterbox(input);
    }

    /**
     * @param source packed BGR of {@code width x height}
     * @param target filled with the picture
     * @return how the area was scaled
     */
    synchronized Scaling cut(FrameBuffer source, int width, int height, Area area, FrameBuffer target) {
        if (closed) {
            throw new IllegalStateException("the session has ended");
        }
        int bytes = area.width() * area.height() * CHANNELS;
        if (packed.capacity() < bytes) {
            packed = ByteBuffer.allocateDirect(bytes);
        }
        Mat frame = new Mat(height, width, CvType.CV_8UC3, source.memory());
        Mat part = frame.submat(area.top(), area.top() + area.height(), area.left(), area.left() + area.width());
        Mat copy = new Mat(area.height(), area.width(), CvType.CV_8UC3, packed);
        try {
            part.copyTo(copy);
        } finally {
            copy.release();
            part.release();
            frame.release();
        }
        return letterbox.apply(packed, area.width(), area.height(), target);
    }

    /** Waits for the picture that is being made; harmless when repeated. */
    @Override
    public synchronized void close() {
        closed = true;
        letterbox.close();
    }
}
