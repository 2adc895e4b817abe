package dev.vap.orchestrator.control;

import dev.vap.orchestrator.scenario.Trigger;
import dev.vap.shared.messaging.DeadLetters;
import dev.vap.shared.messaging.Received;
import dev.vap.shared.protocol.RetryMessage;
import dev.vap.shared.protocol.ScenarioCommand;
import dev.vap.shared.protocol.Topics;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Function;

/** Hands on batches of {@code init_scenario} and {@code retry_topic}: what can't be read goes to the dead letters. */
public final class CommandIntake {

    private final ScenarioService service;
    private final DeadLetters deadLetters;
    private final Topics topics;

    public CommandIntake(ScenarioService service, DeadLetters deadLetters, Topics topics) {
        this.service = service;
        this.deadLetters = deadLetters;
        this.topics = topics;
    }

    public Future<Void> onCommands(List<Received> batch) {
        return onBatch(batch, ScenarioCommand::parse, service::onCommand);
    }

    public Future<Void> onRetries(List<Received> batch) {
        return onBatch(
                batch,
                RetryMessage::parse,
                m -> service.onMessage(
                        m.messageId(),
                        topics.retry(),
                        m.scenario(),
                        new Trigger.SessionFailed(m.epoch(), m.reason(), m.retryable())));
    }

    /** Done once every message is. */
    private <T> Future<Void> onBatch(
            List<Received> batch, Function<String, T> parser, Function<T, Future<ScenarioService.Outcome>> action) {
        DeadLetters.Parsed<T> parsed = deadLetters.parse(batch, parser);
        return Future.join(parsed.messages().stream().map(action).toList()).compose(v -> parsed.buried());
    }
}
