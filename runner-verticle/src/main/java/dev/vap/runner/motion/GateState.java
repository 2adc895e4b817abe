package dev.vap.runner.motion;

import dev.vap.shared.domain.MotionOptions;

/** From how much of a picture moves, and when, to whether the frame passes. Not thread-safe. */
final class GateState {

    private final double minArea;
    private final long settleMillis;
    private final long recheckMillis;
    private final long holdMillis;
    private boolean any;
    private long settlesUntil;
    private long holdsUntil;
    private long lastPassed;

    GateState(MotionOptions options) {
        this.minArea = options.minArea();
        this.settleMillis = millis(options.settleSeconds());
        this.recheckMillis = millis(options.recheckSeconds());
        this.holdMillis = millis(options.holdSeconds());
    }

    private static long millis(double seconds) {
        return Math.round(seconds * 1000);
    }

    /** The background has to be learnt anew from this frame on, which passes. */
    Verdict begin(long now) {
        any = true;
        settlesUntil = now + settleMillis;
        holdsUntil = now;
        return passed(Verdict.SETTLING, now);
    }

    /**
     * To be asked for every frame after {@link #begin}, in order.
     *
     * @param moving share of the picture that differs from the background
     * @param demanded whether somebody wants a frame whatever it shows
     */
    Verdict next(double moving, long now, boolean demanded) {
        if (!any) {
            throw new IllegalStateException("not begun");
        }
        boolean moves = moving > 0 && moving >= minArea;
        if (moves) {
            holdsUntil = now + holdMillis;
        }
        if (now < settlesUntil) {
            return passed(Verdict.SETTLING, now);
        }
        if (moves) {
            return passed(Verdict.MOTION, now);
        }
        if (now < holdsUntil) {
            return passed(Verdict.HOLD, now);
        }
        return demanded || now - lastPassed >= recheckMillis ? passed(Verdict.RECHECK, now) : Verdict.GATED;
    }

    private Verdict passed(Verdict why, long now) {
        lastPassed = now;
        return why;
    }
}
