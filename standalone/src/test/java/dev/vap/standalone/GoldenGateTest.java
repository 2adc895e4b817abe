package dev.vap.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GoldenGateTest {

    private static JsonObject box(String label, double confidence, double... corners) {
        JsonArray bbox = new JsonArray();
        for (double corner : corners) {
            bbox.add(corner);
        }
        return new JsonObject()
                .put("class", label)
                .put("confidence", confidence)
                .put("bbox", bbox);
    }

    private static JsonObject frame(JsonObject... boxes) {
        JsonArray detections = new JsonArray();
        for (JsonObject box : boxes) {
            detections.add(box);
        }
        return new JsonObject().put("width", 100).put("height", 100).put("detections", detections);
    }

    @Test
    void findsTheSameTheSame() {
        var frames = Map.of(0L, frame(box("a", 0.9, 0, 0, 10, 10), box("b", 0.4, 5, 5, 50, 50)));
        GoldenGate gate = GoldenGate.compare(frames, frames);
        assertThat(gate.toString())
                .isEqualTo(
                        "2 boxes matched; clear precision 1.0000, recall 1.0000; mean IoU 1.0000, confidence difference"
                                + " 0.0000");
    }

    @Test
    void seesOtherClassesMissingFramesAndExtraBoxes() {
        var golden = Map.of(
                0L, frame(box("a", 0.9, 0, 0, 10, 10), box("a", 0.9, 60, 60, 90, 90)),
                10L, frame(box("a", 0.9, 0, 0, 10, 10), box("a", 0.32, 20, 20, 30, 30)));
        var other = Map.of(0L, frame(box("a", 0.8, 0, 0, 10, 8), box("c", 0.9, 60, 60, 90, 90)));

        GoldenGate gate = GoldenGate.compare(golden, other);

        assertThat(gate.matched()).isEqualTo(1);
        // Missed: one of another class, one clear box of the missing frame; the one near the threshold does not count.
        assertThat(gate.recall()).isEqualTo(1 / 3.0);
        assertThat(gate.precision()).isEqualTo(1 / 2.0);
        assertThat(gate.meanIou()).isCloseTo(0.8, org.assertj.core.api.Assertions.within(1e-6));
        assertThat(gate.meanConfidenceDifference()).isCloseTo(0.1, org.assertj.core.api.Assertions.within(1e-6));
    }
}
