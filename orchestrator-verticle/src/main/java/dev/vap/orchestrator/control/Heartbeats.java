package dev.vap.orchestrator.control;

import dev.vap.orchestrator.control.ScenarioService.Outcome;
import dev.vap.orchestrator.placement.Placement;
import dev.vap.orchestrator.scenario.Trigger;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.Heartbeat;
import dev.vap.shared.protocol.HeartbeatReply;
import dev.vap.shared.protocol.MessageFormatException;
import dev.vap.shared.protocol.Protocol;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.storage.Runners;
import dev.vap.shared.storage.Workers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes in what runners report and notes what has changed; a runner whose sessions are not those it should have, by the digest
 * of its heartbeat, is sent its assigned set. Any orchestrator may get any heartbeat, so none of them remembers anything that
 * matters. Confined to one context.
 *
 * <p>The reply always comes, even while PostgreSQL is away (then empty): it tells the runner that an orchestrator lives.
 */
public final class Heartbeats {

    private static final Logger LOG = LoggerFactory.getLogger(Heartbeats.class);
    private static final long SECOND = 1_000_000_000L;
    /** A digest found right is not looked at again for so long. */
    private static final long TRUSTED_NANOS = 2 * SECOND;
    /** A digest may be wrong for so long while messages are on their way. */
    private static final long WRONG_NANOS = 2 * SECOND;
    /** The same while deployments are on their way, which change it all the time. */
    private static final long WRONG_IN_MOTION_NANOS = 10 * SECOND;

    private static final long PROGRESS_NANOS = 10 * SECOND;
    private static final long FORGOTTEN_NANOS = 600 * SECOND;

    private final Vertx vertx;
    private final LongSupplier nanos;
    private final Heard heard;
    private final ScenarioService service;
    private final Placement placement;
    private final Workers workers;
    private final Runners leases;
    private final AssignedSets sets;
    private final Map<UUID, Seen> runners = new HashMap<>();

    private record Waiting(Heartbeat heartbeat, Message<JsonObject> message) {}

    /** What this process remembers of a runner's process; nothing that correctness depends on. */
    private static final class Seen {
        long lastNanos;
        long progressNanos;
        boolean busy;
        Waiting next;
        long trustedDigest;
        int trustedTotal = -1;
        long trustedNanos;
        /** Since when the digest is wrong; 0: it is not. */
        long wrongSince;

        Seen(long now) {
            this.progressNanos = now;
        }
    }

    /**
     * @param nanos a monotonic clock
     */
    public Heartbeats(
            Vertx vertx,
            LongSupplier nanos,
            Heard heard,
            ScenarioService service,
            Placement placement,
            Workers workers,
            Runners leases,
            AssignedSets sets) {
        this.vertx = vertx;
        this.nanos = nanos;
        this.heard = heard;
        this.service = service;
        this.placement = placement;
        this.workers = workers;
        this.leases = leases;
        this.sets = sets;
    }

    public Future<Void> start() {
        vertx.eventBus().<JsonObject>consumer(Addresses.RUNNERS, m -> noteAlive(m.body()));
        return vertx.eventBus()
                .<JsonObject>consumer(Addresses.HEARTBEATS, this::onHeartbeat)
                .completion();
    }

    private void noteAlive(JsonObject body) {
        if (body.getValue("instance") instanceof String instance) {
            try {
                noteAlive(UUID.fromString(instance));
            } catch (IllegalArgumentException e) {
                LOG.debug("a heartbeat has no readable instance");
            }
        }
    }

    private void noteAlive(UUID instance) {
        if (heard.note(instance)) {
            // It brings places with it.
            placement.wake();
        }
    }

    private Seen seen(UUID instance) {
        long now = nanos.getAsLong();
        Seen seen = runners.computeIfAbsent(instance, k -> new Seen(now));
        seen.lastNanos = now;
        return seen;
    }

    private void onHeartbeat(Message<JsonObject> message) {
        Heartbeat heartbeat;
        try {
            heartbeat = Heartbeat.fromJson(message.body());
        } catch (MessageFormatException | ClassCastException e) {
            LOG.warn("a heartbeat can't be read: {}", e.getMessage());
            message.fail(400, "the heartbeat can't be read: " + e.getMessage());
            return;
        }
        noteAlive(heartbeat.instance());
        boolean first = !runners.containsKey(heartbeat.instance());
        if (first) {
            long now = nanos.getAsLong();
            runners.values().removeIf(s -> now - s.lastNanos > FORGOTTEN_NANOS);
        }
        Seen seen = seen(heartbeat.instance());
        if (first && heartbeat.protocol() < Protocol.VERSION) {
            LOG.warn(
                    "runner {} reads messages up to version {}, this cluster speaks {}: nothing new is placed on it until"
                            + " it is updated",
                    heartbeat.runnerId(),
                    heartbeat.protocol(),
                    Protocol.VERSION);
        }
        Waiting arrived = new Waiting(heartbeat, message);
        if (seen.busy) {
            // Only the newest is of interest; what it replaces is answered, for an answer says that somebody lives.
            if (seen.next != null) {
                seen.next.message().reply(HeartbeatReply.NOTHING.toJson());
            }
            seen.next = arrived;
            return;
        }
        handle(arrived, seen);
    }

    private void handle(Waiting arrived, Seen seen) {
        seen.busy = true;
        // First of all: what it hands over must not be given back to it.
        Future<Void> leaving = arrived.heartbeat().draining()
                ? leases.markDraining(
                        arrived.heartbeat().runnerId(), arrived.heartbeat().instance())
                : Future.succeededFuture();
        leaving.compose(v -> note(arrived.heartbeat()))
                .compose(reply -> checkDigest(arrived.heartbeat(), seen)
                        .compose(v -> noteProgress(arrived.heartbeat(), seen))
                        .transform(done -> Future.succeededFuture(reply)))
                .recover(e -> {
                    LOG.debug("heartbeat of {}", arrived.heartbeat().runnerId(), e);
                    return Future.succeededFuture(HeartbeatReply.NOTHING);
                })
                .onSuccess(reply -> {
                    arrived.message().reply(reply.toJson());
                    seen.busy = false;
                    Waiting next = seen.next;
                    seen.next = null;
                    if (next != null) {
                        handle(next, seen);
                    }
                });
    }

    /** Collects the answer while the parts of it are written. */
    private static final class Answer {
        final List<UUID> stop = new ArrayList<>();
        final List<UUID> forget = new ArrayList<>();
        final Map<UUID, SessionReport.State> noted = new HashMap<>();

        HeartbeatReply reply() {
            return new HeartbeatReply(stop, forget, noted);
        }
    }

    private Future<HeartbeatReply> note(Heartbeat heartbeat) {
        Answer answer = new Answer();
        List<Future<?>> all = new ArrayList<>();
        List<UUID> starting = new ArrayList<>();
        List<SessionReport> finished = new ArrayList<>();
        List<UUID> failed = new ArrayList<>();
        for (SessionReport report : heartbeat.changed()) {
            switch (report.state()) {
                case STARTING -> starting.add(report.workerId());
                case RUNNING -> all.add(running(report, heartbeat.pid(), answer));
                case STOPPING -> answer.noted.put(report.workerId(), report.state());
                case FINISHED -> finished.add(report);
                // How it failed, and whether it may be tried again, is in retry_topic; forgotten once that is handled.
                case FAILED -> failed.add(report.workerId());
                case STOPPED ->
                    all.add(ended(report, new Trigger.SessionStopped(report.epoch(), heartbeat.runnerId()), answer));
            }
        }
        if (!starting.isEmpty()) {
            all.add(workers.confirm(starting, heartbeat.pid())
                    .onSuccess(v -> starting.forEach(id -> answer.noted.put(id, SessionReport.State.STARTING))));
        }
        if (!finished.isEmpty()) {
            all.add(progress(finished)
                    .compose(v -> Future.join(finished.stream()
                            .map(r -> ended(r, new Trigger.EndOfFile(r.epoch()), answer))
                            .toList())));
        }
        if (!failed.isEmpty()) {
            all.add(workers.liveAmong(failed)
                    .onSuccess(live ->
                            failed.stream().filter(id -> !live.contains(id)).forEach(answer.forget::add)));
        }
        return Future.join(all).transform(done -> Future.succeededFuture(answer.reply()));
    }

    private Future<Outcome> running(SessionReport report, long pid, Answer answer) {
        return service.onTrigger(report.scenario(), new Trigger.FirstFrame(report.epoch(), pid))
                .onSuccess(outcome -> {
                    switch (outcome) {
                        case DONE -> answer.noted.put(report.workerId(), report.state());
                        case REJECTED, GONE -> answer.stop.add(report.workerId());
                        case BUSY -> LOG.trace("{} is reported again", report.workerId());
                    }
                });
    }

    private Future<Outcome> ended(SessionReport report, Trigger trigger, Answer answer) {
        return service.onTrigger(report.scenario(), trigger).onSuccess(outcome -> {
            if (outcome != Outcome.BUSY) {
                answer.forget.add(report.workerId());
            }
        });
    }

    private Future<Void> checkDigest(Heartbeat heartbeat, Seen seen) {
        if (heartbeat.wantsSet()) {
            return sets.send(heartbeat.runnerId(), heartbeat.instance());
        }
        long now = nanos.getAsLong();
        boolean known = heartbeat.digest() == seen.trustedDigest && heartbeat.total() == seen.trustedTotal;
        if (known && now - seen.trustedNanos < TRUSTED_NANOS) {
            return Future.succeededFuture();
        }
        return workers.digest(heartbeat.runnerId(), heartbeat.instance()).compose(stored -> {
            if (stored.total() == heartbeat.total() && stored.digest() == heartbeat.digest()) {
                seen.trustedDigest = stored.digest();
                seen.trustedTotal = stored.total();
                seen.trustedNanos = now;
                seen.wrongSince = 0;
                return Future.succeededFuture();
            }
            if (seen.wrongSince == 0) {
                seen.wrongSince = now;
            }
            long patience = stored.pending() > 0 ? WRONG_IN_MOTION_NANOS : WRONG_NANOS;
            if (now - seen.wrongSince < patience) {
                return Future.succeededFuture();
            }
            seen.wrongSince = now;
            LOG.info(
                    "runner {} has {} sessions and should have {}, or has others: telling it which",
                    heartbeat.runnerId(),
                    heartbeat.total(),
                    stored.total());
            return sets.repeat(heartbeat.runnerId(), heartbeat.instance());
        });
    }

    private Future<Void> noteProgress(Heartbeat heartbeat, Seen seen) {
        List<SessionReport> running = heartbeat
                .sessions()
                .filter(s -> s.state() == SessionReport.State.RUNNING)
                .toList();
        if (running.isEmpty() || nanos.getAsLong() - seen.progressNanos < PROGRESS_NANOS) {
            return Future.succeededFuture();
        }
        seen.progressNanos = nanos.getAsLong();
        return progress(running);
    }

    private Future<Void> progress(List<SessionReport> reports) {
        return workers.progress(
                reports.stream().map(SessionReport::workerId).toList(),
                reports.stream().map(SessionReport::lastFrame).toList());
    }
}
