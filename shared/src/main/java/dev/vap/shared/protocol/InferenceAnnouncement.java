package dev.vap.shared.protocol;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * What an inference process says of itself at {@link Addresses#INFERENCE_NODES}: every {@link #EVERY_MILLIS}, and at once
 * when a model was loaded or it stops. Whoever is silent for {@link #EXPIRES_MILLIS} is gone.
 *
 * @param node names the process; part of its own addresses
 * @param host where it runs, as the system names it
 * @param process the Vert.x instance, so that somebody in the same JVM knows its own
 * @param stopping takes no more frames
 * @param workers frames or batches analysed at the same time
 */
public record InferenceAnnouncement(
        String node, String host, String process, boolean stopping, int workers, List<Load> models) {

    public static final long EVERY_MILLIS = 1_000;
    public static final long EXPIRES_MILLIS = 3_500;

    /**
     * A model that is loaded.
     *
     * @param queued frames that wait
     * @param capacity frames that may wait
     * @param healthy false while its analysis hangs or fails: send elsewhere if you can
     */
    public record Load(String model, int queued, int capacity, boolean healthy) {

        JsonObject toJson() {
            return new JsonObject()
                    .put("model", model)
                    .put("queued", queued)
                    .put("capacity", capacity)
                    .put("healthy", healthy);
        }

        static Load fromJson(JsonObject json) {
            MessageReader in = MessageReader.ofPart(json);
            return new Load(in.string("model"), in.integer("queued"), in.integer("capacity"), in.flag("healthy"));
        }
    }

    public InferenceAnnouncement {
        models = List.copyOf(models);
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("v", Protocol.VERSION)
                .put("node", node)
                .put("host", host)
                .put("process", process)
                .put("stopping", stopping)
                .put("workers", workers)
                .put("models", new JsonArray(models.stream().map(Load::toJson).toList()));
    }

    /**
     * @throws MessageFormatException if it is no such message
     */
    public static InferenceAnnouncement fromJson(JsonObject json) {
        MessageReader in = MessageReader.of(json);
        try {
            return new InferenceAnnouncement(
                    in.string("node"),
                    in.string("host"),
                    in.string("process"),
                    in.flag("stopping"),
                    in.integer("workers"),
                    in.array("models").stream()
                            .map(JsonObject.class::cast)
                            .map(Load::fromJson)
                            .toList());
        } catch (ClassCastException | NullPointerException e) {
            throw new MessageFormatException("field \"models\" has a value that can't be read", e);
        }
    }
}
