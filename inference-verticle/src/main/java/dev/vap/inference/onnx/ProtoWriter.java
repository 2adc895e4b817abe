package dev.vap.inference.onnx;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** A protobuf message: fields in the order written. */
final class ProtoWriter {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    ProtoWriter number(int field, long value) {
        return varint(((long) field << 3) | ProtoReader.VARINT).varint(value);
    }

    ProtoWriter text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    ProtoWriter message(int field, ProtoWriter value) {
        return bytes(field, value.toBytes());
    }

    ProtoWriter bytes(int field, byte[] value) {
        header(field, value.length);
        out.writeBytes(value);
        return this;
    }

    /** What precedes a content of so many bytes. */
    ProtoWriter header(int field, long length) {
        return varint(((long) field << 3) | ProtoReader.BYTES).varint(length);
    }

    /** In bytes. */
    int size() {
        return out.size();
    }

    byte[] toBytes() {
        return out.toByteArray();
    }

    private ProtoWriter varint(long value) {
        long left = value;
        while ((left & ~0x7fL) != 0) {
            out.write((int) ((left & 0x7f) | 0x80));
            left >>>= 7;
        }
        out.write((int) left);
        return this;
    }
}
