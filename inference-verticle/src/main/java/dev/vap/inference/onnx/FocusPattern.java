package dev.vap.inference.onnx;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds the layer that YOLOX and the first YOLOv5 call Focus: every second pixel of every second row, four times, from each of
 * the four places to begin; the four pictures of half the size one behind the other; a convolution of 3x3 over that.
 *
 * <p>Anything unusual about it, or about who else uses its parts, and it is not taken for one.
 */
final class FocusPattern {

    private static final List<Long> KERNEL = List.of(3L, 3L);
    private static final List<Long> ONE_EACH = List.of(1L, 1L);
    private static final List<Long> ONE_ALL_AROUND = List.of(1L, 1L, 1L, 1L);
    private static final Set<String> CONVOLUTION =
            Set.of("auto_pad", "dilations", "group", "kernel_shape", "pads", "strides");

    /** More weights than any such layer has: they are held in memory. */
    private static final long MOST_CHANNELS = 4096;

    private final ProtoReader reader;
    private final OnnxGraph graph;

    FocusPattern(ProtoReader reader, OnnxGraph graph) {
        this.reader = reader;
        this.graph = graph;
    }

    /** Where the pixels of one of the four pictures begin: 0 or 1 down and across. */
    record Phase(int row, int column) {}

    /**
     * @param source of which the pixels are taken
     * @param channels of the source
     * @param phases of the four pictures, in the order in which the weights expect them
     * @param before slices and concatenation: what the convolution no longer needs
     */
    record Focus(
            String source,
            int channels,
            List<Phase> phases,
            Set<OnnxGraph.Node> before,
            OnnxGraph.Node convolution,
            OnnxGraph.Tensor weights) {

        int filters() {
            return weights.dims().get(0).intValue();
        }
    }

    /** Null unless the node is the convolution of such a layer. */
    Focus endingAt(OnnxGraph.Node node) throws IOException {
        int inputs = node.inputs().size();
        if (!node.is("Conv") || inputs < 2 || inputs > 3 || node.outputs().size() != 1) {
            return null;
        }
        OnnxGraph.Node concat = graph.producer(node.inputs().get(0));
        OnnxGraph.Tensor weights = graph.initializer(node.inputs().get(1));
        if (concat == null || weights == null || !joinsFourPictures(concat) || !isPlain(node)) {
            return null;
        }
        Slices[] slices = new Slices[4];
        for (int i = 0; i < slices.length; i++) {
            slices[i] = slices(concat.inputs().get(i));
            if (slices[i] == null || !slices[i].source.equals(slices[0].source)) {
                return null;
            }
        }
        List<Phase> phases = List.of(slices[0].phase(), slices[1].phase(), slices[2].phase(), slices[3].phase());
        Set<OnnxGraph.Node> before = new HashSet<>(Set.of(concat));
        for (Slices one : slices) {
            before.addAll(one.nodes);
        }
        Focus focus = new Focus(slices[0].source, channels(weights), phases, Set.copyOf(before), node, weights);
        boolean found =
                Set.copyOf(phases).size() == phases.size() && fits(focus, slices) && nobodyElseUses(focus, concat);
        return found ? focus : null;
    }

    private boolean joinsFourPictures(OnnxGraph.Node concat) throws IOException {
        if (!concat.is("Concat")
                || concat.inputs().size() != 4
                || concat.outputs().size() != 1) {
            return false;
        }
        Map<String, OnnxGraph.Attribute> attributes = graph.attributes(concat);
        OnnxGraph.Attribute axis = attributes.get("axis");
        return attributes.size() == 1 && axis != null && (axis.number() == 1 || axis.number() == -3);
    }

    /** Of 3x3 pixels and all channels, at every pixel, with one pixel of zeros around. */
    private boolean isPlain(OnnxGraph.Node convolution) throws IOException {
        Map<String, OnnxGraph.Attribute> attributes = graph.attributes(convolution);
        OnnxGraph.Attribute group = attributes.get("group");
        OnnxGraph.Attribute padding = attributes.get("auto_pad");
        return CONVOLUTION.containsAll(attributes.keySet())
                && (group == null || group.number() == 1)
                && (padding == null || padding.text().equals("NOTSET"))
                && has(attributes, "kernel_shape", KERNEL, true)
                && has(attributes, "strides", ONE_EACH, true)
                && has(attributes, "dilations", ONE_EACH, true)
                && has(attributes, "pads", ONE_ALL_AROUND, false);
    }

    private static boolean has(
            Map<String, OnnxGraph.Attribute> attributes, String name, List<Long> value, boolean byDefault) {
        OnnxGraph.Attribute attribute = attributes.get(name);
        return attribute == null ? byDefault : attribute.numbers().equals(value);
    }

    /** Of the source, as the weights have it; 0 if they are not those of such a layer. */
    private static int channels(OnnxGraph.Tensor weights) {
        List<Long> dims = weights.dims();
        if (TensorValues.elementSize(weights) == 0 || weights.external() || dims.size() != 4) {
            return 0;
        }
        long filters = dims.get(0);
        long inputs = dims.get(1);
        boolean fit = filters > 0
                && filters <= MOST_CHANNELS
                && inputs > 0
                && inputs <= MOST_CHANNELS
                && inputs % 4 == 0
                && dims.subList(2, 4).equals(KERNEL);
        return fit ? (int) inputs / 4 : 0;
    }

    /** Rows and columns must be even in number, else the four pictures differ in size. */
    private boolean fits(Focus focus, Slices[] slices) {
        List<Long> dims = graph.dims(focus.source);
        if (focus.channels == 0 || dims.size() != 4 || dims.get(1) != focus.channels) {
            return false;
        }
        long rows = dims.get(2);
        long columns = dims.get(3);
        if (rows <= 0 || columns <= 0 || rows % 2 != 0 || columns % 2 != 0) {
            return false;
        }
        for (Slices one : slices) {
            if (one.endRow < rows || one.endColumn < columns) {
                return false;
            }
        }
        return true;
    }

    private boolean nobodyElseUses(Focus focus, OnnxGraph.Node concat) {
        for (OnnxGraph.Node node : focus.before) {
            for (String output : node.outputs()) {
                Set<OnnxGraph.Node> users = node.equals(concat) ? Set.of(focus.convolution) : focus.before;
                if (graph.usedElsewhere(output) || !users.containsAll(graph.consumers(output))) {
                    return false;
                }
            }
        }
        String weights = focus.weights.name();
        return graph.consumers(concat.outputs().get(0)).size() == 1
                && graph.consumers(weights).size() == 1
                && !graph.usedElsewhere(weights);
    }

    /** One slice of both directions, or one after the other; null if it is anything else. */
    private Slices slices(String output) throws IOException {
        Slices slices = new Slices();
        String at = output;
        while (slices.row < 0 || slices.column < 0) {
            OnnxGraph.Node node = graph.producer(at);
            // Each of them settles a direction that was open, so there are two at most.
            if (node == null || !isSlice(node) || !read(node, slices)) {
                return null;
            }
            slices.nodes.add(node);
            at = node.inputs().get(0);
        }
        slices.source = at;
        return slices;
    }

    private boolean isSlice(OnnxGraph.Node node) throws IOException {
        return node.is("Slice")
                && node.inputs().size() == 5
                && node.outputs().size() == 1
                && graph.attributes(node).isEmpty();
    }

    private boolean read(OnnxGraph.Node node, Slices into) throws IOException {
        List<Long> starts = constant(node.inputs().get(1));
        List<Long> ends = constant(node.inputs().get(2));
        List<Long> axes = constant(node.inputs().get(3));
        List<Long> steps = constant(node.inputs().get(4));
        if (starts == null || ends == null || axes == null || steps == null) {
            return false;
        }
        int count = axes.size();
        if (count == 0 || starts.size() != count || ends.size() != count || steps.size() != count) {
            return false;
        }
        for (int i = 0; i < count; i++) {
            long start = starts.get(i);
            if (steps.get(i) != 2 || start < 0 || start > 1 || !into.add(axes.get(i), (int) start, ends.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** The integers of an initializer or of a node that is a constant; else null. */
    private List<Long> constant(String name) throws IOException {
        OnnxGraph.Tensor tensor = graph.initializer(name);
        OnnxGraph.Node node = graph.producer(name);
        if (node != null) {
            if (tensor != null || !node.is("Constant")) {
                return null;
            }
            Map<String, OnnxGraph.Attribute> attributes = graph.attributes(node);
            tensor = attributes.size() == 1 && attributes.containsKey("value")
                    ? attributes.get("value").tensor()
                    : null;
        }
        return tensor == null ? null : TensorValues.integers(reader, tensor);
    }

    /** What one of the four pictures is made by. */
    private static final class Slices {

        private final Set<OnnxGraph.Node> nodes = new HashSet<>();
        private String source;
        private int row = -1;
        private int column = -1;
        private long endRow;
        private long endColumn;

        private Phase phase() {
            return new Phase(row, column);
        }

        /** False for another direction, or for one that was there before. */
        private boolean add(long axis, int start, long end) {
            if ((axis == 2 || axis == -2) && row < 0) {
                row = start;
                endRow = end;
                return true;
            }
            if ((axis == 3 || axis == -1) && column < 0) {
                column = start;
                endColumn = end;
                return true;
            }
            return false;
        }
    }
}
