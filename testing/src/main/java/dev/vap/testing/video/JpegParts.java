package dev.vap.testing.video;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** What RFC 2435 sends of a picture: its size, two quantization tables, and the coded data without the end marker. */
final class JpegParts {
    private static final int TABLE = 64;

    private final byte[][] quantization = new byte[4][];
    private final int[] tableOf = new int[3];
    private int width;
    private int height;
    private byte[] scan;

    private JpegParts() {}

    static JpegParts of(byte[] picture) {
        JpegParts parts = new JpegParts();
        ByteBuffer in = ByteBuffer.wrap(picture);
        in.getShort();
        while (parts.scan == null) {
            int marker = in.getShort() & 0xffff;
            int end = in.position() + (in.getShort(in.position()) & 0xffff);
            in.getShort();
            switch (marker) {
                case 0xffdb -> parts.tables(in, end);
                case 0xffc0 -> parts.frame(in);
                case 0xffda -> parts.scan = Arrays.copyOfRange(picture, end, picture.length - 2);
                default -> {
                    // Nothing that is sent.
                }
            }
            in.position(end);
        }
        return parts;
    }

    private void tables(ByteBuffer in, int end) {
        while (in.position() < end) {
            int id = in.get() & 0x0f;
            quantization[id] = new byte[TABLE];
            in.get(quantization[id]);
        }
    }

    private void frame(ByteBuffer in) {
        in.get();
        height = in.getShort();
        width = in.getShort();
        int components = in.get();
        for (int i = 0; i < components; i++) {
            in.getShort();
            tableOf[i] = in.get();
        }
    }

    int width() {
        return width;
    }

    int height() {
        return height;
    }

    /** That of brightness, then that of colour. */
    byte[] tables() {
        byte[] both = Arrays.copyOf(quantization[tableOf[0]], 2 * TABLE);
        System.arraycopy(quantization[tableOf[1]], 0, both, TABLE, TABLE);
        return both;
    }

    byte[] scan() {
        return scan;
    }
}
