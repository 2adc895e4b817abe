package dev.vap.runner.motion;

import dev.vap.shared.domain.MotionOptions;
import dev.vap.shared.runtime.OpenCv;
import java.nio.ByteBuffer;

/**
 * Tells the frames of one source that are worth analysing from those in which nothing moves. Time is that of the stream, so
 * that a recording is gated in the same way however fast it is read.
 *
 * <p>Not thread-safe but for {@link #demand()}. {@link #close()} frees everything native.
 */
public final class MotionGate implements AutoCloseable {

    /** So much of the picture changes at once when lights go on, a camera turns or switches to infrared. */
    static final double WHOLE_SCENE = 0.6;

    /** A time that far behind means that the stream began anew. */
    private static final long RESTART_MILLIS = 1_000;

    /** The frame that the gate is asked about. */
    @FunctionalInterface
    public interface Picture {
        /** Its brightness at that size: packed bytes from position 0; direct, and only read until the next call. */
        ByteBuffer grey(int width, int height);
    }

    private final MotionOptions options;
    private final GateState state;
    private Background background;
    private long lastMillis;
    private volatile boolean demanded;

    public MotionGate(MotionOptions options) {
        OpenCv.load();
        this.options = options;
        this.state = new GateState(options);
    }

    /**
     * To be asked for every frame, in order.
     *
     * @param width pixels of the frame, of which the gate sees fewer
     * @param height pixels of the frame
     * @param millis time in the stream
     */
    public Verdict look(Picture picture, int width, int height, long millis) {
        boolean anew = background == null || !background.fits(width, height) || millis < lastMillis - RESTART_MILLIS;
        if (background == null || !background.fits(width, height)) {
            close();
            background = new Background(options, width, height);
        }
        background.see(picture);
        double moving = anew ? 1 : background.moving();
        Verdict verdict;
        if (moving > WHOLE_SCENE) {
            background.learnAnew();
            verdict = state.begin(millis);
        } else {
            background.learn(millis - lastMillis);
            verdict = state.next(moving, millis, demanded);
        }
        if (verdict.passes()) {
            demanded = false;
        }
        lastMillis = millis;
        return verdict;
    }

    /** A frame that passed was not analysed after all: the next one passes whatever it shows. Safe for any thread. */
    public void demand() {
        demanded = true;
    }

    /** Harmless when repeated. */
    @Override
    public void close() {
        if (background != null) {
            background.close();
            background = null;
        }
    }
}
