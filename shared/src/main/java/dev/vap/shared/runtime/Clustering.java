package dev.vap.shared.runtime;

import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastInstance;
import dev.vap.shared.config.ConfigException;
import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.net.BindException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;

/** Vert.x as a member of the Hazelcast cluster that {@code cluster.xml} and the CLUSTER_ settings describe. */
final class Clustering {

    private final Settings settings;
    private final Node node;
    private final HazelcastClusterManager manager;

    /** A member of a cluster. */
    record Joined(Vertx vertx, ClusterView view) {}

    /**
     * @throws ConfigException if the settings or the file can't be used
     */
    Clustering(Settings settings, Node node) {
        this.settings = settings;
        this.node = node;
        Config hazelcast = ClusterConfig.from(settings, node);
        this.manager = new HazelcastClusterManager(hazelcast);
    }

    /**
     * Fails with a {@link ConfigException} if addresses or ports can't be used, and with a {@link VapException} if the
     * cluster speaks a newer version of the messages than this process reads; nothing is left running then.
     *
     * @param builder with all but what concerns the cluster
     */
    Future<Joined> join(VertxBuilder builder, VertxOptions options) {
        EventBusOptions bus = EventBusConfig.from(settings);
        return builder.with(options.setEventBusOptions(bus))
                .withClusterManager(manager)
                .buildClustered()
                .recover(e -> leave().transform(left -> Future.failedFuture(explain(e))))
                .compose(this::checkProtocol)
                .map(this::joined);
    }

    private Joined joined(Vertx vertx) {
        HazelcastInstance hazelcast = manager.getHazelcastInstance();
        hazelcast.getCluster().addMembershipListener(new MembershipLog());
        vertx.executeBlocking(
                () -> {
                    MembershipLog.afterJoin(hazelcast);
                    return null;
                },
                false);
        return new Joined(vertx, new HazelcastView(hazelcast));
    }

    /** Hazelcast may have come up although Vert.x has not, and would hold the process and its place in the cluster. */
    private Future<Void> leave() {
        HazelcastInstance hazelcast = manager.getHazelcastInstance();
        return hazelcast == null || !hazelcast.getLifecycleService().isRunning()
                ? Future.succeededFuture()
                : Future.future(promise -> {
                    Thread thread = new Thread(
                            () -> {
                                hazelcast.getLifecycleService().terminate();
                                promise.complete();
                            },
                            "vap-leave");
                    thread.start();
                });
    }

    private Throwable explain(Throwable failure) {
        return manager.getHazelcastInstance() == null ? ClusterConfig.explain(failure, settings) : explainBus(failure);
    }

    private Throwable explainBus(Throwable failure) {
        String host = EventBusConfig.host(settings);
        for (Throwable e = failure; e != null; e = e.getCause()) {
            if (e instanceof BindException && String.valueOf(e.getMessage()).contains("in use")) {
                return new ConfigException(List.of("Port " + settings.get(VapSettings.EVENT_BUS_PORT) + " on " + host
                        + " is in use: stop the other program, or set EVENT_BUS_PORT (0 takes a free one)."));
            }
            if (e instanceof BindException || e instanceof UnknownHostException) {
                return new ConfigException(
                        List.of(host + " is no address of this machine: set EVENT_BUS_HOST to one."));
            }
        }
        return failure;
    }

    /** Later versions may join while this one runs, as they do when a cluster is updated one process at a time. */
    private Future<Vertx> checkProtocol(Vertx vertx) {
        Optional<Node> newer = new HazelcastView(manager.getHazelcastInstance())
                .members().stream()
                        .map(ClusterView.Member::node)
                        .filter(other -> other.protocol() > node.protocol())
                        .findFirst();
        if (newer.isEmpty()) {
            return Future.succeededFuture(vertx);
        }
        VapException refusal = new VapException(
                ErrorCode.INTERNAL,
                "This " + node.service() + " speaks message version " + node.protocol() + ", but "
                        + newer.get().name() + " already speaks " + newer.get().protocol()
                        + ": update this program.");
        return vertx.close().transform(closed -> Future.failedFuture(refusal));
    }
}
