package dev.vap.orchestrator.control;

import dev.vap.orchestrator.scenario.Trigger;
import dev.vap.shared.messaging.DeadLetters;
import dev.vap.shared.messaging.Received;
import dev.vap.shared.protocol.RetryMessage;
import dev.vap.shared.protocol.ScenarioCommand;
import dev.vap.shared.protocol.Topics;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;

/**
 * Handles batches of {@code init_scenario} and {@code retry_topic}: messages of one scenario in order, several scenarios
 * at the same time.
 */
public final class CommandIntake {

    /** Scenarios handled at once; each takes a connection of the pool for some milliseconds. */
    private static final int PARALLEL = 4;

    private final ScenarioService service;
    private final DeadLetters deadLetters;
    private final Topics topics;

    public CommandIntake(ScenarioService service, DeadLetters deadLetters, Topics topics) {
        this.service = service;
        this.deadLetters = deadLetters;
        this.topics = topics;
    }

    public Future<Void> onCommands(List<Received> batch) {
        return onBatch(batch, ScenarioCommand::parse, ScenarioCommand::scenario, service::onCommand);
    }

    public Future<Void> onRetries(List<Received> batch) {
        return onBatch(
                batch,
                RetryMessage::parse,
                RetryMessage::scenario,
                m -> service.onMessage(
                        m.messageId(),
                        topics.retry(),
                        m.scenario(),
                        new Trigger.SessionFailed(m.epoch(), m.reason(), m.retryable())));
    }

    private <T> Future<Void> onBatch(
            List<Received> batch,
            Function<String, T> parser,
            Function<T, UUID> scenario,
            Function<T, Future<ScenarioService.Progress>> action) {
        DeadLetters.Parsed<T> parsed = deadLetters.parse(batch, parser);
        Map<UUID, List<T>> byScenario = new LinkedHashMap<>();
        for (T message : parsed.messages()) {
            byScenario
                    .computeIfAbsent(scenario.apply(message), k -> new ArrayList<>())
                    .add(message);
        }
        List<Future<ScenarioService.Progress>> lanes = new ArrayList<>();
        for (int i = 0; i < PARALLEL; i++) {
            lanes.add(Future.succeededFuture());
        }
        int next = 0;
        for (List<T> messages : byScenario.values()) {
            int lane = next++ % PARALLEL;
            Future<ScenarioService.Progress> chain = lanes.get(lane);
            for (T message : messages) {
                chain = chain.compose(v -> action.apply(message));
            }
            lanes.set(lane, chain);
        }
        return Future.join(lanes).compose(v -> parsed.buried());
    }
}
