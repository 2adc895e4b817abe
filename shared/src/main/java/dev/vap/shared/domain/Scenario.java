package dev.vap.shared.domain;

import java.time.Instant;
import java.util.UUID;

/**
 * A row of {@code scenarios}.
 *
 * @param name what its users call it; null for none
 * @param cameraUrl with its credentials: only the runner may see it; show {@link #shownUrl()} to everyone else
 * @param version grows with every change; the guard of every update
 */
public record Scenario(
        UUID uuid,
        long id,
        String name,
        String cameraUrl,
        ScenarioStatus status,
        String statusReason,
        long epoch,
        long version,
        String model,
        ScenarioOptions options,
        int attempt,
        Instant createdAt,
        Instant updatedAt) {

    public String shownUrl() {
        return Redact.url(cameraUrl);
    }

    @Override
    public String toString() {
        return "scenario " + id + " (" + uuid + ", " + status.wire() + ", " + shownUrl() + ")";
    }
}
