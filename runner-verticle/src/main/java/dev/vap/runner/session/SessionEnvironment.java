package dev.vap.runner.session;

import dev.vap.runner.source.SourceOpener;
import dev.vap.runner.time.Timers;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/**
 * What all sessions of a runner share.
 *
 * @param lanes the pool on which sessions block, with a thread for each
 * @param clock for the times that results carry
 * @param timers for everything else
 */
public record SessionEnvironment(
        Vertx vertx,
        WorkerExecutor lanes,
        SessionConfig config,
        SourceOpener opener,
        ResultLog log,
        SessionMetrics metrics,
        InstantSource clock,
        Timers timers,
        RandomGenerator random) {}
