package dev.vap.standalone.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReportTest {

    private static JsonObject frame(String... labels) {
        JsonArray detections = new JsonArray();
        for (String label : labels) {
            detections.add(new JsonObject().put("class", label));
        }
        return new JsonObject().put("detections", detections);
    }

    @Test
    void sumsUp() {
        Report report = new Report();
        report.add(List.of(frame("person", "cat"), frame()), 1_000_000_000L);
        report.add(List.of(frame("person")), 2_500_000_000L);
        assertThat(report.summary(500_000_000L))
                .isEqualTo("3 frames in 2.0 s (1.5 frames/s); objects: person 2, cat 1.");
        assertThat(report.framesPerSecond(2_500_000_000L)).isEqualTo(2);
    }

    @Test
    void sumsUpNothing() {
        assertThat(new Report().summary(0)).isEqualTo("No frames.");
        Report report = new Report();
        report.add(List.of(frame()), 1_000_000_000L);
        assertThat(report.summary(0)).isEqualTo("1 frame in 1.0 s (1.0 frames/s); objects: none.");
    }
}
