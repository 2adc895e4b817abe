package dev.vap.shared.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.shared.domain.AddressRules;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.domain.SourceUrl;
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

    private static final String FAULTS =
            "not_found, refused, unreachable, timeout, unauthorized, not_a_video, no_video_stream, unsupported_codec,"
                    + " unsupported_transport, empty, corrupt, too_large, not_allowed, ended, tls, io";

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
        environment.put("KAFKA_PARTITIONS", "3");
        environment.put("MODEL_DIR", "/m");
        environment.put("MEDIA_ROOT", "/v");
        environment.put("RUNNER_ID", "r1");
        environment.put("SOURCE_CA_FILE", "/ca.pem");
        environment.put("SIMULATE_HALT_ON", "poison");
        environment.put("CLUSTER_KUBERNETES_SERVICE", "vap.default.svc.cluster.local");
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
                "MAX_WORKERS | 100000 | MAX_WORKERS (options) must be a whole number from 1 to 10000, not \"100000\".",
                "MAX_WORKERS | 1001 | MAX_WORKERS (1001) must be at most 1000 unless SIMULATE is true: a real session needs a"
                        + " thread of its own; start more runners instead.",
                "LOG_LEVEL | loud | LOG_LEVEL (options) must be one of debug, error, info, trace, warn, not \"loud\".",
                "RUNNER_LEASE | 2 | RUNNER_LEASE (options) must be a duration from 500ms to 5m, such as 500ms, 2s, 5m, 1h or"
                        + " 30d, not \"2\".",
                "VIDEO_FPS | -1 | VIDEO_FPS (options) must be a number from 0 to 1000, not \"-1\".",
                "DATABASE_URL | mysql://u:secret@h/db | DATABASE_URL (options) must be a URL such as"
                        + " postgresql://user:password@host:5432/vap.",
                "KAFKA_BOOTSTRAP_SERVERS | host | KAFKA_BOOTSTRAP_SERVERS (options) must be a list such as"
                        + " host1:9092,host2:9092, not \"host\".",
                "SOURCE_SCHEMES | rtsp,ftp | SOURCE_SCHEMES (options) must be a list of file, rtsp, rtsps, onvif, http, https,"
                        + " rtmp, rtmps, srt, udp, rtp, v4l2, not \"rtsp,ftp\".",
                "SOURCE_SCHEMES | , | SOURCE_SCHEMES (options) must be a list of at least one kind of source, not \",\".",
                "SOURCE_GIVE_UP | not_found | SOURCE_GIVE_UP (options) must be a list such as"
                        + " not_found=20,unauthorized=10 of faults (" + FAULTS + ") and attempts of at least 1, not"
                        + " \"not_found\".",
                "SOURCE_GIVE_UP | bored=3 | SOURCE_GIVE_UP (options) must be a list such as"
                        + " not_found=20,unauthorized=10 of faults (" + FAULTS + ") and attempts of at least 1, not"
                        + " \"bored=3\".",
                "SOURCE_GIVE_UP | interrupted=3 | SOURCE_GIVE_UP (options) must be a list such as"
                        + " not_found=20,unauthorized=10 of faults (" + FAULTS + ") and attempts of at least 1, not"
                        + " \"interrupted=3\".",
                "SOURCE_GIVE_UP | not_found=0 | SOURCE_GIVE_UP (options) must be a list such as"
                        + " not_found=20,unauthorized=10 of faults (" + FAULTS + ") and attempts of at least 1, not"
                        + " \"not_found=0\".",
                "SOURCE_ALLOW_ADDRESSES | 10.0.0.0/8,cam | SOURCE_ALLOW_ADDRESSES (options) must be a list of addresses"
                        + " and networks such as 169.254.10.0/24, not \"10.0.0.0/8,cam\".",
                "SOURCE_CONNECT_TIMEOUT | 1 | SOURCE_CONNECT_TIMEOUT (options) must be a duration from 100ms to 5m, such"
                        + " as 500ms, 2s, 5m, 1h or 30d, not \"1\".",
                "SOURCE_ATTEMPTS_PER_MINUTE | 0 | SOURCE_ATTEMPTS_PER_MINUTE (options) must be a whole number from 1 to"
                        + " 100000, not \"0\".",
                "VIDEO_MAX_PIXELS | 0 | VIDEO_MAX_PIXELS (options) must be a whole number from 1 to 715000000, not \"0\".",
                "MEDIA_MAX_BYTES | 0 | MEDIA_MAX_BYTES (options) must be a number of bytes, such as 500m or 10g, not"
                        + " \"0\".",
                "MEDIA_MAX_BYTES | 2000t | MEDIA_MAX_BYTES (options) must be a number of bytes, such as 500m or 10g, not"
                        + " \"2000t\".",
                "MEDIA_MAX_BYTES | 1.5g | MEDIA_MAX_BYTES (options) must be a number of bytes, such as 500m or 10g, not"
                        + " \"1.5g\".",
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
    void readsWhatSourcesMayBe() {
        Settings s = Settings.of(Map.of(
                "SOURCE_SCHEMES",
                "RTSP, file",
                "SOURCE_GIVE_UP",
                " unauthorized=10 ,not_found=3",
                "SOURCE_ALLOW_ADDRESSES",
                "169.254.10.0/24",
                "VIDEO_MAX_PIXELS",
                "100"));
        assertThat(s.get(VapSettings.SOURCE_SCHEMES))
                .containsExactlyInAnyOrder(SourceUrl.Scheme.RTSP, SourceUrl.Scheme.FILE);
        assertThat(s.get(VapSettings.SOURCE_GIVE_UP))
                .isEqualTo(Map.of(SourceFault.UNAUTHORIZED, 10, SourceFault.NOT_FOUND, 3));
        AddressRules rules = s.get(VapSettings.SOURCE_ALLOW_ADDRESSES);
        assertThat(rules.refusal(AddressRules.literal("169.254.10.1").orElseThrow()))
                .isEmpty();
        assertThat(rules.refusal(AddressRules.literal("169.254.1.1").orElseThrow()))
                .isPresent();
        assertThat(s.get(VapSettings.VIDEO_MAX_PIXELS)).isEqualTo(100L);
    }

    @Test
    void allowsEveryKindOfSourceAndGivesUpSparinglyByDefault() {
        Settings s = Settings.of(Map.of());
        assertThat(s.get(VapSettings.SOURCE_SCHEMES)).containsExactly(SourceUrl.Scheme.values());
        assertThat(s.get(VapSettings.SOURCE_GIVE_UP))
                .containsEntry(SourceFault.NOT_FOUND, 20)
                .containsEntry(SourceFault.NOT_ALLOWED, 1)
                .doesNotContainKeys(SourceFault.TIMEOUT, SourceFault.UNAUTHORIZED);
        assertThat(Settings.of(Map.of("SOURCE_GIVE_UP", "")).get(VapSettings.SOURCE_GIVE_UP))
                .as("nothing is given up")
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "500k, 512000", "10M, 10485760", "10g, 10737418240", "1024t, 1125899906842624"})
    void readsBytes(String text, long bytes) {
        assertThat(Settings.of(Map.of("MEDIA_MAX_BYTES", text)).get(VapSettings.MEDIA_MAX_BYTES))
                .isEqualTo(bytes);
    }

    @Test
    void allowsARunnerThatSimulatesMoreWorkers() {
        Settings s = Settings.of(Map.of("MAX_WORKERS", "10000", "SIMULATE", "true"));
        assertThat(s.get(VapSettings.MAX_WORKERS)).isEqualTo(10_000);
    }

    @Test
    void checksAgainWhatIsReplaced() {
        Settings good = Settings.of(Map.of());
        assertThatThrownBy(() -> good.with(Map.of("RUNNER_LEASE", "1s"))).isInstanceOf(ConfigException.class);
        Settings quick = Settings.of(Map.of("RUNNER_HEARTBEAT", "100ms"));
        assertThat(quick.with(Map.of("RUNNER_LEASE", "1s")).get(VapSettings.RUNNER_LEASE))
                .isEqualTo(Duration.ofSeconds(1));
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
