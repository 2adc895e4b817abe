package dev.vap.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.inference.fixture.FakeModel;
import dev.vap.inference.model.Model;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.testing.Await;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ModelLoadsTest {

    private static final Duration SOON = Duration.ofSeconds(10);

    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final CountDownLatch nativeCall = new CountDownLatch(1);
    private final FakeModel opened = new FakeModel("slow", 1);
    private final List<String> tries = new CopyOnWriteArrayList<>();
    private final List<String> late = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() throws Exception {
        nativeCall.countDown();
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void givesALoadThatHangsUpAndDoesNotTryItAgainBeforeItIsBack() throws Exception {
        ModelLoads loads = loads(Duration.ofMillis(50), () -> {
            nativeCall.await();
            return opened;
        });

        assertHangs(loads, "slow");
        assertHangs(loads, "slow");
        assertThat(tries).as("threads that are lost").containsExactly("slow");

        nativeCall.countDown();

        Await.until("nobody leaks what came too late", SOON, () -> opened.closed.get() == 1);
        assertThat(late).containsExactly("slow");
        assertThat(load(loads, "slow")).isSameAs(opened);
    }

    @Test
    void aLoadThatHangsKeepsNoOtherWaiting() throws Exception {
        ModelLoads loads = loads(SOON, () -> {
            if (tries.size() == 1) {
                nativeCall.await();
            }
            return opened;
        });
        Future<Model> hanging = onContext(() -> loads.load("slow"));
        Await.until("it hangs", SOON, () -> tries.size() == 1);

        assertThat(load(loads, "other")).isSameAs(opened);
        assertThat(hanging.isComplete()).isFalse();
    }

    @Test
    void tellsWhyALoadFailed() {
        ModelLoads loads = loads(SOON, () -> {
            throw new OutOfMemoryError("none left");
        });

        assertThatThrownBy(() -> load(loads, "large")).rootCause().isInstanceOf(OutOfMemoryError.class);
    }

    private void assertHangs(ModelLoads loads, String name) {
        assertThatThrownBy(() -> load(loads, name))
                .rootCause()
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_UNSUPPORTED))
                .hasMessage(
                        "The model \"slow\" was not loaded within 0 s: check its file and what it is to run on, then"
                                + " start the inference service again.");
    }

    private ModelLoads loads(Duration limit, Callable<Model> load) {
        return new ModelLoads(
                vertx,
                context,
                name -> {
                    tries.add(name);
                    try {
                        return load.call();
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                },
                limit,
                late::add);
    }

    private Model load(ModelLoads loads, String name) throws Exception {
        return onContext(() -> loads.load(name))
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    private <T> Future<T> onContext(Callable<Future<T>> action) {
        return Future.future(promise -> context.runOnContext(v -> {
            try {
                action.call().onComplete(promise);
            } catch (Exception e) {
                promise.fail(e);
            }
        }));
    }
}
