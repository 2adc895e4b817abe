package dev.vap.benchmarks;

import dev.vap.inference.head.Candidates;
import dev.vap.inference.head.Decoder;
import dev.vap.inference.head.Heads;
import dev.vap.inference.head.Network;
import dev.vap.inference.head.TensorShape;
import dev.vap.inference.head.Thresholds;
import dev.vap.inference.model.Labels;
import dev.vap.inference.model.ModelSpec;
import dev.vap.inference.vision.Planes;
import dev.vap.runner.preprocess.Letterbox;
import dev.vap.runner.preprocess.Scaling;
import dev.vap.shared.domain.BoundingBox;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.protocol.FrameBuffer;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.InputSpec;
import dev.vap.shared.protocol.Placement;
import dev.vap.shared.protocol.ResultMessage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Everything our own code does with a frame besides the model, one step at a time, with warm caches. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class StageBenchmarks {

    private static final int SOURCE_WIDTH = 768;
    private static final int SOURCE_HEIGHT = 432;
    private static final int SIDE = 416;
    private static final int YOLO_SIDE = 640;
    private static final int CLASSES = 80;
    private static final int YOLOX_CELLS = 3_549;
    private static final int YOLOV8_CELLS = 8_400;
    /** Of all cells; some thirty boxes pass the threshold, as in a street. */
    private static final double OBJECTS = 0.008;

    private final Random random = new Random(1);
    private final InputSpec spec = new InputSpec(SIDE, SIDE, InputSpec.Fit.LETTERBOX, InputSpec.Pixels.BGR);
    private final FrameBuffer picture = FrameBuffer.unpooled(spec.maxBytes());
    private final ByteBuffer source = direct(SOURCE_WIDTH * SOURCE_HEIGHT * 3);
    private final InferenceRequest request = request();
    private Letterbox letterbox;
    private Planes planes;
    private Decoder yolox;
    private Decoder yolov8;
    private List<FloatBuffer> yoloxOutput;
    private List<FloatBuffer> yolov8Output;
    private final Candidates candidates = new Candidates();
    private final ResultMessage result = result();
    private String resultText;

    /** Makes the pictures and outputs. */
    @Setup
    public void open() {
        for (int i = 0; i < source.capacity(); i++) {
            source.put(i, (byte) random.nextInt());
        }
        letterbox = new Letterbox(spec);
        Planes.Format format = new Planes.Format(
                SIDE, SIDE, ModelSpec.Layout.NCHW, Planes.Element.FLOAT32, ModelSpec.Colours.BGR, ModelSpec.Range.BYTE);
        planes = new Planes(format, 1, direct(format.bytes()));
        yoloxOutput = List.of(yoloxOutput());
        yolox = decoder("yolox", SIDE, new long[] {1, YOLOX_CELLS, 5 + CLASSES}, yoloxOutput);
        yolov8Output = List.of(yolov8Output());
        yolov8 = decoder("yolov8", YOLO_SIDE, new long[] {1, 4 + CLASSES, YOLOV8_CELLS}, yolov8Output);
        resultText = result.toJson().encode();
    }

    /** Frees the native memory. */
    @TearDown
    public void close() {
        letterbox.close();
        planes.close();
    }

    /** 768 x 432 BGR to 416 x 416. */
    @Benchmark
    public Scaling letterbox() {
        return letterbox.apply(source, SOURCE_WIDTH, SOURCE_HEIGHT, picture);
    }

    /** 416 x 416 packed bytes to planes of floats. */
    @Benchmark
    public void toFloats() {
        planes.fill(0, picture.memory());
    }

    /** {@code [1,3549,85]}, NMS included. */
    @Benchmark
    public List<Detection> decodeYolox() {
        return yolox.decode(yoloxOutput, request);
    }

    /** {@code [1,84,8400]}, NMS included. */
    @Benchmark
    public List<Detection> decodeYolov8() {
        return yolov8.decode(yolov8Output, request);
    }

    /** Three hundred overlapping boxes of three classes. */
    @Benchmark
    public List<Detection> nms() {
        candidates.clear();
        for (int i = 0; i < 300; i++) {
            float x = i * 37 % 300;
            float y = i * 53 % 300;
            candidates.add(x, y, x + 80, y + 80, 0.3f + (i * 7 % 100) / 200f, i % 3);
        }
        return candidates.best(Thresholds.DEFAULT, Labels.COCO, request);
    }

    /** A result of five detections, as it goes to Kafka. */
    @Benchmark
    public String encodeResult() {
        return result.toJson().encode();
    }

    /** The same, as the store reads it. */
    @Benchmark
    public ResultMessage parseResult() {
        return ResultMessage.parse(resultText);
    }

    private static Decoder decoder(String head, int side, long[] shape, List<FloatBuffer> output) {
        List<Long> dims = java.util.Arrays.stream(shape).boxed().toList();
        Network network = new Network(
                side, side, List.of(), List.of(new TensorShape("output", "float", dims)), output, Map.of(), CLASSES);
        return Heads.recognise(network, head).newDecoder(Labels.COCO, Thresholds.DEFAULT);
    }

    private FloatBuffer yoloxOutput() {
        FloatBuffer out = direct(YOLOX_CELLS * (5 + CLASSES) * Float.BYTES).asFloatBuffer();
        for (int cell = 0; cell < YOLOX_CELLS; cell++) {
            int at = cell * (5 + CLASSES);
            out.put(at, random.nextFloat()).put(at + 1, random.nextFloat());
            out.put(at + 2, random.nextFloat()).put(at + 3, random.nextFloat());
            out.put(at + 4, random.nextDouble() < OBJECTS ? 0.9f : 0.01f);
            for (int c = 0; c < CLASSES; c++) {
                out.put(at + 5 + c, random.nextFloat());
            }
        }
        return out;
    }

    private FloatBuffer yolov8Output() {
        FloatBuffer out = direct((4 + CLASSES) * YOLOV8_CELLS * Float.BYTES).asFloatBuffer();
        for (int cell = 0; cell < YOLOV8_CELLS; cell++) {
            out.put(cell, YOLO_SIDE * random.nextFloat()).put(YOLOV8_CELLS + cell, YOLO_SIDE * random.nextFloat());
            out.put(2 * YOLOV8_CELLS + cell, 20 + 80 * random.nextFloat());
            out.put(3 * YOLOV8_CELLS + cell, 20 + 80 * random.nextFloat());
            boolean object = random.nextDouble() < OBJECTS;
            for (int c = 0; c < CLASSES; c++) {
                out.put((4 + c) * YOLOV8_CELLS + cell, (object ? 0.9f : 0.01f) * random.nextFloat());
            }
        }
        return out;
    }

    private static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    private InferenceRequest request() {
        return new InferenceRequest(
                "benchmark/1",
                0,
                0,
                picture,
                SIDE,
                SIDE,
                3,
                InferenceRequest.Encoding.RAW,
                SOURCE_WIDTH,
                SOURCE_HEIGHT,
                Placement.scaled((double) SIDE / SOURCE_WIDTH),
                Float.NaN,
                Float.NaN,
                List.of(),
                Long.MAX_VALUE);
    }

    private static ResultMessage result() {
        List<Detection> detections = IntStream.range(0, 5)
                .mapToObj(i -> new Detection("person", 0, 0.8f, new BoundingBox(i, i, i + 100, i + 200)))
                .toList();
        return new ResultMessage(
                new UUID(1, 2),
                new UUID(3, 4),
                1,
                1_000,
                Instant.EPOCH,
                20,
                40_000,
                SOURCE_WIDTH,
                SOURCE_HEIGHT,
                "yolox-nano",
                "onnx",
                14.5,
                detections);
    }
}
