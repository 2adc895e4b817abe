package dev.vap.inference.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import dev.vap.inference.head.TensorShape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * One output of the runs of one detector, as floats, picture by picture. Where its size is the same in every run, it is
 * written into memory that is allocated once; otherwise it is copied out of each run. For one thread at a time.
 */
final class Output {

    private final TensorShape shape;
    private final ElementType type;
    private final int valuesEach;
    private final boolean pinned;
    /** As the network writes it; null if not pinned. */
    private final ByteBuffer memory;
    /** Over the same memory, or converted from it. */
    private FloatBuffer floats;

    private final FloatBuffer[] views;

    /**
     * @param shape for one picture
     * @param pictures that one run may have
     */
    Output(TensorShape shape, boolean pinned, int pictures) {
        this.shape = shape;
        this.type = ElementType.named(shape.type()).orElseThrow();
        this.valuesEach = Math.toIntExact(shape.values());
        this.pinned = pinned;
        this.views = new FloatBuffer[pictures];
        if (pinned) {
            int values = Math.multiplyExact(valuesEach, pictures);
            memory = Tensors.direct(Math.multiplyExact(values, type.bytes()));
            floats = type == ElementType.FLOAT ? memory.asFloatBuffer() : FloatBuffer.allocate(values);
            for (int i = 0; i < pictures; i++) {
                views[i] = floats.slice(i * valuesEach, valuesEach);
            }
        } else {
            memory = null;
            floats = FloatBuffer.allocate(0);
        }
    }

    String name() {
        return shape.name();
    }

    boolean isPinned() {
        return pinned;
    }

    /** A tensor over the memory, for runs of so many pictures; the caller's to close. */
    OnnxTensor tensor(int pictures) throws OrtException {
        long[] dims = Tensors.dims(pictures == 1 ? shape : shape.withFirst(pictures));
        ByteBuffer part = memory.slice(0, pictures * valuesEach * type.bytes()).order(ByteOrder.nativeOrder());
        return Tensors.over(part, dims, type.javaType());
    }

    /** After a run that wrote into the memory. */
    void convert(int pictures) {
        if (type != ElementType.FLOAT) {
            type.read(memory, floats, pictures * valuesEach);
        }
    }

    /** What a run answered that was not pinned. */
    void take(OnnxTensor tensor, int pictures) {
        ByteBuffer copy = tensor.getByteBuffer().order(ByteOrder.nativeOrder());
        int values = copy.capacity() / type.bytes();
        if (floats.capacity() < values) {
            floats = FloatBuffer.allocate(values);
        }
        type.read(copy, floats, values);
        int each = values / pictures;
        for (int i = 0; i < pictures; i++) {
            views[i] = floats.slice(i * each, each);
        }
    }

    FloatBuffer of(int picture) {
        return views[picture];
    }
}
