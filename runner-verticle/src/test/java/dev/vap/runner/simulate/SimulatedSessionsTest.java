package dev.vap.runner.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.Deployments;
import dev.vap.runner.session.FakeResultLog;
import dev.vap.runner.session.RunningSession;
import dev.vap.runner.session.SessionMetrics;
import dev.vap.runner.time.FakeTimers;
import dev.vap.shared.domain.BoundingBox;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.protocol.SessionReport.State;
import dev.vap.testing.Await;
import dev.vap.testing.FakeClock;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SimulatedSessionsTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration TICK = SimulatedSessions.TICK;

    private final Vertx vertx = Vertx.vertx();
    private final FakeTimers timers = new FakeTimers();
    private final FakeClock clock = FakeClock.standing();
    private final FakeResultLog log = new FakeResultLog();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final List<State> states = new ArrayList<>();
    private int halts;
    private SimulatedSessions sessions = at(1);

    private final Deployments camera = Deployments.of("rtsp://camera/1").withStartFrame(7);

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void runsFromTheFirstResultAtOnceAndThenAtItsRate() {
        RunningSession session = start(camera);
        assertThat(session.state()).isEqualTo(State.STARTING);
        assertThat(session.report().source().state()).isEqualTo("connecting");
        assertThat(session.report().detector()).isNull();
        timers.advance(TICK);
        assertThat(log.frames()).containsExactly(7L);
        assertThat(states).containsExactly(State.RUNNING);
        timers.advance(SECOND.multipliedBy(10));
        assertThat(log.frames())
                .isEqualTo(LongStream.range(7, 7 + log.frames().size()).boxed().toList())
                .hasSizeBetween(10, 12);
        SessionReport report = session.report();
        assertThat(report.lastFrame()).isEqualTo(6 + log.frames().size());
        assertThat(report.framesDone()).isEqualTo(log.frames().size());
        assertThat(report.fps()).isBetween(0.8, 1.3);
        assertThat(report.dropped()).isEmpty();
        assertThat(report.source().state()).isEqualTo("streaming");
    }

    @Test
    void leavesNoDoubtThatTheResultsAreInvented() {
        RunningSession session = start(camera);
        timers.advance(TICK);
        assertThat(session.report().detector()).isEqualTo("simulated");
        assertThat(session.report().source().codec()).isEqualTo("simulated");
        assertThat(log.results()).singleElement().satisfies(r -> {
            assertThat(r.detector()).isEqualTo("simulated");
            assertThat(r.model()).isEqualTo(Deployments.MODEL);
            assertThat(r.scenario()).isEqualTo(camera.command().scenario());
            assertThat(r.epoch()).isEqualTo(1);
            assertThat(r.timestamp()).isEqualTo(clock.instant());
        });
    }

    @Test
    void seesThePersonWalkToAndFroInsideThePicture() {
        UUID scenario = camera.command().scenario();
        for (int n = 0; n < 1_000; n++) {
            Detection seen = SimulatedSession.detection(scenario, n);
            BoundingBox box = seen.box();
            assertThat(seen.label()).isEqualTo("person");
            assertThat(box.xMin()).isNotNegative();
            assertThat(box.yMin()).isNotNegative();
            assertThat(box.xMax()).isLessThanOrEqualTo(SimulatedSession.WIDTH);
            assertThat(box.yMax()).isLessThanOrEqualTo(SimulatedSession.HEIGHT);
            assertThat(box)
                    .isNotEqualTo(SimulatedSession.detection(scenario, n + 1).box());
            assertThat(seen).isEqualTo(SimulatedSession.detection(scenario, n));
        }
    }

    @Test
    void publishesOnTheEventBusAsRealSessionsDo() throws Exception {
        List<JsonObject> live = new CopyOnWriteArrayList<>();
        vertx.eventBus()
                .<JsonObject>consumer(Addresses.predictions(camera.command().scenario()), m -> live.add(m.body()))
                .completion()
                .await(5, TimeUnit.SECONDS);
        start(camera);
        timers.advance(TICK);
        Await.until("the result", Duration.ofSeconds(10), () -> live.size() == 1);
        assertThat(live.get(0)).isEqualTo(log.results().get(0).toLiveJson());
    }

    @Test
    void countsWhatKafkaHasNoRoomForAndGoesOn() {
        RunningSession session = start(camera);
        timers.advance(TICK);
        log.setRoom(false);
        timers.advance(SECOND.multipliedBy(5));
        long lost = session.report().dropped().get("kafka_behind");
        assertThat(lost).isBetween(4L, 6L);
        log.setRoom(true);
        timers.advance(SECOND);
        assertThat(log.frames()).hasSize(2).endsWith(7 + lost + 1);
    }

    @Test
    void hasABoundedNumberOfResultsOnTheirWay() {
        log.hold();
        RunningSession session = start(camera);
        timers.advance(SECOND.multipliedBy(30));
        assertThat(log.frames()).hasSize(16);
        assertThat(session.report().dropped().get("kafka_behind")).isBetween(13L, 16L);
    }

    @Test
    void takesTheNewestFrameWhenItIsLate() {
        sessions = at(100);
        RunningSession session = start(camera);
        timers.advance(TICK);
        timers.stall(SECOND);
        timers.advance(TICK);
        assertThat(session.report().dropped().get("superseded")).isBetween(95L, 101L);
        List<Long> frames = log.frames();
        assertThat(frames.get(frames.size() - 1)).isBetween(100L, 110L);
    }

    @Test
    void publishesFasterThanItTicks() {
        sessions = at(1_000);
        start(camera);
        timers.advance(SECOND);
        assertThat(log.frames()).hasSizeBetween(970, 1_001);
    }

    @Test
    void spreadsSessionsThatStartTogetherOverTheInterval() {
        IntStream.range(0, 1_000).forEach(i -> start(Deployments.of("rtsp://camera/" + i)));
        assertThat(timers.pending()).isEqualTo(1);
        timers.advance(SECOND.multipliedBy(2));
        int before = log.frames().size();
        for (int tick = 0; tick < 100; tick++) {
            timers.advance(TICK);
            int now = log.frames().size();
            assertThat(now - before).as("tick " + tick).isBetween(3, 30);
            before = now;
        }
    }

    @Test
    void doesALimitedAmountOfWorkAtATime() {
        IntStream.range(0, 1_000).forEach(i -> start(Deployments.of("rtsp://camera/" + i)));
        timers.advance(TICK);
        assertThat(log.frames()).hasSize(400);
        timers.advance(TICK);
        timers.advance(TICK);
        Map<UUID, Integer> each = new HashMap<>();
        log.results().forEach(r -> each.merge(r.scenario(), 1, Integer::sum));
        assertThat(each).hasSize(1_000).allSatisfy((scenario, results) -> assertThat(results)
                .isEqualTo(1));
    }

    @Test
    void stopsAtOnceWhenNothingIsOnItsWay() {
        RunningSession session = start(camera);
        timers.advance(TICK);
        session.stop("stopped on request");
        session.stop("again");
        assertThat(session.ended().result().state()).isEqualTo(State.STOPPED);
        assertThat(states).containsExactly(State.RUNNING, State.STOPPING, State.STOPPED);
        assertThat(session.report().reason()).isEqualTo("stopped on request");
        timers.advance(SECOND.multipliedBy(3));
        assertThat(log.frames()).hasSize(1);
        assertThat(timers.pending()).isZero();
    }

    @Test
    void waitsAtItsEndForWhatIsOnItsWayButNotForEver() {
        log.hold();
        RunningSession patient = start(camera);
        RunningSession impatient = start(Deployments.of("rtsp://camera/2").withStartFrame(1));
        timers.advance(TICK);
        patient.stop("x");
        impatient.stop("x");
        assertThat(patient.ended().isComplete()).isFalse();
        log.acknowledge(7);
        assertThat(patient.ended().isComplete()).isTrue();
        assertThat(patient.report().lastFrame()).isEqualTo(7);
        timers.advance(SECOND.plus(TICK));
        assertThat(impatient.ended().isComplete()).isTrue();
        log.acknowledge(1);
        assertThat(states).filteredOn(s -> s == State.STOPPED).hasSize(2);
    }

    @Test
    void countsWhatCanNeverBeStored() {
        log.hold();
        RunningSession session = start(camera);
        timers.advance(TICK);
        log.fail(7, new IllegalStateException("too large"));
        assertThat(session.report().dropped()).containsEntry("kafka_failed", 1L);
        assertThat(session.state()).isEqualTo(State.RUNNING);
    }

    @Test
    void killsTheProcessForTheUrlItIsToldTo() {
        sessions = with(new Simulation(1, Optional.of("poison")));
        start(camera);
        assertThat(halts).isZero();
        start(Deployments.of("rtsp://u:secret@camera/poison"));
        assertThat(halts).isEqualTo(1);
        timers.advance(SECOND);
        assertThat(log.results()).allSatisfy(r -> assertThat(r.scenario())
                .isEqualTo(camera.command().scenario()));
    }

    private SimulatedSessions at(double fps) {
        return with(new Simulation(fps, Optional.empty()));
    }

    private SimulatedSessions with(Simulation simulation) {
        return new SimulatedSessions(
                simulation, vertx.eventBus(), log, new SessionMetrics(registry), clock, timers, () -> halts++);
    }

    private RunningSession start(Deployments deployment) {
        DeployCommand command = deployment.command();
        RunningSession[] self = new RunningSession[1];
        self[0] = sessions.create(command, () -> states.add(self[0].state()));
        self[0].start();
        return self[0];
    }
}
