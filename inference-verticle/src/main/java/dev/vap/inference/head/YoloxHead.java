package dev.vap.inference.head;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;

/**
 * YOLOX without the decoding step in the graph (Ge et al. 2021, "YOLOX: Exceeding YOLO Series in 2021", and
 * {@code demo_postprocess} of its repository). One output {@code [1, N, 5 + C]}: for strides 8, 16, 32 in that order, the
 * grid cells row by row, each {@code (x, y, w, h, objectness, C class scores)}. The centre is {@code (x + column)·stride,
 * (y + row)·stride}, the size {@code e^w·stride, e^h·stride}, in pixels of the input; objectness and scores are
 * probabilities already, confidence is their product.
 *
 * @param output its index
 * @param width of the input, pixels; a multiple of 32, as the height
 */
record YoloxHead(int output, int width, int height, int classes) implements Head {

    static final String NAME = "yolox";

    private static final int BOX_AND_OBJECTNESS = 5;

    /** Cells that the middle of a box may be away from its own; networks stay far below. */
    private static final float NEAR = 4;

    /** Power of e for a side of a box, in strides; e^12 strides are wider than any picture. */
    private static final float STEEP = 12;

    static Optional<Head> fit(Network network, boolean declared) {
        return shaped(network)
                .filter(head -> declared || network.values().isEmpty() || looksRaw(network, head.output))
                .map(head -> head);
    }

    /** The same table with boxes in pixels of the input: as exported with the decoding step in the graph. */
    static Optional<Head> fitDecoded(Network network, boolean declared) {
        return shaped(network)
                .filter(head -> declared || (!network.values().isEmpty() && !looksRaw(network, head.output)))
                .map(head -> new YoloRowsHead(YoloRowsHead.YOLOX_DECODED, head.output, head.classes));
    }

    private static Optional<YoloxHead> shaped(Network network) {
        int cells = Grid.cells(network.width(), network.height(), Grid.P5);
        return network.onlyTable().flatMap(index -> {
            TensorShape output = network.outputs().get(index);
            boolean fits = output.dim(1) == cells && output.dim(2) > BOX_AND_OBJECTNESS;
            return fits
                    ? Optional.of(new YoloxHead(
                            index,
                            network.width(),
                            network.height(),
                            Math.toIntExact(output.dim(2)) - BOX_AND_OBJECTNESS))
                    : Optional.empty();
        });
    }

    /**
     * Whether the boxes of the run, a row each, are relative to their cells: then most are near to them, by fractions of a
     * stride, whereas in pixels they are so only in the corner at the top left. What is no number says nothing.
     */
    static boolean looksRaw(Network network, int output) {
        FloatBuffer values = network.values().get(output);
        int step = Math.toIntExact(network.outputs().get(output).dim(2));
        int rows = values.limit() / step;
        int raw = 0;
        for (int at = 0; at < rows * step; at += step) {
            boolean far = Math.abs(values.get(at)) > NEAR || Math.abs(values.get(at + 1)) > NEAR;
            boolean steep = Math.abs(values.get(at + 2)) > STEEP || Math.abs(values.get(at + 3)) > STEEP;
            raw += far || steep ? 0 : 1;
        }
        return 2 * raw >= rows;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Integer> reads() {
        return List.of(output);
    }

    @Override
    public Decoder newDecoder(List<String> labels, Thresholds model) {
        return new YoloxDecoder(this, labels, model);
    }

    private static final class YoloxDecoder extends BoxDecoder {

        private final YoloxHead head;

        YoloxDecoder(YoloxHead head, List<String> labels, Thresholds model) {
            super(labels, model, true);
            this.head = head;
        }

        @Override
        void collect(List<FloatBuffer> outputs, Thresholds thresholds) {
            FloatBuffer raw = outputs.get(0);
            int cell = 0;
            for (int stride : Grid.P5) {
                int columns = head.width / stride;
                int rows = head.height / stride;
                collect(raw, cell, columns, rows, stride, thresholds);
                cell += columns * rows;
            }
        }

        private void collect(FloatBuffer raw, int firstCell, int columns, int rows, int stride, Thresholds thresholds) {
            int step = BOX_AND_OBJECTNESS + head.classes;
            float least = thresholds.confidence();
            int at = firstCell * step;
            for (int row = 0; row < rows; row++) {
                for (int column = 0; column < columns; column++, at += step) {
                    float objectness = raw.get(at + 4);
                    // A class score is at most 1, so the product can't pass where objectness alone does not.
                    if (objectness < least) {
                        continue;
                    }
                    int best = Values.argmax(raw, at + BOX_AND_OBJECTNESS, head.classes);
                    float confidence = objectness * raw.get(at + BOX_AND_OBJECTNESS + best);
                    if (Values.passes(confidence, least) && thresholds.wants(labels.get(best))) {
                        add(raw, at, column, row, stride, confidence, best);
                    }
                }
            }
        }

        private void add(FloatBuffer raw, int at, int column, int row, int stride, float confidence, int classId) {
            float x = (raw.get(at) + column) * stride;
            float y = (raw.get(at + 1) + row) * stride;
            float w = (float) Math.exp(raw.get(at + 2)) * stride;
            float h = (float) Math.exp(raw.get(at + 3)) * stride;
            candidates.addCentred(x, y, w, h, confidence, classId);
        }
    }
}
