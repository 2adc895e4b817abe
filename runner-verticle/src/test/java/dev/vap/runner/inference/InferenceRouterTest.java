package dev.vap.runner.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.runner.time.FakeTimers;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.FrameBuffer;
import dev.vap.shared.protocol.InferenceAnnouncement;
import dev.vap.shared.protocol.InferenceAnnouncement.Load;
import dev.vap.shared.protocol.InferenceCodecs;
import dev.vap.shared.protocol.InferenceReply;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.InferenceRequest.Encoding;
import dev.vap.shared.protocol.Placement;
import dev.vap.shared.protocol.SessionReport.InferenceReport;
import dev.vap.testing.Await;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.circuitbreaker.OpenCircuitException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class InferenceRouterTest {

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Duration TIMEOUT = Duration.ofMillis(200);
    private static final int MAX_FAILURES = 3;

    private final Vertx vertx = Vertx.vertx();
    private final FakeTimers timers = new FakeTimers();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final InferenceDirectory directory = new InferenceDirectory(vertx.eventBus(), timers, "here", "host-1");
    private final InferenceRouter router = new InferenceRouter(
            vertx, timers, new Breaker(MAX_FAILURES, Duration.ofMillis(100)), new Random(1), directory, registry);
    private final InferenceClient client = new InferenceClient(router, timers, FakeNode.MODEL, TIMEOUT);
    private final List<Boolean> remote = new CopyOnWriteArrayList<>();
    private final Context context = vertx.getOrCreateContext();
    private FakeNode own;
    private FakeNode neighbour;
    private FakeNode far;

    @BeforeEach
    void open() throws Exception {
        InferenceCodecs.register(vertx.eventBus());
        own = new FakeNode(vertx, "own", "host-1", "here").up();
        neighbour = new FakeNode(vertx, "neighbour", "host-1", "there").up();
        far = new FakeNode(vertx, "far", "host-2", "elsewhere").up();
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void prefersItsOwnProcessThenItsHost() throws Exception {
        hear(far.loaded(0), neighbour.loaded(5));
        analyse();
        assertThat(neighbour.frames).hasSize(1);
        hear(own.loaded(9));
        analyse();
        assertThat(own.frames).hasSize(1);
        assertThat(far.frames).isEmpty();
        assertThat(remote).containsExactly(true, false);
        assertThat(report().node()).isEqualTo("own");
        assertThat(registry.get("vap_inference_frames")
                        .tag("where", "process")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void hearsAnnouncementsOnTheBus() throws Exception {
        onContext(directory::start);
        vertx.eventBus().publish(Addresses.INFERENCE_NODES, far.loaded(0).toJson());
        Await.until("it is heard of", SOON, () -> onContext(() -> Future.succeededFuture(router.modelAddresses()))
                .contains(Addresses.modelsAt("far")));
        assertThat(onContext(() -> Future.succeededFuture(router.modelAddresses())))
                .containsExactly(Addresses.modelsAt("far"), Addresses.MODELS);
    }

    @Test
    void sendsTheSameFrameOnWhenTheNearestIsBusyAndComesBack() throws Exception {
        hear(own.loaded(0), far.loaded(0));
        own.failWith(ErrorCode.INFERENCE_BUSY);
        analyse();
        assertThat(own.frames).hasSize(1);
        assertThat(far.frames).hasSize(1);
        assertThat(registry.get("vap_inference_spilled").counter().count()).isEqualTo(1);

        // It is left alone for a moment, then it is asked again.
        own.answers();
        analyse();
        assertThat(far.frames).hasSize(2);
        advance(Duration.ofMillis(60));
        analyse();
        assertThat(own.frames).hasSize(2);
        assertThat(report().state()).isEqualTo("closed");
        assertThat(report().busy()).isFalse();
    }

    @Test
    void refusesAsBusyWhenEverybodyDoesAndAsksEachOnce() throws Exception {
        hear(own.loaded(0), neighbour.loaded(0), far.loaded(0));
        for (FakeNode node : List.of(own, neighbour, far)) {
            node.failWith(ErrorCode.INFERENCE_BUSY);
        }
        assertThatThrownBy(this::analyse)
                .satisfies(e -> assertThat(InferenceFailure.of(e).cause()).isEqualTo("inference_busy"));
        assertThat(own.frames).hasSize(1);
        assertThat(neighbour.frames).hasSize(1);
        assertThat(far.frames).hasSize(1);
        assertThat(report().busy()).isTrue();
    }

    @Test
    void goesElsewhereWhenAProcessIsGoneOrSilent() throws Exception {
        hear(own.loaded(0), far.loaded(0));
        own.down();
        analyse();
        assertThat(far.frames).hasSize(1);

        hear(neighbour.loaded(0));
        neighbour.saysNothing();
        advance(Duration.ofSeconds(1));
        analyse();
        assertThat(neighbour.frames).hasSize(1);
        assertThat(far.frames).hasSize(2);
    }

    @Test
    void passesOverAnOpenBreakerAndTellsOfIt() throws Exception {
        hear(own.loaded(0), far.loaded(0));
        own.failWith(ErrorCode.INFERENCE_UNAVAILABLE);
        do {
            analyse();
            rest();
        } while (gauge("own") < 1 && own.frames.size() < 2 * MAX_FAILURES);
        int before = own.frames.size();
        assertThat(before).isEqualTo(MAX_FAILURES);
        InferenceReport report = report();
        assertThat(report.state()).isEqualTo("closed");
        assertThat(report.node()).isEqualTo("far");
        assertThat(report.reason()).isEqualTo("own: own says inference_unavailable.");

        own.answers();
        Await.until("it is half open", SOON, () -> gauge("own") == 0.5);
        rest();
        analyse();
        assertThat(own.frames).hasSize(before + 1);
        assertThat(gauge("own")).isZero();
        assertThat(report().reason()).isNull();
    }

    @Test
    void isOpenWhenAllAre() throws Exception {
        hear(far.loaded(0));
        far.failWith(ErrorCode.INFERENCE_FAILED);
        for (int i = 0; i < MAX_FAILURES; i++) {
            assertThatThrownBy(this::analyse).isNotInstanceOf(OpenCircuitException.class);
        }
        assertThatThrownBy(this::analyse).isInstanceOf(OpenCircuitException.class);
        assertThat(far.frames).hasSize(MAX_FAILURES);
        assertThat(report().state()).isEqualTo("open");
        assertThat(report().reason()).isEqualTo("far: far says inference_failed.");
    }

    @Test
    void aBusyProcessIsNotABrokenOne() throws Exception {
        hear(far.loaded(0));
        far.failWith(ErrorCode.INFERENCE_BUSY);
        for (int i = 0; i < 3 * MAX_FAILURES; i++) {
            assertThatThrownBy(this::analyse).isNotInstanceOf(OpenCircuitException.class);
        }
        assertThat(gauge("far")).isZero();
    }

    @Test
    void sendsAFrameThatTheDetectorFailsToNobodyElse() throws Exception {
        hear(own.loaded(0), far.loaded(0));
        own.failWith(ErrorCode.INFERENCE_FAILED);
        assertThatThrownBy(this::analyse);
        assertThat(far.frames).isEmpty();
    }

    @Test
    void hasFewFramesOnTheWayToARemoteProcess() throws Exception {
        hear(far.loaded(0));
        far.saysNothing();
        onContext(() -> {
            for (int i = 0; i < 10; i++) {
                client.analyse(this::request);
            }
            return Future.succeededFuture();
        });
        assertThatThrownBy(this::analyse)
                .satisfies(e -> assertThat(InferenceFailure.of(e).cause()).isEqualTo("inference_busy"));
        assertThat(far.frames).hasSize(4);
    }

    @Test
    void sharesTheLoadAmongEquals() throws Exception {
        FakeNode other = new FakeNode(vertx, "other", "host-3", "p3").up();
        FakeNode full = new FakeNode(vertx, "full", "host-4", "p4").up();
        hear(far.loaded(1), other.loaded(1), full.loaded(9));
        for (int i = 0; i < 40; i++) {
            analyse();
        }
        assertThat(far.frames).hasSizeGreaterThan(10);
        assertThat(other.frames).hasSizeGreaterThan(10);
        assertThat(full.frames).isEmpty();
    }

    @Test
    void aFrameOnItsWayToAProcessThatIsGoneIsNotWaitedFor() throws Exception {
        onContext(directory::start);
        hear(far.loaded(0));
        far.saysNothing();
        InferenceClient patient = new InferenceClient(router, timers, FakeNode.MODEL, Duration.ofMinutes(10));
        Future<InferenceReply> reply = startOnContext(() -> patient.analyse(this::request));
        Await.until("it is on its way", SOON, () -> far.frames.size() == 1);
        advance(Duration.ofMillis(InferenceAnnouncement.EXPIRES_MILLIS));
        hear(neighbour.loaded(0));
        assertThat(neighbour.frames).isEmpty();

        // Nobody sends another frame, and nobody announces himself.
        advance(Duration.ofSeconds(1));

        assertThat(reply.await(10, TimeUnit.SECONDS).detector()).isEqualTo("mock");
        assertThat(neighbour.frames).hasSize(1);
    }

    @Test
    void aFrameAfterTheEndFailsAsIfNobodyWereThere() throws Exception {
        hear(own.loaded(0));
        router.close();

        assertThatThrownBy(this::analyse)
                .satisfies(e -> assertThat(InferenceFailure.of(e).cause()).isEqualTo("inference_unavailable"));
        assertThat(own.frames).isEmpty();
    }

    @Test
    void forgetsWhoeverIsSilentAndAsksAtTheCommonAddressThen() throws Exception {
        onContext(directory::start);
        hear(far.loaded(0));
        advance(Duration.ofMillis(InferenceAnnouncement.EXPIRES_MILLIS).plus(InferenceDirectory.LOOK));
        vertx.eventBus()
                .<InferenceRequest>consumer(
                        Addresses.inference(FakeNode.MODEL),
                        message -> message.reply(new InferenceReply(List.of(), "mock", 0, 1)));
        analyse();
        assertThat(far.frames).isEmpty();
        assertThat(report().node()).isNull();
        assertThat(registry.find("vap_inference_breaker").tag("node", "far").gauge())
                .isNull();
    }

    @Test
    void asksANearerProcessToLoadTheModel() throws Exception {
        hear(far.loaded(0), own.announcement());
        analyse();
        analyse();
        Await.until("it is asked", SOON, () -> !own.loads.isEmpty());
        assertThat(own.loads).containsExactly(FakeNode.MODEL);
        assertThat(far.frames).hasSize(2);
    }

    @Test
    void asksOneMoreToLoadTheModelWhenTheOthersAreBusy() throws Exception {
        hear(own.loaded(0), far.announcement(new Load("another", 0, 10, true)));
        own.failWith(ErrorCode.INFERENCE_BUSY);
        assertThatThrownBy(this::analyse);
        Await.until("it is asked", SOON, () -> !far.loads.isEmpty());
    }

    @Test
    void leavesOutWhoeverStopsAndPutsTheUnhealthyLast() throws Exception {
        hear(
                new InferenceAnnouncement(
                        "own", "host-1", "here", true, 2, own.loaded(0).models()),
                neighbour.announcement(new Load(FakeNode.MODEL, 0, 10, false)),
                far.loaded(9));
        analyse();
        assertThat(far.frames).hasSize(1);
        far.failWith(ErrorCode.INFERENCE_BUSY);
        analyse();
        assertThat(neighbour.frames).hasSize(1);
        assertThat(own.frames).isEmpty();
    }

    /** Until whoever refused a frame is asked again; the others go on announcing themselves. */
    private void rest() throws Exception {
        advance(Duration.ofSeconds(2));
        hear(own.loaded(0), far.loaded(0));
    }

    private double gauge(String node) {
        return registry.get("vap_inference_breaker").tag("node", node).gauge().value();
    }

    @Test
    void saysSoIfAllStop() throws Exception {
        hear(new InferenceAnnouncement(
                "own", "host-1", "here", true, 2, own.loaded(0).models()));
        assertThatThrownBy(this::analyse).hasMessage("All inference processes are stopping: start one and try again.");
        assertThat(own.frames).isEmpty();
    }

    private void hear(InferenceAnnouncement... announcements) throws Exception {
        onContext(() -> {
            for (InferenceAnnouncement a : announcements) {
                directory.heard(a.toJson());
            }
            return Future.succeededFuture();
        });
    }

    private void advance(Duration step) throws Exception {
        onContext(() -> {
            timers.advance(step);
            return Future.succeededFuture();
        });
    }

    private InferenceReport report() throws Exception {
        return onContext(() -> Future.succeededFuture(client.report()));
    }

    private InferenceReply analyse() throws Exception {
        return onContext(() -> client.analyse(this::request));
    }

    private Future<InferenceRequest> request(boolean isRemote, long deadline) {
        remote.add(isRemote);
        return Future.succeededFuture(new InferenceRequest(
                "s/1",
                0,
                0,
                FrameBuffer.unpooled(3),
                1,
                1,
                3,
                Encoding.RAW,
                1,
                1,
                Placement.SAME,
                Float.NaN,
                Float.NaN,
                List.of(),
                deadline));
    }

    private <T> T onContext(Callable<Future<T>> work) throws Exception {
        return startOnContext(work).await(10, TimeUnit.SECONDS);
    }

    private <T> Future<T> startOnContext(Callable<Future<T>> work) {
        Promise<T> promise = Promise.promise();
        context.runOnContext(v -> {
            try {
                work.call().onComplete(promise);
            } catch (Exception e) {
                promise.fail(e);
            }
        });
        return promise.future();
    }
}
