package dev.vap.runner.simulate;

import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import java.util.Optional;

/**
 * How results are invented.
 *
 * @param fps results a second and session
 * @param haltOn a scenario whose camera URL has this text in it kills the process
 */
public record Simulation(double fps, Optional<String> haltOn) {

    /** Empty unless the settings ask for it. */
    public static Optional<Simulation> from(Settings settings) {
        return settings.get(VapSettings.SIMULATE)
                ? Optional.of(new Simulation(
                        settings.get(VapSettings.SIMULATE_FPS), settings.find(VapSettings.SIMULATE_HALT_ON)))
                : Optional.empty();
    }

    boolean kills(String cameraUrl) {
        return haltOn.isPresent() && cameraUrl.contains(haltOn.get());
    }
}
