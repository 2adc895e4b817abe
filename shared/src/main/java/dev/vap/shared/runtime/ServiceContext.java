package dev.vap.shared.runtime;

import dev.vap.shared.config.Settings;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import java.time.InstantSource;

/**
 * What a service verticle is built from; shared by all of them when they run in one process.
 *
 * @param node this process
 */
public record ServiceContext(
        Vertx vertx,
        Settings settings,
        PrometheusMeterRegistry registry,
        InstantSource clock,
        Node node,
        ClusterView cluster) {

    public ServiceContext withSettings(Settings complete) {
        return new ServiceContext(vertx, complete, registry, clock, node, cluster);
    }
}
