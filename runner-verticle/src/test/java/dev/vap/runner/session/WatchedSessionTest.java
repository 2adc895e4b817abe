package dev.vap.runner.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.Deployments;
import dev.vap.runner.decode.MediaException;
import dev.vap.shared.domain.MotionOptions;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.PreviewPicture;
import dev.vap.shared.protocol.ResultMessage;
import dev.vap.testing.Await;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/** Pictures of what a session analyses. */
class WatchedSessionTest extends OnHarness {

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final long FOREVER = Long.MAX_VALUE / 100;

    private final Deployments camera = Deployments.of("rtsp://camera/1");
    private final List<PreviewPicture> pictures = new CopyOnWriteArrayList<>();

    @Test
    void makesPicturesOnlyWhileSomebodyWatchesAndOnceForAll() throws Exception {
        listen();
        List<PreviewPicture> others = new CopyOnWriteArrayList<>();
        harness.vertx
                .eventBus()
                .<PreviewPicture>consumer(address(), m -> others.add(m.body()))
                .completion()
                .await(5, TimeUnit.SECONDS);
        Session session = harness.start(camera.command(), (spec, c) -> new FakeSource(spec, c, FOREVER, 5_000_000));
        Await.until("results", SOON, () -> harness.log.frames().size() > 20);
        assertThat(encoded()).isZero();

        long started = System.nanoTime();
        watch(session, Duration.ofMillis(600));
        Await.until("pictures", SOON, () -> pictures.size() >= 4);
        Await.until("its end", SOON, () -> System.nanoTime() - started > 900_000_000L);
        int then = pictures.size();
        int results = harness.log.frames().size();
        Await.until("more results", SOON, () -> harness.log.frames().size() > results + 20);
        assertThat(pictures).as("at most ten a second").hasSize(then).hasSizeBetween(4, 7);
        assertThat(encoded()).isEqualTo(then);
        assertThat(others).containsExactlyElementsOf(pictures);
        harness.stop(session);
        harness.outcome(session);

        for (PreviewPicture picture : pictures) {
            var image = ImageIO.read(new ByteArrayInputStream(picture.jpeg().getBytes()));
            assertThat(image.getWidth()).isEqualTo(FakeSource.WIDTH);
            assertThat(image.getHeight()).isEqualTo(FakeSource.HEIGHT);
            assertThat(picture.epoch()).isEqualTo(camera.command().epoch());
            assertThat(picture.ptsMillis()).isEqualTo(picture.frameNumber() * 40);
        }
        ResultMessage result = harness.log.results().stream()
                .filter(r -> pictures.stream().anyMatch(p -> p.frameNumber() == r.frameNumber()))
                .findFirst()
                .orElseThrow();
        assertThat(pictures).anySatisfy(p -> assertThat(p.timestamp()).isEqualTo(result.timestamp()));
    }

    @Test
    void showsFramesInWhichNothingMovesToo() throws Exception {
        MotionOptions gate = new MotionOptions(true, 20, 0.001, 0, 3600, 0, List.of());
        ScenarioOptions gated = ScenarioOptions.builder().motion(gate).build();
        listen();
        // Standing still at real speed: without viewers there is a result a second, and nothing in between.
        Session session = harness.start(
                camera.withOptions(gated).command(), (spec, c) -> new FakeSource(spec, c, FOREVER, 10_000_000));
        Await.until("nothing moves", SOON, () -> harness.log.results().stream().anyMatch(ResultMessage::gated));
        watch(session, Duration.ofSeconds(5));
        Await.until("pictures", SOON, () -> pictures.size() >= 5);
        harness.stop(session);
        harness.outcome(session);
        List<Long> frames = harness.log.frames();
        assertThat(pictures).anySatisfy(p -> assertThat(frames).doesNotContain(p.frameNumber()));
        assertThat(frames).isSorted().doesNotHaveDuplicates();
        Await.until("all buffers are back", SOON, () -> session.buffersInUse() == 0);
    }

    /** At one frame in a hundred seconds whoever asked would wait for the next one in vain. */
    @Test
    void showsTheNewestFrameOfASessionThatSeldomLooksAtOne() throws Exception {
        Session session = harness.start(
                camera.withOptions(ScenarioOptions.builder().fps(0.01).build()).command(),
                (spec, c) -> new FakeSource(spec, c, FOREVER, 5_000_000));
        Await.until("the first result", SOON, () -> harness.log.frames().size() == 1);
        listen();
        for (int asked = 1; asked <= 2; asked++) {
            int now = asked;
            watch(session, Duration.ofMillis(1));
            Await.until("a picture at once", SOON, () -> pictures.size() == now);
        }
        assertThat(pictures)
                .extracting(PreviewPicture::frameNumber)
                .containsOnly(harness.log.frames().get(0));
        assertThat(encoded()).isEqualTo(1);

        harness.onContext(() -> {
            session.change(ScenarioOptions.builder().fps(25.0).build());
            return null;
        });
        Await.until("more results", SOON, () -> harness.log.frames().size() > 5);
        watch(session, Duration.ofSeconds(5));
        Await.until("the next frames", SOON, () -> pictures.size() > 4);
        assertThat(pictures.subList(2, 5))
                .extracting(PreviewPicture::frameNumber)
                .doesNotHaveDuplicates()
                .allSatisfy(frame ->
                        assertThat(frame).isGreaterThan(harness.log.frames().get(0)));
        harness.stop(session);
        harness.outcome(session);
    }

    /** What a camera showed before it went away is not what it shows now. */
    @Test
    void keepsNothingOfASourceThatHasGone() throws Exception {
        AtomicInteger opened = new AtomicInteger();
        Session session = harness.start(
                camera.withOptions(ScenarioOptions.builder().fps(0.01).build()).command(), (spec, c) -> {
                    if (opened.incrementAndGet() > 1) {
                        throw new MediaException(SourceFault.UNREACHABLE, "Nobody answers.");
                    }
                    return new FakeSource(spec, c, 200, 5_000_000);
                });
        Await.until("it has gone", SOON, () -> opened.get() > 1);
        assertThat(harness.log.frames()).hasSize(1);
        assertThat(encoded()).isEqualTo(1);
        listen();
        watch(session, Duration.ofMillis(1));
        // On the same way a picture would come on.
        harness.vertx
                .eventBus()
                .publish(
                        address(),
                        new PreviewPicture(
                                camera.command().scenario(), 1, -1, Instant.EPOCH, 0, 1, 1, Buffer.buffer()));
        Await.until("the mark", SOON, () -> !pictures.isEmpty());
        assertThat(pictures).extracting(PreviewPicture::frameNumber).containsExactly(-1L);
        harness.stop(session);
        harness.outcome(session);
    }

    private void listen() throws Exception {
        harness.vertx
                .eventBus()
                .<PreviewPicture>consumer(address(), m -> pictures.add(m.body()))
                .completion()
                .await(5, TimeUnit.SECONDS);
    }

    private String address() {
        return Addresses.preview(camera.command().scenario());
    }

    private void watch(Session session, Duration ttl) throws Exception {
        harness.onContext(() -> {
            session.watch(ttl);
            return null;
        });
    }

    private double encoded() {
        return harness.registry.get("vap_preview_encoded").counter().count();
    }
}
