package dev.vap.inference.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.vap.inference.head.Head;
import dev.vap.inference.head.Heads;
import dev.vap.inference.head.TensorShape;
import dev.vap.inference.model.Detector;
import dev.vap.inference.model.DetectorKind;
import dev.vap.inference.model.Labels;
import dev.vap.inference.model.Model;
import dev.vap.inference.model.ModelSpec;
import dev.vap.inference.model.Tuning;
import dev.vap.inference.vision.Planes;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.InputSpec;
import dev.vap.shared.protocol.ModelInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A network from an ONNX file: one session, so its weights are in memory once, and as many detectors as the caller has
 * threads. Input float32 {@code [1, 3, H, W]}, BGR, 0..255, letterboxed.
 */
public final class OnnxModel implements Model {

    private static final Logger LOG = LoggerFactory.getLogger(OnnxModel.class);
    private static final int CHANNELS = 3;
    private static final float GREY = 114;
    /** As {@link InputSpec} has it. */
    private static final int MAX_SIDE = 8192;

    private final OrtSession session;
    private final TensorShape input;
    private final List<TensorShape> outputs;
    private final Head head;
    private final ModelInfo info;

    private OnnxModel(OrtSession session, TensorShape input, List<TensorShape> outputs, Head head, ModelInfo info) {
        this.session = session;
        this.input = input;
        this.outputs = outputs;
        this.head = head;
        this.info = info;
    }

    /**
     * Loads the file and runs it once on a grey picture, which shows the real shapes of its outputs and that it works. Blocks
     * for some 100 ms.
     *
     * @param said what the catalogue says of it; the rest is found out
     * @throws VapException {@code model_not_onnx} or {@code model_unsupported}, with a sentence for the user
     */
    public static OnnxModel load(String name, Path file, ModelSpec said, Tuning tuning) {
        requireContent(file);
        OrtSession session = open(file, tuning);
        try {
            TensorShape input = inputOf(session);
            List<TensorShape> outputs = probe(session, input);
            int height = side(input, 2);
            int width = side(input, 3);
            Head head = Heads.recognise(width, height, outputs);
            List<String> labels =
                    Labels.find(head.classes(), file, session.getMetadata().getCustomMetadata());
            InputSpec spec = new InputSpec(width, height, InputSpec.Fit.LETTERBOX, InputSpec.Pixels.BGR);
            ModelInfo info = new ModelInfo(name, DetectorKind.ONNX.wire(), true, null, spec, labels);
            LOG.info("model {} loaded: {} -> {}, {} classes", name, input, outputs, labels.size());
            return new OnnxModel(session, input, outputs, head, info);
        } catch (OrtException e) {
            closeAfter(session, e);
            throw unsupported(file, e);
        } catch (RuntimeException | Error e) {
            closeAfter(session, e);
            throw e;
        }
    }

    /** A network of which nothing is said, with one thread a run. */
    public static OnnxModel load(String name, Path file) {
        return load(name, file, ModelSpec.UNKNOWN, Tuning.cpu(1));
    }

    @Override
    public ModelInfo info() {
        return info;
    }

    @Override
    public int parallelism() {
        return Integer.MAX_VALUE;
    }

    @Override
    public Detector newDetector() {
        return new OnnxDetector(session, input, outputs, head.newDecoder(info.labels()), info);
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            LOG.warn("model {} could not be closed", info.name(), e);
        }
    }

    private static void requireContent(Path file) {
        try {
            if (Files.size(file) == 0) {
                throw notOnnx(file, "it is empty", null);
            }
        } catch (IOException e) {
            throw new VapException(
                    ErrorCode.MODEL_UNKNOWN, file.getFileName() + " can't be read: check the file and its rights.", e);
        }
    }

    private static OrtSession open(Path file, Tuning tuning) {
        OrtEnvironment environment = OnnxRuntime.environment();
        try (OrtSession.SessionOptions options = OnnxRuntime.options(tuning)) {
            return environment.createSession(file.toString(), options);
        } catch (OrtException e) {
            boolean noGraph = String.valueOf(e.getMessage()).contains("does not have a graph");
            switch (e.getCode()) {
                case ORT_INVALID_PROTOBUF, ORT_NO_MODEL, ORT_NO_SUCHFILE ->
                    throw notOnnx(file, "it is another kind of file, or only a part of one", e);
                default -> throw noGraph ? notOnnx(file, "it holds no network", e) : unsupported(file, e);
            }
        }
    }

    private static TensorShape inputOf(OrtSession session) throws OrtException {
        List<TensorShape> inputs = new ArrayList<>();
        for (NodeInfo node : session.getInputInfo().values()) {
            inputs.add(shape(node));
        }
        if (inputs.size() != 1) {
            throw new VapException(
                    ErrorCode.MODEL_UNSUPPORTED,
                    "The model has " + inputs.size() + " inputs " + inputs
                            + ": supported is one picture, float[1,3,height,width].");
        }
        TensorShape input = inputs.get(0);
        List<Long> dims = input.dims();
        boolean picture = input.isFloat()
                && dims.size() == 4
                && (dims.get(0) == 1 || dims.get(0) == -1)
                && dims.get(1) == CHANNELS
                && isSide(dims.get(2))
                && isSide(dims.get(3));
        if (!picture) {
            throw new VapException(
                    ErrorCode.MODEL_UNSUPPORTED,
                    "The model's input is " + input
                            + ": supported is float[1,3,height,width] of a fixed size of at most " + MAX_SIDE + ".");
        }
        return new TensorShape(input.name(), input.type(), List.of(1L, dims.get(1), dims.get(2), dims.get(3)));
    }

    /** One run on grey; outputs that are no tensors get the type {@code other}. */
    private static List<TensorShape> probe(OrtSession session, TensorShape input) throws OrtException {
        FloatBuffer grey = ByteBuffer.allocateDirect(Planes.bytes(side(input, 3), side(input, 2)))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        for (int i = 0; i < grey.capacity(); i++) {
            grey.put(i, GREY);
        }
        List<TensorShape> outputs = new ArrayList<>();
        try (OnnxTensor tensor = OnnxTensor.createTensor(OnnxRuntime.environment(), grey, dims(input));
                OrtSession.Result result = session.run(Map.of(input.name(), tensor))) {
            for (Map.Entry<String, OnnxValue> output : result) {
                outputs.add(
                        shape(new NodeInfo(output.getKey(), output.getValue().getInfo())));
            }
        }
        return List.copyOf(outputs);
    }

    private static TensorShape shape(NodeInfo node) {
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

    static int side(TensorShape input, int index) {
        return Math.toIntExact(input.dims().get(index));
    }

    private static boolean isSide(long pixels) {
        return pixels >= 1 && pixels <= MAX_SIDE;
    }

    private static VapException notOnnx(Path file, String why, Throwable cause) {
        return new VapException(
                ErrorCode.MODEL_NOT_ONNX,
                file.getFileName() + " is not a usable ONNX model: " + why + ". Fetch or export it again.",
                cause);
    }

    /** ONNX Runtime's own words say which operator or version is missing; they may name the path, which is inner detail. */
    private static VapException unsupported(Path file, OrtException e) {
        String detail = String.valueOf(e.getMessage())
                .replace(file.toString(), file.getFileName().toString())
                .replaceAll("\\s+", " ");
        String shown = detail.length() > 200 ? detail.substring(0, 200) + "..." : detail;
        return new VapException(
                ErrorCode.MODEL_UNSUPPORTED, "ONNX Runtime can't run " + file.getFileName() + ": " + shown, e);
    }

    private static void closeAfter(OrtSession session, Throwable cause) {
        try {
            session.close();
        } catch (OrtException e) {
            cause.addSuppressed(e);
        }
    }
}
