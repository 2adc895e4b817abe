package dev.vap.inference.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Values of a tensor, from the file that its graph was read from. All that is not quite regular has none. */
final class TensorValues {

    private static final int MOST_INTEGERS = 16;

    private TensorValues() {}

    /** @return null unless it is a short list of integers */
    static List<Long> integers(ProtoReader reader, OnnxGraph.Tensor tensor) throws IOException {
        if (tensor.external() || tensor.dims().size() != 1) {
            return null;
        }
        int size;
        int typed;
        if (tensor.type() == OnnxGraph.INT64) {
            size = Long.BYTES;
            typed = 7;
        } else if (tensor.type() == OnnxGraph.INT32) {
            size = Integer.BYTES;
            typed = 5;
        } else {
            return null;
        }
        List<Long> values = new ArrayList<>();
        long end = tensor.content().to();
        reader.leapTo(tensor.content().from());
        while (reader.next(end)) {
            if (reader.field() == 9 && reader.wireType() == ProtoReader.BYTES) {
                byte[] raw = reader.bytes(reader.contentEnd(end), MOST_INTEGERS * size);
                ByteBuffer numbers = ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
                while (numbers.remaining() >= size) {
                    values.add(size == Long.BYTES ? numbers.getLong() : numbers.getInt());
                }
            } else if (reader.field() == typed) {
                reader.numbers(end, values, MOST_INTEGERS);
            } else {
                reader.skip(end);
            }
        }
        return values.size() == tensor.dims().get(0) ? values : null;
    }

    /**
     * Elements as they lie in memory on a machine that begins with the lowest byte.
     *
     * @param count how many there have to be
     * @return null if there are others, or of a type other than float and float16
     */
    static byte[] elements(ProtoReader reader, OnnxGraph.Tensor tensor, int count) throws IOException {
        int size = elementSize(tensor);
        if (size == 0 || tensor.external()) {
            return null;
        }
        int bytes = Math.multiplyExact(count, size);
        long end = tensor.content().to();
        if (end - tensor.content().from() < bytes) {
            return null;
        }
        ByteBuffer elements = ByteBuffer.allocate(bytes);
        reader.leapTo(tensor.content().from());
        while (reader.next(end)) {
            boolean raw = reader.field() == 9;
            boolean floats = reader.field() == 4 && size == Float.BYTES;
            if ((raw || floats) && reader.wireType() == ProtoReader.BYTES) {
                elements.put(reader.bytes(reader.contentEnd(end), elements.remaining()));
            } else if (floats && reader.wireType() == ProtoReader.FOUR_BYTES) {
                elements.put(reader.bytes(Math.min(end, reader.position() + Float.BYTES), elements.remaining()));
            } else {
                reader.skip(end);
            }
        }
        return elements.hasRemaining() ? null : elements.array();
    }

    /** In bytes; 0 unless float or float16. */
    static int elementSize(OnnxGraph.Tensor tensor) {
        if (tensor.type() == OnnxGraph.FLOAT) {
            return Float.BYTES;
        }
        return tensor.type() == OnnxGraph.FLOAT16 ? Short.BYTES : 0;
    }
}
