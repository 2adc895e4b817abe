package dev.vap.inference.batch;

import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.InputSpec;
import dev.vap.shared.protocol.ModelInfo;

/** Whether a request's picture is what a model wants: native code would read past its end otherwise. */
final class Pictures {

    private Pictures() {}

    /** Null if it fits. */
    static String problem(InferenceRequest request, ModelInfo model) {
        InputSpec spec = model.input();
        boolean size = spec.fit() != InputSpec.Fit.FIT
                ? request.width() == spec.width() && request.height() == spec.height()
                : request.width() >= 1
                        && request.height() >= 1
                        && request.width() <= spec.width()
                        && request.height() <= spec.height();
        if (!size || request.channels() != spec.pixels().channels()) {
            return "The model " + model.name() + " wants pictures of "
                    + (spec.fit() == InputSpec.Fit.FIT ? "at most " : "")
                    + spec.width() + "x" + spec.height() + "x" + spec.pixels().channels() + ", not " + request.width()
                    + "x" + request.height() + "x" + request.channels() + ".";
        }
        if (request.pixels().memory().capacity() < request.encodedBytes()
                || !request.pixels().memory().isDirect()) {
            return "The picture is shorter than its size says.";
        }
        if (request.sourceWidth() < 1 || request.sourceHeight() < 1) {
            return "The size of the source frame is missing.";
        }
        return null;
    }
}
