package dev.vap.runner.session;

import java.util.Map;
import java.util.TreeMap;

/** What a session counts for its reports. Confined to the session's context. */
final class Progress {

    private final SessionMetrics metrics;
    private final Map<String, Long> dropped = new TreeMap<>();
    private final RateMeter rate = new RateMeter();
    private long framesDone;
    private String detector;
    private String waiting;

    Progress(SessionMetrics metrics) {
        this.metrics = metrics;
    }

    void dropped(String cause) {
        dropped.merge(cause, 1L, Long::sum);
        metrics.dropped(cause);
    }

    void done(String byDetector, long nowNanos) {
        framesDone++;
        detector = byDetector;
        rate.mark(nowNanos);
        metrics.published();
    }

    /** Why frames wait at the moment; null if they do not. */
    void waiting(String reason) {
        waiting = reason;
    }

    String waiting() {
        return waiting;
    }

    long framesDone() {
        return framesDone;
    }

    String detector() {
        return detector;
    }

    double perSecond(long nowNanos) {
        return rate.perSecond(nowNanos);
    }

    /** By cause. */
    Map<String, Long> dropped() {
        return dropped;
    }
}
