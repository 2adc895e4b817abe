package dev.vap.runner.simulate;

import dev.vap.runner.session.Progress;
import dev.vap.runner.session.ResultPublisher;
import dev.vap.runner.session.RunningSession;
import dev.vap.runner.session.SessionOutcome;
import dev.vap.runner.simulate.SimulatedSessions.Environment;
import dev.vap.runner.time.Timers;
import dev.vap.shared.domain.BoundingBox;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.ResultMessage;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.protocol.SessionReport.SourceReport;
import dev.vap.shared.protocol.SessionReport.State;
import dev.vap.shared.storage.Ids;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session that looks like one of a live camera from outside: a frame at once, then one at every interval, with growing
 * numbers; the newest wins when it is late, and results that Kafka has no room for are dropped and counted. What it detects
 * depends on the scenario and the number of the frame only. Confined to the runner's context.
 */
final class SimulatedSession implements RunningSession {

    static final String DETECTOR = "simulated";
    static final int WIDTH = 640;
    static final int HEIGHT = 360;

    private static final Logger LOG = LoggerFactory.getLogger(SimulatedSession.class);
    private static final int BOX_WIDTH = 64;
    private static final int BOX_HEIGHT = 128;
    private static final int PIXELS_PER_FRAME = 8;

    private final Environment env;
    private final Timers timers;
    private final DeployCommand command;
    private final Runnable onChange;
    private final Progress progress;
    private final ResultPublisher publisher;
    private final long intervalNanos;
    private final long phaseNanos;
    /** Frames that fall between two ticks are published together. */
    private final long maxTogether;

    private final Promise<SessionOutcome> ended = Promise.promise();
    private State state = State.STARTING;
    private SessionOutcome outcome;
    private Timers.Timer timer;
    /** Of the frame after the first one. */
    private long anchor;
    /** Counted from 0; -1 before the first one. */
    private long lastFrame = -1;

    private long lastFrameAt;

    /**
     * @param onChange called whenever the state has changed
     * @param phase intervals between the first frame and the second one, so that sessions that start together part
     */
    SimulatedSession(Environment env, DeployCommand command, Runnable onChange, double phase) {
        this.env = env;
        this.timers = env.timers();
        this.command = command;
        this.onChange = onChange;
        this.progress = new Progress(env.metrics());
        this.publisher = new ResultPublisher(
                env.bus(),
                env.log(),
                timers,
                command.scenario(),
                env.maxUnacknowledged(),
                this::acknowledged,
                this::notStored);
        this.intervalNanos = Math.round(1e9 / env.simulation().fps());
        this.phaseNanos = Math.round(phase * intervalNanos);
        this.maxTogether = Math.max(1, 2 * SimulatedSessions.TICK.toNanos() / intervalNanos);
    }

    @Override
    public void start() {
        if (env.simulation().kills(command.cameraUrl())) {
            LOG.error("told to die of {} (SIMULATE_HALT_ON)", Redact.url(command.cameraUrl()));
            env.halt().run();
            return;
        }
        timer = timers.after(Duration.ZERO, this::frames);
    }

    /** Invents the frames that are due. */
    private void frames() {
        long now = timers.nanos();
        long newest = 0;
        if (lastFrame < 0) {
            anchor = now + phaseNanos;
        } else {
            newest = 1 + Math.floorDiv(now - anchor, intervalNanos);
            long late = newest - lastFrame - maxTogether;
            if (late > 0) {
                progress.dropped("superseded", late);
                lastFrame += late;
            }
        }
        lastFrameAt = now;
        timer = timers.after(Duration.ofNanos(anchor + newest * intervalNanos - now), this::frames);
        while (lastFrame < newest) {
            publish(++lastFrame);
        }
        if (state == State.STARTING) {
            become(State.RUNNING);
        }
    }

    private void publish(long frame) {
        long number = Math.max(0, command.startFrame()) + frame;
        List<Detection> seen = List.of(detection(command.scenario(), number));
        ResultMessage result = new ResultMessage(
                Ids.next(),
                command.scenario(),
                command.epoch(),
                number,
                env.clock().instant(),
                0,
                frame * intervalNanos / 1_000_000,
                WIDTH,
                HEIGHT,
                command.model(),
                DETECTOR,
                0,
                seen);
        if (!publisher.publish(result)) {
            progress.dropped("kafka_behind");
        }
        progress.done(DETECTOR, seen, timers.nanos());
    }

    /** Somebody who walks to and fro, in every scenario at another height. */
    static Detection detection(UUID scenario, long number) {
        int way = WIDTH - BOX_WIDTH;
        int gone = (int) Math.floorMod(number * PIXELS_PER_FRAME, 2L * way);
        int x = gone < way ? gone : 2 * way - gone;
        int y = Math.floorMod(scenario.hashCode(), HEIGHT - BOX_HEIGHT);
        return new Detection("person", 0, 0.9f, new BoundingBox(x, y, x + BOX_WIDTH, y + BOX_HEIGHT));
    }

    private void acknowledged() {
        env.metrics().acknowledged();
        finishIfSettled();
    }

    private void notStored(Throwable cause) {
        progress.dropped("kafka_failed");
        finishIfSettled();
    }

    /** The rate is the simulation's, and what is invented depends on no option. */
    @Override
    public void change(ScenarioOptions options) {}

    @Override
    public void watch(Duration ttl) {
        throw new VapException(
                ErrorCode.RUNNER_UNAVAILABLE,
                "Its runner invents results and opens no source, so there are no pictures: start a runner without"
                        + " SIMULATE.");
    }

    @Override
    public void stop(String reason) {
        if (outcome != null) {
            return;
        }
        outcome = SessionOutcome.stopped(reason);
        cancelTimer();
        become(State.STOPPING);
        timer = timers.after(env.ackPatience(), this::finish);
        finishIfSettled();
    }

    private void finishIfSettled() {
        if (outcome != null && publisher.unacknowledged() == 0) {
            finish();
        }
    }

    private void finish() {
        if (state == outcome.state()) {
            return;
        }
        cancelTimer();
        become(outcome.state());
        ended.complete(outcome);
    }

    private void cancelTimer() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    private void become(State next) {
        state = next;
        onChange.run();
    }

    @Override
    public State state() {
        return state;
    }

    @Override
    public Future<SessionOutcome> ended() {
        return ended.future();
    }

    @Override
    public SessionReport report() {
        long now = timers.nanos();
        String reason = outcome == null ? null : outcome.reason();
        boolean any = lastFrame >= 0;
        return new SessionReport(
                command.scenario(),
                command.workerId(),
                command.epoch(),
                state,
                publisher.lastAcknowledged(),
                progress.framesDone(),
                -1,
                Math.round(progress.perSecond(now) * 100) / 100.0,
                progress.detector(),
                new SourceReport(
                        outcome != null ? "ended" : any ? "streaming" : "connecting",
                        reason,
                        null,
                        0,
                        -1,
                        any ? (now - lastFrameAt) / 1_000_000 : -1,
                        DETECTOR,
                        WIDTH,
                        HEIGHT,
                        env.simulation().fps(),
                        null,
                        null),
                reason,
                Map.copyOf(progress.dropped()),
                0,
                null,
                progress.objects());
    }
}
