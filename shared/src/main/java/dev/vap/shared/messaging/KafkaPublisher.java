package dev.vap.shared.messaging;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An idempotent producer ({@code acks=all}) with a bounded number of records on their way. Messages of one key are
 * delivered in the order of {@link #send}. Thread-safe.
 *
 * <p>The producer blocks its caller while it has no metadata, so it is called from one thread of its own.
 */
public final class KafkaPublisher {

    private static final Logger LOG = LoggerFactory.getLogger(KafkaPublisher.class);
    /** The records of a burst are handed over one by one within this time, and the first one must not leave alone. */
    private static final String LINGER_IN_BURST_MILLIS = "1";

    private final Vertx vertx;
    private final int maxPending;
    private final AtomicInteger pending = new AtomicInteger();
    private final ThreadPoolExecutor sender;
    private final Properties properties;
    /** Confined to the sender thread. */
    private final Bursts bursts;
    /** Made by the sender thread: making one loads hundreds of classes and looks up names. */
    private volatile KafkaProducer<String, byte[]> producer;

    /** Records are sent at once. */
    public KafkaPublisher(Vertx vertx, KafkaConfig config, String name, int maxPending, Duration deliveryDeadline) {
        this(vertx, config, name, maxPending, Duration.ZERO, deliveryDeadline);
    }

    /**
     * @param name of the thread and the client
     * @param maxPending records handed over and not acknowledged; more are refused with BROKER_UNAVAILABLE
     * @param interval from one burst of records to the next, which then share a request; a record after a pause goes at once
     * @param deliveryDeadline a record not acknowledged by then has failed
     */
    public KafkaPublisher(
            Vertx vertx,
            KafkaConfig config,
            String name,
            int maxPending,
            Duration interval,
            Duration deliveryDeadline) {
        this.vertx = vertx;
        this.maxPending = maxPending;
        this.bursts = new Bursts(interval.toNanos(), System.nanoTime());
        this.sender =
                new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(maxPending + 1), work -> {
                    Thread thread = new Thread(work, name + "-kafka");
                    thread.setDaemon(true);
                    return thread;
                });
        Properties p = config.common();
        p.put("client.id", name);
        p.put("acks", "all");
        p.put("enable.idempotence", "true");
        p.put("linger.ms", interval.isZero() ? "0" : LINGER_IN_BURST_MILLIS);
        p.put("delivery.timeout.ms", String.valueOf(deliveryDeadline.toMillis()));
        p.put("request.timeout.ms", String.valueOf(Math.min(10_000, deliveryDeadline.toMillis())));
        p.put("max.block.ms", String.valueOf(deliveryDeadline.toMillis()));
        p.put("buffer.memory", String.valueOf(32 << 20));
        this.properties = p;
        sender.execute(this::connectEarly);
    }

    /**
     * Completes with the broker's acknowledgement, on the caller's context. Fails with BROKER_UNAVAILABLE after the
     * deadline, or at once if too many records are on their way.
     */
    public Future<Void> send(String topic, String key, String value) {
        Promise<Void> promise = Promise.promise();
        Future<Void> result = onCallersContext(promise);
        if (pending.incrementAndGet() > maxPending) {
            done(promise, tooMany());
            return result;
        }
        try {
            sender.execute(() -> sendNow(topic, key, value, promise));
        } catch (RejectedExecutionException e) {
            done(promise, unavailable(e));
        }
        return result;
    }

    /** Records handed over and not acknowledged yet. */
    public int pending() {
        return pending.get();
    }

    /** Waits, at most {@code timeout}, for what is on its way; harmless when repeated. */
    public Future<Void> close(Duration timeout) {
        return vertx.executeBlocking(
                () -> {
                    sender.shutdown();
                    if (!sender.awaitTermination(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                        sender.shutdownNow();
                    }
                    KafkaProducer<String, byte[]> made = producer;
                    if (made != null) {
                        made.close(timeout);
                    }
                    return null;
                },
                false);
    }

    private void connectEarly() {
        try {
            producer();
        } catch (KafkaException e) {
            LOG.debug("no producer yet; the first message tries again", e);
        }
    }

    /** On the sender thread only. */
    private KafkaProducer<String, byte[]> producer() {
        if (producer == null) {
            producer = new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
        }
        return producer;
    }

    private void sendNow(String topic, String key, String value, Promise<Void> promise) {
        awaitBurst();
        try {
            byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
            // Its own future tells the same as the callback.
            var unused = producer()
                    .send(
                            new ProducerRecord<>(topic, key, bytes),
                            (metadata, e) -> done(promise, e == null ? null : unavailable(e)));
        } catch (KafkaException | IllegalStateException e) {
            done(promise, unavailable(e));
        }
        bursts.sent(!sender.getQueue().isEmpty(), System.nanoTime());
    }

    /** On the sender thread; what comes meanwhile waits in its queue, and closing cuts it short. */
    private void awaitBurst() {
        long delay;
        while (!Thread.currentThread().isInterrupted() && (delay = bursts.delay(System.nanoTime())) > 0) {
            LockSupport.parkNanos(this, delay);
        }
    }

    private void done(Promise<Void> promise, Throwable failure) {
        pending.decrementAndGet();
        if (failure == null) {
            promise.complete();
        } else {
            promise.fail(failure);
        }
    }

    private <T> Future<T> onCallersContext(Promise<T> promise) {
        var context = Vertx.currentContext();
        if (context == null) {
            return promise.future();
        }
        Promise<T> there = Promise.promise();
        promise.future().onComplete(result -> context.runOnContext(v -> there.handle(result)));
        return there.future();
    }

    private static VapException tooMany() {
        return new VapException(
                ErrorCode.BROKER_UNAVAILABLE, "Too many messages wait for Kafka: it is slow or can't be reached.");
    }

    private static VapException unavailable(Throwable e) {
        return new VapException(ErrorCode.BROKER_UNAVAILABLE, "Kafka can't be reached at the moment.", e);
    }
}
