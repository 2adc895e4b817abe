package dev.vap.shared.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CloserTest {

    private final List<String> closed = new ArrayList<>();
    private final Closer closer = new Closer(Duration.ofSeconds(5));

    @Test
    void closesInReverseAndSkipsNothing() {
        closer.add("first", () -> note("first"));
        closer.add("second", () -> {
            throw new IllegalStateException("broken");
        });
        closer.add("third", () -> Future.failedFuture("failed"));
        closer.add("fourth", () -> note("fourth"));
        assertThat(closer.close().succeeded()).isTrue();
        assertThat(closed).containsExactly("fourth", "first");
    }

    @Test
    void closesOnceAndWhatComesLateAtOnce() {
        closer.add("first", () -> note("first"));
        assertThat(closer.close().succeeded()).isTrue();
        assertThat(closer.close().succeeded()).isTrue();
        closer.add("late", () -> note("late"));
        assertThat(closed).containsExactly("first", "late");
    }

    private Future<Void> note(String name) {
        closed.add(name);
        return Future.succeededFuture();
    }
}
