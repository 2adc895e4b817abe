package dev.vap.shared.runtime;

import dev.vap.shared.config.Settings;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import java.time.InstantSource;

/** What a service verticle is built from; shared by all of them when they run in one process. */
public record ServiceContext(Vertx vertx, Settings settings, PrometheusMeterRegistry registry, InstantSource clock) {}
