package dev.vap.inference.head;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import java.nio.FloatBuffer;

/** What decoders need of numbers. */
final class Values {

    private Values() {}

    static VapException notANumber() {
        return new VapException(
                ErrorCode.INFERENCE_FAILED,
                "The model answered with values that are no numbers (NaN or infinite): its file may be damaged.");
    }

    /** The first of the greatest, or the first that is NaN, so that none is overlooked. */
    static int argmax(FloatBuffer values, int from, int count) {
        int best = 0;
        float highest = values.get(from);
        for (int i = 1; i < count; i++) {
            float value = values.get(from + i);
            if (value > highest) {
                highest = value;
                best = i;
            } else if (Float.isNaN(value)) {
                return i;
            }
        }
        return best;
    }

    static float sigmoid(float logit) {
        return (float) (1 / (1 + Math.exp(-logit)));
    }

    /** Of one value among several. */
    static float softmax(FloatBuffer logits, int from, int count, int index) {
        float highest = logits.get(from + argmax(logits, from, count));
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += Math.exp(logits.get(from + i) - highest);
        }
        return (float) (Math.exp(logits.get(from + index) - highest) / sum);
    }

    /** A confidence that passes has to be a number as well. */
    static boolean passes(float confidence, float least) {
        if (confidence >= least) {
            if (confidence == Float.POSITIVE_INFINITY) {
                throw notANumber();
            }
            return true;
        }
        if (Float.isNaN(confidence)) {
            throw notANumber();
        }
        return false;
    }

    /**
     * @param number as the network writes it: a whole number in a float
     * @param first the number of the first label
     * @return index of the label
     */
    static int classOf(float number, int first, int labels) {
        int index = Math.round(number) - first;
        if (Float.isNaN(number) || index < 0 || index >= labels) {
            throw new VapException(
                    ErrorCode.INFERENCE_FAILED,
                    "The model found class " + number + ", but has labels for " + first + " to " + (first + labels - 1)
                            + " only: give all its labels in models.yaml or beside its file.");
        }
        return index;
    }
}
