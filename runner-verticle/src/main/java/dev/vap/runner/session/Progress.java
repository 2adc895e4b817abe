package dev.vap.runner.session;

import dev.vap.shared.domain.Detection;
import dev.vap.shared.protocol.SessionReport;
import java.util.List;
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
    /** Of the newest frame that was analysed; null if none was. */
    private List<Detection> seen;

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

    /**
     * A frame was analysed, and its result published.
     *
     * @param detections what was seen in it; kept, not to be changed any more
     */
    public void done(String byDetector, List<Detection> detections, long nowNanos) {
        seen = detections;
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

    /** How many of each class the newest analysed frame showed; null if there was none. */
    public Map<String, Integer> objects() {
        return SessionReport.count(seen);
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
