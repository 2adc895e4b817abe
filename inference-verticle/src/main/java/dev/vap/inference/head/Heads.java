package dev.vap.inference.head;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Finds the head that fits a network. */
public final class Heads {

    private Heads() {}

    /**
     * @param width of the network's input, pixels
     * @param outputs with the shapes that a run has shown
     * @throws VapException {@code model_unsupported}, which says what the outputs are and what could be read
     */
    public static Head recognise(int width, int height, List<TensorShape> outputs) {
        Optional<YoloxHead> yolox = YoloxHead.recognise(width, height, outputs);
        if (yolox.isPresent()) {
            return yolox.get();
        }
        throw new VapException(
                ErrorCode.MODEL_UNSUPPORTED,
                "The model's outputs are not known: it has "
                        + outputs.stream().map(TensorShape::toString).collect(Collectors.joining(", "))
                        + " for an input of " + width + "x" + height + ". Supported: "
                        + YoloxHead.describe(width, height) + ".");
    }
}
