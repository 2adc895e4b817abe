package dev.vap.inference.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.TensorInfo;
import dev.vap.inference.head.TensorShape;
import dev.vap.inference.vision.Planes.Element;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Tensors over memory of ours. */
final class Tensors {

    private static final int SIZES_PER_PICTURE = 2;

    private Tensors() {}

    static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    /**
     * @param memory direct, native order; used from its position to its limit, and must outlive the tensor
     */
    static OnnxTensor over(ByteBuffer memory, long[] dims, OnnxJavaType type) throws OrtException {
        return OnnxTensor.createTensor(OnnxRuntime.environment(), memory, dims, type);
    }

    static OnnxJavaType javaType(Element element) {
        return switch (element) {
            case UINT8 -> OnnxJavaType.UINT8;
            case FLOAT16 -> OnnxJavaType.FLOAT16;
            case FLOAT32 -> OnnxJavaType.FLOAT;
        };
    }

    /** Width and height of the input for each picture: so boxes come in its pixels. */
    static OnnxTensor targetSizes(PictureInput input, int pictures) throws OrtException {
        ByteBuffer memory = direct(pictures * SIZES_PER_PICTURE * Long.BYTES);
        for (int i = 0; i < pictures; i++) {
            memory.putLong(input.width()).putLong(input.height());
        }
        return over(memory.flip(), new long[] {pictures, SIZES_PER_PICTURE}, OnnxJavaType.INT64);
    }

    /** Outputs that are no tensors get the type {@code other}. */
    static TensorShape shape(NodeInfo node) {
        if (node.getInfo() instanceof TensorInfo tensor) {
            String type = tensor.type == OnnxJavaType.FLOAT
                    ? "float"
                    : tensor.type.name().toLowerCase(Locale.ROOT);
            List<Long> dims = Arrays.stream(tensor.getShape()).boxed().toList();
            return new TensorShape(node.getName(), type, dims);
        }
        return new TensorShape(node.getName(), "other", List.of());
    }

    static long[] dims(TensorShape shape) {
        return shape.dims().stream().mapToLong(Long::longValue).toArray();
    }
}
