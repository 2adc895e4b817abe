package dev.vap.shared.storage;

import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.ScenarioStatus;
import dev.vap.shared.protocol.ScenarioCommand;
import dev.vap.shared.protocol.StatusChanged;
import java.time.Instant;

/**
 * A scenario to be created, and the messages that tell of it.
 *
 * @param changed without the scenario's number, which is not known yet
 */
record NewMessages(NewScenario wanted, ScenarioCommand command, StatusChanged changed) {

    static NewMessages of(NewScenario wanted) {
        Scenario draft = wanted.scenario(0, Instant.EPOCH);
        return new NewMessages(
                wanted,
                ScenarioCommand.of(Ids.next(), ScenarioCommand.Kind.START, draft, null),
                Scenarios.changed(draft, null, ScenarioStatus.INIT_STARTUP, null, 0, "api", Instant.now()));
    }
}
