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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What runners last said of their sessions, from the heartbeats they publish. A runner is fresh for {@link #FRESH} after its
 * last heartbeat. A heartbeat holds what changed and a share of the other sessions, in turn; so a session is fresh as long
 * as its runner is, if its report is not older than {@link #FRESH} and one full round of that runner. One that has ended is
 * repeated until it is noted, and fresh for {@link #FRESH} only. Confined to the context that starts it.
 */
public final class LiveStatus {

    private static final Logger LOG = LoggerFactory.getLogger(LiveStatus.class);

    static final Duration FRESH = Duration.ofSeconds(5);
    private static final int MAX_SESSIONS = 50_000;
    private static final int MAX_RUNNERS = 5_000;
    private static final long SWEEP_MILLIS = 1_000;

    private final Vertx vertx;
    private final LongSupplier nanos;
    private final Counter unreadable;
    private final Duration heartbeat;
    private final Map<UUID, Seen> sessions = new HashMap<>();
    private final Map<String, Beat> beats = new HashMap<>();
    private MessageConsumer<JsonObject> consumer;
    private long timer = -1;

    /**
     * @param ageMillis since the report came
     */
    public record Session(String runnerId, SessionReport report, long ageMillis) {}

    private record Seen(String runnerId, UUID instance, SessionReport report, long at) {}

    /** The last heartbeat of a runner. */
    private record Beat(UUID instance, int total, long at) {}

    /**
     * @param nanos a monotonic clock
     * @param heartbeat how often runners report
     */
    public LiveStatus(Vertx vertx, LongSupplier nanos, Duration heartbeat, MeterRegistry registry) {
        this.vertx = vertx;
        this.nanos = nanos;
        this.heartbeat = heartbeat;
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

    /** The session of a scenario, if a runner reported one lately. */
    public Optional<Session> of(UUID scenario) {
        Seen seen = sessions.get(scenario);
        if (seen == null || isOld(seen)) {
            return Optional.empty();
        }
        return Optional.of(session(seen));
    }

    /** The sessions that have not ended, of the runners that are heard of, by the runner's id. */
    public Map<String, List<Session>> byRunner() {
        Map<String, List<Session>> byRunner = new HashMap<>();
        for (Seen seen : sessions.values()) {
            if (!isOld(seen) && !seen.report().state().isTerminal()) {
                byRunner.computeIfAbsent(seen.runnerId(), id -> new ArrayList<>())
                        .add(session(seen));
            }
        }
        return byRunner;
    }

    private Session session(Seen seen) {
        return new Session(seen.runnerId(), seen.report(), (nanos.getAsLong() - seen.at()) / 1_000_000);
    }

    void heard(JsonObject body) {
        Heartbeat beat;
        try {
            beat = Heartbeat.fromJson(body);
        } catch (RuntimeException e) {
            unreadable.increment();
            LOG.debug("unreadable heartbeat", e);
            return;
        }
        long now = nanos.getAsLong();
        if (beats.containsKey(beat.runnerId()) || beats.size() < MAX_RUNNERS) {
            beats.put(beat.runnerId(), new Beat(beat.instance(), beat.total(), now));
        }
        beat.sessions().forEach(report -> {
            Seen before = sessions.get(report.scenario());
            boolean older = before != null
                    && !isOld(before)
                    && report.epoch() < before.report().epoch();
            if (!older && (before != null || sessions.size() < MAX_SESSIONS)) {
                sessions.put(report.scenario(), new Seen(beat.runnerId(), beat.instance(), report, now));
            }
        });
    }

    void sweep() {
        sessions.values().removeIf(this::isOld);
        beats.values().removeIf(beat -> isOlder(beat.at(), FRESH));
    }

    int size() {
        return sessions.size();
    }

    private boolean isOld(Seen seen) {
        Beat beat = beats.get(seen.runnerId());
        if (beat == null || !beat.instance().equals(seen.instance()) || isOlder(beat.at(), FRESH)) {
            return true;
        }
        return isOlder(seen.at(), seen.report().state().isTerminal() ? FRESH : FRESH.plus(round(beat.total())));
    }

    /** How long it takes until every session had its turn. */
    private Duration round(int total) {
        int heartbeats = (total + Heartbeat.MAX_OTHERS - 1) / Heartbeat.MAX_OTHERS;
        return heartbeat.multipliedBy(Math.max(0, heartbeats));
    }

    private boolean isOlder(long at, Duration limit) {
        return nanos.getAsLong() - at > limit.toNanos();
    }
}
