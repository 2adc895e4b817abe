package dev.vap.api.inbox;

import dev.vap.shared.messaging.DeadLetters;
import dev.vap.shared.messaging.KafkaBatchConsumer;
import dev.vap.shared.messaging.KafkaConfig;
import dev.vap.shared.storage.Results;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/** The consumers of the API, on an event loop of their own: parsing a full batch must not delay an HTTP answer. */
public final class InboxVerticle extends VerticleBase {

    private static final int RESULTS_BATCH = 1_000;
    private static final int STATUS_BATCH = 500;

    private final KafkaConfig kafka;
    private final Results results;
    private final DeadLetters deadLetters;
    private final MeterRegistry registry;
    private KafkaBatchConsumer resultsConsumer;
    private KafkaBatchConsumer statusConsumer;

    public InboxVerticle(KafkaConfig kafka, Results results, DeadLetters deadLetters, MeterRegistry registry) {
        this.kafka = kafka;
        this.results = results;
        this.deadLetters = deadLetters;
        this.registry = registry;
    }

    @Override
    public Future<?> start() {
        ResultsInbox inbox = new ResultsInbox(results::store, deadLetters::bury, registry);
        StatusInbox status = new StatusInbox(deadLetters, vertx.eventBus());
        // The clients' constructors load classes and look up hosts; batches come to this verticle's context all the
        // same.
        return vertx.executeBlocking(
                () -> {
                    resultsConsumer = KafkaBatchConsumer.start(
                            vertx, kafka, "api-results", kafka.topics().results(), RESULTS_BATCH, inbox);
                    statusConsumer = KafkaBatchConsumer.start(
                            vertx, kafka, "api-status", kafka.topics().scenarios(), STATUS_BATCH, status);
                    return null;
                },
                true);
    }

    @Override
    public Future<?> stop() {
        return Future.join(close(resultsConsumer), close(statusConsumer));
    }

    private static Future<Void> close(KafkaBatchConsumer consumer) {
        return consumer == null ? Future.succeededFuture() : consumer.close();
    }
}
