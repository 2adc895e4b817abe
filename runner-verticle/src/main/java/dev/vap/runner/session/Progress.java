package dev.vap.runner.session;

import java.util.Map;
import java.util.TreeMap;

/** What a session counts for its reports. Confined to the session's context. */
public final class Progress {

    private final SessionMetrics metrics;
    private final Map<String, Long> dropped = new TreeMap<>();
    private final RateMeter rate = new RateMeter();
    private long framesDone;
    private long gated;
    private String detector;
    private String waiting;

    public Progress(SessionMetrics metrics) {
        this.metrics = metrics;
    }

    public void dropped(String cause) {
        dropped(cause, 1);
    }

    public void dropped(String cause, long frames) {
        dropped.merge(cause, frames, Long::sum);
        metrics.dropped(cause, frames);
    }

    /** An object that a further model was to look at was not analysed. */
    void cropSkipped(String cause) {
        dropped.merge("crop_" + cause, 1L, Long::sum);
        metrics.crop(cause);
    }

    public void done(String byDetector, long nowNanos) {
        framesDone++;
        detector = byDetector;
        rate.mark(nowNanos);
        metrics.published();
    }

    /** Frames in which nothing moved. */
    public void gated(long frames) {
        gated += frames;
        metrics.gated(frames);
    }

    public long gated() {
        return gated;
    }

    /** The result of a frame that was not analysed was published. */
    public void doneGated() {
        framesDone++;
        metrics.published();
    }

    /** Why frames wait at the moment; null if they do not. */
    public void waiting(String reason) {
        waiting = reason;
    }

    public String waiting() {
        return waiting;
    }

    public long framesDone() {
        return framesDone;
    }

    public String detector() {
        return detector;
    }

    public double perSecond(long nowNanos) {
        return rate.perSecond(nowNanos);
    }

    /** By cause. */
    public Map<String, Long> dropped() {
        return dropped;
    }
}
