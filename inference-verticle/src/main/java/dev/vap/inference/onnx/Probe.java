package dev.vap.inference.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.vap.inference.head.TensorShape;
import dev.vap.inference.model.ModelSpec.Range;
import dev.vap.inference.vision.Planes.Element;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One run on grey pictures, which shows the real shapes of the outputs, what kind of values they hold, and that the network
 * works.
 *
 * @param shapes of all outputs, as they came
 * @param values of each; empty for those of a type that can't be read
 */
record Probe(List<TensorShape> shapes, List<FloatBuffer> values) {

    /** Of all outputs of a run together; one picture of the largest networks of this trade has some ten million. */
    static final long MOST_VALUES = 1L << 26;

    private static final int GREY = 114;
    /** About as grey, where 1 is white. */
    private static final float UNIT_GREY = 0.45f;

    private static final short UNIT_GREY_HALF = 0x3733;
    private static final short GREY_HALF = 0x5720;

    /** For runs that take some 100 ms; a graph may hold a loop without an end. */
    private static final Duration DEADLINE = Duration.ofMinutes(1);

    /**
     * @throws dev.vap.shared.domain.VapException {@code model_unsupported} if its outputs are too large, or it comes to no end
     */
    static Probe run(OrtSession session, PictureInput input, Range range, int pictures) throws OrtException {
        return run(session, input, range, pictures, DEADLINE);
    }

    static Probe run(OrtSession session, PictureInput input, Range range, int pictures, Duration deadline)
            throws OrtException {
        refuseHugeOutputs(session);
        ByteBuffer memory = Tensors.direct(Math.multiplyExact(pictures, input.bytes()));
        fill(memory, input.element(), range == Range.BYTE);
        Map<String, OnnxTensor> inputs = new HashMap<>();
        try {
            inputs.put(input.name(), Tensors.over(memory, input.dims(pictures), Tensors.javaType(input.element())));
            if (input.targetSizes()) {
                inputs.put(PictureInput.TARGET_SIZES, Tensors.targetSizes(input, pictures));
            }
            try (Watchdog watchdog = new Watchdog(deadline);
                    OrtSession.Result result = watchdog.run(session, inputs)) {
                return read(result);
            }
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    /** Where the file says it: before the memory for them is asked for. */
    private static void refuseHugeOutputs(OrtSession session) throws OrtException {
        List<TensorShape> declared = new ArrayList<>();
        for (NodeInfo node : session.getOutputInfo().values()) {
            declared.add(Tensors.shape(node));
        }
        refuseHuge(declared);
    }

    private static void refuseHuge(List<TensorShape> outputs) {
        double values = 0;
        for (TensorShape output : outputs) {
            values += output.dims().stream().mapToDouble(Math::abs).reduce(1, (a, b) -> a * b);
        }
        if (values > MOST_VALUES) {
            throw Problems.unsupported("The model's outputs are too large: " + outputs + ", together at most "
                    + MOST_VALUES + " values; export it for smaller pictures or fewer at once.");
        }
    }

    private static void fill(ByteBuffer memory, Element element, boolean isByte) {
        for (int i = 0; i < memory.capacity(); i += element.bytes()) {
            switch (element) {
                case UINT8 -> memory.put(i, (byte) GREY);
                case FLOAT16 -> memory.putShort(i, isByte ? GREY_HALF : UNIT_GREY_HALF);
                case FLOAT32 -> memory.putFloat(i, isByte ? GREY : UNIT_GREY);
            }
        }
    }

    private static Probe read(OrtSession.Result result) {
        List<TensorShape> shapes = new ArrayList<>();
        List<OnnxValue> outputs = new ArrayList<>();
        for (Map.Entry<String, OnnxValue> output : result) {
            shapes.add(Tensors.shape(
                    new NodeInfo(output.getKey(), output.getValue().getInfo())));
            outputs.add(output.getValue());
        }
        refuseHuge(shapes);
        List<FloatBuffer> values = new ArrayList<>();
        for (int i = 0; i < shapes.size(); i++) {
            values.add(floats(shapes.get(i), outputs.get(i)));
        }
        return new Probe(List.copyOf(shapes), List.copyOf(values));
    }

    private static FloatBuffer floats(TensorShape shape, OnnxValue value) {
        return ElementType.named(shape.type())
                .map(type -> {
                    int count = Math.toIntExact(shape.values());
                    FloatBuffer floats = FloatBuffer.allocate(count);
                    type.read(((OnnxTensor) value).getByteBuffer().order(ByteOrder.nativeOrder()), floats, count);
                    return floats;
                })
                .orElseGet(() -> FloatBuffer.allocate(0));
    }

    /** The shapes for one picture, where outputs have a dimension that counts pictures. */
    List<TensorShape> perPicture(int pictures) {
        return shapes.stream()
                .map(shape -> isPerPicture(shape, pictures) ? shape.withFirst(1) : shape)
                .toList();
    }

    /** The values of the first picture. */
    List<FloatBuffer> ofFirst(int pictures) {
        List<FloatBuffer> first = new ArrayList<>();
        for (int i = 0; i < shapes.size(); i++) {
            FloatBuffer all = values.get(i);
            first.add(isPerPicture(shapes.get(i), pictures) ? all.slice(0, all.limit() / pictures) : all);
        }
        return first;
    }

    private static boolean isPerPicture(TensorShape shape, int pictures) {
        return shape.rank() > 0 && shape.dim(0) == pictures;
    }
}
