package dev.vap.inference.head;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;

/**
 * YOLOv10 and v26, which need no suppression, and other networks of the family exported with it: one output
 * {@code [1, N, 6]}, each row {@code (xMin, yMin, xMax, yMax, confidence, class)} in pixels of the input; rows that are not
 * needed have confidence 0.
 *
 * @param output its index
 */
record EndToEndHead(int output) implements Head {

    static final String NAME = "yolov10";

    private static final int STEP = 6;

    static Optional<Head> fit(Network network, boolean declared) {
        return network.onlyTable().flatMap(index -> {
            TensorShape output = network.outputs().get(index);
            boolean grid = Grid.isOnePerCell(network, output.dim(1)) || Grid.isThreePerCell(network, output.dim(1));
            boolean chosen = declared || network.meta("end2end").equals("true");
            return output.dim(2) == STEP && (chosen || !grid) ? Optional.of(new EndToEndHead(index)) : Optional.empty();
        });
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int classes() {
        return -1;
    }

    @Override
    public List<Integer> reads() {
        return List.of(output);
    }

    @Override
    public boolean varies() {
        return true;
    }

    @Override
    public Decoder newDecoder(List<String> labels, Thresholds model) {
        return new EndToEndDecoder(labels, model);
    }

    private static final class EndToEndDecoder extends BoxDecoder {

        EndToEndDecoder(List<String> labels, Thresholds model) {
            super(labels, model, false);
        }

        @Override
        void collect(List<FloatBuffer> outputs, Thresholds thresholds) {
            FloatBuffer rows = outputs.get(0);
            for (int at = 0; at + STEP <= rows.limit(); at += STEP) {
                float confidence = rows.get(at + 4);
                if (Values.passes(confidence, thresholds.confidence())) {
                    int classId = Values.classOf(rows.get(at + 5), 0, labels.size());
                    if (thresholds.wants(labels.get(classId))) {
                        candidates.add(
                                rows.get(at),
                                rows.get(at + 1),
                                rows.get(at + 2),
                                rows.get(at + 3),
                                confidence,
                                classId);
                    }
                }
            }
        }
    }
}
