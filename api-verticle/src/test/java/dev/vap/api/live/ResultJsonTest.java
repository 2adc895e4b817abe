package dev.vap.api.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.storage.Results;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ResultJsonTest {

    private static final Instant AT = Instant.parse("2026-01-01T00:00:00.123Z");

    @Test
    void isValidJsonWhateverTheTextsHold() {
        JsonObject shown = shown("a \"quoted\"\nmodel", 12.3f);

        assertThat(shown.getString("model")).isEqualTo("a \"quoted\"\nmodel");
        assertThat(shown.getValue("inference_ms")).isEqualTo(12.3);
        assertThat(shown.getString("timestamp")).isEqualTo("2026-01-01T00:00:00.123Z");
        assertThat(shown.getLong("frame_number")).isEqualTo(7);
        assertThat(shown.getJsonArray("detections")).isEqualTo(new JsonArray("[{\"class\":\"a\"}]"));
    }

    @Test
    void showsWhatIsNoNumberAsNull() {
        assertThat(shown("m", Float.POSITIVE_INFINITY).getValue("inference_ms")).isNull();
        assertThat(shown("m", 1e-7f).getDouble("inference_ms")).isEqualTo(1e-7);
    }

    @Test
    void showsAnUnknownAgeAsNull() {
        assertThat(shown("m", 1, 250).getInteger("age_ms")).isEqualTo(250);
        assertThat(shown("m", 1, null).getMap()).containsEntry("age_ms", null);
    }

    private static JsonObject shown(String model, float inference) {
        return shown(model, inference, 0);
    }

    @Test
    void saysSoOfAFrameThatWasNotAnalysedOnly() {
        assertThat(shown("m", 1).containsKey("gated")).isFalse();
        assertThat(shown("m", 1, 0, true).getBoolean("gated")).isTrue();
    }

    private static JsonObject shown(String model, float inference, Integer age) {
        return shown(model, inference, age, false);
    }

    private static JsonObject shown(String model, float inference, Integer age, boolean gated) {
        StringBuilder out = new StringBuilder("{");
        ResultJson.append(
                out,
                new Results.Stored(
                        7, 1, AT, age, 280, 640, 480, model, "onnx", inference, "[{\"class\":\"a\"}]", AT, gated));
        return new JsonObject(out.append('}').toString());
    }
}
