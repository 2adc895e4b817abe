package dev.vap.inference.onnx;

import dev.vap.inference.head.Head;
import dev.vap.inference.model.ModelSpec;
import dev.vap.inference.model.ModelSpec.Colours;
import dev.vap.inference.model.ModelSpec.Range;
import dev.vap.inference.vision.Planes.Element;
import dev.vap.shared.protocol.InputSpec.Fit;
import java.util.Locale;
import java.util.Map;

/** How a frame becomes the input: as the catalogue says, else as the authors of the head's networks do it. */
record Conventions(Colours colours, Range range, Fit fit) {

    /**
     * @throws dev.vap.shared.domain.VapException {@code model_unsupported} if it isn't certain, which says what to add
     */
    static Conventions of(Head head, PictureInput input, ModelSpec said, Map<String, String> metadata) {
        boolean yolox = head.name().startsWith("yolox");
        Colours colours = said.colours() != null ? said.colours() : yolox ? Colours.BGR : Colours.RGB;
        Fit fit = said.fit() != null ? said.fit() : usualFit(head.name());
        if (fit == Fit.FIT) {
            throw Problems.unsupported("A network takes pictures of one size: use \"input.fit: letterbox\","
                    + " \"letterbox_center\" or \"stretch\" in models.yaml.");
        }
        return new Conventions(colours, range(head.name(), input, said, metadata), fit);
    }

    private static Fit usualFit(String head) {
        return switch (head) {
            case "yolox", "yolox-decoded" -> Fit.LETTERBOX;
            case "yolov5", "yolov8", "yolov10" -> Fit.LETTERBOX_CENTER;
            default -> Fit.STRETCH;
        };
    }

    private static Range range(String head, PictureInput input, ModelSpec said, Map<String, String> metadata) {
        if (input.element() == Element.UINT8) {
            if (said.range() != null && said.range() != Range.BYTE) {
                throw Problems.unsupported("models.yaml says \"input.range: "
                        + said.range().name().toLowerCase(Locale.ROOT)
                        + "\", but the model's input takes bytes: correct or remove that line.");
            }
            return Range.BYTE;
        }
        if (said.range() != null) {
            return said.range();
        }
        return switch (head) {
            case "yolox", "yolox-decoded" -> Range.BYTE;
            case "yolov5", "yolov8", "yolov10", "rtdetr" -> Range.UNIT;
            case "detr" -> Range.IMAGENET;
            default -> {
                if (metadata.containsKey("stride") && metadata.containsKey("names")) {
                    // Ultralytics' exports, whose networks all take this.
                    yield Range.UNIT;
                }
                throw Problems.unsupported(
                        "The model does not say what range its input has: add \"input.range: byte\" (0..255),"
                                + " \"unit\" (0..1) or \"imagenet\" to its entry in models.yaml.");
            }
        };
    }
}
