package dev.vap.shared.messaging;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads all partitions of a topic from now on, without a group and without commits: for messages that are also reconciled
 * by other means. Records go one by one, in order, to the context that started it; no more than a hundred of them
 * wait there, so that a burst does not hold up its timers.
 *
 * <p>An outage of the broker leaves no gap. There is one when the broker no longer has what comes next, because it was
 * deleted or the topic was made anew: reading goes on at the end then, and whoever started it is told.
 */
public final class KafkaTail {

    private static final Logger LOG = LoggerFactory.getLogger(KafkaTail.class);
    private static final Duration POLL = Duration.ofMillis(500);
    private static final int MAX_WAITING = 100;
    private static final long PAUSE_NANOS = 500_000_000L;

    private final Context context;
    private final String topic;
    private final Consumer<Received> handler;
    private final Runnable onGap;
    private final Properties properties;
    /** Made by its own thread: making one loads hundreds of classes and looks up names. */
    private volatile KafkaConsumer<String, byte[]> consumer;

    private final Thread thread;
    private final AtomicBoolean closing = new AtomicBoolean();
    private final Promise<Void> ready = Promise.promise();
    private final Promise<Void> closed = Promise.promise();

    private KafkaTail(Context context, KafkaConfig config, String topic, Consumer<Received> handler, Runnable onGap) {
        this.context = context;
        this.topic = topic;
        this.handler = handler;
        this.onGap = onGap;
        Properties p = config.common();
        p.put("enable.auto.commit", "false");
        p.put("auto.offset.reset", "none");
        p.put("fetch.min.bytes", "1");
        p.put("max.poll.records", String.valueOf(MAX_WAITING));
        p.put("allow.auto.create.topics", "false");
        this.properties = p;
        this.thread = new Thread(this::run, "tail-" + topic);
        this.thread.setDaemon(true);
    }

    public static KafkaTail start(Vertx vertx, KafkaConfig config, String topic, Consumer<Received> handler) {
        return start(vertx, config, topic, handler, () -> {});
    }

    /**
     * @param onGap called, in order with the records, whenever some before the next one may have been missed; at the very
     *     start as well
     */
    public static KafkaTail start(
            Vertx vertx, KafkaConfig config, String topic, Consumer<Received> handler, Runnable onGap) {
        KafkaTail tail = new KafkaTail(vertx.getOrCreateContext(), config, topic, handler, onGap);
        tail.thread.start();
        return tail;
    }

    /** Completes once records written from then on are seen. While Kafka is away it stays open. */
    public Future<Void> ready() {
        return ready.future();
    }

    public Future<Void> close() {
        if (closing.compareAndSet(false, true)) {
            KafkaConsumer<String, byte[]> made = consumer;
            if (made != null) {
                made.wakeup();
            }
            LockSupport.unpark(thread);
        }
        return closed.future();
    }

    private void run() {
        try {
            boolean positioned = false;
            while (!closing.get()) {
                try {
                    if (consumer == null) {
                        consumer =
                                new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
                    }
                    if (!positioned) {
                        positioned = position();
                    } else {
                        deliver(consumer.poll(POLL));
                    }
                } catch (WakeupException | InterruptException | InterruptedException e) {
                    LOG.debug("tail of {}: woken", topic);
                } catch (InvalidOffsetException e) {
                    LOG.warn("what comes next in {} is gone; reading goes on at its end", topic);
                    positioned = false;
                } catch (KafkaException | IllegalStateException e) {
                    LOG.debug("tail of {}: {}", topic, e.toString());
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
            }
        } finally {
            try {
                if (consumer != null) {
                    consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(2)));
                }
            } catch (KafkaException e) {
                LOG.debug("tail of {}: closing", topic, e);
            }
            ready.tryFail("closed");
            closed.complete();
        }
    }

    private boolean position() {
        List<PartitionInfo> partitions = consumer.partitionsFor(topic, POLL);
        if (partitions == null || partitions.isEmpty()) {
            LockSupport.parkNanos(PAUSE_NANOS / 5);
            return false;
        }
        List<TopicPartition> all = partitions.stream()
                .map(p -> new TopicPartition(p.topic(), p.partition()))
                .toList();
        consumer.assign(all);
        consumer.seekToEnd(all);
        all.forEach(p -> consumer.position(p, Duration.ofSeconds(5)));
        context.runOnContext(v -> onGap.run());
        ready.tryComplete();
        return true;
    }

    private void deliver(ConsumerRecords<String, byte[]> records) throws InterruptedException {
        if (records.isEmpty()) {
            return;
        }
        records.forEach(this::deliver);
        CountDownLatch handled = new CountDownLatch(1);
        context.runOnContext(v -> handled.countDown());
        boolean done = false;
        while (!done && !closing.get()) {
            done = handled.await(POLL.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void deliver(ConsumerRecord<String, byte[]> r) {
        String value = r.value() == null ? null : new String(r.value(), StandardCharsets.UTF_8);
        Received received = new Received(r.topic(), r.partition(), r.offset(), r.key(), value);
        context.runOnContext(v -> handler.accept(received));
    }
}
