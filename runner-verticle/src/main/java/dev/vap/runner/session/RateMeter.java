package dev.vap.runner.session;

/** Events a second over the last five seconds, or since the first event if that is less. Not thread-safe. */
final class RateMeter {

    private static final int SLOTS = 10;
    private static final long SLOT_NANOS = 500_000_000L;

    private final long[] counts = new long[SLOTS];
    private boolean any;
    private long first;
    private long newestSlot;

    void mark(long nowNanos) {
        if (!any) {
            any = true;
            first = nowNanos;
        }
        advance(nowNanos);
        counts[(int) Math.floorMod(newestSlot, (long) SLOTS)]++;
    }

    double perSecond(long nowNanos) {
        if (!any) {
            return 0;
        }
        advance(nowNanos);
        long sum = 0;
        for (long count : counts) {
            sum += count;
        }
        // The newest slot is not over yet, so the window is between nine and ten slots long.
        long window = (SLOTS - 1) * SLOT_NANOS + Math.floorMod(nowNanos - first, SLOT_NANOS);
        long nanos = Math.max(SLOT_NANOS / 5, Math.min(nowNanos - first, window));
        return sum * 1e9 / nanos;
    }

    private void advance(long nowNanos) {
        long slot = Math.floorDiv(nowNanos - first, SLOT_NANOS);
        if (slot - newestSlot >= SLOTS) {
            java.util.Arrays.fill(counts, 0);
            newestSlot = slot;
        }
        while (newestSlot < slot) {
            newestSlot++;
            counts[(int) Math.floorMod(newestSlot, (long) SLOTS)] = 0;
        }
    }
}
