package dev.vap.runner.source;

/**
 * Picks frames at a rate by their time in the stream: the first one in every slot of {@code 1/fps} seconds, counted from
 * the start of the stream, so that the choice does not depend on where reading began. Not thread-safe.
 */
public final class Sampler {

    /** Times are whole milliseconds; the boundary of a slot need not be. */
    private static final double ROUNDING_MILLIS = 0.5;

    /** A time that far behind means that the stream began anew. */
    private static final long RESTART_MILLIS = 1_000;

    private final double fps;
    private boolean any;
    private long lastSlot;
    private long lastMillis;

    /**
     * @param fps 0 takes every frame
     */
    public Sampler(double fps) {
        this.fps = fps;
    }

    public boolean takesAll() {
        return fps <= 0;
    }

    /**
     * Whether the frame is wanted. To be asked for every frame, in order.
     *
     * @param millis time in the stream
     */
    public boolean take(long millis) {
        if (takesAll()) {
            return true;
        }
        long slot = (long) Math.floor((millis + ROUNDING_MILLIS) * fps / 1000);
        boolean wanted = !any || slot > lastSlot || millis < lastMillis - RESTART_MILLIS;
        if (wanted) {
            lastSlot = slot;
        }
        any = true;
        lastMillis = millis;
        return wanted;
    }
}
