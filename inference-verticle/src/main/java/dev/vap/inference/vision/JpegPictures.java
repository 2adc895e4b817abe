package dev.vap.inference.vision;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.FrameBuffer;
import dev.vap.shared.protocol.FrameBufferPool;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.runtime.OpenCv;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.opencv.core.CvException;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.imgcodecs.Imgcodecs;

/**
 * Decodes the pictures of requests that came as JPEG. What the picture says of its own size is read and compared with the
 * request before anything is decoded, so that a few bytes can't ask for gigabytes. Thread-safe; decoding blocks for about a
 * millisecond.
 */
public final class JpegPictures {

    /** Different sizes of pictures, one for each model, for which memory is kept. */
    private static final int MAX_SIZES = 64;

    private final int perSize;
    private final Map<Integer, FrameBufferPool> pools = new ConcurrentHashMap<>();

    /**
     * @param perSize decoded pictures of one size at the same time
     */
    public JpegPictures(int perSize) {
        OpenCv.load();
        this.perSize = perSize;
    }

    /**
     * The picture as a RAW request would have it. The request's own pixels stay whose they were.
     *
     * @return with one reference, which is the caller's
     * @throws VapException {@code invalid_value} if it is no JPEG of the size and channels that the request says;
     *     {@code inference_busy} if too many are decoded already
     */
    public FrameBuffer decode(InferenceRequest request) {
        ByteBuffer encoded = request.pixels().memory().duplicate();
        encoded.position(0).limit(request.encodedBytes());
        JpegHeader header = JpegHeader.read(encoded);
        if (header == null) {
            throw invalid(request, "it is no JPEG");
        }
        if (header.width() != request.width()
                || header.height() != request.height()
                || header.channels() != request.channels()) {
            throw invalid(
                    request, "the JPEG is one of " + header.width() + "x" + header.height() + "x" + header.channels());
        }
        FrameBuffer target = acquire(request.pixelBytes());
        try {
            decode(request, encoded, target);
            return target;
        } catch (RuntimeException e) {
            target.release();
            throw e;
        }
    }

    private FrameBuffer acquire(int bytes) {
        if (pools.size() >= MAX_SIZES && !pools.containsKey(bytes)) {
            pools.clear();
        }
        FrameBuffer buffer = pools.computeIfAbsent(bytes, size -> new FrameBufferPool(size, perSize))
                .acquire();
        if (buffer == null) {
            throw new VapException(
                    ErrorCode.INFERENCE_BUSY, "Too many JPEG pictures are being decoded at once: try again.");
        }
        return buffer;
    }

    private static void decode(InferenceRequest request, ByteBuffer encoded, FrameBuffer target) {
        boolean grey = request.channels() == 1;
        Mat source = new Mat(1, encoded.remaining(), CvType.CV_8UC1, encoded);
        Mat view = new Mat(request.height(), request.width(), CvType.CV_8UC(request.channels()), target.memory());
        Mat picture = null;
        try {
            int how = grey ? Imgcodecs.IMREAD_GRAYSCALE : Imgcodecs.IMREAD_COLOR;
            picture = Imgcodecs.imdecode(source, how | Imgcodecs.IMREAD_IGNORE_ORIENTATION);
            if (picture.empty() || picture.rows() != view.rows() || picture.cols() != view.cols()) {
                throw invalid(request, "the JPEG is damaged");
            }
            picture.copyTo(view);
        } catch (CvException e) {
            throw invalid(request, "the JPEG is damaged");
        } finally {
            source.release();
            view.release();
            if (picture != null) {
                picture.release();
            }
        }
    }

    private static VapException invalid(InferenceRequest request, String why) {
        return new VapException(
                ErrorCode.INVALID_VALUE,
                "The frame can't be read as " + request.width() + "x" + request.height() + "x" + request.channels()
                        + ": " + why + ".");
    }
}
