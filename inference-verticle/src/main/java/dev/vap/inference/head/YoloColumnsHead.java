package dev.vap.inference.head;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * YOLOv8, v9 and 11: one output {@code [1, 4 + C, N]}, a column a box, in rows {@code x, y, w, h} (centre and size in pixels
 * of the input) and one row of scores a class, which are probabilities and the confidence at once; there is no objectness.
 * Some exports have it the other way round, {@code [1, N, 4 + C]}.
 *
 * @param output its index
 * @param boxes N
 * @param transposed whether a row is a box
 */
record YoloColumnsHead(int output, int boxes, int classes, boolean transposed) implements Head {

    static final String NAME = "yolov8";

    private static final int SCORES = 4;

    static Optional<Head> fit(Network network, boolean declared) {
        return network.onlyTable().flatMap(index -> {
            TensorShape output = network.outputs().get(index);
            long rows = output.dim(1);
            long columns = output.dim(2);
            boolean columnsAreBoxes = Grid.isOnePerCell(network, columns) && rows > SCORES;
            boolean rowsAreBoxes = Grid.isOnePerCell(network, rows) && columns > SCORES;
            if (!columnsAreBoxes && !rowsAreBoxes && Math.min(rows, columns) > SCORES) {
                columnsAreBoxes = columns >= rows && (declared || isNamed(network, rows));
                rowsAreBoxes = columns < rows && declared;
            }
            if (rowsAreBoxes && !declared && !network.values().isEmpty()) {
                rowsAreBoxes = !YoloxHead.looksRaw(network, index);
            }
            if (columnsAreBoxes) {
                return Optional.of(head(index, columns, rows, false));
            }
            return rowsAreBoxes ? Optional.of(head(index, rows, columns, true)) : Optional.empty();
        });
    }

    /** An unusual number of boxes, but the exporter says what they are. */
    private static boolean isNamed(Network network, long features) {
        return network.isUltralytics() && !network.saysRtDetr() && network.labels() + SCORES == features;
    }

    private static Head head(int index, long boxes, long features, boolean transposed) {
        return new YoloColumnsHead(index, Math.toIntExact(boxes), Math.toIntExact(features) - SCORES, transposed);
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
        return new ColumnsDecoder(this, labels, model);
    }

    private static final class ColumnsDecoder extends BoxDecoder {

        private final YoloColumnsHead head;
        /** One row of the output: copied at once, it is read faster. */
        private final float[] row;

        private final float[] highest;
        private final int[] classOf;

        ColumnsDecoder(YoloColumnsHead head, List<String> labels, Thresholds model) {
            super(labels, model, true);
            this.head = head;
            this.row = new float[head.transposed ? head.classes : head.boxes];
            this.highest = new float[head.boxes];
            this.classOf = new int[head.boxes];
        }

        @Override
        void collect(List<FloatBuffer> outputs, Thresholds thresholds) {
            FloatBuffer values = outputs.get(0);
            // What is not above this stays without a class.
            Arrays.fill(highest, Math.nextDown(thresholds.confidence()));
            Arrays.fill(classOf, -1);
            if (head.transposed) {
                scanRows(values);
            } else {
                scanColumns(values);
            }
            for (int box = 0; box < head.boxes; box++) {
                int best = classOf[box];
                if (best >= 0
                        && Values.passes(highest[box], thresholds.confidence())
                        && thresholds.wants(labels.get(best))) {
                    add(values, box, best);
                }
            }
        }

        /** Class by class, so that memory is read in its order. */
        private void scanColumns(FloatBuffer values) {
            for (int c = 0; c < head.classes; c++) {
                values.get((SCORES + c) * head.boxes, row, 0, head.boxes);
                for (int box = 0; box < head.boxes; box++) {
                    rate(box, c, row[box]);
                }
            }
        }

        private void scanRows(FloatBuffer values) {
            for (int box = 0; box < head.boxes; box++) {
                values.get(box * (SCORES + head.classes) + SCORES, row, 0, head.classes);
                for (int c = 0; c < head.classes; c++) {
                    rate(box, c, row[c]);
                }
            }
        }

        private void rate(int box, int classId, float score) {
            if (score > highest[box]) {
                highest[box] = score;
                classOf[box] = classId;
            } else if (Float.isNaN(score)) {
                throw Values.notANumber();
            }
        }

        private void add(FloatBuffer values, int box, int classId) {
            int at = head.transposed ? box * (SCORES + head.classes) : box;
            int step = head.transposed ? 1 : head.boxes;
            candidates.addCentred(
                    values.get(at),
                    values.get(at + step),
                    values.get(at + 2 * step),
                    values.get(at + 3 * step),
                    highest[box],
                    classId);
        }
    }
}
