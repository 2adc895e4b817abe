package dev.vap.shared.protocol;

import dev.vap.shared.domain.Detection;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * One processed frame: on Kafka ({@code results}), on the event bus ({@code predictions.<uuid>}, {@link #toLiveJson}), in storage.
 *
 * @param timestamp when the frame was captured, or read from a file
 * @param ageMillis from there to when the result was published; -1 if unknown
 * @param ptsMillis time in the stream, -1 if unknown
 * @param width of the source frame, pixels
 * @param model the model asked for
 * @param detector what really ran; {@link #NO_DETECTOR} if the frame was not analysed
 * @param gated the frame was not analysed, because nothing moved in it: its detections are empty and mean nothing
 */
public record ResultMessage(
        UUID messageId,
        UUID scenario,
        long epoch,
        long frameNumber,
        Instant timestamp,
        long ageMillis,
        long ptsMillis,
        int width,
        int height,
        String model,
        String detector,
        double inferenceMillis,
        List<Detection> detections,
        boolean gated) {

    /** Of a frame that was not analysed. */
    public static final String NO_DETECTOR = "none";

    /** Of a frame that was analysed. */
    public ResultMessage(
            UUID messageId,
            UUID scenario,
            long epoch,
            long frameNumber,
            Instant timestamp,
            long ageMillis,
            long ptsMillis,
            int width,
            int height,
            String model,
            String detector,
            double inferenceMillis,
            List<Detection> detections) {
        this(
                messageId,
                scenario,
                epoch,
                frameNumber,
                timestamp,
                ageMillis,
                ptsMillis,
                width,
                height,
                model,
                detector,
                inferenceMillis,
                detections,
                false);
    }

    public ResultMessage {
        detections = List.copyOf(detections);
    }

    /** For the log of results. */
    public JsonObject toJson() {
        JsonObject json = new JsonObject()
                .put("v", Protocol.VERSION)
                .put("message_id", messageId.toString())
                .put("scenario_uuid", scenario.toString())
                .put("epoch", epoch)
                .put("frame_number", frameNumber)
                .put("timestamp", timestamp.toString())
                .put("age_ms", ageMillis)
                .put("pts_ms", ptsMillis)
                .put("width", width)
                .put("height", height)
                .put("model", model)
                .put("detector", detector)
                .put("inference_ms", inferenceMillis)
                .put("detections", Detection.toJson(detections));
        return gated ? json.put("gated", true) : json;
    }

    /** For those who watch, in the form in which clients get it: without what is there for the log's readers only. */
    public JsonObject toLiveJson() {
        return live(toJson());
    }

    /**
     * As {@link #toLiveJson}, for whoever has needed the other form already.
     *
     * @param json what {@link #toJson} gave, which is changed
     */
    public static JsonObject live(JsonObject json) {
        json.remove("v");
        json.remove("message_id");
        if (json.getLong("age_ms") < 0) {
            json.putNull("age_ms");
        }
        return json;
    }

    /**
     * @throws MessageFormatException if the text is no such message
     */
    public static ResultMessage parse(String text) {
        MessageReader in = MessageReader.of(MessageReader.parse(text));
        try {
            return new ResultMessage(
                    in.uuid("message_id"),
                    in.uuid("scenario_uuid"),
                    in.number("epoch"),
                    in.number("frame_number"),
                    in.instant("timestamp"),
                    in.number("age_ms", -1),
                    in.number("pts_ms"),
                    in.integer("width"),
                    in.integer("height"),
                    in.string("model"),
                    in.string("detector"),
                    in.real("inference_ms", 0),
                    Detection.listFromJson(in.array("detections")),
                    in.flag("gated"));
        } catch (ClassCastException | NullPointerException | IndexOutOfBoundsException e) {
            throw new MessageFormatException("field \"detections\" has a value that can't be read", e);
        }
    }
}
