package dev.vap.inference;

import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.InferenceAnnouncement;
import dev.vap.shared.protocol.InferenceAnnouncement.Load;
import dev.vap.shared.runtime.ProcessId;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.function.Supplier;

/** Tells runners that this process analyses frames, and how busy it is. Confined to the verticle's context. */
final class Announcer {

    private final Vertx vertx;
    private final String node;
    private final String host;
    private final int workers;
    private final Supplier<List<Load>> loads;
    private long timer = -1;
    private boolean stopping;

    Announcer(Vertx vertx, String node, String host, int workers, Supplier<List<Load>> loads) {
        this.vertx = vertx;
        this.node = node;
        this.host = host;
        this.workers = workers;
        this.loads = loads;
    }

    void start() {
        now();
        timer = vertx.setPeriodic(InferenceAnnouncement.EVERY_MILLIS, tick -> now());
    }

    /** Something has changed. */
    void now() {
        if (!stopping) {
            publish();
        }
    }

    /** Says good-bye; harmless when repeated. */
    void stop() {
        if (!stopping) {
            stopping = true;
            vertx.cancelTimer(timer);
            publish();
        }
    }

    private void publish() {
        InferenceAnnouncement announcement = new InferenceAnnouncement(
                node, host, ProcessId.of(vertx), stopping, workers, stopping ? List.of() : loads.get());
        vertx.eventBus().publish(Addresses.INFERENCE_NODES, announcement.toJson());
    }
}
