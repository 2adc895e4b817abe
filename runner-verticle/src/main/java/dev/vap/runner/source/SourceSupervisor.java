package dev.vap.runner.source;

import dev.vap.runner.decode.MediaException;
import dev.vap.runner.decode.MediaInfo;
import dev.vap.runner.source.SourceConfig.Retry;
import dev.vap.runner.time.Timers;
import dev.vap.shared.domain.SourceFault;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Keeps one source open: the only one that decides when to connect, and when again. Confined to the session's context; what
 * blocks is done by {@link Actions}.
 *
 * <p>After a fault the source is closed and opened again after a pause that doubles up to a cap; after wrong credentials
 * after a long one. Attempts count anew only once frames have flowed for a while, so that a source that comes and goes is
 * not run after. Some faults end it after so many attempts in a row ({@link Retry#giveUp}).
 */
public final class SourceSupervisor {

    /** What the supervisor has done for it. Failures come back in the futures. */
    public interface Actions {

        /** Opens the source. */
        Future<MediaInfo> open();

        /** Closes it, also after a failed opening. */
        Future<Void> close();

        /** Frames may be read from now on. */
        void opened(MediaInfo info);

        /** It will not be tried again. */
        void gaveUp(Throwable cause);

        /** The state is another one. */
        void changed();
    }

    /**
     * @param name {@code connecting}, {@code streaming} or {@code backing_off}
     * @param fault of the last attempt; null while it streams
     * @param reason for people; null with {@code fault}
     * @param attempts since it was last well
     * @param retryMillis until the next attempt; -1 unless it backs off
     */
    public record State(String name, SourceFault fault, String reason, int attempts, long retryMillis) {}

    private enum Phase {
        IDLE,
        CONNECTING,
        /** Open, and no frame yet. */
        OPEN,
        STREAMING,
        BACKING_OFF,
        OVER
    }

    private final Retry retry;
    private final LongSupplier attempt;
    private final Timers timers;
    private final RandomGenerator random;
    private final Actions actions;
    private Phase phase = Phase.IDLE;
    private Timers.Timer timer;
    private int attempts;
    private SourceFault fault;
    private String reason;
    private int inARow;
    private SourceFault rowOf;
    private long firstFrameAt;
    private long retryAt;

    /**
     * @param attempt asks for the right to connect to the host now: 0, or the nanoseconds to wait before asking again
     */
    public SourceSupervisor(Retry retry, LongSupplier attempt, Timers timers, RandomGenerator random, Actions actions) {
        this.retry = retry;
        this.attempt = attempt;
        this.timers = timers;
        this.random = random;
        this.actions = actions;
    }

    public void start() {
        if (phase == Phase.IDLE) {
            connect();
        }
    }

    private void connect() {
        long wait = attempt.getAsLong();
        if (wait > 0) {
            backOff(
                    Duration.ofNanos(wait),
                    fault,
                    "too many connection attempts to this host within a minute (SOURCE_ATTEMPTS_PER_MINUTE)"
                            + (reason == null ? "" : "; before that: " + reason));
            return;
        }
        become(Phase.CONNECTING);
        attempts++;
        actions.open().onComplete(done -> {
            if (phase != Phase.CONNECTING) {
                return;
            }
            if (done.succeeded()) {
                become(Phase.OPEN);
                actions.opened(done.result());
            } else {
                failed(done.cause());
            }
        });
    }

    /** A frame was read. */
    public void frame() {
        if (phase == Phase.OPEN) {
            firstFrameAt = timers.nanos();
            fault = null;
            reason = null;
            become(Phase.STREAMING);
        } else if (phase == Phase.STREAMING
                && attempts > 0
                && timers.nanos() - firstFrameAt > retry.settled().toNanos()) {
            attempts = 0;
            rowOf = null;
        }
    }

    /** Opening or reading has failed, or the stream has ended; to be called when nothing uses the source any more. */
    public void failed(Throwable cause) {
        if (phase == Phase.OVER) {
            return;
        }
        if (!(cause instanceof MediaException media)) {
            giveUp(cause);
            return;
        }
        SourceFault now = media.fault();
        inARow = now == rowOf ? inARow + 1 : 1;
        rowOf = now;
        Optional<Integer> limit = Optional.ofNullable(retry.giveUp().get(now));
        if (limit.isPresent() && inARow >= limit.get()) {
            String words =
                    inARow == 1 ? media.getMessage() : "gave up after " + inARow + " attempts: " + media.getMessage();
            giveUp(new MediaException(now, words, media));
            return;
        }
        Duration pause = now == SourceFault.UNAUTHORIZED
                ? retry.unauthorizedPause()
                : retry.backoff().delay(Math.max(1, attempts), random);
        backOff(pause, now, media.getMessage());
        // Whether closing works or not makes no difference to what comes next; the pause is the least it has.
        actions.close();
    }

    private void backOff(Duration pause, SourceFault why, String words) {
        fault = why;
        reason = words;
        retryAt = timers.nanos() + pause.toNanos();
        become(Phase.BACKING_OFF);
        timer = timers.after(pause, () -> {
            timer = null;
            if (phase == Phase.BACKING_OFF) {
                connect();
            }
        });
    }

    private void giveUp(Throwable cause) {
        become(Phase.OVER);
        actions.gaveUp(cause);
    }

    private void become(Phase next) {
        phase = next;
        actions.changed();
    }

    /** Connects no more; harmless when repeated. Whoever stops it closes the source. */
    public void stop() {
        phase = Phase.OVER;
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    public State state() {
        return switch (phase) {
            case STREAMING -> new State("streaming", null, null, attempts, -1);
            case BACKING_OFF ->
                new State("backing_off", fault, reason, attempts, Math.max(0, (retryAt - timers.nanos()) / 1_000_000));
            case IDLE, CONNECTING, OPEN -> new State("connecting", fault, reason, attempts, -1);
            case OVER -> new State("ended", fault, reason, attempts, -1);
        };
    }
}
