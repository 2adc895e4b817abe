package dev.vap.inference.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one convolution of a {@link FocusPattern}, as a session is loaded: a 3x3 over the four pictures of half the size is a
 * 6x6 over the picture itself, at every second pixel, with the same weights in another order. ONNX Runtime does the slices
 * and the concatenation as copies; without them, YOLOX-Nano takes 5 to 10 % less time on a CPU. Sums are added up in another
 * order, so results differ in their last digits.
 *
 * <p>The file itself is not touched. The rewritten one is in memory while the session is made.
 */
final class FocusFusion {

    private static final Logger LOG = LoggerFactory.getLogger(FocusFusion.class);

    /** Of the file. ONNX Runtime copies twice what it is given as bytes. */
    private static final long MOST_BYTES = 512L << 20;

    /** Of what the JVM may have in all, the file at most. */
    private static final int SHARE_OF_HEAP = 4;

    /** A part of the file, and what takes its place. */
    private record Edit(OnnxGraph.Span span, ProtoWriter with) {}

    private final FileChannel channel;
    private final ProtoReader reader;
    private final OnnxGraph graph;
    private final List<Edit> edits = new ArrayList<>();
    private final Set<OnnxGraph.Node> removed = new HashSet<>();

    private FocusFusion(FileChannel channel, ProtoReader reader, OnnxGraph graph) {
        this.channel = channel;
        this.reader = reader;
        this.graph = graph;
    }

    /**
     * Blocks for some milliseconds.
     *
     * @return the model as it is better run; empty if the file is best left alone, whatever the reason
     */
    static Optional<byte[]> of(Path file) {
        try (FileChannel channel = FileChannel.open(file)) {
            ProtoReader reader = new ProtoReader(channel);
            if (reader.size() > Math.min(MOST_BYTES, Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP)) {
                return Optional.empty();
            }
            FocusFusion fusion = new FocusFusion(channel, reader, OnnxGraph.read(reader));
            // Files that a network names are looked for beside it, which bytes are not.
            return fusion.found() && OnnxFile.isSelfContained(file)
                    ? Optional.of(fusion.rewritten())
                    : Optional.empty();
        } catch (IOException | ArithmeticException e) {
            // What is wrong with the file, whoever opens it next says.
            LOG.debug("{} is left as it is", file.getFileName(), e);
            return Optional.empty();
        } catch (OutOfMemoryError e) {
            // As a file it takes no room in the heap.
            LOG.debug("{} is left as it is: no room to rewrite it", file.getFileName(), e);
            return Optional.empty();
        }
    }

    private boolean found() throws IOException {
        FocusPattern pattern = new FocusPattern(reader, graph);
        Set<String> gone = new HashSet<>();
        for (OnnxGraph.Node node : graph.nodes()) {
            FocusPattern.Focus focus = pattern.endingAt(node);
            if (focus == null) {
                continue;
            }
            ProtoWriter weights = weights(focus);
            if (weights == null) {
                continue;
            }
            edits.add(new Edit(focus.convolution().field(), convolution(focus)));
            edits.add(new Edit(focus.weights().field(), weights));
            gone.add(focus.weights().name());
            removed.addAll(focus.before());
        }
        if (!edits.isEmpty()) {
            remove(gone);
        }
        return !edits.isEmpty();
    }

    /** Takes out what is no longer needed, and what is said of it. ONNX Runtime warns of weights that nobody uses. */
    private void remove(Set<String> gone) {
        for (OnnxGraph.Node node : graph.nodes()) {
            if (node.is("Constant")
                    && node.outputs().size() == 1
                    && isForRemovedOnly(node.outputs().get(0))) {
                removed.add(node);
            }
        }
        for (OnnxGraph.Node node : removed) {
            edits.add(new Edit(node.field(), new ProtoWriter()));
            gone.addAll(node.outputs());
        }
        for (OnnxGraph.Tensor initializer : graph.initializers()) {
            if (isForRemovedOnly(initializer.name())) {
                edits.add(new Edit(initializer.field(), new ProtoWriter()));
                gone.add(initializer.name());
            }
        }
        for (OnnxGraph.Value value : graph.described()) {
            if (gone.contains(value.name())) {
                edits.add(new Edit(value.field(), new ProtoWriter()));
            }
        }
    }

    private boolean isForRemovedOnly(String name) {
        List<OnnxGraph.Node> consumers = graph.consumers(name);
        return !consumers.isEmpty() && !graph.usedElsewhere(name) && removed.containsAll(consumers);
    }

    private static ProtoWriter convolution(FocusPattern.Focus focus) {
        OnnxGraph.Node old = focus.convolution();
        ProtoWriter node = new ProtoWriter().text(1, focus.source());
        old.inputs().stream().skip(1).forEach(input -> node.text(1, input));
        node.text(2, old.outputs().get(0))
                .text(3, old.name())
                .text(4, old.type())
                .message(5, integers("dilations", 1, 1))
                .message(5, new ProtoWriter().text(1, "group").number(3, 1).number(20, OnnxGraph.INT_ATTRIBUTE))
                .message(5, integers("kernel_shape", 6, 6))
                .message(5, integers("pads", 2, 2, 2, 2))
                .message(5, integers("strides", 2, 2))
                .text(7, old.domain());
        return new ProtoWriter().message(1, node);
    }

    private static ProtoWriter integers(String name, long... values) {
        ProtoWriter attribute = new ProtoWriter().text(1, name);
        for (long value : values) {
            attribute.number(8, value);
        }
        return attribute.number(20, OnnxGraph.INTS_ATTRIBUTE);
    }

    /**
     * Of input channel {@code c} of the picture that begins at row {@code r} and column {@code s}, the weight at {@code (i, j)}
     * of 3x3 goes to {@code (2i + r, 2j + s)} of 6x6. Null if they can't be read.
     */
    private ProtoWriter weights(FocusPattern.Focus focus) throws IOException {
        OnnxGraph.Tensor old = focus.weights();
        int channels = focus.channels();
        int size = TensorValues.elementSize(old);
        int count = Math.multiplyExact(focus.filters() * channels, 36);
        byte[] from = TensorValues.elements(reader, old, count);
        if (from == null) {
            return null;
        }
        byte[] to = new byte[from.length];
        int at = 0;
        for (int filter = 0; filter < focus.filters(); filter++) {
            for (FocusPattern.Phase phase : focus.phases()) {
                for (int channel = 0; channel < channels; channel++) {
                    int plane = (filter * channels + channel) * 36 + phase.row() * 6 + phase.column();
                    for (int i = 0; i < 3; i++) {
                        for (int j = 0; j < 3; j++) {
                            System.arraycopy(from, at, to, (plane + 12 * i + 2 * j) * size, size);
                            at += size;
                        }
                    }
                }
            }
        }
        ProtoWriter tensor = new ProtoWriter()
                .number(1, focus.filters())
                .number(1, channels)
                .number(1, 6)
                .number(1, 6)
                .number(2, old.type())
                .text(8, old.name())
                .bytes(9, to);
        return new ProtoWriter().message(5, tensor);
    }

    private byte[] rewritten() throws IOException {
        edits.sort(Comparator.comparingLong(edit -> edit.span().from()));
        OnnxGraph.Span content = graph.content();
        long length = content.to() - content.from();
        for (Edit edit : edits) {
            length += edit.with().size() - (edit.span().to() - edit.span().from());
        }
        ProtoWriter header = new ProtoWriter().header(7, length);
        edits.add(0, new Edit(new OnnxGraph.Span(graph.field().from(), content.from()), header));
        long all = graph.field().from() + header.size() + length + reader.size() - content.to();
        ByteBuffer out = ByteBuffer.allocate(Math.toIntExact(all));
        long done = 0;
        for (Edit edit : edits) {
            copy(done, edit.span().from(), out);
            out.put(edit.with().toBytes());
            done = edit.span().to();
        }
        copy(done, reader.size(), out);
        return out.array();
    }

    private void copy(long from, long to, ByteBuffer out) throws IOException {
        ByteBuffer part = out.duplicate().limit(Math.toIntExact(out.position() + to - from));
        while (part.hasRemaining()) {
            if (channel.read(part, to - part.remaining()) < 0) {
                throw new ProtoReader.Malformed("the file became shorter");
            }
        }
        out.position(part.position());
    }
}
