package dev.vap.inference.head;

import dev.vap.shared.domain.BoundingBox;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.ModelInfo;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A network that says what a picture shows: one output {@code [1, C]} of logits or probabilities. Answers the likeliest
 * classes, at most {@value #MOST}, each with the whole source frame as its box.
 *
 * @param output its index
 * @param probabilities false if a softmax has to make them
 */
record ClassifierHead(int output, int classes, boolean probabilities) implements Head {

    static final String NAME = "classifier";
    static final int MOST = 5;

    private static final double SUM_TOLERANCE = 0.02;

    static Optional<Head> fit(Network network, boolean declared) {
        if (network.outputs().size() != 1) {
            return Optional.empty();
        }
        TensorShape output = network.outputs().get(0);
        boolean list = output.isFloat() && output.rank() == 2 && output.dim(0) == 1 && output.dim(1) > 1;
        boolean certain = list
                && (network.meta("task").equals(ModelInfo.CLASSIFY)
                        || (network.meta("task").isEmpty() && network.labels() == output.dim(1)));
        return list && (declared || certain)
                ? Optional.of(new ClassifierHead(0, Math.toIntExact(output.dim(1)), sumsToOne(network)))
                : Optional.empty();
    }

    private static boolean sumsToOne(Network network) {
        if (!network.allWithinUnit(0)) {
            return false;
        }
        FloatBuffer values = network.values().get(0);
        double sum = 0;
        for (int i = 0; i < values.limit(); i++) {
            sum += values.get(i);
        }
        return Math.abs(sum - 1) < SUM_TOLERANCE;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String task() {
        return ModelInfo.CLASSIFY;
    }

    @Override
    public Decoder newDecoder(List<String> labels, Thresholds model) {
        float[] rated = new float[classes];
        return (outputs, request) -> decode(outputs.get(0), rated, request, labels, Thresholds.of(request, model));
    }

    private List<Detection> decode(
            FloatBuffer values, float[] rated, InferenceRequest request, List<String> labels, Thresholds thresholds) {
        rate(values, rated);
        List<Detection> out = new ArrayList<>(MOST);
        while (out.size() < MOST) {
            int best = 0;
            for (int c = 1; c < classes; c++) {
                best = rated[c] > rated[best] ? c : best;
            }
            if (rated[best] < thresholds.confidence() || rated[best] < 0) {
                break;
            }
            if (thresholds.wants(labels.get(best))) {
                BoundingBox whole = new BoundingBox(0, 0, request.sourceWidth(), request.sourceHeight());
                out.add(new Detection(labels.get(best), best, rated[best], whole));
            }
            rated[best] = -1;
        }
        return out;
    }

    private void rate(FloatBuffer values, float[] rated) {
        values.get(0, rated, 0, classes);
        double sum = 0;
        float highest = rated[Values.argmax(values, 0, classes)];
        for (int c = 0; c < classes; c++) {
            if (!Float.isFinite(rated[c])) {
                throw Values.notANumber();
            }
            if (!probabilities) {
                rated[c] = (float) Math.exp(rated[c] - highest);
                sum += rated[c];
            }
        }
        for (int c = 0; c < classes && !probabilities; c++) {
            rated[c] /= (float) sum;
        }
    }
}
