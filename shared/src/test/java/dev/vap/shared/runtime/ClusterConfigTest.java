package dev.vap.shared.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import dev.vap.shared.config.ConfigException;
import dev.vap.shared.config.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClusterConfigTest {

    private static final Node NODE = new Node("runner", "host", 12, "0.1", 1, Instant.EPOCH);
    private static final Path SHIPPED = Path.of("..", "cluster.xml");

    @TempDir
    Path dir;

    @AfterEach
    void shipped() {
        System.clearProperty(ClusterConfig.OVERRIDE);
    }

    @Test
    void joinsOverTheMemberListAndNotOtherwise() {
        Config config = config(Map.of("CLUSTER_MEMBERS", "10.0.0.1:5701,cam-host", "CLUSTER_NAME", "mine"));
        JoinConfig join = ClusterConfig.join(config);
        assertThat(config.getClusterName()).isEqualTo("mine");
        assertThat(join.getTcpIpConfig().isEnabled()).isTrue();
        assertThat(join.getTcpIpConfig().getMembers()).containsExactly("10.0.0.1:5701", "cam-host");
        assertThat(join.getMulticastConfig().isEnabled()).isFalse();
        assertThat(join.getAutoDetectionConfig().isEnabled()).isFalse();
        assertThat(join.getKubernetesConfig().isEnabled()).isFalse();
    }

    @Test
    void joinsOverTheDnsOfKubernetesByConfigurationOnly() {
        Config config = config(Map.of(
                "CLUSTER_KUBERNETES_SERVICE", "vap.default.svc.cluster.local",
                "CLUSTER_PORT", "6000"));
        JoinConfig join = ClusterConfig.join(config);
        assertThat(join.getTcpIpConfig().isEnabled()).isFalse();
        assertThat(join.getKubernetesConfig().isEnabled()).isTrue();
        assertThat(join.getKubernetesConfig().getProperties())
                .containsEntry("service-dns", "vap.default.svc.cluster.local")
                .containsEntry("service-port", "6000");
        assertThat(config.getProperty("hazelcast.wait.seconds.before.join")).isEqualTo("1");
    }

    @Test
    void protectsTheLocksOnlyIfThereIsAMinimum() {
        assertThat(config(Map.of()).getSplitBrainProtectionConfig("vap").isEnabled())
                .isFalse();
        Config config = config(Map.of("CLUSTER_MINIMUM_SIZE", "3"));
        assertThat(config.getSplitBrainProtectionConfig("vap").isEnabled()).isTrue();
        assertThat(config.getSplitBrainProtectionConfig("vap").getMinimumClusterSize())
                .isEqualTo(3);
        assertThat(config.getMapConfig("vap.scenario.locks").getSplitBrainProtectionName())
                .isEqualTo("vap");
    }

    @Test
    void tellsTheOthersWhoThisIs() {
        assertThat(config(Map.of()).getMemberAttributeConfig().getAttributes())
                .containsEntry("vap.service", "runner")
                .containsEntry("vap.protocol", "1");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            </hazelcast>                        |                       | must start and end within the same entity
            <split-brain-protection name="vap"  | <netwerk/><split-brain-protection name="vap" | Invalid content was found starting with element
            ${cluster.port}</port>              | many</port>           | many
            ${cluster.port}</port>              | ${cluster.prot}</port>| cluster.prot
            auto-increment="true"               | auto-increment="yes"  | yes
            ${cluster.minimum}                  | 1                     | cannot be less than 2
            <?xml version="1.0" encoding="UTF-8"?> | members: [a, b]    | Content is not allowed in prolog
            """)
    void saysWhatIsWrongWithAFile(String text, String wrong, String why) throws Exception {
        String shipped = Files.readString(SHIPPED);
        assertThat(shipped).contains(text);
        Path file = Files.writeString(dir.resolve("wrong.xml"), shipped.replace(text, wrong == null ? "" : wrong));
        System.setProperty(ClusterConfig.OVERRIDE, file.toString());
        assertThatThrownBy(() -> config(Map.of()))
                .isInstanceOf(ConfigException.class)
                .message()
                .startsWith(file + " can't be used: ")
                .contains(why)
                .endsWith(".")
                .doesNotContain("\n");
    }

    @Test
    void saysThatThereIsNoFile() {
        Path missing = dir.resolve("missing.xml");
        System.setProperty(ClusterConfig.OVERRIDE, missing.toString());
        assertThatThrownBy(() -> config(Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessage("There is no file " + missing + " to read: give one in -Dvertx.hazelcast.config, or leave"
                        + " that out and the cluster.xml in the jar is used.");
        System.setProperty(ClusterConfig.OVERRIDE, dir.toString());
        assertThatThrownBy(() -> config(Map.of())).isInstanceOf(ConfigException.class);
    }

    private static Config config(Map<String, String> options) {
        return ClusterConfig.from(Settings.of(options), NODE);
    }
}
