package dev.vap.benchmarks;

import dev.vap.shared.domain.Detection;
import java.util.ArrayList;
import java.util.List;

/**
 * What a gate left out, against a detector that saw every frame. A detection on a frame that was left out is missed if the
 * last analysed frame has nothing of its class in its place. Detections of successive frames in one place are one object, so
 * that an object no frame of which was analysed can be told from one that was seen late. Not thread-safe.
 */
final class MissedObjects {

    /** Overlap from which on two boxes are the same object. */
    private static final float SAME_PLACE = 0.3f;

    /** Frames for which an object may be without a detection. */
    private static final int PATIENCE = 10;

    /** An object that shows for fewer frames may be the detector's mistake. */
    static final int LEAST_FRAMES = 5;

    private final List<Seen> objects = new ArrayList<>();
    private final List<Seen> present = new ArrayList<>();
    private List<Detection> lastAnalysed = List.of();
    private long frame;
    private long onGated;
    private long missed;

    /** One object and its frames. */
    private static final class Seen {
        Detection last;
        long lastFrame;
        final long firstFrame;
        long firstAnalysed = -1;
        int frames;

        Seen(long frame) {
            firstFrame = frame;
        }
    }

    /** All frames, in order. */
    void frame(List<Detection> found, boolean analysed) {
        present.removeIf(seen -> frame - seen.lastFrame > PATIENCE);
        for (Detection detection : found) {
            Seen seen = objectOf(detection);
            seen.last = detection;
            seen.lastFrame = frame;
            seen.frames++;
            if (analysed && seen.firstAnalysed < 0) {
                seen.firstAnalysed = frame;
            }
            if (!analysed) {
                onGated++;
                if (lastAnalysed.stream().noneMatch(other -> isSame(detection, other))) {
                    missed++;
                }
            }
        }
        if (analysed) {
            lastAnalysed = found;
        }
        frame++;
    }

    private Seen objectOf(Detection detection) {
        for (Seen seen : present) {
            if (seen.lastFrame < frame && isSame(detection, seen.last)) {
                return seen;
            }
        }
        Seen seen = new Seen(frame);
        objects.add(seen);
        present.add(seen);
        return seen;
    }

    private static boolean isSame(Detection a, Detection b) {
        return a.label().equals(b.label()) && a.box().iou(b.box()) >= SAME_PLACE;
    }

    long detectionsOnGated() {
        return onGated;
    }

    long missedDetections() {
        return missed;
    }

    private List<Seen> lasting() {
        return objects.stream().filter(o -> o.frames >= LEAST_FRAMES).toList();
    }

    long objects() {
        return lasting().size();
    }

    long neverAnalysed() {
        return lasting().stream().filter(o -> o.firstAnalysed < 0).count();
    }

    /** Frames from an object's first detection to its first on an analysed frame: the worst. */
    long latestFrames() {
        return lasting().stream()
                .filter(o -> o.firstAnalysed >= 0)
                .mapToLong(o -> o.firstAnalysed - o.firstFrame)
                .max()
                .orElse(0);
    }
}
