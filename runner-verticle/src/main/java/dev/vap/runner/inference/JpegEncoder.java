package dev.vap.runner.inference;

import dev.vap.shared.protocol.FrameBuffer;
import java.nio.ByteBuffer;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.core.MatOfInt;
import org.opencv.imgcodecs.Imgcodecs;

/** Pictures for models as JPEG. Thread-safe; blocks for about a millisecond. */
public final class JpegEncoder {

    /** Below, boxes begin to move; above, the picture grows and nothing is gained. */
    private static final int QUALITY = 90;

    private JpegEncoder() {}

    /**
     * @param pixels direct, packed rows from position 0
     * @param target its memory's limit is set to the end of the JPEG
     * @return false if the JPEG is larger than the target; nothing is of use in it then
     */
    public static boolean encode(ByteBuffer pixels, int width, int height, int channels, FrameBuffer target) {
        ByteBuffer memory = target.memory();
        memory.clear();
        Mat picture = new Mat(height, width, CvType.CV_8UC(channels), pixels);
        MatOfByte encoded = new MatOfByte();
        MatOfInt how = new MatOfInt(Imgcodecs.IMWRITE_JPEG_QUALITY, QUALITY);
        try {
            if (!Imgcodecs.imencode(".jpg", picture, encoded, how) || encoded.total() > memory.capacity()) {
                return false;
            }
            Mat view = new Mat(encoded.rows(), encoded.cols(), encoded.type(), memory);
            encoded.copyTo(view);
            view.release();
            memory.limit((int) encoded.total());
            return true;
        } finally {
            picture.release();
            encoded.release();
            how.release();
        }
    }
}
