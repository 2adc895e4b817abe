package dev.vap.api.inbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.messaging.Received;
import dev.vap.shared.protocol.ResultMessage;
import dev.vap.shared.storage.Ids;
import dev.vap.shared.storage.Results;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ResultsInboxTest {

    private static final UUID SCENARIO = Ids.next();

    private final FakeStore store = new FakeStore();
    private final Map<Long, String> buried = new LinkedHashMap<>();
    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final ResultsInbox inbox = new ResultsInbox(store, this::bury, registry);

    /** Refuses some frames for their content, or everything for being away. */
    private static final class FakeStore implements ResultsInbox.Store {
        final List<Long> stored = new ArrayList<>();
        Set<Long> refused = Set.of();
        Throwable outage;
        int calls;

        @Override
        public Future<Results.Outcome> store(List<ResultMessage> batch) {
            calls++;
            if (outage != null) {
                return Future.failedFuture(outage);
            }
            List<Long> frames = batch.stream().map(ResultMessage::frameNumber).toList();
            if (frames.stream().anyMatch(refused::contains)) {
                return Future.failedFuture(new VapException(
                        ErrorCode.CONTENT_REFUSED,
                        "PostgreSQL refuses it: unsupported Unicode escape sequence (22P05)"));
            }
            stored.addAll(frames);
            return Future.succeededFuture(new Results.Outcome(batch.size(), 1, 2, 3));
        }
    }

    @Test
    void storesABatchAtOnceAndCountsWhatBecameOfIt() {
        assertThat(inbox.handle(frames(1, 5)).succeeded()).isTrue();

        assertThat(store.calls).isEqualTo(1);
        assertThat(store.stored).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(registry.counter("vap_results_stored").count()).isEqualTo(5);
        assertThat(registry.counter("vap_results_stale").count()).isEqualTo(1);
        assertThat(registry.counter("vap_results_repeated").count()).isEqualTo(2);
        assertThat(registry.counter("vap_results_unknown").count()).isEqualTo(3);
    }

    @Test
    void buriesOnlyTheRowsThatPostgresRefusesAndKeepsTheOrder() {
        store.refused = Set.of(3L, 4L, 900L);

        assertThat(inbox.handle(frames(1, 1000)).succeeded()).isTrue();

        assertThat(buried.keySet()).containsExactly(3L, 4L, 900L);
        assertThat(buried.get(3L)).isEqualTo("PostgreSQL refuses it: unsupported Unicode escape sequence (22P05)");
        assertThat(store.stored).hasSize(997).isSorted();
        assertThat(store.calls).isLessThan(100);
    }

    @Test
    void keepsTheBatchDuringAnOutage() {
        store.outage = new VapException(ErrorCode.STORE_UNAVAILABLE, "away");

        assertThat(inbox.handle(frames(1, 5)).cause()).isSameAs(store.outage);
        assertThat(buried).isEmpty();
        assertThat(store.calls).isEqualTo(1);
    }

    @Test
    void keepsTheBatchWhenTheFaultIsNotInARow() {
        store.outage = new IllegalStateException("ERROR: no partition of relation found for row (23514)");

        assertThat(inbox.handle(frames(1, 1)).failed()).isTrue();
        assertThat(buried).isEmpty();
    }

    @Test
    void buriesWhatCannotBeReadAndStoresTheRest() {
        List<Received> batch = new ArrayList<>(frames(1, 2));
        batch.add(1, record(70, "not json"));
        batch.add(record(71, null));
        batch.add(record(72, message(8).toJson().put("width", 1L << 40).encode()));
        batch.add(record(
                73,
                message(9).toJson().put("timestamp", "+200000-01-01T00:00:00Z").encode()));
        batch.add(record(74, message(10).toJson().put("v", 99).encode()));

        assertThat(inbox.handle(batch).succeeded()).isTrue();

        assertThat(store.stored).containsExactly(1L, 2L);
        assertThat(buried)
                .containsExactly(
                        Map.entry(70L, "the message is not a JSON object"),
                        Map.entry(71L, "the message is empty"),
                        Map.entry(72L, "field \"width\" is out of range"),
                        Map.entry(73L, "field \"timestamp\" is not within the years 1 to 9999"),
                        Map.entry(74L, "message version 99 is newer than 1"));
    }

    @Test
    void keepsTheBatchWhileItsDeadLettersCannotBeWritten() {
        ResultsInbox without = new ResultsInbox(
                store,
                (record, reason) -> Future.failedFuture(new VapException(ErrorCode.BROKER_UNAVAILABLE, "away")),
                registry);

        assertThat(without.handle(List.of(record(1, "not json"))).failed()).isTrue();
    }

    private Future<Void> bury(Received record, String reason) {
        buried.put(record.offset(), reason);
        return Future.succeededFuture();
    }

    private static List<Received> frames(long first, long last) {
        return LongStream.rangeClosed(first, last)
                .mapToObj(n -> record(n, message(n).toJson().encode()))
                .toList();
    }

    private static Received record(long offset, String value) {
        return new Received("results", 0, offset, SCENARIO.toString(), value);
    }

    private static ResultMessage message(long frame) {
        return new ResultMessage(
                Ids.next(), SCENARIO, 1, frame, Instant.EPOCH, 0, 0, 640, 480, "mock", "mock", 1, List.of());
    }
}
