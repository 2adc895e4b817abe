package dev.vap.runner.simulate;

import dev.vap.runner.control.SessionFactory;
import dev.vap.runner.session.ResultLog;
import dev.vap.runner.session.RunningSession;
import dev.vap.runner.session.SessionMetrics;
import dev.vap.runner.time.CoarseTimers;
import dev.vap.runner.time.Timers;
import dev.vap.shared.protocol.DeployCommand;
import io.vertx.core.eventbus.EventBus;
import java.time.Duration;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes sessions that invent their results. They have neither threads nor timers of their own: one tick serves all.
 * Confined to the runner's context.
 */
public final class SimulatedSessions implements SessionFactory {

    private static final Logger LOG = LoggerFactory.getLogger(SimulatedSessions.class);

    static final Duration TICK = Duration.ofMillis(10);

    /** A result costs some 20 µs; heartbeats and the lease have to get through in between. */
    private static final int MAX_PER_TICK = 400;

    /** Of one session; a live camera would not have more results on their way either. */
    private static final int MAX_UNACKNOWLEDGED = 16;

    private static final Duration ACK_PATIENCE = Duration.ofSeconds(1);

    /** Multiples of it, without their whole parts, are spread evenly over 0..1, however many there are. */
    private static final double GOLDEN = 0.618033988749895;

    private final Environment environment;
    private long made;

    /** What all sessions share. */
    record Environment(
            Simulation simulation,
            EventBus bus,
            ResultLog log,
            SessionMetrics metrics,
            InstantSource clock,
            Timers timers,
            int maxUnacknowledged,
            Duration ackPatience,
            Runnable halt) {}

    /**
     * @param clock for the times that results carry
     * @param halt ends this process at once
     */
    public SimulatedSessions(
            Simulation simulation,
            EventBus bus,
            ResultLog log,
            SessionMetrics metrics,
            InstantSource clock,
            Timers timers,
            Runnable halt) {
        this.environment = new Environment(
                simulation,
                bus,
                log,
                metrics,
                clock,
                new CoarseTimers(timers, TICK, MAX_PER_TICK),
                MAX_UNACKNOWLEDGED,
                ACK_PATIENCE,
                halt);
        LOG.warn(
                "SIMULATE is set: this runner opens no source, and every result it publishes is invented ({} a second and"
                        + " session)",
                simulation.fps());
    }

    @Override
    public RunningSession create(DeployCommand command, Runnable onChange) {
        double phase = 0.5 + made++ * GOLDEN % 1;
        return new SimulatedSession(environment, command, onChange, phase);
    }
}
