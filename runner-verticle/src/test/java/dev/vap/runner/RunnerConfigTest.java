package dev.vap.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.runner.session.SessionConfig;
import dev.vap.shared.config.Settings;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RunnerConfigTest {

    private static final Map<String, String> NEEDED = Map.of("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092");

    @Test
    void hasDefaults() {
        RunnerConfig config = RunnerConfig.from(Settings.of(NEEDED), "box", new Random(1));
        assertThat(config.runnerId()).matches("box-[0-9a-f]{6}");
        assertThat(config.maxWorkers()).isEqualTo(16);
        assertThat(config.lease()).isEqualTo(Duration.ofSeconds(2));
        assertThat(config.heartbeat()).isEqualTo(Duration.ofMillis(500));
        assertThat(config.session().liveFps()).isEqualTo(5);
        assertThat(config.session().fileTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.session().maxUnacknowledged()).isEqualTo(256);
    }

    @Test
    void takesItsIdFromTheSettingsOrAnAcceptableOneFromTheHost() {
        Settings named = Settings.of(NEEDED).with(Map.of("RUNNER_ID", "gate-3"));
        assertThat(RunnerConfig.from(named, "box", new Random(1)).runnerId()).isEqualTo("gate-3");
        assertThat(RunnerConfig.from(Settings.of(NEEDED), "büro pc", new Random(1))
                        .runnerId())
                .matches("b-ro-pc-[0-9a-f]{6}");
        assertThat(RunnerConfig.from(Settings.of(NEEDED), "", new Random(1)).runnerId())
                .matches("runner-[0-9a-f]{6}");
    }

    @Test
    void keepsEveryCoreBusyWithOneFile() {
        assertThat(SessionConfig.from(Settings.of(NEEDED), 2).fileInFlight()).isEqualTo(4);
        assertThat(SessionConfig.from(Settings.of(NEEDED), 128).fileInFlight()).isEqualTo(16);
    }

    @Test
    void refusesAHeartbeatTooSlowForItsLease() {
        RunnerConfig good = RunnerConfig.from(Settings.of(NEEDED), "box", new Random(1));
        assertThatThrownBy(() -> new RunnerConfig(
                        "x",
                        "box",
                        1,
                        Duration.ofSeconds(1),
                        Duration.ofMillis(400),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(5),
                        good.kafka(),
                        good.session()))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
