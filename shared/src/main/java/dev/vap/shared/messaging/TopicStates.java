package dev.vap.shared.messaging;

import dev.vap.shared.protocol.Topics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How full the topics are and how far behind their readers. Kafka is asked every {@link #FRESH} at most, once at a time, and only
 * while somebody wants to know. Confined to the context that makes it; Kafka is asked on worker threads.
 */
public final class TopicStates {

    private static final Logger LOG = LoggerFactory.getLogger(TopicStates.class);

    static final Duration FRESH = Duration.ofSeconds(3);

    private static final long PATIENCE_MILLIS = 2_000;
    private static final int MAX_GROUPS = 100;

    private final Vertx vertx;
    private final KafkaConfig config;
    private final LongSupplier nanos;
    private Future<List<Topic>> asked;
    private long askedAt;
    private boolean closed;

    /** Made by the first question; used and closed on worker threads, one at a time. */
    private Admin admin;

    /**
     * A topic.
     *
     * @param messages kept at the moment, of all partitions
     */
    public record Topic(String name, int partitions, long messages, List<Group> groups) {}

    /**
     * A group that has read in it.
     *
     * @param lag messages not read yet
     */
    public record Group(String name, long lag) {}

    /**
     * @param nanos a monotonic clock
     */
    public TopicStates(Vertx vertx, KafkaConfig config, LongSupplier nanos) {
        this.vertx = vertx;
        this.config = config;
        this.nanos = nanos;
    }

    /** The topics there are, by name; null while Kafka can't be reached. Never fails. */
    public Future<List<Topic>> all() {
        if (closed) {
            return Future.succeededFuture();
        }
        boolean old = asked == null || (asked.isComplete() && nanos.getAsLong() - askedAt > FRESH.toNanos());
        if (old) {
            asked = vertx.executeBlocking(this::ask, true)
                    .otherwise(e -> {
                        LOG.debug("asking Kafka for its topics failed", e);
                        return null;
                    })
                    .onComplete(done -> askedAt = nanos.getAsLong());
        }
        return asked;
    }

    public Future<Void> close() {
        closed = true;
        return vertx.executeBlocking(
                () -> {
                    if (admin != null) {
                        admin.close(Duration.ofMillis(500));
                    }
                    return null;
                },
                true);
    }

    private List<Topic> ask() throws Exception {
        if (admin == null) {
            admin = Admin.create(config.common());
        }
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        TreeSet<String> names = new TreeSet<>();
        config.topics().all().forEach(topic -> {
            names.add(topic);
            names.add(Topics.deadLetter(topic));
        });
        names.retainAll(get(admin.listTopics().names(), deadline));
        Map<String, TopicDescription> topics = get(admin.describeTopics(names).allTopicNames(), deadline);
        List<TopicPartition> partitions = new ArrayList<>();
        topics.forEach((name, topic) ->
                topic.partitions().forEach(p -> partitions.add(new TopicPartition(name, p.partition()))));
        Map<TopicPartition, OffsetSpec> first = new HashMap<>();
        Map<TopicPartition, OffsetSpec> last = new HashMap<>();
        partitions.forEach(p -> {
            first.put(p, OffsetSpec.earliest());
            last.put(p, OffsetSpec.latest());
        });
        var begins = admin.listOffsets(first).all();
        var ends = admin.listOffsets(last).all();
        Map<String, Map<TopicPartition, OffsetAndMetadata>> read = committed(deadline);
        Map<TopicPartition, ListOffsetsResult.ListOffsetsResultInfo> begin = get(begins, deadline);
        Map<TopicPartition, ListOffsetsResult.ListOffsetsResultInfo> end = get(ends, deadline);
        List<Topic> all = new ArrayList<>();
        for (String name : names) {
            List<TopicPartition> own =
                    partitions.stream().filter(p -> p.topic().equals(name)).toList();
            long messages = own.stream()
                    .mapToLong(p -> end.get(p).offset() - begin.get(p).offset())
                    .sum();
            List<Group> groups = new ArrayList<>();
            read.forEach((group, offsets) -> {
                if (own.stream().anyMatch(p -> offsets.get(p) != null)) {
                    long lag = own.stream()
                            .mapToLong(p -> lag(
                                    offsets.get(p),
                                    begin.get(p).offset(),
                                    end.get(p).offset()))
                            .sum();
                    groups.add(new Group(group, lag));
                }
            });
            all.add(new Topic(name, own.size(), messages, groups));
        }
        return all;
    }

    /** Where nothing was committed, all that is kept is still to be read. */
    private static long lag(OffsetAndMetadata committed, long begin, long end) {
        return Math.max(0, end - (committed == null ? begin : Math.max(begin, committed.offset())));
    }

    /** By group, in the order of their names; only groups of this installation. */
    private Map<String, Map<TopicPartition, OffsetAndMetadata>> committed(long deadline) throws Exception {
        List<String> groups = get(
                        admin.listGroups(ListGroupsOptions.forConsumerGroups()).all(), deadline)
                .stream()
                .map(GroupListing::groupId)
                .filter(id -> id.startsWith(config.topics().prefix()))
                .sorted()
                .limit(MAX_GROUPS)
                .toList();
        Map<String, ListConsumerGroupOffsetsSpec> specs = new HashMap<>();
        groups.forEach(group -> specs.put(group, new ListConsumerGroupOffsetsSpec()));
        return specs.isEmpty()
                ? Map.of()
                : new java.util.TreeMap<>(
                        get(admin.listConsumerGroupOffsets(specs).all(), deadline));
    }

    private static <T> T get(KafkaFuture<T> future, long deadline) throws Exception {
        return future.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    }
}
