package dev.vap.api.live;

import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.Heartbeat;
import dev.vap.shared.protocol.SessionReport;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What runners last said of their sessions, from the heartbeats they publish. Forgets what is older than
 * {@link #FRESH}. Confined to the context that starts it.
 */
public final class LiveStatus {

    private static final Logger LOG = LoggerFactory.getLogger(LiveStatus.class);

    static final Duration FRESH = Duration.ofSeconds(5);
    private static final int MAX_SESSIONS = 50_000;
    private static final long SWEEP_MILLIS = 1_000;

    private final Vertx vertx;
    private final LongSupplier nanos;
    private final Counter unreadable;
    private final Map<UUID, Seen> sessions = new HashMap<>();
    private MessageConsumer<JsonObject> consumer;
    private long timer = -1;

    /**
     * @param ageMillis since the report came
     */
    public record Session(String runnerId, SessionReport report, long ageMillis) {}

    private record Seen(String runnerId, SessionReport report, long at) {}

    /**
     * @param nanos a monotonic clock
     */
    public LiveStatus(Vertx vertx, LongSupplier nanos, MeterRegistry registry) {
        this.vertx = vertx;
        this.nanos = nanos;
        this.unreadable = registry.counter("vap_heartbeats_unreadable");
    }

    public Future<Void> start() {
        timer = vertx.setPeriodic(SWEEP_MILLIS, t -> sweep());
        consumer = vertx.eventBus().consumer(Addresses.RUNNERS, message -> heard(message.body()));
        return consumer.completion();
    }

    public Future<Void> close() {
        vertx.cancelTimer(timer);
        return consumer == null ? Future.succeededFuture() : consumer.unregister();
    }

    /** The session of a scenario, if a runner reported one within the last seconds. */
    public Optional<Session> of(UUID scenario) {
        Seen seen = sessions.get(scenario);
        if (seen == null || isOld(seen)) {
            return Optional.empty();
        }
        return Optional.of(new Session(seen.runnerId(), seen.report(), (nanos.getAsLong() - seen.at()) / 1_000_000));
    }

    void heard(JsonObject body) {
        Heartbeat heartbeat;
        try {
            heartbeat = Heartbeat.fromJson(body);
        } catch (RuntimeException e) {
            unreadable.increment();
            LOG.debug("unreadable heartbeat", e);
            return;
        }
        for (SessionReport report : heartbeat.sessions().toList()) {
            Seen before = sessions.get(report.scenario());
            boolean older = before != null
                    && !isOld(before)
                    && report.epoch() < before.report().epoch();
            if (!older && (before != null || sessions.size() < MAX_SESSIONS)) {
                sessions.put(report.scenario(), new Seen(heartbeat.runnerId(), report, nanos.getAsLong()));
            }
        }
    }

    void sweep() {
        sessions.values().removeIf(this::isOld);
    }

    int size() {
        return sessions.size();
    }

    private boolean isOld(Seen seen) {
        return nanos.getAsLong() - seen.at() > FRESH.toNanos();
    }
}
