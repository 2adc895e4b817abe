package dev.vap.inference.onnx;

import ai.onnxruntime.platform.Fp16Conversions;
import dev.vap.inference.fixture.TinyOnnx.Message;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Writes networks that are a Focus layer and nothing else, or nearly one: whatever a field says differently makes it another
 * network. Field numbers are those of {@code onnx.proto3}.
 */
final class FocusOnnx {

    /** How the four pictures are cut out. */
    enum Cut {
        ROWS_FIRST,
        COLUMNS_FIRST,
        BOTH_AT_ONCE,
        /** The rows of two pictures in one. */
        SHARED_ROWS
    }

    /** Where numbers are. */
    enum Place {
        RAW,
        TYPED,
        /** Each in a field of its own. */
        UNPACKED,
        CONSTANT_NODE
    }

    static final int FLOAT = 1;
    static final int FLOAT16 = 10;
    static final int FILTERS = 4;

    long[] input = {2, 3, 8, 12};
    int[][] order = {{0, 0}, {1, 0}, {0, 1}, {1, 1}};
    Cut cut = Cut.ROWS_FIRST;
    Place integers = Place.RAW;
    Place weights = Place.RAW;
    int type = FLOAT;
    int integerType = 7;
    long rowAxis = 2;
    long columnAxis = 3;
    long step = 2;
    long end = Long.MAX_VALUE;
    long concatAxis = 1;
    long[] weightDims = {FILTERS, 12, 3, 3};

    /** As the file says it; the values are those of {@link #FILTERS}. */
    int claimedFilters = FILTERS;

    boolean bias = true;
    String sliceDomain = "";
    String autoPad;
    String source = "images";
    String lastSource = "images";
    boolean weightsAreInput;
    final Map<String, long[]> convolution = new LinkedHashMap<>();
    final List<Message> attributes = new ArrayList<>();

    /** Fields of graph and model that come behind the others. */
    final Message graph = new Message();

    final Message model = new Message();

    private final Message nodes = new Message();
    private final Message initializers = new Message();
    private final Map<String, String> constants = new LinkedHashMap<>();
    private final Map<String, String> shared = new LinkedHashMap<>();
    private int slices;

    FocusOnnx() {
        convolution.put("dilations", new long[] {1, 1});
        convolution.put("kernel_shape", new long[] {3, 3});
        convolution.put("pads", new long[] {1, 1, 1, 1});
        convolution.put("strides", new long[] {1, 1});
        convolution.put("group", new long[] {1});
    }

    Path write(Path file) {
        List<String> pictures = new ArrayList<>();
        for (int i = 0; i < order.length; i++) {
            pictures.add(picture(i == 3 ? lastSource : source, order[i][0], order[i][1]));
        }
        node("Concat", "", "joined", List.of(attribute("axis", concatAxis)), pictures.toArray(String[]::new));
        convolution.forEach((name, values) ->
                attributes.add(name.equals("group") ? attribute(name, values[0]) : attribute(name, values)));
        if (autoPad != null) {
            attributes.add(new Message().text(1, "auto_pad").text(4, autoPad).number(20, 3));
        }
        tensor("weights", weightDims, weights(), weights);
        if (bias) {
            tensor("bias", new long[] {FILTERS}, new float[] {0.5f, -1, 2, 0}, Place.RAW);
        }
        node(
                "Conv",
                "",
                "out",
                attributes,
                bias ? new String[] {"joined", "weights", "bias"} : new String[] {"joined", "weights"});
        Message all = nodes.text(2, "focus")
                .append(initializers)
                .message(11, value("images", input))
                .message(12, value("out", dim(0), FILTERS, half(2), half(3)))
                .message(13, value("joined", dim(0), 12, half(2), half(3)));
        if (weightsAreInput) {
            all.message(11, value("weights", weightDims));
        }
        Message whole = new Message()
                .number(1, 8)
                .message(7, all.append(graph))
                .message(8, new Message().text(1, "").number(2, 13))
                .append(model);
        try {
            return Files.write(file, whole.bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void node(String operator, String domain, String output, List<Message> with, String... from) {
        Message node = new Message();
        for (String name : from) {
            node.text(1, name);
        }
        node.text(2, output).text(3, "the " + output).text(4, operator);
        with.forEach(one -> node.message(5, one));
        nodes.message(1, node.text(7, domain));
    }

    static Message attribute(String name, long value) {
        return new Message().text(1, name).number(3, value).number(20, 2);
    }

    private static Message attribute(String name, long[] values) {
        Message attribute = new Message().text(1, name);
        for (long value : values) {
            attribute.number(8, value);
        }
        return attribute.number(20, 7);
    }

    private String picture(String source, int row, int column) {
        return switch (cut) {
            case ROWS_FIRST -> slice(slice(source, rowAxis, row), columnAxis, column);
            case COLUMNS_FIRST -> slice(slice(source, columnAxis, column), rowAxis, row);
            case BOTH_AT_ONCE ->
                slice(
                        source,
                        new long[] {row, column},
                        new long[] {rowAxis, columnAxis},
                        new long[] {end, end},
                        new long[] {step, step});
            case SHARED_ROWS -> {
                String rows = shared.computeIfAbsent(source + row, k -> slice(source, rowAxis, row));
                yield slice(rows, columnAxis, column);
            }
        };
    }

    private String slice(String source, long axis, int start) {
        return slice(source, new long[] {start}, new long[] {axis}, new long[] {end}, new long[] {step});
    }

    private String slice(String source, long[] starts, long[] axes, long[] ends, long[] steps) {
        String output = "slice" + slices++;
        node(
                "Slice",
                sliceDomain,
                output,
                List.of(),
                source,
                constant(starts),
                constant(ends),
                constant(axes),
                constant(steps));
        return output;
    }

    /** The same numbers are one constant, as exporters do it. */
    private String constant(long... values) {
        String key = Arrays.toString(values);
        String name = constants.get(key);
        if (name == null) {
            name = "constant" + constants.size();
            constants.put(key, name);
            Message tensor = new Message().number(1, values.length).number(2, integerType);
            ByteBuffer raw = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
            Message typed = new Message();
            for (long value : values) {
                if (integerType == 7) {
                    raw.putLong(value);
                } else {
                    raw.putInt((int) value);
                }
                typed.number(integerType == 7 ? 7 : 5, value);
            }
            if (integers == Place.UNPACKED) {
                tensor.append(typed);
            } else if (integers == Place.TYPED) {
                Message packed = new Message();
                for (long value : values) {
                    packed.varint(value);
                }
                tensor.raw(integerType == 7 ? 7 : 5, packed.bytes());
            } else {
                tensor.raw(9, Arrays.copyOf(raw.array(), raw.position()));
            }
            if (integers == Place.CONSTANT_NODE) {
                Message value =
                        new Message().text(1, "value").message(5, tensor).number(20, 4);
                node("Constant", "", name, List.of(value));
            } else {
                initializers.message(5, tensor.text(8, name));
            }
        }
        return name;
    }

    private float[] weights() {
        Random random = new Random(3);
        int count = 1;
        for (long dim : weightDims) {
            count *= (int) dim;
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        return values;
    }

    private void tensor(String name, long[] dims, float[] values, Place place) {
        Message tensor = new Message();
        for (int i = 0; i < dims.length; i++) {
            tensor.number(1, i == 0 ? claimedFilters : dims[i]);
        }
        ByteBuffer raw = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            if (type == FLOAT16) {
                raw.putShort(Fp16Conversions.floatToFp16(value));
            } else {
                raw.putFloat(value);
            }
        }
        byte[] bytes = Arrays.copyOf(raw.array(), raw.position());
        tensor.number(2, type).text(8, name);
        switch (place) {
            case TYPED -> tensor.raw(4, bytes);
            case UNPACKED -> {
                for (float value : values) {
                    tensor.fixed(4, value);
                }
            }
            default -> tensor.raw(9, bytes);
        }
        initializers.message(5, tensor);
    }

    Message value(String name, long... dims) {
        Message shape = new Message();
        for (int i = 0; i < dims.length; i++) {
            shape.message(1, dims[i] < 0 ? new Message().text(2, "any" + i) : new Message().number(1, dims[i]));
        }
        Message tensor = new Message().number(1, type).message(2, shape);
        return new Message().text(1, name).message(2, new Message().message(1, tensor));
    }

    private long half(int index) {
        return dim(index) < 0 ? -1 : dim(index) / 2;
    }

    private long dim(int index) {
        return index < input.length ? input[index] : -1;
    }
}
