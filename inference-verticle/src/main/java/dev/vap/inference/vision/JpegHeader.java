package dev.vap.inference.vision;

import java.nio.ByteBuffer;

/**
 * What a JPEG says of itself in its frame header (ITU-T T.81, B.2.2).
 *
 * @param channels 1 for grey, 3 for colours
 */
record JpegHeader(int width, int height, int channels) {

    private static final int START_OF_IMAGE = 0xD8;
    private static final int FRAME_FIRST = 0xC0;
    private static final int FRAME_LAST = 0xCF;
    private static final int HUFFMAN_TABLES = 0xC4;
    private static final int RESERVED = 0xC8;
    private static final int ARITHMETIC_CODING = 0xCC;
    private static final int FRAME_HEADER_BYTES = 8;

    /** Null if it is no JPEG, or ends before its frame header. The buffer's position is left as it was. */
    static JpegHeader read(ByteBuffer jpeg) {
        int at = jpeg.position();
        int end = jpeg.limit();
        if (end - at < 2 || marker(jpeg, at) != START_OF_IMAGE) {
            return null;
        }
        at += 2;
        while (at + 4 <= end) {
            int marker = marker(jpeg, at);
            if (marker < FRAME_FIRST || marker == START_OF_IMAGE) {
                // Pictures without a frame header here are none that a runner makes.
                return null;
            }
            int length = word(jpeg, at + 2);
            if (isFrame(marker)) {
                return length < FRAME_HEADER_BYTES || at + 2 + FRAME_HEADER_BYTES > end
                        ? null
                        : new JpegHeader(word(jpeg, at + 7), word(jpeg, at + 5), jpeg.get(at + 9) & 0xFF);
            }
            at += 2 + Math.max(2, length);
        }
        return null;
    }

    private static boolean isFrame(int marker) {
        return marker >= FRAME_FIRST
                && marker <= FRAME_LAST
                && marker != HUFFMAN_TABLES
                && marker != RESERVED
                && marker != ARITHMETIC_CODING;
    }

    /** -1 if there is none. */
    private static int marker(ByteBuffer jpeg, int at) {
        return (jpeg.get(at) & 0xFF) == 0xFF ? jpeg.get(at + 1) & 0xFF : -1;
    }

    private static int word(ByteBuffer jpeg, int at) {
        return (jpeg.get(at) & 0xFF) << 8 | (jpeg.get(at + 1) & 0xFF);
    }
}
