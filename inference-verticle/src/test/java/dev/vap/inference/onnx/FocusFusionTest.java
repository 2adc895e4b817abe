package dev.vap.inference.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.platform.Fp16Conversions;
import dev.vap.inference.fixture.TinyOnnx.Message;
import dev.vap.inference.model.Tuning;
import dev.vap.inference.onnx.FocusOnnx.Cut;
import dev.vap.inference.onnx.FocusOnnx.Place;
import dev.vap.shared.domain.VapException;
import dev.vap.testing.SharedData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class FocusFusionTest {

    private static final float CLOSE = 1e-4f;

    @TempDir
    Path directory;

    @Test
    void oneConvolutionAnswersTheSameInWhateverOrderThePicturesAre() throws Exception {
        List<int[][]> orders = new ArrayList<>();
        permute(new FocusOnnx().order, 0, orders);
        assertThat(orders).hasSize(24);
        for (int[][] order : orders) {
            FocusOnnx network = new FocusOnnx();
            network.order = order;
            assertFused(network);
        }
    }

    @ParameterizedTest
    @EnumSource(Cut.class)
    void howThePicturesAreCutOutDoesNotMatter(Cut cut) throws Exception {
        FocusOnnx network = new FocusOnnx();
        network.cut = cut;
        assertFused(network);
    }

    static Stream<Arguments> variants() {
        return Stream.of(
                variant("one picture", n -> n.input[0] = 1),
                variant("any number of pictures", n -> n.input[0] = -1),
                variant("without bias", n -> n.bias = false),
                variant("axes counted from behind", n -> {
                    n.rowAxis = -2;
                    n.columnAxis = -1;
                    n.concatAxis = -3;
                }),
                variant("ends that are beyond by little", n -> n.end = 12),
                variant(
                        "no attributes but the padding",
                        n -> n.convolution.keySet().retainAll(List.of("pads"))),
                variant("padding said to be given", n -> n.autoPad = "NOTSET"),
                variant("integers packed", n -> n.integers = Place.TYPED),
                variant("integers unpacked", n -> n.integers = Place.UNPACKED),
                variant("integers in nodes", n -> n.integers = Place.CONSTANT_NODE),
                variant("short integers", n -> {
                    n.integerType = 6;
                    n.end = Integer.MAX_VALUE;
                }),
                variant("short integers packed", n -> {
                    n.integerType = 6;
                    n.end = Integer.MAX_VALUE;
                    n.integers = Place.TYPED;
                }),
                variant("weights in a field for floats", n -> n.weights = Place.TYPED),
                variant("weights in fields for a float each", n -> n.weights = Place.UNPACKED),
                variant("half as long floats", n -> n.type = FocusOnnx.FLOAT16));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("variants")
    void whateverIsWrittenInAnotherWayIsFusedToo(String name, Consumer<FocusOnnx> change) throws Exception {
        FocusOnnx network = new FocusOnnx();
        change.accept(network);
        assertFused(network);
    }

    static Stream<Arguments> others() {
        return Stream.of(
                variant("an odd number of rows", n -> n.input[2] = 7),
                variant("an odd number of columns", n -> n.input[3] = 11),
                variant("any number of rows", n -> n.input[2] = -1),
                variant("any number of columns", n -> n.input[3] = -1),
                variant("other channels than the weights have", n -> n.input[1] = 1),
                variant("an input without a shape", n -> n.input = new long[0]),
                variant("a picture twice", n -> n.order[3] = new int[] {0, 0}),
                variant("three pictures", n -> n.order = Arrays.copyOf(n.order, 3)),
                variant("a pixel left out at the beginning", n -> n.order[3] = new int[] {1, 2}),
                variant("a pixel left out at the end", n -> n.end = 11),
                variant("an end counted from behind", n -> n.end = -1),
                variant("every pixel", n -> n.step = 1),
                variant("every third pixel", n -> n.step = 3),
                variant("channels cut instead of rows", n -> n.rowAxis = 1),
                variant("one direction cut twice", n -> n.columnAxis = 2),
                variant("pictures beside each other", n -> n.concatAxis = 3),
                variant("a picture of another input", n -> {
                    n.lastSource = "images2";
                    n.graph.message(11, n.value("images2", n.input));
                }),
                variant("starts that are not known", n -> n.graph.message(11, n.value("constant0", 1))),
                variant("somebody's own slices", n -> n.sliceDomain = "com.example"),
                variant("a convolution of every second pixel", n -> n.convolution.put("strides", new long[] {2, 2})),
                variant("a convolution with gaps", n -> n.convolution.put("dilations", new long[] {2, 2})),
                variant("a convolution of groups", n -> n.convolution.put("group", new long[] {4})),
                variant("a convolution without padding", n -> n.convolution.remove("pads")),
                variant("uneven padding", n -> n.convolution.put("pads", new long[] {0, 1, 2, 1})),
                variant("padding found out by ONNX Runtime", n -> {
                    n.convolution.remove("pads");
                    n.autoPad = "SAME_UPPER";
                }),
                variant(
                        "a convolution with an unknown attribute",
                        n -> n.attributes.add(FocusOnnx.attribute("new", 1))),
                variant("a group of another type", n -> {
                    n.convolution.remove("group");
                    n.attributes.add(new Message().text(1, "group").number(3, 1).number(20, 1));
                }),
                variant("an attribute twice", n -> n.attributes.add(FocusOnnx.attribute("group", 1))),
                variant("a convolution of single pixels", n -> {
                    n.weightDims = new long[] {FocusOnnx.FILTERS, 12, 1, 1};
                    n.convolution.put("kernel_shape", new long[] {1, 1});
                }),
                variant("weights of another type", n -> n.type = 11),
                variant("weights that are an input", n -> n.weightsAreInput = true),
                variant("weights that somebody else uses", n -> n.node("Identity", "", "more", List.of(), "weights")),
                variant("weights that are an output", n -> n.graph.message(12, n.value("weights", n.weightDims))),
                variant("pictures that somebody else uses", n -> n.node("Identity", "", "more", List.of(), "joined")),
                variant("a slice that somebody else uses", n -> n.node("Identity", "", "more", List.of(), "slice2")),
                variant("pictures that are an output", n -> n.graph.message(12, n.value("joined"))),
                variant("a slice that is an output", n -> n.graph.message(12, n.value("slice2"))),
                variant("a slice that a nested graph uses", n -> n.node("If", "", "more", List.of(branch()), "images")),
                variant("two nodes for one tensor", n -> n.node("Identity", "", "slice2", List.of(), "images")),
                variant("weights twice", n -> n.graph.message(5, new Message().text(8, "weights"))),
                variant("names of quantised tensors", n -> n.graph.message(14, new Message().text(1, "joined"))),
                variant("training", n -> n.model.message(20, new Message())),
                variant("functions", n -> n.model.message(25, new Message().text(1, "Conv"))),
                variant("a second graph", n -> n.model.message(7, new Message())),
                variant("other weights beside the file", n -> n.graph.message(5, beside())));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("others")
    void whateverIsNearlySoIsLeftAlone(String name, Consumer<FocusOnnx> change) {
        FocusOnnx network = new FocusOnnx();
        change.accept(network);

        assertThat(FocusFusion.of(network.write(file()))).isEmpty();
    }

    @Test
    void whatOthersUseOfItStays() throws Exception {
        FocusOnnx network = new FocusOnnx();
        network.node("Identity", "", "same", List.of(), "constant0");
        network.graph.message(12, new Message().text(1, "same").message(2, new Message()));
        Path file = network.write(file());

        OnnxGraph graph = graph(fused(file));

        assertThat(graph.nodes()).extracting(OnnxGraph.Node::type).containsExactlyInAnyOrder("Conv", "Identity");
        assertThat(graph.initializers())
                .extracting(OnnxGraph.Tensor::name)
                .containsExactlyInAnyOrder("constant0", "weights", "bias");
        assertThat(graph.described()).isEmpty();
    }

    @Test
    void aPictureThatWasWorkedOnFirstIsCutAsWellIfItsSizeIsSaid() throws Exception {
        FocusOnnx network = new FocusOnnx();
        network.node("Identity", "", "scaled", List.of(), "images");
        network.source = "scaled";
        network.lastSource = "scaled";
        assertThat(FocusFusion.of(network.write(file()))).isEmpty();

        network = new FocusOnnx();
        network.node("Identity", "", "scaled", List.of(), "images");
        network.source = "scaled";
        network.lastSource = "scaled";
        network.graph.message(13, network.value("scaled", network.input));
        Path file = network.write(file());

        byte[] fused = fused(file);

        assertThat(graph(fused).nodes()).extracting(OnnxGraph.Node::type).containsExactly("Identity", "Conv");
        assertSameAnswers(file, fused, network.input, FocusOnnx.FLOAT, 1);
    }

    @Test
    void theFileStaysAsItIs() throws Exception {
        Path file = new FocusOnnx().write(file());
        byte[] before = Files.readAllBytes(file);

        fused(file);

        assertThat(file).hasBinaryContent(before);
    }

    /** Cut or damaged anywhere, it is left alone, or it is rewritten to something that ONNX Runtime judges. */
    @Test
    void damagedFilesDoNoHarm() throws Exception {
        byte[] whole = Files.readAllBytes(new FocusOnnx().write(file()));
        Path file = directory.resolve("damaged.onnx");
        // Behind the graph, there are 12 bytes about operators.
        for (int length = 0; length < whole.length - 12; length += 7) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThat(FocusFusion.of(file)).isEmpty();
        }
        Random random = new Random(5);
        int rewritten = 0;
        for (int i = 0; i < 1000; i++) {
            byte[] damaged = whole.clone();
            for (int n = 0; n <= i % 3; n++) {
                damaged[random.nextInt(whole.length)] = (byte) random.nextInt(256);
            }
            Files.write(file, damaged);
            try {
                rewritten += FocusFusion.of(file).isPresent() ? 1 : 0;
            } catch (VapException e) {
                assertThat(e.code().name()).startsWith("MODEL_");
            }
        }
        // Most hits are in the weights.
        assertThat(rewritten).isBetween(300, 999);
    }

    @Test
    void sizesThatAreNotThereTakeNoMemory() {
        FocusOnnx network = new FocusOnnx();
        network.claimedFilters = 4096;

        assertThat(FocusFusion.of(network.write(file()))).isEmpty();
    }

    @Test
    void theRealModelAnswersTheSame() throws Exception {
        Path file = SharedData.assumeModel("yolox_nano.onnx");
        byte[] fused = fused(file);
        OnnxGraph was = graph(Files.readAllBytes(file));
        OnnxGraph is = graph(fused);

        assertThat(is.nodes()).extracting(OnnxGraph.Node::type).doesNotContain("Slice");
        assertThat(is.nodes()).hasSize(was.nodes().size() - 9);
        assertSameAnswers(file, fused, new long[] {1, 3, 416, 416}, FocusOnnx.FLOAT, 255);
    }

    private void assertFused(FocusOnnx network) throws IOException, OrtException {
        Path file = network.write(file());

        byte[] fused = fused(file);

        OnnxGraph graph = graph(fused);
        assertThat(graph.nodes()).extracting(OnnxGraph.Node::type).containsExactly("Conv");
        assertThat(graph.nodes().get(0).name()).isEqualTo("the out");
        assertThat(graph.described()).isEmpty();
        assertThat(graph.initializers()).hasSize(network.bias ? 2 : 1);
        long[] input = network.input.clone();
        input[0] = Math.max(1, input[0]);
        assertSameAnswers(file, fused, input, network.type, 1);
    }

    private static byte[] fused(Path file) {
        return FocusFusion.of(file).orElseThrow();
    }

    private OnnxGraph graph(byte[] model) throws IOException {
        Path file = Files.write(directory.resolve("read.onnx"), model);
        try (FileChannel channel = FileChannel.open(file)) {
            return OnnxGraph.read(new ProtoReader(channel));
        }
    }

    /** What is run as VAP loads it, too. */
    private static void assertSameAnswers(Path file, byte[] fused, long[] input, int type, float range)
            throws OrtException {
        int count = (int) Arrays.stream(input).reduce(1, (a, b) -> a * b);
        float[] pixels = new float[count];
        Random random = new Random(11);
        for (int i = 0; i < count; i++) {
            pixels[i] = random.nextFloat() * range;
        }
        OrtEnvironment environment = OnnxRuntime.environment();
        try (OrtSession.SessionOptions options = OnnxRuntime.options(Tuning.cpu(1));
                OnnxTensor tensor = tensor(environment, pixels, input, type);
                OrtSession original = environment.createSession(file.toString(), options);
                OrtSession rewritten = environment.createSession(fused, options);
                OrtSession opened = OnnxRuntime.open(file, Tuning.cpu(1))) {
            float[] expected = run(original, tensor);

            // The weights of half as long floats are as exact as 1/1000.
            float close = type == FocusOnnx.FLOAT ? CLOSE : 0.02f;
            assertThat(distance(run(rewritten, tensor), expected)).isLessThan(close);
            assertThat(distance(run(opened, tensor), expected)).isLessThan(close);
        }
    }

    private static OnnxTensor tensor(OrtEnvironment environment, float[] values, long[] dims, int type)
            throws OrtException {
        if (type == FocusOnnx.FLOAT) {
            return OnnxTensor.createTensor(environment, FloatBuffer.wrap(values), dims);
        }
        ByteBuffer halves = ByteBuffer.allocateDirect(2 * values.length).order(ByteOrder.nativeOrder());
        for (float value : values) {
            halves.putShort(Fp16Conversions.floatToFp16(value));
        }
        return OnnxTensor.createTensor(environment, halves.flip(), dims, OnnxJavaType.FLOAT16);
    }

    private static float[] run(OrtSession session, OnnxTensor input) throws OrtException {
        try (OrtSession.Result result = session.run(Map.of("images", input))) {
            FloatBuffer answer = ((OnnxTensor) result.get(0)).getFloatBuffer();
            float[] values = new float[answer.remaining()];
            answer.get(values);
            return values;
        }
    }

    /** The largest difference; more than any number if one of them has others in number or none. */
    private static float distance(float[] values, float[] expected) {
        float largest = values.length == expected.length ? 0 : Float.POSITIVE_INFINITY;
        for (int i = 0; i < Math.min(values.length, expected.length); i++) {
            float difference = Math.abs(values[i] - expected[i]);
            largest = difference <= largest ? largest : Float.isNaN(difference) ? Float.POSITIVE_INFINITY : difference;
        }
        return largest;
    }

    private static Arguments variant(String name, Consumer<FocusOnnx> change) {
        return arguments(name, change);
    }

    /** With a graph that uses a slice of the main one. */
    private static Message branch() {
        Message node = new Message().text(1, "slice2").text(2, "nested").text(4, "Identity");
        return new Message()
                .text(1, "then_branch")
                .message(6, new Message().message(1, node))
                .number(20, 5);
    }

    private static Message beside() {
        return new Message()
                .number(1, 1)
                .number(2, 1)
                .text(8, "beside")
                .message(13, new Message().text(1, "location").text(2, "weights.bin"))
                .number(14, 1);
    }

    private static void permute(int[][] order, int from, List<int[][]> into) {
        if (from == order.length) {
            into.add(order.clone());
        }
        for (int i = from; i < order.length; i++) {
            int[][] next = order.clone();
            next[from] = order[i];
            next[i] = order[from];
            permute(next, from + 1, into);
        }
    }

    private Path file() {
        return directory.resolve("focus.onnx");
    }
}
