package dev.vap.inference.head;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;

/**
 * YOLOv5 and v7 with the decoding step in the graph, and YOLOX exported likewise: one output {@code [1, N, 5 + C]}, a row a
 * box, each {@code (x, y, w, h, objectness, C class scores)}. The box is its centre and size in pixels of the input;
 * objectness and scores are probabilities, confidence is their product ({@code non_max_suppression} of the YOLOv5
 * repository).
 *
 * @param output its index
 */
record YoloRowsHead(String name, int output, int classes) implements Head {

    static final String YOLOV5 = "yolov5";
    static final String YOLOX_DECODED = "yolox-decoded";

    private static final int OBJECTNESS = 4;
    private static final int SCORES = 5;

    static Optional<Head> fit(Network network, boolean declared) {
        return network.onlyTable().flatMap(index -> {
            TensorShape output = network.outputs().get(index);
            boolean fits = output.dim(2) > SCORES && (declared || Grid.isThreePerCell(network, output.dim(1)));
            return fits
                    ? Optional.of(new YoloRowsHead(YOLOV5, index, Math.toIntExact(output.dim(2)) - SCORES))
                    : Optional.empty();
        });
    }

    @Override
    public List<Integer> reads() {
        return List.of(output);
    }

    @Override
    public Decoder newDecoder(List<String> labels, Thresholds model) {
        return new RowsDecoder(classes, labels, model);
    }

    private static final class RowsDecoder extends BoxDecoder {

        private final int classes;

        RowsDecoder(int classes, List<String> labels, Thresholds model) {
            super(labels, model, true);
            this.classes = classes;
        }

        @Override
        void collect(List<FloatBuffer> outputs, Thresholds thresholds) {
            FloatBuffer rows = outputs.get(0);
            float least = thresholds.confidence();
            int step = SCORES + classes;
            for (int at = 0; at + step <= rows.limit(); at += step) {
                float objectness = rows.get(at + OBJECTNESS);
                // A class score is at most 1, so the product can't pass where objectness alone does not.
                if (objectness < least) {
                    continue;
                }
                int best = Values.argmax(rows, at + SCORES, classes);
                float confidence = objectness * rows.get(at + SCORES + best);
                if (Values.passes(confidence, least) && thresholds.wants(labels.get(best))) {
                    candidates.addCentred(
                            rows.get(at), rows.get(at + 1), rows.get(at + 2), rows.get(at + 3), confidence, best);
                }
            }
        }
    }
}
