package dev.vap.shared.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.shared.config.ConfigException;
import dev.vap.shared.config.Settings;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventBusConfigTest {

    private static final String PASSWORD = "correct horse";

    @TempDir
    static Path dir;

    private static Path keys;
    private static Path trusted;

    @BeforeAll
    static void makeStores() throws Exception {
        KeyStores stores = new KeyStores(dir, PASSWORD);
        Path authority = stores.authority("authority");
        keys = stores.keyStore(authority, "member");
        trusted = stores.trustStore(authority);
    }

    @Test
    void isPlainByDefaultAtTheAddressOfTheCluster() {
        EventBusOptions options = EventBusConfig.from(Settings.of(Map.of("CLUSTER_HOST", "10.0.0.1")));
        assertThat(options.isSsl()).isFalse();
        assertThat(options.getHost()).isEqualTo("10.0.0.1");
        assertThat(options.getPort()).isZero();
    }

    @Test
    void takesAnAddressOfItsOwn() {
        EventBusOptions options =
                EventBusConfig.from(Settings.of(Map.of("EVENT_BUS_HOST", "10.0.0.2", "EVENT_BUS_PORT", "7000")));
        assertThat(options.getHost()).isEqualTo("10.0.0.2");
        assertThat(options.getPort()).isEqualTo(7000);
    }

    @Test
    void trustsNobodyButTheAuthority() {
        EventBusOptions options = EventBusConfig.from(tls(keys, trusted, PASSWORD));
        assertThat(options.isSsl()).isTrue();
        assertThat(options.isTrustAll()).isFalse();
        assertThat(options.getClientAuth()).isEqualTo(ClientAuth.REQUIRED);
    }

    @Test
    void wantsAllOfTlsOrNothing() {
        assertProblem(
                Settings.of(Map.of("EVENT_BUS_TLS_KEYSTORE", "/k.p12", "EVENT_BUS_TLS_TRUSTSTORE", "/t.p12")),
                "EVENT_BUS_TLS_KEYSTORE, EVENT_BUS_TLS_TRUSTSTORE, EVENT_BUS_TLS_PASSWORD belong together: set all of"
                        + " them or none; not set: EVENT_BUS_TLS_PASSWORD.");
        assertProblem(
                Settings.of(Map.of("EVENT_BUS_TLS_PASSWORD", PASSWORD)),
                "EVENT_BUS_TLS_KEYSTORE, EVENT_BUS_TLS_TRUSTSTORE, EVENT_BUS_TLS_PASSWORD belong together: set all of"
                        + " them or none; not set: EVENT_BUS_TLS_KEYSTORE, EVENT_BUS_TLS_TRUSTSTORE.");
    }

    @Test
    void saysWhatIsWrongWithAStoreAndNeverThePassword() throws Exception {
        Path missing = dir.resolve("missing.p12");
        assertProblem(
                tls(missing, trusted, PASSWORD),
                "There is no file " + missing + ": set EVENT_BUS_TLS_KEYSTORE to a PKCS#12 file.");
        assertProblem(
                tls(keys, missing, PASSWORD),
                "There is no file " + missing + ": set EVENT_BUS_TLS_TRUSTSTORE to a PKCS#12 file.");
        assertProblem(
                tls(keys, trusted, "battery staple"),
                "EVENT_BUS_TLS_PASSWORD does not open " + keys + " (EVENT_BUS_TLS_KEYSTORE).");
        Path text = Files.writeString(dir.resolve("text.p12"), PASSWORD);
        assertProblem(
                tls(text, trusted, PASSWORD), text + " (EVENT_BUS_TLS_KEYSTORE) can't be read as a PKCS#12 file.");
        assertProblem(
                tls(trusted, trusted, PASSWORD),
                trusted + " (EVENT_BUS_TLS_KEYSTORE) has no key in it: it needs the key and certificate of this"
                        + " process.");
        Path keyOnly = new KeyStores(dir, PASSWORD).authority("key-only");
        assertProblem(
                tls(keys, keyOnly, PASSWORD),
                keyOnly + " (EVENT_BUS_TLS_TRUSTSTORE) has no certificate in it that may be trusted: it needs the one"
                        + " of your certificate authority.");
    }

    static Settings tls(Path keys, Path trusted, String password) {
        Map<String, String> options = new HashMap<>();
        options.put("EVENT_BUS_TLS_KEYSTORE", keys.toString());
        options.put("EVENT_BUS_TLS_TRUSTSTORE", trusted.toString());
        options.put("EVENT_BUS_TLS_PASSWORD", password);
        return Settings.of(options);
    }

    private static void assertProblem(Settings settings, String problem) {
        assertThatThrownBy(() -> EventBusConfig.from(settings))
                .isInstanceOf(ConfigException.class)
                .hasMessage(problem);
    }
}
