package dev.vap.orchestrator.control;

import dev.vap.orchestrator.scenario.Trigger;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.AssignedSet;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.Heartbeat;
import dev.vap.shared.protocol.HeartbeatReply;
import dev.vap.shared.protocol.MessageFormatException;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.storage.Workers;
import dev.vap.shared.storage.Workers.Assignment;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares what a runner reports with what it should be running, and acts on the difference. Confined to one context.
 *
 * <p>The reply always comes, even while PostgreSQL is away (then empty): it tells the runner that an orchestrator lives.
 */
public final class Heartbeats {

    private static final Logger LOG = LoggerFactory.getLogger(Heartbeats.class);
    /** An assignment that a runner does not know after so long is sent to it again. */
    private static final long MISSED_NANOS = 1_000_000_000L;

    private static final long PROGRESS_NANOS = 2_000_000_000L;
    private static final long FORGOTTEN_NANOS = 600_000_000_000L;

    private final Vertx vertx;
    private final ScenarioService service;
    private final Workers workers;
    private final Map<String, Seen> runners = new HashMap<>();

    private static final HeartbeatReply NOTHING = HeartbeatReply.NOTHING;

    private record Waiting(Heartbeat heartbeat, Message<JsonObject> message) {}

    /** What this process remembers of a runner; nothing that correctness depends on. */
    private static final class Seen {
        long lastNanos;
        long progressNanos = System.nanoTime();
        boolean busy;
        Waiting next;
        final Map<UUID, Long> missingSince = new HashMap<>();
    }

    public Heartbeats(Vertx vertx, ScenarioService service, Workers workers) {
        this.vertx = vertx;
        this.service = service;
        this.workers = workers;
    }

    public Future<Void> start() {
        vertx.eventBus().<JsonObject>consumer(Addresses.RUNNERS, m -> noteAlive(m.body()));
        return vertx.eventBus()
                .<JsonObject>consumer(Addresses.HEARTBEATS, this::onHeartbeat)
                .completion();
    }

    /** Whether this process heard from the runner within so many nanoseconds. */
    public boolean heardWithin(String runnerId, long nanos) {
        Seen seen = runners.get(runnerId);
        return seen != null && System.nanoTime() - seen.lastNanos < nanos;
    }

    private void noteAlive(JsonObject body) {
        if (body.getValue("runner_id") instanceof String id) {
            seen(id);
        }
    }

    private Seen seen(String runnerId) {
        long now = System.nanoTime();
        runners.values().removeIf(s -> now - s.lastNanos > FORGOTTEN_NANOS);
        Seen seen = runners.computeIfAbsent(runnerId, k -> new Seen());
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
        Seen seen = seen(heartbeat.runnerId());
        Waiting arrived = new Waiting(heartbeat, message);
        if (seen.busy) {
            // Only the newest is of interest; what it replaces is answered, for an answer says that somebody lives.
            if (seen.next != null) {
                seen.next.message().reply(NOTHING.toJson());
            }
            seen.next = arrived;
            return;
        }
        handle(arrived, seen);
    }

    private void handle(Waiting arrived, Seen seen) {
        seen.busy = true;
        compare(arrived.heartbeat(), seen)
                .recover(e -> {
                    LOG.debug("heartbeat of {}", arrived.heartbeat().runnerId(), e);
                    return Future.succeededFuture(NOTHING);
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

    private Future<HeartbeatReply> compare(Heartbeat heartbeat, Seen seen) {
        return workers.assigned(heartbeat.runnerId()).compose(assigned -> {
            Map<UUID, Assignment> byWorker =
                    assigned.stream().collect(Collectors.toMap(a -> a.worker().workerId(), Function.identity()));
            List<UUID> stop = new ArrayList<>();
            List<UUID> forget = new ArrayList<>();
            List<Future<?>> changes = new ArrayList<>();
            for (SessionReport report : heartbeat.changed()) {
                Assignment assignment = byWorker.get(report.workerId());
                if (assignment == null) {
                    (report.state().isTerminal() ? forget : stop).add(report.workerId());
                } else {
                    changes.add(act(heartbeat, report, assignment, stop, forget));
                }
            }
            sync(heartbeat, assigned, seen);
            return Future.join(changes)
                    .otherwiseEmpty()
                    .compose(v -> noteProgress(heartbeat, seen))
                    .map(v -> new HeartbeatReply(stop, forget, java.util.Map.of()));
        });
    }

    private Future<?> act(Heartbeat heartbeat, SessionReport report, Assignment a, List<UUID> stop, List<UUID> forget) {
        Workers.Status status = a.worker().status();
        UUID scenario = a.worker().scenario();
        long epoch = a.worker().epoch();
        return switch (report.state()) {
            case STARTING ->
                status == Workers.Status.PENDING
                        ? service.onStarting(report.workerId(), heartbeat.pid())
                        : stopIfAsked(report, status, stop);
            case RUNNING ->
                status == Workers.Status.PENDING || status == Workers.Status.STARTING
                        ? service.onTrigger(scenario, new Trigger.FirstFrame(epoch))
                        : stopIfAsked(report, status, stop);
            case STOPPING -> Future.succeededFuture();
            case FINISHED ->
                workers.progress(List.of(report.workerId()), List.of(report.lastFrame()))
                        .compose(v -> service.onTrigger(scenario, new Trigger.EndOfFile(epoch)))
                        .onSuccess(v -> forget.add(report.workerId()));
            // How it failed, and whether it may be tried again, is in retry_topic; forgotten once that is handled.
            case FAILED -> Future.succeededFuture();
            case STOPPED ->
                service.onTrigger(scenario, new Trigger.SessionStopped(epoch, heartbeat.runnerId()))
                        .onSuccess(v -> forget.add(report.workerId()));
        };
    }

    /** A session that should be stopping and says it runs has missed the message. */
    private static Future<?> stopIfAsked(SessionReport report, Workers.Status status, List<UUID> stop) {
        if (status == Workers.Status.STOPPING) {
            stop.add(report.workerId());
        }
        return Future.succeededFuture();
    }

    /** Sends the assigned set to a runner that does not report a part of it. */
    private void sync(Heartbeat heartbeat, List<Assignment> assigned, Seen seen) {
        Set<UUID> reported =
                heartbeat.sessions().map(SessionReport::workerId).collect(Collectors.toCollection(HashSet::new));
        long now = System.nanoTime();
        Set<UUID> missing = assigned.stream()
                .map(a -> a.worker().workerId())
                .filter(id -> !reported.contains(id))
                .collect(Collectors.toSet());
        seen.missingSince.keySet().retainAll(missing);
        missing.forEach(id -> seen.missingSince.putIfAbsent(id, now));
        boolean missed = seen.missingSince.values().stream().anyMatch(since -> now - since > MISSED_NANOS);
        if (missed) {
            seen.missingSince.replaceAll((id, since) -> now);
            LOG.info("runner {} lacks {} assignments; telling it again", heartbeat.runnerId(), missing.size());
            List<DeployCommand> all = assigned.stream()
                    .map(a -> ScenarioService.command(
                            a.worker().status() == Workers.Status.STOPPING
                                    ? DeployCommand.Kind.SHUTDOWN
                                    : DeployCommand.Kind.DEPLOY,
                            a.scenario(),
                            heartbeat.runnerId(),
                            heartbeat.instance(),
                            a.worker().workerId(),
                            a.worker().startFrame()))
                    .toList();
            vertx.eventBus()
                    .send(
                            Addresses.runnerSync(heartbeat.runnerId()),
                            new AssignedSet(heartbeat.instance(), Set.copyOf(reported), all).toJson());
        }
    }

    private Future<Void> noteProgress(Heartbeat heartbeat, Seen seen) {
        List<SessionReport> running = heartbeat
                .sessions()
                .filter(s -> s.state() == SessionReport.State.RUNNING)
                .toList();
        if (running.isEmpty() || System.nanoTime() - seen.progressNanos < PROGRESS_NANOS) {
            return Future.succeededFuture();
        }
        seen.progressNanos = System.nanoTime();
        return workers.progress(
                running.stream().map(SessionReport::workerId).toList(),
                running.stream().map(SessionReport::lastFrame).toList());
    }
}
