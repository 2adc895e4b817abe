package dev.vap.shared.runtime;

import com.hazelcast.config.ClasspathXmlConfig;
import com.hazelcast.config.Config;
import com.hazelcast.config.FileSystemXmlConfig;
import com.hazelcast.config.InvalidConfigurationException;
import com.hazelcast.config.TcpIpConfig;
import dev.vap.shared.config.ConfigException;
import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import java.io.FileNotFoundException;
import java.util.List;
import java.util.Properties;

/** Hazelcast's configuration: {@code cluster.xml}, with the CLUSTER_ settings put in its place-holders. */
final class ClusterConfig {

    /** A file here is used instead of the one in the jar. */
    private static final String OVERRIDE = "vertx.hazelcast.config";

    private ClusterConfig() {}

    /**
     * @param node what the other members are told of this process
     */
    static Config from(Settings settings, Node node) {
        // Before its first class logs through java.util.logging; the property in the file comes too late for that.
        System.setProperty("hazelcast.logging.type", "slf4j");
        Properties placeholders = new Properties();
        placeholders.put("cluster.name", settings.get(VapSettings.CLUSTER_NAME));
        placeholders.put("cluster.host", settings.get(VapSettings.CLUSTER_HOST));
        placeholders.put("cluster.port", String.valueOf(settings.get(VapSettings.CLUSTER_PORT)));
        String override = System.getProperty(OVERRIDE);
        try {
            Config config = override == null
                    ? new ClasspathXmlConfig("cluster.xml", placeholders)
                    : new FileSystemXmlConfig(override, placeholders);
            TcpIpConfig members = config.getNetworkConfig().getJoin().getTcpIpConfig();
            if (members.isEnabled()) {
                settings.get(VapSettings.CLUSTER_MEMBERS).forEach(members::addMember);
            }
            node.attributes().forEach(config.getMemberAttributeConfig()::setAttribute);
            return config;
        } catch (InvalidConfigurationException | FileNotFoundException | IllegalArgumentException e) {
            String name = override == null ? "cluster.xml" : override;
            throw new ConfigException(List.of(name + " can't be used: " + e.getMessage()));
        }
    }
}
