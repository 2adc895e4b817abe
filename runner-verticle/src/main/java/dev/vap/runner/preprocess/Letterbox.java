package dev.vap.runner.preprocess;

import dev.vap.shared.protocol.FrameBuffer;
import dev.vap.shared.protocol.InputSpec;
import dev.vap.shared.protocol.InputSpec.Pixels;
import dev.vap.shared.runtime.OpenCv;
import java.nio.ByteBuffer;
import java.util.IdentityHashMap;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Scalar;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * Scales source frames into frame buffers, as {@link InputSpec} says, without copies: OpenCV's matrices lie over the
 * direct memory of both sides and are kept for the next frame.
 *
 * <p>The padding of a buffer is painted when this object first sees the buffer, or when the size of the source has
 * changed, and not again: nobody else writes into a buffer of this session's own pool, and receivers only read. So the
 * buffers have to come from one pool that no other letterbox uses.
 *
 * <p>Not thread-safe. {@link #close()} frees the matrices; the memory below them belongs to others.
 */
public final class Letterbox implements AutoCloseable {

    private static final Scalar PAD = Scalar.all(114);

    private final InputSpec spec;
    private final IdentityHashMap<FrameBuffer, Target> targets = new IdentityHashMap<>();
    private int sourceWidth;
    private int sourceHeight;
    private Scaling scaling;
    private Size size;
    /** Held as well, since a matrix over a buffer does not keep it from being collected. */
    private ByteBuffer sourceMemory;

    private Mat source;
    /** The scaled picture in colour, where the model wants grey; null if not needed. */
    private Mat colour;

    /** Matrices over one buffer: all of it, and the part with the picture. */
    private record Target(Mat whole, Mat picture) {

        void release() {
            picture.release();
            whole.release();
        }
    }

    public Letterbox(InputSpec spec) {
        OpenCv.load();
        this.spec = spec;
    }

    /**
     * Fills the buffer.
     *
     * @param bgr direct, packed rows from position 0
     * @param target of at least {@link InputSpec#maxBytes()}; stays the caller's
     * @return how it was scaled
     */
    @SuppressWarnings("ReferenceEquality") // The same memory, not equal contents.
    public Scaling apply(ByteBuffer bgr, int width, int height, FrameBuffer target) {
        if (scaling == null || width != sourceWidth || height != sourceHeight) {
            resized(width, height);
        }
        if (bgr != sourceMemory) {
            wrapSource(bgr);
        }
        Target known = targets.get(target);
        if (known == null) {
            known = paint(target);
            targets.put(target, known);
        }
        Mat picture = known.picture();
        if (spec.pixels() == Pixels.BGR) {
            Imgproc.resize(source, picture, size, 0, 0, Imgproc.INTER_LINEAR);
        } else {
            Imgproc.resize(source, colour, size, 0, 0, Imgproc.INTER_LINEAR);
            Imgproc.cvtColor(colour, picture, Imgproc.COLOR_BGR2GRAY);
        }
        return scaling;
    }

    private void resized(int width, int height) {
        releaseAll();
        sourceWidth = width;
        sourceHeight = height;
        scaling = Scaling.of(spec, width, height);
        size = new Size(scaling.width(), scaling.height());
        if (spec.pixels() == Pixels.GRAY) {
            colour = new Mat(scaling.height(), scaling.width(), CvType.CV_8UC3);
        }
    }

    private void wrapSource(ByteBuffer bgr) {
        if (!bgr.isDirect() || bgr.limit() < sourceWidth * sourceHeight * Pixels.BGR.channels()) {
            throw new IllegalArgumentException("not a direct buffer of " + sourceWidth + "x" + sourceHeight + " BGR");
        }
        if (source != null) {
            source.release();
        }
        source = new Mat(sourceHeight, sourceWidth, CvType.CV_8UC3, bgr);
        sourceMemory = bgr;
    }

    private Target paint(FrameBuffer buffer) {
        ByteBuffer memory = buffer.memory();
        int bytes = scaling.inputWidth() * scaling.inputHeight() * spec.pixels().channels();
        if (memory.capacity() < bytes) {
            throw new IllegalArgumentException("a frame buffer of " + memory.capacity() + " bytes, not " + bytes);
        }
        int type = CvType.CV_8UC(spec.pixels().channels());
        Mat whole = new Mat(scaling.inputHeight(), scaling.inputWidth(), type, memory);
        whole.setTo(PAD);
        Mat picture = whole.submat(
                scaling.top(), scaling.top() + scaling.height(), scaling.left(), scaling.left() + scaling.width());
        return new Target(whole, picture);
    }

    private void releaseAll() {
        targets.values().forEach(Target::release);
        targets.clear();
        if (source != null) {
            source.release();
            source = null;
        }
        sourceMemory = null;
        if (colour != null) {
            colour.release();
            colour = null;
        }
    }

    /** Harmless when repeated. */
    @Override
    public void close() {
        releaseAll();
        scaling = null;
    }
}
