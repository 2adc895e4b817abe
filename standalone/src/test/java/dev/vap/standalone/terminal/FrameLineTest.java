package dev.vap.standalone.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

class FrameLineTest {

    private static JsonObject result(long frame, long pts, JsonObject... detections) {
        JsonArray array = new JsonArray();
        for (JsonObject detection : detections) {
            array.add(detection);
        }
        return new JsonObject()
                .put("frame_number", frame)
                .put("timestamp", "2026-01-01T12:00:00.250Z")
                .put("pts_ms", pts)
                .put("width", 768)
                .put("height", 432)
                .put("epoch", 1)
                .put("model", "yolox-nano")
                .put("detections", array);
    }

    private static JsonObject detection(String label, double confidence) {
        return new JsonObject()
                .put("class", label)
                .put("confidence", confidence)
                .put("bbox", new JsonArray());
    }

    @Test
    void showsNumberTimeAndObjects() {
        assertThat(FrameLine.compact(
                        result(120, 12_000, detection("person", 0.9123), detection("person", 0.84)), false))
                .isEqualTo("frame   120  0:12.0  2 objects: person 0.91, person 0.84");
        assertThat(FrameLine.compact(result(7, 700, detection("stop sign", 1)), false))
                .isEqualTo("frame     7  0:00.7  1 object: stop sign 1.00");
        assertThat(FrameLine.compact(result(1_234_567, 3_723_400), false))
                .isEqualTo("frame 1234567  1:02:03.4  nothing");
    }

    @Test
    void showsTheTimeOfDayWhereTheStreamHasNone() {
        assertThat(FrameLine.compact(result(5, -1), false)).matches("frame     5  \\d\\d:00:00\\.2  nothing");
        assertThat(FrameLine.compact(result(5, 99_000), true)).matches("frame     5  \\d\\d:00:00\\.2  nothing");
    }

    @Test
    void writesTheFieldsOfAnOutputFileOnly() {
        assertThat(FrameLine.json(result(3, 300, detection("car", 0.5))))
                .isEqualTo(
                        "{\"frame_number\":3,\"timestamp\":\"2026-01-01T12:00:00.250Z\",\"width\":768,\"height\":432,"
                                + "\"detections\":[{\"class\":\"car\",\"confidence\":0.5,\"bbox\":[]}]}");
    }
}
