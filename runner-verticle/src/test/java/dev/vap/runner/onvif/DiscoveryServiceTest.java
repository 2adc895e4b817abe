package dev.vap.runner.onvif;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.runner.decode.Cancellation;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.BusErrors;
import dev.vap.shared.protocol.DiscoverReport;
import dev.vap.shared.protocol.DiscoverReport.Device;
import dev.vap.shared.protocol.DiscoverRequest;
import dev.vap.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DiscoveryServiceTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Device CAMERA = new Device("onvif://10.0.0.1", "http://10.0.0.1/x", "Door", null, null);

    private final Vertx vertx = Vertx.vertx();
    private final List<Duration> searches = new CopyOnWriteArrayList<>();
    private final CountDownLatch release = new CountDownLatch(1);
    private volatile boolean hold;
    private volatile RuntimeException failure;
    private final DiscoveryService service = new DiscoveryService(vertx, this::search, "runner-1");

    @BeforeEach
    void start() {
        await(onContext(service::start));
    }

    @AfterEach
    void close() {
        release.countDown();
        await(vertx.close());
    }

    private List<Device> search(Duration wait, Cancellation cancellation) {
        searches.add(wait);
        if (failure != null) {
            throw failure;
        }
        while (hold && release.getCount() > 0 && !cancellation.isCancelled()) {
            try {
                release.await(5, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return List.of();
            }
        }
        return List.of(CAMERA);
    }

    private <T> Future<T> onContext(Supplier<Future<T>> work) {
        return Future.future(promise ->
                vertx.getOrCreateContext().runOnContext(go -> work.get().onComplete(promise)));
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(LONG.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    private Future<DiscoverReport> ask(JsonObject request) {
        return vertx.eventBus()
                .<JsonObject>request(Addresses.DISCOVER, request)
                .map(reply -> DiscoverReport.fromJson(reply.body()));
    }

    private Future<DiscoverReport> ask(long waitMillis) {
        return ask(new DiscoverRequest(waitMillis).toJson());
    }

    @Test
    void answersWithWhatWasFound() {
        assertThat(await(ask(2000))).isEqualTo(new DiscoverReport(List.of(CAMERA), "runner-1"));
        assertThat(await(ask(2000)).devices()).hasSize(1);
        assertThat(searches).containsExactly(Duration.ofSeconds(2), Duration.ofSeconds(2));
    }

    @Test
    void boundsTheWait() {
        await(ask(0));
        await(ask(-5));
        await(ask(Long.MAX_VALUE));

        assertThat(searches).containsExactly(Duration.ofMillis(100), Duration.ofMillis(100), Duration.ofSeconds(30));
    }

    @Test
    void whoAsksDuringASearchGetsItsResult() {
        hold = true;
        Future<DiscoverReport> first = ask(2000);
        Await.until("the search", LONG, () -> searches.size() == 1);
        Future<DiscoverReport> second = ask(3000);
        Future<DiscoverReport> third = ask(3000);
        // A round trip of the bus: those before have been heard.
        assertThatThrownBy(() -> await(ask(new JsonObject().put("v", 1)))).isInstanceOf(CompletionException.class);
        release.countDown();

        assertThat(await(first)).isEqualTo(await(second)).isEqualTo(await(third));
        assertThat(searches).hasSize(1);
    }

    @Test
    void saysThatARequestIsNone() {
        for (JsonObject request :
                List.of(new JsonObject(), new JsonObject().put("v", 1).put("wait_ms", "x"))) {
            assertThatThrownBy(() -> await(ask(request))).satisfies(e -> {
                VapException error = BusErrors.from(e.getCause(), ErrorCode.INTERNAL, "runner");
                assertThat(error.code()).isEqualTo(ErrorCode.INVALID_VALUE);
                assertThat(error).hasMessage("A request for discovery is wanted here.");
            });
        }
    }

    @Test
    void aFailedSearchIsNotForEver() {
        failure = new IllegalStateException("inner detail");
        assertThatThrownBy(() -> await(ask(1000)))
                .cause()
                .hasMessageStartingWith("internal ")
                .hasMessageNotContaining("inner detail");

        failure = null;
        assertThat(await(ask(1000)).devices()).hasSize(1);
    }

    @Test
    void closingEndsASearchAndIsHarmlessWhenRepeated() {
        hold = true;
        Future<DiscoverReport> running = ask(30_000);
        Await.until("the search", LONG, () -> searches.size() == 1);

        await(onContext(service::close));
        await(onContext(service::close));

        assertThat(await(running).devices()).hasSize(1);
        assertThatThrownBy(() -> await(ask(1000))).isInstanceOf(CompletionException.class);
        await(new DiscoveryService(vertx, this::search, "never started").close());
    }
}
