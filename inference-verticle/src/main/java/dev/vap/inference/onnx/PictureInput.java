package dev.vap.inference.onnx;

import dev.vap.inference.head.TensorShape;
import dev.vap.inference.model.ModelSpec;
import dev.vap.inference.model.ModelSpec.Layout;
import dev.vap.inference.vision.Planes.Element;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The input of a network that takes pictures, and how large they are.
 *
 * @param batch pictures in each run; -1 if that is open
 * @param targetSizes whether there is a second input that wants the size of each picture, {@code int64[n,2]}: width, height
 */
record PictureInput(
        String name, Element element, Layout layout, int width, int height, int batch, boolean targetSizes) {

    static final String TARGET_SIZES = "orig_target_sizes";

    private static final int CHANNELS = 3;
    private static final int RANK = 4;

    /** As {@link dev.vap.shared.protocol.InputSpec} has it. */
    private static final int MAX_SIDE = 8192;

    private static final long MIB = 1 << 20;
    /** Of one run. */
    static final long MOST_BYTES = 512 * MIB;

    private static final String SUPPORTED =
            "supported is one picture of three channels, float[1,3,height,width] or uint8[1,height,width,3]";

    /** As Ultralytics writes {@code imgsz}: height, width. */
    private static final Pattern SIZE = Pattern.compile("\\[\\s*(\\d{1,5})\\s*,\\s*(\\d{1,5})\\s*]");

    /**
     * @param said fills in what the shape leaves open
     * @throws dev.vap.shared.domain.VapException {@code model_unsupported}, which says what to add
     */
    static PictureInput of(List<TensorShape> inputs, ModelSpec said, Map<String, String> metadata) {
        List<TensorShape> pictures =
                inputs.stream().filter(input -> input.rank() == RANK).toList();
        boolean targetSizes = inputs.stream().anyMatch(PictureInput::isTargetSizes);
        if (pictures.size() != 1 || inputs.size() != (targetSizes ? 2 : 1)) {
            throw Problems.unsupported(
                    inputs.size() == 1
                            ? "The model's input is " + inputs.get(0) + ": " + SUPPORTED + "."
                            : "The model has " + inputs.size() + " inputs " + inputs + ": " + SUPPORTED + ".");
        }
        TensorShape input = pictures.get(0);
        Element element = element(input);
        Layout layout = layout(input, said);
        int heightAt = layout == Layout.NCHW ? 2 : 1;
        int height = side(input, heightAt, said.height(), "height", metadata);
        int width = side(input, heightAt + 1, said.width(), "width", metadata);
        long batch = input.dim(0);
        long bytes = Math.max(1, batch) * width * height * CHANNELS * element.bytes();
        if (batch == 0 || batch > MAX_SIDE || bytes > MOST_BYTES) {
            throw Problems.unsupported("The model's input is " + input + ", for pictures of " + width + "x" + height
                    + " " + bytes / MIB + " MiB a run: at most " + MOST_BYTES / MIB
                    + " MiB are supported; export it for smaller pictures or fewer at once.");
        }
        return new PictureInput(
                input.name(), element, layout, width, height, batch < 0 ? -1 : (int) batch, targetSizes);
    }

    private static boolean isTargetSizes(TensorShape input) {
        return input.name().equals(TARGET_SIZES)
                && input.type().equals("int64")
                && input.rank() == 2
                && (input.dim(1) == 2 || input.dim(1) < 0);
    }

    private static Element element(TensorShape input) {
        return switch (input.type()) {
            case "float" -> Element.FLOAT32;
            case "float16" -> Element.FLOAT16;
            case "uint8" -> Element.UINT8;
            default -> throw Problems.unsupported("The model's input is " + input + ": " + SUPPORTED + ".");
        };
    }

    private static Layout layout(TensorShape input, ModelSpec said) {
        boolean planesFit = input.dim(1) == CHANNELS;
        boolean packedFits = input.dim(3) == CHANNELS;
        if (said.layout() != null) {
            long channels = input.dim(said.layout() == Layout.NCHW ? 1 : 3);
            if (channels != CHANNELS && channels >= 0) {
                throw Problems.unsupported("models.yaml says \"input.layout: "
                        + said.layout().name().toLowerCase(java.util.Locale.ROOT) + "\", but the model's input is "
                        + input
                        + ": correct or remove that line.");
            }
            return said.layout();
        }
        if (planesFit != packedFits) {
            return planesFit ? Layout.NCHW : Layout.NHWC;
        }
        if (planesFit || input.dim(1) < 0 || input.dim(3) < 0) {
            throw Problems.unsupported("The model's input is " + input
                    + ", which leaves open where its channels are: add \"input.layout: nchw\" or \"input.layout: nhwc\" to its"
                    + " entry in models.yaml.");
        }
        throw Problems.unsupported("The model's input is " + input + ": " + SUPPORTED + ".");
    }

    private static int side(TensorShape input, int index, Integer said, String key, Map<String, String> metadata) {
        long fixed = input.dim(index);
        if (fixed >= 0 && said != null && said != fixed) {
            throw Problems.unsupported("models.yaml says \"input.size\" with a " + key + " of " + said
                    + ", but the model's input is " + input + ": correct or remove that line.");
        }
        long side = fixed >= 0 ? fixed : said != null ? said : exported(key, metadata);
        if (side < 0) {
            throw Problems.unsupported("The model's input is " + input
                    + ", which leaves its size open: add \"input.size: WIDTHxHEIGHT\" to its entry in models.yaml.");
        }
        if (side < 1 || side > MAX_SIDE) {
            throw Problems.unsupported("The model's input is " + input + " with a " + key + " of " + side
                    + ": supported are 1 to " + MAX_SIDE + " pixels a side.");
        }
        return (int) side;
    }

    /** The size that an exporter used, -1 if it doesn't say. */
    private static long exported(String key, Map<String, String> metadata) {
        Matcher size = SIZE.matcher(metadata.getOrDefault("imgsz", ""));
        return size.find() ? Long.parseLong(size.group(key.equals("height") ? 1 : 2)) : -1;
    }

    /** Of a run. */
    long[] dims(int pictures) {
        return layout == Layout.NCHW
                ? new long[] {pictures, CHANNELS, height, width}
                : new long[] {pictures, height, width, CHANNELS};
    }

    /** Of one picture. */
    int bytes() {
        return width * height * CHANNELS * element.bytes();
    }
}
