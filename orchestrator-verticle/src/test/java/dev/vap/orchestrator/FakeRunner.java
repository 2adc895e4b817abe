package dev.vap.orchestrator;

import dev.vap.shared.config.Settings;
import dev.vap.shared.messaging.KafkaConfig;
import dev.vap.shared.messaging.KafkaPublisher;
import dev.vap.shared.messaging.KafkaTail;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.AssignedSet;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.Heartbeat;
import dev.vap.shared.protocol.HeartbeatReply;
import dev.vap.shared.protocol.Protocol;
import dev.vap.shared.protocol.RetryMessage;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.storage.Database;
import dev.vap.shared.storage.Runners;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A runner that does what the test says: takes assignments, holds a lease and reports states. */
final class FakeRunner {

    final String id;
    final List<DeployCommand> commands = new CopyOnWriteArrayList<>();
    final Map<UUID, DeployCommand> sessions = new ConcurrentHashMap<>();
    final Map<UUID, SessionReport.State> states = new ConcurrentHashMap<>();
    final List<UUID> toldToStop = new CopyOnWriteArrayList<>();
    final UUID instance = UUID.randomUUID();
    volatile int protocol = Protocol.VERSION;
    /** Told in heartbeats only: its lease says so with the next renewal of a real one. */
    volatile boolean draining;

    volatile boolean hasLease;
    volatile boolean silent;
    volatile boolean deaf;
    volatile boolean wantsSet;
    volatile boolean changesLive = true;
    /** Null as long as none has come. */
    volatile AssignedSet lastSet;

    private final AtomicInteger renewals = new AtomicInteger();
    private int renewalsSeen = -1;
    private final Map<UUID, SessionReport.State> noted = new ConcurrentHashMap<>();
    private final Vertx vertx;
    private final int capacity;
    private final Runners runners;
    private final KafkaPublisher publisher;
    private final KafkaConfig kafka;
    private final KafkaTail tail;
    private final long timer;

    FakeRunner(Vertx vertx, Settings settings, Database database, String id, int capacity) {
        this.vertx = vertx;
        this.id = id;
        this.capacity = capacity;
        this.runners = new Runners(database);
        this.kafka = KafkaConfig.from(settings);
        this.publisher = new KafkaPublisher(vertx, kafka, "fake-" + id, 100, Duration.ofSeconds(5));
        this.tail = KafkaTail.start(vertx, kafka, kafka.topics().toDeploy(), r -> {
            if (id.equals(r.key()) && !deaf) {
                take(DeployCommand.parse(r.value()));
            }
        });
        vertx.eventBus().<JsonObject>consumer(Addresses.runnerSync(id), m -> reconcile(AssignedSet.fromJson(m.body())));
        this.timer = vertx.setPeriodic(50, t -> beat());
    }

    Future<Void> ready() {
        // Only who is heard is given anything.
        return renew().compose(v -> tail.ready()).compose(v -> tell(heartbeat()));
    }

    Future<Void> close() {
        vertx.cancelTimer(timer);
        return tail.close().compose(v -> publisher.close(Duration.ofSeconds(1)));
    }

    /** Sets the state that the scenario's session reports from now on. */
    void report(UUID scenario, SessionReport.State state) {
        sessions.values().stream()
                .filter(c -> c.scenario().equals(scenario))
                .forEach(c -> states.put(c.workerId(), state));
    }

    Future<Void> fail(UUID scenario, String reason, boolean retryable) {
        DeployCommand c = sessions.values().stream()
                .filter(s -> s.scenario().equals(scenario))
                .findFirst()
                .orElseThrow();
        states.put(c.workerId(), SessionReport.State.FAILED);
        RetryMessage message = new RetryMessage(
                UUID.randomUUID(), scenario, c.workerId(), id, c.epoch(), c.attempt(), reason, retryable);
        String text = message.toJson().encode();
        // Twice, as a producer's retry would: the second must change nothing.
        return publisher
                .send(kafka.topics().retry(), scenario.toString(), text)
                .compose(v -> publisher.send(kafka.topics().retry(), scenario.toString(), text));
    }

    private void take(DeployCommand command) {
        commands.add(command);
        if (command.kind() == DeployCommand.Kind.DEPLOY) {
            sessions.putIfAbsent(command.workerId(), command);
            states.putIfAbsent(command.workerId(), SessionReport.State.STARTING);
        } else if (command.kind() == DeployCommand.Kind.SHUTDOWN) {
            toldToStop.add(command.workerId());
        }
    }

    private void beat() {
        if (silent) {
            return;
        }
        renew();
        Heartbeat heartbeat = heartbeat();
        tell(heartbeat);
    }

    private Future<Void> tell(Heartbeat heartbeat) {
        vertx.eventBus().publish(Addresses.RUNNERS, heartbeat.toJson());
        return vertx.eventBus()
                .<JsonObject>request(Addresses.HEARTBEATS, heartbeat.toJson())
                .onSuccess(m -> {
                    HeartbeatReply reply = HeartbeatReply.fromJson(m.body());
                    toldToStop.addAll(reply.stop());
                    noted.putAll(reply.noted());
                    reply.forget().forEach(id -> {
                        sessions.remove(id);
                        states.remove(id);
                    });
                })
                .mapEmpty();
    }

    /** Since this was asked first, so that the lease tells what was set before. */
    boolean hasRenewedTwice() {
        if (renewalsSeen < 0) {
            renewalsSeen = renewals.get();
        }
        return renewals.get() >= renewalsSeen + 2;
    }

    private Future<Boolean> renew() {
        return runners.renew(
                        new Runners.Claim(id, instance, "host", 1, capacity, protocol, "test", changesLive),
                        false,
                        Duration.ofSeconds(2))
                .onSuccess(held -> {
                    hasLease = held;
                    renewals.incrementAndGet();
                });
    }

    private void reconcile(AssignedSet set) {
        if (set.instance().equals(instance)) {
            lastSet = set;
            set.commands().forEach(this::take);
            List<UUID> held =
                    set.held().stream().map(AssignedSet.Held::workerId).toList();
            sessions.keySet().stream().filter(w -> !held.contains(w)).forEach(toldToStop::add);
        }
    }

    private Heartbeat heartbeat() {
        List<UUID> live = sessions.keySet().stream()
                .filter(w -> !states.get(w).isTerminal())
                .toList();
        return new Heartbeat(
                id,
                instance,
                protocol,
                "host",
                1,
                capacity,
                draining,
                wantsSet,
                live.size(),
                Heartbeat.digest(live),
                sessions.values().stream()
                        .filter(c -> noted.get(c.workerId()) != states.get(c.workerId()))
                        .map(this::session)
                        .toList(),
                List.of());
    }

    private SessionReport session(DeployCommand c) {
        return new SessionReport(
                c.scenario(),
                c.workerId(),
                c.epoch(),
                states.getOrDefault(c.workerId(), SessionReport.State.STARTING),
                9,
                10,
                10,
                1,
                "mock",
                new SessionReport.SourceReport("streaming", null, null, 0, -1, 1, "h264", 1, 1, 1, null, null),
                null,
                Map.of());
    }
}
