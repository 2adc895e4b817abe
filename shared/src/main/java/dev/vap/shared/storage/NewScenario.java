package dev.vap.shared.storage;

import dev.vap.shared.domain.ScenarioOptions;
import java.util.UUID;

/**
 * A scenario to be created.
 *
 * @param name null for none
 * @param cameraUrl with its credentials
 */
public record NewScenario(UUID uuid, String name, String cameraUrl, String model, ScenarioOptions options) {

    @Override
    public String toString() {
        return "new scenario " + uuid;
    }
}
