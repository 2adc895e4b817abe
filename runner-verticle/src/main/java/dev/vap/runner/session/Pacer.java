package dev.vap.runner.session;

/**
 * Plays a file at its own speed: frame {@code n} is due when as much time has passed since the first frame as lies between
 * them in the stream. Late frames are due at once, so that a short stall is caught up. Not thread-safe.
 */
final class Pacer {

    private static final double ASSUMED_FPS = 25;

    private final double millisPerFrame;
    private boolean started;
    private long anchorNanos;
    private double anchorMillis;

    /**
     * @param sourceFps for streams without times; 0 if unknown
     */
    Pacer(double sourceFps) {
        this.millisPerFrame = 1000 / (sourceFps > 0 ? sourceFps : ASSUMED_FPS);
    }

    /** Nanoseconds until the frame is due; 0 if it is. */
    long untilDue(Frame frame, long nowNanos) {
        double millis = frame.ptsMillis >= 0 ? frame.ptsMillis : frame.number * millisPerFrame;
        if (!started) {
            started = true;
            anchorNanos = nowNanos;
            anchorMillis = millis;
        }
        long due = anchorNanos + Math.round((millis - anchorMillis) * 1e6);
        return Math.max(0, due - nowNanos);
    }
}
