package dev.vap.orchestrator;

import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import java.time.Duration;

/**
 * @param lease of runners
 * @param timer how often leases and deadlines are looked at
 * @param stopDeadline a stop not confirmed by then is taken as done
 */
public record OrchestratorConfig(
        Duration lease,
        Duration timer,
        Duration stopDeadline,
        int maxAttempts,
        int quarantineAfter,
        int retentionDays) {

    public static OrchestratorConfig from(Settings settings) {
        return new OrchestratorConfig(
                settings.get(VapSettings.RUNNER_LEASE),
                settings.get(VapSettings.RUNNER_HEARTBEAT),
                settings.get(VapSettings.STOP_DEADLINE),
                settings.get(VapSettings.START_ATTEMPTS),
                settings.get(VapSettings.QUARANTINE_AFTER),
                settings.get(VapSettings.RESULTS_RETENTION_DAYS));
    }
}
