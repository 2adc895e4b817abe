package dev.vap.inference.onnx;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The main graph of an ONNX file: its nodes, how they hang together, and where in the file each of them is. Weights and
 * attributes stay in the file until they are asked for, so the reader has to stay open as long. Field numbers are those of
 * {@code onnx.proto3}.
 *
 * <p>Made for rewriting: a file in which anything might mean something else than it seems to (names given twice, functions,
 * training) is refused as {@link ProtoReader.Malformed}, which says nothing of what ONNX Runtime thinks of it.
 */
final class OnnxGraph {

    /** Data types of tensors. */
    static final long FLOAT = 1;

    static final long INT32 = 6;
    static final long INT64 = 7;
    static final long FLOAT16 = 10;

    /** Types of attributes. */
    static final long INT_ATTRIBUTE = 2;

    static final long STRING_ATTRIBUTE = 3;
    static final long TENSOR_ATTRIBUTE = 4;
    static final long INTS_ATTRIBUTE = 7;

    /** What is kept of a file, in memory; the networks of this trade take a tenth of it. */
    private static final int MOST_NAMES = 32 << 20;

    private static final int NAME_OVERHEAD = 64;
    private static final int LONGEST_NAME = 4096;
    private static final int MOST_NUMBERS = 16;
    private static final int DEEPEST = 48;

    /** Of the file: a field with its tag, from here to there. */
    record Span(long from, long to) {}

    /** @param content of its message, without tag and length */
    record Node(
            Span field,
            Span content,
            String name,
            String type,
            String domain,
            List<String> inputs,
            List<String> outputs) {

        /** Of ONNX itself, not of somebody's extension. */
        boolean is(String operator) {
            return type.equals(operator) && (domain.isEmpty() || domain.equals("ai.onnx"));
        }
    }

    /** One of the four, as its type says; the others are 0, empty or null. */
    record Attribute(long number, String text, List<Long> numbers, Tensor tensor) {}

    /** @param external whether values of it are in another file, or in another tensor */
    record Tensor(Span field, Span content, String name, long type, List<Long> dims, boolean external) {}

    /** @param dims -1 for a size that is not fixed; empty if nothing is known of them */
    record Value(Span field, String name, List<Long> dims) {}

    private final ProtoReader reader;
    private final List<Node> nodes = new ArrayList<>();
    private final Map<String, Tensor> initializers = new HashMap<>();
    private final Map<String, Value> inputs = new HashMap<>();
    private final Map<String, Value> described = new HashMap<>();
    private final Map<String, Node> producers = new HashMap<>();
    private final Map<String, List<Node>> consumers = new HashMap<>();

    /** Names that are used outside of the main graph's nodes: by nested graphs, or as outputs. */
    private final Set<String> usedElsewhere = new HashSet<>();

    private Span field;
    private Span content;
    private int namesLeft = MOST_NAMES;

    private OnnxGraph(ProtoReader reader) {
        this.reader = reader;
    }

    /** @throws ProtoReader.Malformed if it is no model, or one that is better left as it is */
    static OnnxGraph read(ProtoReader reader) throws IOException {
        OnnxGraph graph = new OnnxGraph(reader);
        graph.readModel();
        return graph;
    }

    /** The field of the model that holds the graph. */
    Span field() {
        return field;
    }

    Span content() {
        return content;
    }

    List<Node> nodes() {
        return nodes;
    }

    /** Null if it is none, or one that the caller of a session may exchange. */
    Tensor initializer(String name) {
        return inputs.containsKey(name) ? null : initializers.get(name);
    }

    Iterable<Tensor> initializers() {
        return initializers.values();
    }

    /** What the file says of tensors between nodes. */
    Iterable<Value> described() {
        return described.values();
    }

    /** Null for inputs and initializers. */
    Node producer(String name) {
        return producers.get(name);
    }

    /** A node that reads it twice is in it twice. */
    List<Node> consumers(String name) {
        return consumers.getOrDefault(name, List.of());
    }

    /** Whether nested graphs or the model's caller see it. */
    boolean usedElsewhere(String name) {
        return usedElsewhere.contains(name) || inputs.containsKey(name);
    }

    /** As {@link Value#dims}. */
    List<Long> dims(String name) {
        Value value = inputs.getOrDefault(name, described.get(name));
        return value == null ? List.of() : value.dims();
    }

    /** Of a node of this graph, by name; reads the file. */
    Map<String, Attribute> attributes(Node node) throws IOException {
        Map<String, Attribute> attributes = new HashMap<>();
        long end = node.content().to();
        reader.leapTo(node.content().from());
        while (reader.next(end)) {
            if (reader.field() == 5 && reader.wireType() == ProtoReader.BYTES) {
                readAttribute(reader.contentEnd(end), attributes);
            } else {
                reader.skip(end);
            }
        }
        return attributes;
    }

    private void readAttribute(long end, Map<String, Attribute> attributes) throws IOException {
        String name = "";
        String text = "";
        long type = 0;
        long number = 0;
        List<Long> numbers = new ArrayList<>(4);
        Tensor tensor = null;
        while (reader.next(end)) {
            int part = reader.field();
            boolean bytes = reader.wireType() == ProtoReader.BYTES;
            if (part == 1 && bytes) {
                name = name(reader.contentEnd(end));
            } else if (part == 3 && reader.wireType() == ProtoReader.VARINT) {
                number = reader.varint(end);
            } else if (part == 4 && bytes) {
                text = name(reader.contentEnd(end));
            } else if (part == 5 && bytes) {
                refuseIf(tensor != null, "two tensors in one");
                tensor = readTensor(reader.position(), reader.contentEnd(end));
            } else if (part == 8) {
                reader.numbers(end, numbers, MOST_NUMBERS);
            } else if (part == 20 && reader.wireType() == ProtoReader.VARINT) {
                type = reader.varint(end);
            } else {
                reader.skip(end);
            }
        }
        Attribute attribute = new Attribute(
                type == INT_ATTRIBUTE ? number : 0,
                type == STRING_ATTRIBUTE ? text : "",
                type == INTS_ATTRIBUTE ? numbers : List.of(),
                type == TENSOR_ATTRIBUTE ? tensor : null);
        refuseIf(attributes.put(name, attribute) != null, "an attribute twice");
    }

    private void readModel() throws IOException {
        long end = reader.size();
        for (long from = reader.position(); reader.next(end); from = reader.position()) {
            if (reader.wireType() != ProtoReader.BYTES) {
                reader.skip(end);
                continue;
            }
            long contentEnd = reader.contentEnd(end);
            switch (reader.field()) {
                case 7 -> {
                    refuseIf(field != null, "two graphs");
                    field = new Span(from, contentEnd);
                    content = new Span(reader.position(), contentEnd);
                    readGraph(contentEnd);
                }
                case 20, 25 -> throw new ProtoReader.Malformed("training or functions");
                default -> {}
            }
            reader.leapTo(contentEnd);
        }
        refuseIf(field == null, "no graph");
    }

    private void readGraph(long end) throws IOException {
        for (long from = reader.position(); reader.next(end); from = reader.position()) {
            if (reader.wireType() != ProtoReader.BYTES) {
                reader.skip(end);
                continue;
            }
            long contentEnd = reader.contentEnd(end);
            switch (reader.field()) {
                case 1 -> add(readNode(from, contentEnd));
                case 5 -> {
                    Tensor tensor = readTensor(from, contentEnd);
                    refuseIf(initializers.put(tensor.name(), tensor) != null, "an initializer twice");
                }
                case 11 -> put(inputs, readValue(from, contentEnd));
                case 12 -> usedElsewhere.add(readValue(from, contentEnd).name());
                case 13 -> put(described, readValue(from, contentEnd));
                case 14 -> throw new ProtoReader.Malformed("names of quantised tensors");
                default -> {}
            }
            reader.leapTo(contentEnd);
        }
    }

    private void add(Node node) throws IOException {
        nodes.add(node);
        for (String output : node.outputs()) {
            refuseIf(!output.isEmpty() && producers.put(output, node) != null, "an output twice");
        }
        for (String input : node.inputs()) {
            consumers.computeIfAbsent(input, k -> new ArrayList<>(1)).add(node);
        }
    }

    private static void put(Map<String, Value> values, Value value) throws IOException {
        refuseIf(values.put(value.name(), value) != null, "a value twice");
    }

    private Node readNode(long from, long end) throws IOException {
        Span message = new Span(reader.position(), end);
        List<String> in = new ArrayList<>(3);
        List<String> out = new ArrayList<>(1);
        String name = "";
        String type = "";
        String domain = "";
        while (reader.next(end)) {
            if (reader.wireType() != ProtoReader.BYTES) {
                reader.skip(end);
                continue;
            }
            long contentEnd = reader.contentEnd(end);
            switch (reader.field()) {
                case 1 -> in.add(name(contentEnd));
                case 2 -> out.add(name(contentEnd));
                case 3 -> name = name(contentEnd);
                case 4 -> type = name(contentEnd);
                case 5 -> readNested(contentEnd, 0);
                case 7 -> domain = name(contentEnd);
                default -> {}
            }
            reader.leapTo(contentEnd);
        }
        return new Node(new Span(from, end), message, name, type, domain, in, out);
    }

    /** An attribute, whose graphs may use names of the main graph. */
    private void readNested(long end, int depth) throws IOException {
        refuseIf(depth > DEEPEST, "graphs within graphs");
        while (reader.next(end)) {
            int part = reader.field();
            if (reader.wireType() != ProtoReader.BYTES || (part != 6 && part != 11)) {
                reader.skip(end);
                continue;
            }
            readNestedGraph(reader.contentEnd(end), depth);
        }
    }

    private void readNestedGraph(long end, int depth) throws IOException {
        while (reader.next(end)) {
            int part = reader.field();
            if (reader.wireType() != ProtoReader.BYTES || (part != 1 && part != 12)) {
                reader.skip(end);
                continue;
            }
            long contentEnd = reader.contentEnd(end);
            if (part == 12) {
                usedElsewhere.add(readValue(0, contentEnd).name());
                continue;
            }
            while (reader.next(contentEnd)) {
                if (reader.wireType() == ProtoReader.BYTES && reader.field() == 1) {
                    usedElsewhere.add(name(reader.contentEnd(contentEnd)));
                } else if (reader.wireType() == ProtoReader.BYTES && reader.field() == 5) {
                    readNested(reader.contentEnd(contentEnd), depth + 1);
                } else {
                    reader.skip(contentEnd);
                }
            }
        }
    }

    private Tensor readTensor(long from, long end) throws IOException {
        Span message = new Span(reader.position(), end);
        List<Long> dims = new ArrayList<>(4);
        String name = "";
        long type = 0;
        boolean external = false;
        while (reader.next(end)) {
            int part = reader.field();
            boolean bytes = reader.wireType() == ProtoReader.BYTES;
            if (part == 1) {
                reader.numbers(end, dims, MOST_NUMBERS);
            } else if (part == 2 && reader.wireType() == ProtoReader.VARINT) {
                type = reader.varint(end);
            } else if (part == 8 && bytes) {
                name = name(reader.contentEnd(end));
            } else if (part == 14 && reader.wireType() == ProtoReader.VARINT) {
                external |= reader.varint(end) != 0;
            } else {
                // Where external data is, or which part of a tensor this is.
                external |= part == 13 || part == 3;
                reader.skip(end);
            }
        }
        return new Tensor(new Span(from, end), message, name, type, dims, external);
    }

    private Value readValue(long from, long end) throws IOException {
        String name = "";
        List<Long> dims = new ArrayList<>(4);
        while (reader.next(end)) {
            if (reader.wireType() == ProtoReader.BYTES && reader.field() == 1) {
                name = name(reader.contentEnd(end));
            } else if (reader.wireType() == ProtoReader.BYTES && reader.field() == 2) {
                // The type, of a tensor, its shape, a dimension.
                readDims(reader.contentEnd(end), new int[] {1, 2, 1}, 0, dims);
            } else {
                reader.skip(end);
            }
        }
        return new Value(new Span(from, end), name, dims);
    }

    private void readDims(long end, int[] way, int step, List<Long> dims) throws IOException {
        long dim = -1;
        while (reader.next(end)) {
            boolean onTheWay = step < way.length && reader.field() == way[step];
            if (onTheWay && reader.wireType() == ProtoReader.BYTES) {
                readDims(reader.contentEnd(end), way, step + 1, dims);
            } else if (step == way.length && reader.field() == 1 && reader.wireType() == ProtoReader.VARINT) {
                dim = reader.varint(end);
            } else {
                // A dimension may have a name instead; whichever comes last counts.
                dim = reader.field() == 2 ? -1 : dim;
                reader.skip(end);
            }
        }
        if (step == way.length) {
            refuseIf(dims.size() == MOST_NUMBERS, "too many dimensions");
            dims.add(dim);
        }
    }

    private String name(long contentEnd) throws IOException {
        String name = reader.text(contentEnd, LONGEST_NAME);
        namesLeft -= name.length() + NAME_OVERHEAD;
        refuseIf(namesLeft < 0, "too many names");
        return name;
    }

    private static void refuseIf(boolean so, String why) throws IOException {
        if (so) {
            throw new ProtoReader.Malformed(why);
        }
    }
}
