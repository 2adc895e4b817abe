package dev.vap.shared.runtime;

import com.hazelcast.config.AdvancedNetworkConfig;
import com.hazelcast.config.ClasspathXmlConfig;
import com.hazelcast.config.Config;
import com.hazelcast.config.FileSystemXmlConfig;
import com.hazelcast.config.InvalidConfigurationException;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.TcpIpConfig;
import com.hazelcast.core.HazelcastException;
import dev.vap.shared.config.ConfigException;
import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import java.io.FileNotFoundException;
import java.net.BindException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/** Hazelcast's configuration: {@code cluster.xml}, with the CLUSTER_ settings put in its place-holders. */
final class ClusterConfig {

    /** A file here is used instead of the one in the jar. */
    static final String OVERRIDE = "vertx.hazelcast.config";

    private static final String SHIPPED = "cluster.xml";

    private ClusterConfig() {}

    /**
     * @param node what the other members are told of this process
     * @throws ConfigException if the file can't be used
     */
    static Config from(Settings settings, Node node) {
        // Before its first class logs through java.util.logging; the property in the file comes too late for that.
        System.setProperty("hazelcast.logging.type", "slf4j");
        String override = System.getProperty(OVERRIDE);
        Config config = read(override, placeholders(settings));
        TcpIpConfig members = join(config).getTcpIpConfig();
        if (members.isEnabled()) {
            settings.get(VapSettings.CLUSTER_MEMBERS).forEach(members::addMember);
        }
        node.attributes().forEach(config.getMemberAttributeConfig()::setAttribute);
        return config;
    }

    /** How members find each other. A file of somebody else's may have the plain kind of network. */
    static JoinConfig join(Config config) {
        AdvancedNetworkConfig advanced = config.getAdvancedNetworkConfig();
        return advanced.isEnabled()
                ? advanced.getJoin()
                : config.getNetworkConfig().getJoin();
    }

    private static Properties placeholders(Settings settings) {
        Optional<String> service = settings.find(VapSettings.CLUSTER_KUBERNETES_SERVICE);
        int minimum = settings.get(VapSettings.CLUSTER_MINIMUM_SIZE);
        Properties placeholders = new Properties();
        placeholders.put("cluster.name", settings.get(VapSettings.CLUSTER_NAME));
        placeholders.put("cluster.host", settings.get(VapSettings.CLUSTER_HOST));
        placeholders.put("cluster.port", String.valueOf(settings.get(VapSettings.CLUSTER_PORT)));
        placeholders.put("cluster.tcp", String.valueOf(service.isEmpty()));
        placeholders.put("cluster.kubernetes", String.valueOf(service.isPresent()));
        placeholders.put("cluster.kubernetes.service", service.orElse(""));
        placeholders.put("cluster.join.wait", service.isPresent() ? "1" : "0");
        placeholders.put("cluster.protected", String.valueOf(minimum > 1));
        // Hazelcast takes no less than two, also where it is switched off.
        placeholders.put("cluster.minimum", String.valueOf(Math.max(2, minimum)));
        return placeholders;
    }

    private static Config read(String override, Properties placeholders) {
        String name = override == null ? SHIPPED : override;
        try {
            return override == null
                    ? new ClasspathXmlConfig(SHIPPED, placeholders)
                    : new FileSystemXmlConfig(override, placeholders);
        } catch (FileNotFoundException e) {
            throw new ConfigException(List.of("There is no file " + name + " to read: give one in -D" + OVERRIDE
                    + ", or leave that out and the " + SHIPPED + " in the jar is used."));
        } catch (HazelcastException | IllegalArgumentException e) {
            throw new ConfigException(List.of(unusable(name, e)));
        }
    }

    /** What Hazelcast says when it does not start, in terms of what to do about it; others are given back as they are. */
    static Throwable explain(Throwable failure, Settings settings) {
        String host = settings.get(VapSettings.CLUSTER_HOST);
        int port = settings.get(VapSettings.CLUSTER_PORT);
        for (Throwable e = failure; e != null; e = e.getCause()) {
            if (e instanceof InvalidConfigurationException) {
                return new ConfigException(List.of(unusable(
                        Optional.ofNullable(System.getProperty(OVERRIDE)).orElse(SHIPPED), e)));
            }
            if (e instanceof UnknownHostException) {
                return new ConfigException(List.of("There is no host \"" + host
                        + "\": set CLUSTER_HOST to the address of this process for the other members."));
            }
            if (e instanceof BindException) {
                return new ConfigException(List.of(
                        String.valueOf(e.getMessage()).contains("in use")
                                ? "Port " + port + " and those behind it are in use on " + host
                                        + ": stop the other program, or set CLUSTER_PORT."
                                : host + " is no address of this machine: set CLUSTER_HOST to one."));
            }
        }
        return failure;
    }

    /** One line: Hazelcast's own texts have several. */
    private static String unusable(String name, Throwable e) {
        String why =
                String.valueOf(e.getMessage()).strip().replaceAll("\\s+", " ").replaceAll("\\.$", "");
        return name + " can't be used: " + why + ".";
    }
}
