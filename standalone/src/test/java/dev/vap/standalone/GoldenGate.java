package dev.vap.standalone;

import dev.vap.shared.domain.BoundingBox;
import dev.vap.shared.domain.Detection;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How far results are from golden ones. Boxes of a frame are matched by class and IoU, each once, the best pairs first;
 * frames that are not golden are passed over, golden frames that are missing count all their boxes as missed. Unmatched
 * boxes near the score threshold are left out: two right implementations may disagree about those.
 */
final class GoldenGate {

    private static final double MIN_IOU = 0.5;
    private static final double SCORE = 0.3;
    private static final double CLEAR = SCORE + 0.05;

    private int matched;
    private int missed;
    private int extra;
    private double iouSum;
    private double confidenceSum;

    private record Pair(float iou, int golden, int other) {}

    /**
     * @param golden lines by frame number
     * @param other likewise
     */
    static GoldenGate compare(Map<Long, JsonObject> golden, Map<Long, JsonObject> other) {
        GoldenGate gate = new GoldenGate();
        golden.forEach((frame, expected) -> gate.compare(
                boxes(expected, expected), other.containsKey(frame) ? boxes(other.get(frame), expected) : List.of()));
        return gate;
    }

    private void compare(List<Detection> golden, List<Detection> other) {
        List<Pair> pairs = new ArrayList<>();
        for (int i = 0; i < golden.size(); i++) {
            for (int j = 0; j < other.size(); j++) {
                float iou = golden.get(i).box().iou(other.get(j).box());
                if (iou >= MIN_IOU && golden.get(i).label().equals(other.get(j).label())) {
                    pairs.add(new Pair(iou, i, j));
                }
            }
        }
        pairs.sort(Comparator.comparing(Pair::iou).reversed());
        Set<Integer> usedGolden = new HashSet<>();
        Set<Integer> usedOther = new HashSet<>();
        for (Pair pair : pairs) {
            if (!usedGolden.contains(pair.golden()) && !usedOther.contains(pair.other())) {
                usedGolden.add(pair.golden());
                usedOther.add(pair.other());
                iouSum += pair.iou();
                confidenceSum += Math.abs(golden.get(pair.golden()).confidence()
                        - other.get(pair.other()).confidence());
            }
        }
        matched += usedGolden.size();
        missed += clearOnes(golden, usedGolden);
        extra += clearOnes(other, usedOther);
    }

    private static int clearOnes(List<Detection> detections, Set<Integer> used) {
        int count = 0;
        for (int i = 0; i < detections.size(); i++) {
            count += !used.contains(i) && detections.get(i).confidence() >= CLEAR ? 1 : 0;
        }
        return count;
    }

    /** Those above the threshold, clipped to the golden picture. */
    private static List<Detection> boxes(JsonObject line, JsonObject picture) {
        float width = picture.getFloat("width");
        float height = picture.getFloat("height");
        List<Detection> boxes = new ArrayList<>();
        for (Object each : line.getJsonArray("detections")) {
            JsonObject json = (JsonObject) each;
            if (json.getDouble("confidence") >= SCORE) {
                var b = json.getJsonArray("bbox");
                boxes.add(new Detection(
                        json.getString("class"),
                        0,
                        json.getFloat("confidence"),
                        new BoundingBox(
                                clip(b.getFloat(0), width),
                                clip(b.getFloat(1), height),
                                clip(b.getFloat(2), width),
                                clip(b.getFloat(3), height))));
            }
        }
        return boxes;
    }

    private static float clip(float value, float max) {
        return Math.min(Math.max(value, 0), max);
    }

    int matched() {
        return matched;
    }

    double precision() {
        return (double) matched / (matched + extra);
    }

    double recall() {
        return (double) matched / (matched + missed);
    }

    double meanIou() {
        return iouSum / matched;
    }

    double meanConfidenceDifference() {
        return confidenceSum / matched;
    }

    @Override
    public String toString() {
        return "%d boxes matched; clear precision %.4f, recall %.4f; mean IoU %.4f, confidence difference %.4f"
                .formatted(matched, precision(), recall(), meanIou(), meanConfidenceDifference());
    }
}
