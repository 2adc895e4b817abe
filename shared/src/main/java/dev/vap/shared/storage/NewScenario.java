package dev.vap.shared.storage;

import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.ScenarioStatus;
import java.time.Instant;
import java.util.UUID;

/**
 * A scenario to be created.
 *
 * @param name null for none
 * @param cameraUrl with its credentials
 */
public record NewScenario(UUID uuid, String name, String cameraUrl, String model, ScenarioOptions options) {

    /** As it is once it was created. */
    Scenario scenario(long id, Instant created) {
        return new Scenario(
                uuid,
                id,
                name,
                cameraUrl,
                ScenarioStatus.INIT_STARTUP,
                null,
                0,
                1,
                model,
                options,
                0,
                created,
                created);
    }

    @Override
    public String toString() {
        return "new scenario " + uuid;
    }
}
