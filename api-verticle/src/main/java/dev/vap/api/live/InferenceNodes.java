package dev.vap.api.live;

import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.InferenceAnnouncement;
import dev.vap.shared.protocol.MessageFormatException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the processes that analyse frames last said of themselves. Confined to the context that starts it. */
public final class InferenceNodes {

    private static final Logger LOG = LoggerFactory.getLogger(InferenceNodes.class);
    private static final int MAX_NODES = 1_000;

    private final Vertx vertx;
    private final LongSupplier nanos;
    private final TreeMap<String, Heard> nodes = new TreeMap<>();
    private MessageConsumer<JsonObject> consumer;

    private record Heard(InferenceAnnouncement announcement, long at) {}

    /**
     * @param nanos a monotonic clock
     */
    public InferenceNodes(Vertx vertx, LongSupplier nanos) {
        this.vertx = vertx;
        this.nanos = nanos;
    }

    public Future<Void> start() {
        consumer = vertx.eventBus().consumer(Addresses.INFERENCE_NODES, message -> heard(message.body()));
        return consumer.completion();
    }

    public Future<Void> close() {
        return consumer == null ? Future.succeededFuture() : consumer.unregister();
    }

    /** Those heard of lately, by name. */
    public List<InferenceAnnouncement> all() {
        forgetSilent();
        List<InferenceAnnouncement> all = new ArrayList<>(nodes.size());
        nodes.values().forEach(heard -> all.add(heard.announcement()));
        return all;
    }

    void heard(JsonObject body) {
        InferenceAnnouncement announcement;
        try {
            announcement = InferenceAnnouncement.fromJson(body);
        } catch (MessageFormatException e) {
            LOG.debug("unreadable announcement", e);
            return;
        }
        if (announcement.stopping()) {
            nodes.remove(announcement.node());
            return;
        }
        if (!nodes.containsKey(announcement.node()) && nodes.size() >= MAX_NODES) {
            forgetSilent();
        }
        if (nodes.containsKey(announcement.node()) || nodes.size() < MAX_NODES) {
            nodes.put(announcement.node(), new Heard(announcement, nanos.getAsLong()));
        }
    }

    private void forgetSilent() {
        long oldest = nanos.getAsLong() - TimeUnit.MILLISECONDS.toNanos(InferenceAnnouncement.EXPIRES_MILLIS);
        nodes.values().removeIf(heard -> heard.at() - oldest < 0);
    }
}
