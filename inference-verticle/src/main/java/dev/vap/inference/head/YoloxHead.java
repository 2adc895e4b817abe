package dev.vap.inference.head;

import dev.vap.shared.domain.Detection;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.InferenceRequest;
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
 * @param width of the input, pixels; a multiple of 32, as the height
 */
record YoloxHead(int width, int height, int classes) implements Head {

    private static final int[] STRIDES = {8, 16, 32};
    private static final int LARGEST_STRIDE = 32;
    private static final int BOX_AND_OBJECTNESS = 5;

    static Optional<YoloxHead> recognise(int width, int height, List<TensorShape> outputs) {
        if (outputs.size() != 1 || width % LARGEST_STRIDE != 0 || height % LARGEST_STRIDE != 0) {
            return Optional.empty();
        }
        TensorShape output = outputs.get(0);
        boolean fits = output.isFloat()
                && output.dims().size() == 3
                && output.dims().get(0) == 1
                && output.dims().get(1) == cells(width, height)
                && output.dims().get(2) > BOX_AND_OBJECTNESS;
        return fits
                ? Optional.of(new YoloxHead(
                        width, height, Math.toIntExact(output.dims().get(2)) - BOX_AND_OBJECTNESS))
                : Optional.empty();
    }

    static String describe(int width, int height) {
        return width % LARGEST_STRIDE == 0 && height % LARGEST_STRIDE == 0
                ? "YOLOX, float[1," + cells(width, height) + ",5+classes]"
                : "YOLOX, with an input whose sides are multiples of " + LARGEST_STRIDE;
    }

    private static int cells(int width, int height) {
        int cells = 0;
        for (int stride : STRIDES) {
            cells += (width / stride) * (height / stride);
        }
        return cells;
    }

    @Override
    public Decoder newDecoder(List<String> labels) {
        return new YoloxDecoder(this, labels);
    }

    private static final class YoloxDecoder implements Decoder {

        private final YoloxHead head;
        private final List<String> labels;
        private final Candidates candidates = new Candidates();

        YoloxDecoder(YoloxHead head, List<String> labels) {
            this.head = head;
            this.labels = labels;
        }

        @Override
        public List<Detection> decode(List<FloatBuffer> outputs, InferenceRequest request) {
            FloatBuffer raw = outputs.get(0);
            Thresholds thresholds = Thresholds.of(request);
            candidates.clear();
            int cell = 0;
            for (int stride : STRIDES) {
                int columns = head.width / stride;
                int rows = head.height / stride;
                collect(raw, cell, columns, rows, stride, thresholds);
                cell += columns * rows;
            }
            return candidates.best(thresholds, labels, request);
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
                    int best = argmax(raw, at + BOX_AND_OBJECTNESS);
                    float confidence = objectness * raw.get(at + BOX_AND_OBJECTNESS + best);
                    if (confidence >= least) {
                        if (thresholds.wants(labels.get(best))) {
                            add(raw, at, column, row, stride, confidence, best);
                        }
                    } else if (Float.isNaN(confidence)) {
                        throw notANumber();
                    }
                }
            }
        }

        private void add(FloatBuffer raw, int at, int column, int row, int stride, float confidence, int classId) {
            float x = (raw.get(at) + column) * stride;
            float y = (raw.get(at + 1) + row) * stride;
            float w = (float) Math.exp(raw.get(at + 2)) * stride;
            float h = (float) Math.exp(raw.get(at + 3)) * stride;
            if (!Float.isFinite(x + y + w + h)) {
                throw notANumber();
            }
            candidates.add(x - w / 2, y - h / 2, x + w / 2, y + h / 2, confidence, classId);
        }

        private int argmax(FloatBuffer raw, int from) {
            int best = 0;
            float highest = raw.get(from);
            for (int i = 1; i < head.classes; i++) {
                float score = raw.get(from + i);
                if (score > highest) {
                    highest = score;
                    best = i;
                }
            }
            return best;
        }

        private static VapException notANumber() {
            return new VapException(
                    ErrorCode.INFERENCE_FAILED,
                    "The model answered with values that are no numbers (NaN or infinite): its file may be damaged.");
        }
    }
}
