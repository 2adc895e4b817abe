package dev.vap.shared.messaging;

import dev.vap.shared.runtime.Backoff;
import dev.vap.shared.storage.AdvisoryLock;
import dev.vap.shared.storage.Outbox;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes outbox rows in id order and marks them after the broker's acknowledgement. Any number of processes run one;
 * the holder of a PostgreSQL advisory lock works, the others try for the lock every half second. A crash between
 * acknowledgement and mark repeats messages, which their {@code message_id} makes harmless.
 *
 * <p>Confined to the context that starts it.
 */
public final class OutboxRelay {

    private static final Logger LOG = LoggerFactory.getLogger(OutboxRelay.class);
    private static final int BATCH = 500;
    private static final long POLL_MILLIS = 1_000;
    private static final long PRUNE_MILLIS = 60_000;
    private static final Backoff RETRY = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(2), 0.2);

    private final Vertx vertx;
    private final Outbox outbox;
    private final AdvisoryLock lock;
    private final KafkaPublisher publisher;
    private final Counter published;
    private final Random random = new Random();

    private boolean running;
    private boolean again;
    private boolean closed;
    private int failures;
    private long pollTimer = -1;
    private long pruneTimer = -1;

    public OutboxRelay(
            Vertx vertx, Outbox outbox, AdvisoryLock lock, KafkaPublisher publisher, MeterRegistry registry) {
        this.vertx = vertx;
        this.outbox = outbox;
        this.lock = lock;
        this.publisher = publisher;
        this.published = registry.counter("vap_outbox_published");
    }

    public void start() {
        lock.start(this::wake);
        pollTimer = vertx.setPeriodic(POLL_MILLIS, t -> wake());
        pruneTimer = vertx.setPeriodic(PRUNE_MILLIS, t -> {
            if (lock.held()) {
                outbox.prune().onFailure(e -> LOG.debug("pruning the outbox", e));
            }
        });
    }

    public Future<Void> close() {
        closed = true;
        vertx.cancelTimer(pollTimer);
        vertx.cancelTimer(pruneTimer);
        return lock.close();
    }

    private void wake() {
        if (closed || !lock.held()) {
            return;
        }
        if (running) {
            again = true;
            return;
        }
        running = true;
        again = false;
        publishBatch().onComplete(result -> {
            running = false;
            if (result.failed()) {
                failures++;
                if (failures == 1 || failures % 30 == 0) {
                    LOG.warn("the outbox waits: {}", result.cause().getMessage());
                }
                vertx.setTimer(RETRY.delay(failures, random).toMillis(), t -> wake());
                return;
            }
            if (failures > 0) {
                LOG.info("the outbox is being published again");
                failures = 0;
            }
            if (result.result() == BATCH || again) {
                wake();
            }
        });
    }

    private Future<Integer> publishBatch() {
        return outbox.unpublished(BATCH).compose(entries -> {
            if (entries.isEmpty()) {
                return Future.succeededFuture(0);
            }
            List<Future<Void>> sent = entries.stream()
                    .map(e -> publisher.send(e.topic(), e.key(), e.payload()))
                    .toList();
            // All must be acknowledged before any is marked: a hole would be published out of order later.
            return Future.join(sent)
                    .compose(done -> outbox.markPublished(
                            entries.stream().map(Outbox.Entry::id).toList()))
                    .map(done -> {
                        published.increment(entries.size());
                        return entries.size();
                    });
        });
    }
}
