package dev.vap.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CleanupTest {

    private final List<String> closed = new ArrayList<>();
    private final Cleanup cleanup = new Cleanup();

    @Test
    void closesInReverseAndAFailureSkipsNothing() {
        cleanup.add("first", () -> done("first"));
        cleanup.add("second", () -> {
            throw new IllegalStateException("thrown");
        });
        cleanup.add("third", () -> Future.failedFuture("failed"));
        cleanup.add("fourth", () -> done("fourth"));

        assertThat(cleanup.run().succeeded()).isTrue();
        assertThat(closed).containsExactly("fourth", "first");
    }

    @Test
    void doingItTwiceIsHarmless() {
        cleanup.add("part", () -> done("part"));

        cleanup.run();

        assertThat(cleanup.run().succeeded()).isTrue();
        assertThat(closed).containsExactly("part");
    }

    private Future<Void> done(String name) {
        closed.add(name);
        return Future.succeededFuture();
    }
}
