package dev.vap.inference.head;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What is known of a network once it has run on one grey picture.
 *
 * @param width of its picture, pixels
 * @param furtherInputs names of its inputs beside the picture
 * @param outputs for one picture: a first dimension that counts pictures is 1
 * @param values of each output in that run; empty if not known
 * @param metadata as its exporter wrote it
 * @param labels how many are known from elsewhere than the outputs; -1 if none are
 */
public record Network(
        int width,
        int height,
        List<String> furtherInputs,
        List<TensorShape> outputs,
        List<FloatBuffer> values,
        Map<String, String> metadata,
        int labels) {

    public Network {
        furtherInputs = List.copyOf(furtherInputs);
        outputs = List.copyOf(outputs);
        values = List.copyOf(values);
        metadata = Map.copyOf(metadata);
    }

    /** In lower case; empty if it isn't there. */
    String meta(String key) {
        return metadata.getOrDefault(key, "").toLowerCase(Locale.ROOT).strip();
    }

    /** Exporters of the YOLO family write both, and boxes as those networks have them. */
    boolean isUltralytics() {
        return metadata.containsKey("stride") && metadata.containsKey("names");
    }

    boolean saysRtDetr() {
        return meta("description").replace("-", "").contains("rtdetr");
    }

    /**
     * The index of the only output of three dimensions that holds fractions of one picture; feature maps of five, which older
     * exporters leave beside it, do not count.
     */
    Optional<Integer> onlyTable() {
        int found = -1;
        for (int i = 0; i < outputs.size(); i++) {
            TensorShape output = outputs.get(i);
            if (output.rank() == 5) {
                continue;
            }
            if (found >= 0 || output.rank() != 3 || !output.isFloat() || output.dim(0) != 1) {
                return Optional.empty();
            }
            found = i;
        }
        return found < 0 ? Optional.empty() : Optional.of(found);
    }

    /** The index of the only output for which this is true. */
    Optional<Integer> only(Predicate<TensorShape> wanted) {
        int found = -1;
        for (int i = 0; i < outputs.size(); i++) {
            if (wanted.test(outputs.get(i))) {
                if (found >= 0) {
                    return Optional.empty();
                }
                found = i;
            }
        }
        return found < 0 ? Optional.empty() : Optional.of(found);
    }

    /** Whether no value of an output was outside 0..1 in that run; false if not known. */
    boolean allWithinUnit(int output) {
        if (values.isEmpty()) {
            return false;
        }
        FloatBuffer all = values.get(output);
        for (int i = 0; i < all.limit(); i++) {
            if (all.get(i) < 0 || all.get(i) > 1) {
                return false;
            }
        }
        return true;
    }
}
