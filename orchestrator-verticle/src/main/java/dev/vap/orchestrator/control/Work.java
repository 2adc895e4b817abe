package dev.vap.orchestrator.control;

import dev.vap.orchestrator.scenario.Trigger;
import io.vertx.core.Promise;
import java.util.UUID;

/**
 * Something to be done about a scenario.
 *
 * @param trigger what happened; null: only take it as far as it goes
 * @param messageId of the Kafka message it came with, which may come twice; null if it came another way, and then whoever
 *     brought it brings it again if need be
 * @param sinceNanos monotonic; when it was asked for
 */
record Work(
        UUID scenario,
        Trigger trigger,
        UUID messageId,
        String topic,
        long sinceNanos,
        Promise<ScenarioService.Outcome> done) {

    boolean isMessage() {
        return messageId != null;
    }
}
