package dev.vap.shared.storage;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.VapException;
import java.util.Set;

/**
 * What a change expects of the scenario it was made for, looked at under the lock that the change holds.
 *
 * @param versions one of which the scenario must have; null for any
 */
public record Precondition(Set<Long> versions) {

    /** Whatever the scenario is like. */
    public static final Precondition NONE = new Precondition(null);

    public Precondition {
        versions = versions == null ? null : Set.copyOf(versions);
    }

    public static Precondition of(Set<Long> versions) {
        return new Precondition(versions);
    }

    /**
     * @throws VapException of PRECONDITION_FAILED
     */
    public void check(Scenario scenario) {
        if (versions != null && !versions.contains(scenario.version())) {
            throw new VapException(
                    ErrorCode.PRECONDITION_FAILED,
                    "Scenario " + scenario.id() + " has changed meanwhile: read it again, then repeat the change.");
        }
    }
}
