package dev.vap.runner.session;

import dev.vap.runner.inference.InferenceRouter;
import dev.vap.runner.source.SourceOpener;
import dev.vap.runner.time.Timers;
import dev.vap.shared.domain.SourceUrl;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.InstantSource;
import java.util.function.ToLongFunction;
import java.util.random.RandomGenerator;

/**
 * What all sessions of a runner share.
 *
 * @param lanes the pool on which sessions block, with a thread for each
 * @param attempts the right to connect to a host now: 0, or nanoseconds to wait before asking again; thread-safe
 * @param inference the way to the models
 * @param clock for the times that results carry
 * @param timers for everything else
 */
public record SessionEnvironment(
        Vertx vertx,
        WorkerExecutor lanes,
        SessionConfig config,
        SourceOpener opener,
        ToLongFunction<SourceUrl> attempts,
        InferenceRouter inference,
        ResultLog log,
        SessionMetrics metrics,
        InstantSource clock,
        Timers timers,
        RandomGenerator random) {}
