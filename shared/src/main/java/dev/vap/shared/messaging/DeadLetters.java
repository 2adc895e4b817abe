package dev.vap.shared.messaging;

import dev.vap.shared.protocol.MessageFormatException;
import dev.vap.shared.protocol.Topics;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where messages go that can't be read: {@code <topic>.dlq}, with the reason; so they never block their partition. */
public final class DeadLetters {

    private static final Logger LOG = LoggerFactory.getLogger(DeadLetters.class);
    private static final int SHOWN = 10_000;

    private final KafkaPublisher publisher;
    private final MeterRegistry registry;

    public DeadLetters(KafkaPublisher publisher, MeterRegistry registry) {
        this.publisher = publisher;
        this.registry = registry;
    }

    /** The messages of a batch that can be read, and a future that completes once the others are in the dead-letter topic. */
    public record Parsed<T>(List<T> messages, Future<Void> buried) {}

    public <T> Parsed<T> parse(List<Received> batch, Function<String, T> parser) {
        List<T> messages = new ArrayList<>(batch.size());
        Future<Void> buried = Future.succeededFuture();
        for (Received record : batch) {
            try {
                messages.add(parser.apply(record.value()));
            } catch (MessageFormatException e) {
                buried = Future.all(buried, bury(record, e.getMessage())).mapEmpty();
            }
        }
        return new Parsed<>(messages, buried);
    }

    /** Completes once the broker has it. */
    public Future<Void> bury(Received record, String reason) {
        LOG.warn(
                "message {}/{}@{} goes to {}: {}",
                record.topic(),
                record.partition(),
                record.offset(),
                Topics.deadLetter(record.topic()),
                reason);
        registry.counter("vap_messages_dead", "topic", record.topic()).increment();
        String value = record.value();
        JsonObject letter = new JsonObject()
                .put("topic", record.topic())
                .put("partition", record.partition())
                .put("offset", record.offset())
                .put("reason", reason)
                .put("value", value == null || value.length() <= SHOWN ? value : value.substring(0, SHOWN));
        return publisher.send(Topics.deadLetter(record.topic()), record.key(), letter.encode());
    }
}
