package dev.vap.shared.domain;

import static dev.vap.shared.domain.ScenarioStatus.ACTIVE;
import static dev.vap.shared.domain.ScenarioStatus.INACTIVE;
import static dev.vap.shared.domain.ScenarioStatus.INIT_SHUTDOWN;
import static dev.vap.shared.domain.ScenarioStatus.INIT_STARTUP;
import static dev.vap.shared.domain.ScenarioStatus.IN_SHUTDOWN_PROCESSING;
import static dev.vap.shared.domain.ScenarioStatus.IN_STARTUP_PROCESSING;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ScenarioStatusTest {

    @Test
    void allowsExactlyTheTransitionsOfTheDesign() {
        Set<String> allowed = new HashSet<>();
        for (ScenarioStatus from : ScenarioStatus.values()) {
            for (ScenarioStatus to : ScenarioStatus.values()) {
                if (from.mayBecome(to)) {
                    allowed.add(from + ">" + to);
                }
            }
        }
        assertThat(allowed)
                .containsExactlyInAnyOrder(
                        INACTIVE + ">" + INIT_STARTUP,
                        INIT_STARTUP + ">" + IN_STARTUP_PROCESSING,
                        IN_STARTUP_PROCESSING + ">" + ACTIVE,
                        IN_STARTUP_PROCESSING + ">" + IN_STARTUP_PROCESSING,
                        ACTIVE + ">" + IN_STARTUP_PROCESSING,
                        INIT_STARTUP + ">" + INIT_SHUTDOWN,
                        IN_STARTUP_PROCESSING + ">" + INIT_SHUTDOWN,
                        ACTIVE + ">" + INIT_SHUTDOWN,
                        INIT_SHUTDOWN + ">" + IN_SHUTDOWN_PROCESSING,
                        IN_SHUTDOWN_PROCESSING + ">" + INACTIVE);
    }

    @Test
    void readsBackWhatItWrites() {
        for (ScenarioStatus status : ScenarioStatus.values()) {
            assertThat(ScenarioStatus.fromWire(status.wire())).contains(status);
        }
        assertThat(ScenarioStatus.fromWire("ACTIVE")).isEmpty();
        assertThat(ScenarioStatus.fromWire("running")).isEmpty();
    }
}
