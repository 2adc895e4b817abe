package dev.vap.runner.preview;

import dev.vap.shared.runtime.OpenCv;
import java.nio.ByteBuffer;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.core.MatOfInt;
import org.opencv.core.Size;
import org.opencv.imgcodecs.Imgcodecs;
import org.opencv.imgproc.Imgproc;

/**
 * Makes JPEGs of source frames for people to look at: never wider than a limit, never enlarged, in the proportions of the
 * frame. Keeps its matrices for the next frame. Blocks for some milliseconds; not thread-safe. {@link #close()} frees what is
 * native; the memory of the frames belongs to others.
 */
public final class PictureEncoder implements AutoCloseable {

    /** Past it a picture grows faster than it looks better. */
    private static final int QUALITY = 75;

    private final int maxWidth;
    private final MatOfByte encoded = new MatOfByte();
    private final MatOfInt how = new MatOfInt(Imgcodecs.IMWRITE_JPEG_QUALITY, QUALITY);
    private final Mat scaled = new Mat();
    /** Held as well, since a matrix over a buffer does not keep it from being collected. */
    private ByteBuffer sourceMemory;

    private Mat source;
    private boolean closed;

    /**
     * @param maxWidth pixels
     */
    public PictureEncoder(int maxWidth) {
        this.maxWidth = maxWidth;
    }

    /** Loads what is native; to be called before the first one is made. Blocks. */
    public static void prepare() {
        OpenCv.load();
    }

    /**
     * @param bgr direct, packed rows from position 0; only read
     * @return the JPEG, the caller's
     * @throws IllegalStateException if it can't be encoded, or this is closed
     */
    public byte[] encode(ByteBuffer bgr, int width, int height) {
        if (closed) {
            throw new IllegalStateException("the encoder is closed");
        }
        wrap(bgr, width, height);
        Mat picture = source;
        if (width > maxWidth) {
            // Averages areas: anything else makes thin lines flicker.
            Size size = new Size(maxWidth, Math.max(1, Math.round((double) height * maxWidth / width)));
            Imgproc.resize(source, scaled, size, 0, 0, Imgproc.INTER_AREA);
            picture = scaled;
        }
        if (!Imgcodecs.imencode(".jpg", picture, encoded, how)) {
            throw new IllegalStateException("a picture of " + width + "x" + height + " can't be encoded");
        }
        byte[] jpeg = new byte[(int) encoded.total()];
        encoded.get(0, 0, jpeg);
        return jpeg;
    }

    @SuppressWarnings("ReferenceEquality") // The same memory, not equal contents.
    private void wrap(ByteBuffer bgr, int width, int height) {
        if (source != null && bgr == sourceMemory && source.cols() == width && source.rows() == height) {
            return;
        }
        if (!bgr.isDirect() || bgr.limit() < width * height * 3) {
            throw new IllegalArgumentException("not a direct buffer of " + width + "x" + height + " BGR");
        }
        if (source != null) {
            source.release();
        }
        source = new Mat(height, width, CvType.CV_8UC3, bgr);
        sourceMemory = bgr;
    }

    /** Harmless when repeated. */
    @Override
    public void close() {
        closed = true;
        sourceMemory = null;
        if (source != null) {
            source.release();
            source = null;
        }
        scaled.release();
        encoded.release();
        how.release();
    }
}
