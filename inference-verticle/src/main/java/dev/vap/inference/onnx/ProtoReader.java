package dev.vap.inference.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Walks the fields of a protobuf file without holding it in memory: reads a small window at a time and leaps over what nobody
 * wants. Trusts nothing: lengths are checked against the message they are in, and the number of fields is bounded.
 */
final class ProtoReader {

    static final int VARINT = 0;
    static final int EIGHT_BYTES = 1;
    static final int BYTES = 2;
    static final int FOUR_BYTES = 5;

    private static final int WINDOW = 1 << 16;
    private static final int LONGEST_VARINT = 10;

    /** The networks of this trade have some ten thousand. */
    private static final int MOST_FIELDS = 20_000_000;

    /** The bytes are no protobuf message, or only a part of one. */
    static final class Malformed extends IOException {
        Malformed(String why) {
            super(why);
        }
    }

    private final FileChannel channel;
    private final long size;
    private final ByteBuffer window = ByteBuffer.allocate(WINDOW);
    private long windowStart;
    private long position;
    private int fields;
    private int field;
    private int wireType;

    ProtoReader(FileChannel channel) throws IOException {
        this.channel = channel;
        this.size = channel.size();
        window.limit(0);
    }

    long size() {
        return size;
    }

    long position() {
        return position;
    }

    /** Number of the field whose tag was read last. */
    int field() {
        return field;
    }

    int wireType() {
        return wireType;
    }

    /**
     * Reads the next tag.
     *
     * @param end of the message
     * @return false at its end
     */
    boolean next(long end) throws IOException {
        if (position >= end) {
            return false;
        }
        if (++fields > MOST_FIELDS) {
            throw new Malformed("too many fields");
        }
        long tag = varint(end);
        field = (int) (tag >>> 3);
        wireType = (int) (tag & 7);
        if (field == 0 || tag >>> 32 != 0) {
            throw new Malformed("no field number");
        }
        return true;
    }

    long varint(long end) throws IOException {
        long value = 0;
        for (int i = 0; i < LONGEST_VARINT; i++) {
            byte next = read(end);
            value |= (long) (next & 0x7f) << (7 * i);
            if (next >= 0) {
                return value;
            }
        }
        throw new Malformed("a number without an end");
    }

    /**
     * Reads the length of a field of {@link #BYTES}, whose content begins after it.
     *
     * @return where it ends
     */
    long contentEnd(long end) throws IOException {
        long length = varint(end);
        if (length < 0 || length > end - position) {
            throw new Malformed("a field longer than its message");
        }
        return position + length;
    }

    /** Of a content that is at most so long, else malformed. */
    String text(long contentEnd, int most) throws IOException {
        return new String(bytes(contentEnd, most), StandardCharsets.UTF_8);
    }

    /** Of a content that is at most so long, else malformed. */
    byte[] bytes(long contentEnd, int most) throws IOException {
        long length = contentEnd - position;
        if (length > most) {
            throw new Malformed("a content of " + length + " bytes");
        }
        byte[] bytes = new byte[(int) length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = read(contentEnd);
        }
        return bytes;
    }

    /**
     * Reads numbers of the field whose tag was read last: one, or several in one content.
     *
     * @param into to which they are added; malformed if it gets longer than {@code most}
     */
    void numbers(long end, List<Long> into, int most) throws IOException {
        if (wireType == BYTES) {
            long contentEnd = contentEnd(end);
            while (position < contentEnd && into.size() <= most) {
                into.add(varint(contentEnd));
            }
        } else if (wireType == VARINT) {
            into.add(varint(end));
        } else {
            skip(end);
        }
        if (into.size() > most) {
            throw new Malformed("more than " + most + " numbers");
        }
    }

    /** Leaps over the value of the field whose tag was read last. */
    void skip(long end) throws IOException {
        switch (wireType) {
            case VARINT -> varint(end);
            case EIGHT_BYTES -> leap(position + Long.BYTES, end);
            case FOUR_BYTES -> leap(position + Integer.BYTES, end);
            case BYTES -> leap(contentEnd(end), end);
            default -> throw new Malformed("an unknown kind of field");
        }
    }

    /** To where {@link #contentEnd} has said, or back to where a message was seen to begin. */
    void leapTo(long contentEnd) {
        position = contentEnd;
    }

    private void leap(long to, long end) throws IOException {
        if (to > end) {
            throw new Malformed("a field longer than its message");
        }
        position = to;
    }

    private byte read(long end) throws IOException {
        if (position >= end) {
            throw new Malformed("the message ends within a field");
        }
        if (position < windowStart || position >= windowStart + window.limit()) {
            window.clear();
            windowStart = position;
            while (window.hasRemaining() && channel.read(window, windowStart + window.position()) > 0) {
                // Until the window is full or the file ends.
            }
            window.flip();
            if (window.limit() == 0) {
                throw new Malformed("the file became shorter");
            }
        }
        return window.get((int) (position++ - windowStart));
    }
}
