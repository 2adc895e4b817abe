package dev.vap.shared.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {

    @TempDir
    Path dir;

    @Test
    void hasDefaults() {
        Settings s = Settings.of(Map.of());
        assertThat(s.get(VapSettings.HTTP_PORT)).isEqualTo(8080);
        assertThat(s.get(VapSettings.HTTP_HOST)).isEqualTo("127.0.0.1");
        assertThat(s.get(VapSettings.RUNNER_LEASE)).isEqualTo(Duration.ofSeconds(2));
        assertThat(s.find(VapSettings.DATABASE_URL)).isEmpty();
        assertThat(s.modelDir()).isEqualTo(s.get(VapSettings.DATA_DIR).resolve("models"));
        assertThat(s.mediaRoot()).isEqualTo(s.get(VapSettings.DATA_DIR).resolve("media"));
    }

    @Test
    void optionsBeatTheFileAndTheFileBeatsTheEnvironment() throws IOException {
        Path file = Files.writeString(dir.resolve("vap.conf"), "# comment\nHTTP_PORT=2\nMAX_WORKERS=2\n");
        Map<String, String> environment =
                Map.of("HTTP_PORT", "1", "MAX_WORKERS", "1", "VIDEO_FPS", "1", "PATH", "/bin");
        Settings s = Settings.load(environment, Optional.of(file), Map.of("HTTP_PORT", "3"));
        assertThat(s.get(VapSettings.HTTP_PORT)).isEqualTo(3);
        assertThat(s.get(VapSettings.MAX_WORKERS)).isEqualTo(2);
        assertThat(s.get(VapSettings.VIDEO_FPS)).isEqualTo(1);
    }

    @Test
    void everyKeyIsReadFromTheEnvironment() {
        Map<String, String> environment = new HashMap<>();
        environment.put("DATABASE_URL", "postgresql://u:p@h:5432/vap");
        environment.put("KAFKA_BOOTSTRAP_SERVERS", "h:9092");
        environment.put("MODEL_DIR", "/m");
        environment.put("MEDIA_ROOT", "/v");
        environment.put("RUNNER_ID", "r1");
        environment.put("SIMULATE_HALT_ON", "halt");
        environment.put("CLUSTER_KUBERNETES_SERVICE", "vap.default.svc");
        environment.put("EVENT_BUS_HOST", "10.0.0.1");
        environment.put("EVENT_BUS_TLS_KEYSTORE", "/k.p12");
        environment.put("EVENT_BUS_TLS_TRUSTSTORE", "/t.p12");
        environment.put("EVENT_BUS_TLS_PASSWORD", "secret");
        for (Setting<?> setting : VapSettings.ALL) {
            if (setting.defaultText() != null) {
                environment.put(setting.key(), setting.defaultText());
            }
        }
        environment.put("KAFKA_TOPIC_PREFIX", "x.");
        Settings s = Settings.load(environment, Optional.empty(), Map.of());
        for (Setting<?> setting : VapSettings.ALL) {
            assertThat(s.find(setting)).as(setting.key()).isPresent();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "HTTP_PORT | x | HTTP_PORT (options) must be a whole number from 0 to 65535, not \"x\".",
                "HTTP_PORT | 70000 | HTTP_PORT (options) must be a whole number from 0 to 65535, not \"70000\".",
                "MAX_WORKERS | 0 | MAX_WORKERS (options) must be a whole number from 1 to 10000, not \"0\".",
                "LOG_LEVEL | loud | LOG_LEVEL (options) must be one of debug, error, info, trace, warn, not \"loud\".",
                "RUNNER_LEASE | 2 | RUNNER_LEASE (options) must be a duration from 500ms to 5m, such as 500ms, 2s, 5m, 1h or"
                        + " 30d, not \"2\".",
                "VIDEO_FPS | -1 | VIDEO_FPS (options) must be a number from 0 to 1000, not \"-1\".",
                "DATABASE_URL | mysql://u:secret@h/db | DATABASE_URL (options) must be a URL such as"
                        + " postgresql://user:password@host:5432/vap.",
                "KAFKA_BOOTSTRAP_SERVERS | host | KAFKA_BOOTSTRAP_SERVERS (options) must be a list such as"
                        + " host1:9092,host2:9092, not \"host\".",
                "HTTP_PROT | 1 | HTTP_PROT (options) is not a setting; did you mean HTTP_PORT? Every setting is in the"
                        + " README.",
                "NONSENSE_KEY | 1 | NONSENSE_KEY (options) is not a setting; the README lists them all.",
                "RUNNER_HEARTBEAT | 1s | RUNNER_HEARTBEAT (1s) must be at most a third of RUNNER_LEASE (2s), or one lost"
                        + " message would look like a lost runner.",
            })
    void saysWhatIsWrong(String key, String value, String message) {
        assertThatThrownBy(() -> Settings.of(Map.of(key, value)))
                .isInstanceOfSatisfying(
                        ConfigException.class, e -> assertThat(e.problems()).isEqualTo(List.of(message)));
    }

    @Test
    void tellsAllProblemsAtOnce() {
        assertThatThrownBy(() -> Settings.of(Map.of("HTTP_PORT", "x", "MAX_WORKERS", "0", "TYPO", "1")))
                .isInstanceOfSatisfying(
                        ConfigException.class, e -> assertThat(e.problems()).hasSize(3));
    }

    @Test
    void saysThatTheFileCantBeRead() {
        assertThatThrownBy(() -> Settings.load(Map.of(), Optional.of(dir.resolve("none")), Map.of()))
                .hasMessage(
                        "The config file " + dir.resolve("none") + " can't be read: give a file of KEY=value lines.");
    }

    @Test
    void saysWhichSettingIsNeeded() {
        assertThatThrownBy(() -> Settings.of(Map.of()).get(VapSettings.DATABASE_URL))
                .hasMessage("DATABASE_URL is not set: give it in the environment, in the --config file or as"
                        + " --database-url.");
    }
}
