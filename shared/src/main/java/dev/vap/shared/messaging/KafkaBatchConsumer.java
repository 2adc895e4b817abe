package dev.vap.shared.messaging;

import dev.vap.shared.runtime.Backoff;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A member of a consumer group: one poll thread over kafka-clients. A batch goes to the handler on the context that
 * started this consumer; its offsets are committed by the poll thread after the handler's future has succeeded, at once or
 * within {@value #COMMIT_EVERY_MILLIS} ms while more messages come, so a crash repeats messages and never loses one. While a batch is handled the partitions are paused and polling goes on, so that a
 * slow handler does not cost the membership; a handler that fails gets the same batch again, with growing pauses.
 *
 * <p>Partitions taken away while their batch is being handled are not committed: the next owner repeats it, and what the
 * handler writes is idempotent.
 */
public final class KafkaBatchConsumer {

    private static final Logger LOG = LoggerFactory.getLogger(KafkaBatchConsumer.class);
    private static final Duration POLL = Duration.ofMillis(250);
    /**
     * While messages keep coming. The broker writes every commit to a topic, which costs it more than a message; but a refused
     * commit is also how a busy member learns at once of a rebalance, and not with its next heartbeat.
     */
    private static final long COMMIT_EVERY_MILLIS = 100;

    private static final Backoff RETRY = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5), 0.2);

    private final Context context;
    private final String name;
    private final String topic;
    private final BatchHandler handler;
    private final Properties properties;
    /** Made by its own thread: making one loads hundreds of classes and looks up names. */
    private volatile KafkaConsumer<String, byte[]> consumer;

    private final Thread thread;
    private final AtomicBoolean closing = new AtomicBoolean();
    private final Promise<Void> closed = Promise.promise();
    private final CountDownLatch never = new CountDownLatch(1);
    /** Confined to the poll thread, like the consumer. */
    private final Set<TopicPartition> lostMeanwhile = new HashSet<>();
    /** Handled; confined to the poll thread. */
    private final Map<TopicPartition, OffsetAndMetadata> uncommitted = new HashMap<>();

    private long committedAt = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(COMMIT_EVERY_MILLIS);

    private final Random random = new Random();

    private KafkaBatchConsumer(
            Context context, KafkaConfig config, String group, String topic, int maxBatch, BatchHandler handler) {
        this.context = context;
        this.name = group + "-" + topic;
        this.topic = topic;
        this.handler = handler;
        Properties p = config.common();
        p.put("group.id", group);
        p.put("enable.auto.commit", "false");
        p.put("auto.offset.reset", "earliest");
        p.put("session.timeout.ms", "6000");
        // Members learn with their next heartbeat that another one has come or gone.
        p.put("heartbeat.interval.ms", "500");
        p.put("max.poll.records", String.valueOf(maxBatch));
        p.put("fetch.min.bytes", "1");
        p.put("metadata.max.age.ms", "5000");
        p.put("allow.auto.create.topics", "false");
        p.put("partition.assignment.strategy", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");
        this.properties = p;
        this.thread = new Thread(this::run, name + "-poll");
        this.thread.setDaemon(true);
    }

    /**
     * @param group without the topic prefix; the prefix is put before it
     * @param maxBatch records handed over at once, at most
     */
    public static KafkaBatchConsumer start(
            Vertx vertx, KafkaConfig config, String group, String topic, int maxBatch, BatchHandler handler) {
        KafkaBatchConsumer consumer = new KafkaBatchConsumer(
                vertx.getOrCreateContext(), config, config.topics().prefix() + group, topic, maxBatch, handler);
        consumer.thread.start();
        return consumer;
    }

    /** Leaves the group; a batch being handled is not waited for, and will be repeated elsewhere. */
    public Future<Void> close() {
        if (closing.compareAndSet(false, true)) {
            wakeUp();
            never.countDown();
        }
        return closed.future();
    }

    private void run() {
        try {
            int failures = 0;
            while (!closing.get()) {
                try {
                    if (consumer == null) {
                        subscribe();
                    }
                    pollOnce();
                    failures = 0;
                } catch (WakeupException | org.apache.kafka.common.errors.InterruptException e) {
                    // Closing; the loop's condition sees it.
                    Thread.interrupted();
                } catch (KafkaException | IllegalStateException e) {
                    failures++;
                    LOG.warn("{}: {}; trying again", name, e.toString());
                    pause(RETRY.delay(failures, random));
                }
            }
        } finally {
            Thread.interrupted();
            if (consumer != null) {
                leave();
            }
            closed.complete();
        }
    }

    /** Whatever becomes of the commit: a member that does not say good-bye keeps its partitions from others for seconds. */
    private void leave() {
        commitLast();
        try {
            consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(2)));
        } catch (KafkaException e) {
            LOG.debug("{}: closing", name, e);
        }
    }

    /** What can't be committed will be repeated to the next owner, for whom that is harmless. */
    private void commitLast() {
        try {
            try {
                commit();
            } catch (WakeupException e) {
                // That of close(), which came while nothing was waited for; it is spent now.
                commit();
            }
        } catch (KafkaException e) {
            LOG.debug("{}: the last offsets could not be committed", name, e);
        }
    }

    private void subscribe() {
        KafkaConsumer<String, byte[]> made =
                new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
        made.subscribe(List.of(topic), new Rebalance());
        consumer = made;
    }

    private void wakeUp() {
        KafkaConsumer<String, byte[]> made = consumer;
        if (made != null) {
            made.wakeup();
        }
    }

    private void pollOnce() {
        ConsumerRecords<String, byte[]> records = consumer.poll(POLL);
        if (records.isEmpty()) {
            commit();
            return;
        }
        List<Received> batch = new ArrayList<>(records.count());
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (ConsumerRecord<String, byte[]> r : records) {
            String value = r.value() == null ? null : new String(r.value(), StandardCharsets.UTF_8);
            batch.add(new Received(r.topic(), r.partition(), r.offset(), r.key(), value));
            offsets.put(new TopicPartition(r.topic(), r.partition()), new OffsetAndMetadata(r.offset() + 1));
        }
        lostMeanwhile.clear();
        if (handleUntilDone(batch)) {
            offsets.keySet().removeAll(lostMeanwhile);
            uncommitted.putAll(offsets);
            if (System.nanoTime() - committedAt >= TimeUnit.MILLISECONDS.toNanos(COMMIT_EVERY_MILLIS)) {
                commit();
            }
        }
    }

    /** During a rebalance the broker takes no commits; polling on ends it, and what is left is committed after that. */
    private void commit() {
        if (uncommitted.isEmpty()) {
            return;
        }
        try {
            consumer.commitSync(uncommitted, Duration.ofSeconds(5));
            uncommitted.clear();
            committedAt = System.nanoTime();
        } catch (RebalanceInProgressException e) {
            LOG.debug("{}: committing after the rebalance", name, e);
        }
    }

    /** False if this consumer is being closed before the batch was handled. */
    private boolean handleUntilDone(List<Received> batch) {
        for (int attempt = 1; !closing.get(); attempt++) {
            Throwable failure = handleOnce(batch);
            if (failure == null) {
                return true;
            }
            if (!closing.get()) {
                LOG.warn("{}: {} messages wait, handling failed: {}", name, batch.size(), failure.toString());
                keepPolling(RETRY.delay(attempt, random).toNanos(), () -> false);
            }
        }
        return false;
    }

    private Throwable handleOnce(List<Received> batch) {
        CountDownLatch done = new CountDownLatch(1);
        Throwable[] failure = new Throwable[1];
        context.runOnContext(v -> Future.future((Promise<Void> p) -> {
                    try {
                        handler.handle(batch).onComplete(p);
                    } catch (RuntimeException e) {
                        p.fail(e);
                    }
                })
                .onComplete(result -> {
                    failure[0] = result.cause();
                    done.countDown();
                    wakeIfPolling();
                }));
        // Most batches are done within milliseconds: wait for that long before the ceremony of pausing.
        if (awaitBriefly(done)) {
            return failure[0];
        }
        keepPolling(Long.MAX_VALUE, () -> done.getCount() == 0);
        return done.getCount() == 0 ? failure[0] : new IllegalStateException("closed");
    }

    private volatile boolean pollingWhilePaused;

    private void wakeIfPolling() {
        if (pollingWhilePaused) {
            wakeUp();
        }
    }

    private boolean awaitBriefly(CountDownLatch done) {
        try {
            return done.await(100, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            return done.getCount() == 0;
        }
    }

    /** Keeps the membership of the group without taking records, for so long or until the condition holds. */
    private void keepPolling(long nanos, java.util.function.BooleanSupplier until) {
        long start = System.nanoTime();
        consumer.pause(consumer.assignment());
        pollingWhilePaused = true;
        try {
            while (!closing.get() && !until.getAsBoolean() && System.nanoTime() - start < nanos) {
                long left = nanos - (System.nanoTime() - start);
                try {
                    consumer.poll(Duration.ofNanos(Math.min(left, POLL.toNanos())));
                    // Partitions that came with a rebalance start unpaused.
                    consumer.pause(consumer.assignment());
                } catch (WakeupException | org.apache.kafka.common.errors.InterruptException e) {
                    Thread.interrupted();
                }
            }
        } finally {
            pollingWhilePaused = false;
            consumer.resume(consumer.assignment());
        }
    }

    private void pause(Duration time) {
        try {
            if (never.await(time.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.debug("{}: closing", name);
            }
        } catch (InterruptedException e) {
            LOG.debug("{}: interrupted", name);
        }
    }

    private final class Rebalance implements ConsumerRebalanceListener {

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            lostMeanwhile.addAll(partitions);
            // The last moment in which this member may commit for them.
            commitLast();
            uncommitted.keySet().removeAll(partitions);
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            lostMeanwhile.addAll(partitions);
            uncommitted.keySet().removeAll(partitions);
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            LOG.debug("{}: has {}", name, consumer.assignment());
        }
    }
}
