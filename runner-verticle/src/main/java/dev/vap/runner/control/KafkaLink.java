package dev.vap.runner.control;

import dev.vap.runner.session.ResultLog;
import dev.vap.runner.time.Timers;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.messaging.KafkaConfig;
import dev.vap.shared.messaging.KafkaPublisher;
import dev.vap.shared.messaging.KafkaTail;
import dev.vap.shared.messaging.Received;
import dev.vap.shared.messaging.TopicSetup;
import dev.vap.shared.protocol.RetryMessage;
import dev.vap.shared.runtime.Backoff;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The runner's two ends of Kafka: results and failures go out, commands come in. Comes up in the background, however long the
 * broker takes to appear. Confined to the runner's context.
 *
 * <p>The delivery deadline is as long as Kafka lets it be (weeks): within it the idempotent producer repeats by itself, in
 * order and without duplicates, whatever happens to the broker. A shorter one would fail a record and let the next one pass,
 * and the readers of the topic drop what comes behind a newer frame. So a result fails only if it is too large, and the
 * bounds are kept in front of the producer: {@link #hasRoom()} is false before the producer would refuse.
 */
public final class KafkaLink implements ResultLog {

    private static final Logger LOG = LoggerFactory.getLogger(KafkaLink.class);
    private static final Duration NEVER = Duration.ofMillis(Integer.MAX_VALUE);

    /**
     * From one burst of results to the next. Browsers get theirs over the event bus, so those in Kafka may wait a little: with
     * a request for every frame the broker, its clients and the inbox took 1.3 ms of CPU a frame, a twelfth of what the model
     * takes.
     */
    private static final Duration BURST_INTERVAL = Duration.ofMillis(35);

    private static final Backoff RETRY = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(2), 0.2);
    private static final int MAX_RESULTS = 65_536;
    /** One for every session of the largest runner, and then some. */
    private static final int MAX_FAILURES = 16_384;

    private final Vertx vertx;
    private final KafkaConfig config;
    private final Timers timers;
    private final String name;
    private final int maxResults;
    private final Consumer<Received> onCommand;
    private final Runnable onGap;
    private final Random random = new Random();
    private final ArrayDeque<RetryMessage> failures = new ArrayDeque<>();
    private final Promise<Void> listening = Promise.promise();
    private KafkaPublisher publisher;
    private KafkaTail tail;
    private boolean sendingFailure;
    private boolean closed;

    /**
     * @param name of the client, for the broker's logs
     * @param maxResults on their way, over all sessions
     * @param onGap called whenever commands before the next one may have been missed; at the very start as well
     */
    public KafkaLink(
            Vertx vertx,
            KafkaConfig config,
            Timers timers,
            String name,
            int maxResults,
            Consumer<Received> onCommand,
            Runnable onGap) {
        this.vertx = vertx;
        this.config = config;
        this.timers = timers;
        this.name = name;
        this.maxResults = Math.min(maxResults, MAX_RESULTS);
        this.onCommand = onCommand;
        this.onGap = onGap;
    }

    /** Returns at once. */
    public void start() {
        TopicSetup.ensure(vertx, config);
        connect(
                "producer",
                1,
                () -> new KafkaPublisher(vertx, config, name, maxResults + MAX_FAILURES, BURST_INTERVAL, NEVER),
                this::publishWith);
        connect(
                "consumer",
                1,
                () -> KafkaTail.start(vertx, config, config.topics().toDeploy(), onCommand, onGap),
                this::listenWith);
    }

    /** Making a client resolves the brokers' names, which blocks, and fails as long as there is no such name. */
    private <T> void connect(String what, int attempt, Callable<T> client, Consumer<T> use) {
        vertx.executeBlocking(client, false).onSuccess(use::accept).onFailure(e -> {
            if (closed) {
                return;
            }
            if (attempt == 1) {
                LOG.warn("no Kafka {} yet, trying again: {}", what, e.getMessage());
            }
            timers.after(RETRY.delay(attempt, random), () -> connect(what, attempt + 1, client, use));
        });
    }

    private void publishWith(KafkaPublisher made) {
        if (closed) {
            made.close(Duration.ZERO);
            return;
        }
        publisher = made;
        sendFailures();
    }

    private void listenWith(KafkaTail made) {
        tail = made;
        if (closed) {
            made.close();
            return;
        }
        made.ready().onSuccess(listening::tryComplete);
    }

    /** Completes once commands sent from then on are seen. Stays open while Kafka is away. */
    public Future<Void> listening() {
        return listening.future();
    }

    @Override
    public boolean hasRoom() {
        return publisher != null && !closed && publisher.pending() < maxResults;
    }

    @Override
    public Future<Void> append(UUID scenario, String json) {
        if (publisher == null) {
            return Future.failedFuture(
                    new VapException(ErrorCode.BROKER_UNAVAILABLE, "Kafka can't be reached at the moment."));
        }
        return publisher
                .send(config.topics().results(), scenario.toString(), json)
                .recover(e -> Future.failedFuture(explain(e)));
    }

    private static Throwable explain(Throwable e) {
        if (e.getCause() instanceof RecordTooLargeException) {
            return new VapException(
                    ErrorCode.PAYLOAD_TOO_LARGE,
                    "A frame has more detections than fit into a Kafka message: raise \"confidence\" or name"
                            + " \"classes\".",
                    e);
        }
        return e;
    }

    /** Sends it sooner or later; the oldest is given up when too many wait. */
    public void report(RetryMessage failure) {
        if (failures.size() >= MAX_FAILURES) {
            failures.remove();
        }
        failures.add(failure);
        sendFailures();
    }

    private void sendFailures() {
        RetryMessage next = failures.peek();
        if (publisher == null || next == null || sendingFailure || closed) {
            return;
        }
        sendingFailure = true;
        publisher
                .send(
                        config.topics().retry(),
                        next.scenario().toString(),
                        next.toJson().encode())
                .onComplete(done -> {
                    sendingFailure = false;
                    if (done.succeeded()) {
                        failures.removeFirstOccurrence(next);
                        sendFailures();
                    } else {
                        timers.after(RETRY.delay(3, random), this::sendFailures);
                    }
                });
    }

    /** Waits, at most {@code timeout}, for what is on its way. */
    public Future<Void> close(Duration timeout) {
        closed = true;
        Future<Void> tailClosed = tail == null ? Future.succeededFuture() : tail.close();
        Future<Void> publisherClosed = publisher == null ? Future.succeededFuture() : publisher.close(timeout);
        return Future.join(tailClosed, publisherClosed).mapEmpty();
    }
}
