package dev.vap.shared.protocol;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * A model as inference knows it.
 *
 * @param detector what really runs: {@code onnx}, {@code people}, {@code motion}, {@code mock}
 * @param available false if its file is missing or unusable; then {@code problem} says why and what to do
 * @param details null as long as nothing more is known
 * @param input null as long as it is not known (an ONNX model that was not loaded yet)
 */
public record ModelInfo(
        String name,
        String detector,
        boolean available,
        String problem,
        InputSpec input,
        List<String> labels,
        Details details) {

    /** What a model says of each picture. */
    public static final String DETECT = "detect";

    /** The same of a picture as a whole: its detections are the likeliest classes, each with the whole picture as box. */
    public static final String CLASSIFY = "classify";

    /**
     * How a model is read and run.
     *
     * @param task {@link #DETECT} or {@link #CLASSIFY}; null if not known
     * @param head how its outputs are read; null if not known or none
     * @param licence SPDX identifier; null if not known
     * @param provider what executes it; null as long as it is not loaded
     * @param workers frames or batches side by side; 0 as long as it is not loaded
     * @param maxBatch pictures in one run; 0 as long as it is not loaded
     */
    public record Details(String task, String head, String licence, String provider, int workers, int maxBatch) {

        JsonObject toJson() {
            return new JsonObject()
                    .put("task", task)
                    .put("head", head)
                    .put("licence", licence)
                    .put("provider", provider)
                    .put("workers", workers)
                    .put("max_batch", maxBatch);
        }

        static Details fromJson(JsonObject json) {
            MessageReader in = MessageReader.ofPart(json);
            return new Details(
                    in.optionalString("task").orElse(null),
                    in.optionalString("head").orElse(null),
                    in.optionalString("licence").orElse(null),
                    in.optionalString("provider").orElse(null),
                    (int) in.number("workers", 0),
                    (int) in.number("max_batch", 0));
        }
    }

    /** Without details. */
    public ModelInfo(
            String name, String detector, boolean available, String problem, InputSpec input, List<String> labels) {
        this(name, detector, available, problem, input, labels, null);
    }

    public ModelInfo {
        labels = List.copyOf(labels);
    }

    public JsonObject toJson() {
        JsonObject json =
                new JsonObject().put("name", name).put("detector", detector).put("available", available);
        if (problem != null) {
            json.put("problem", problem);
        }
        if (input != null) {
            json.put("input", input.toJson());
        }
        if (details != null) {
            json.put("details", details.toJson());
        }
        return json.put("labels", new JsonArray(labels));
    }

    public static ModelInfo fromJson(JsonObject json) {
        MessageReader in = MessageReader.ofPart(json);
        return new ModelInfo(
                in.string("name"),
                in.string("detector"),
                in.flag("available"),
                in.optionalString("problem").orElse(null),
                in.optionalObject("input").map(InputSpec::fromJson).orElse(null),
                in.array("labels").stream().map(String::valueOf).toList(),
                in.optionalObject("details").map(Details::fromJson).orElse(null));
    }
}
