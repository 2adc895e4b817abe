package dev.vap.shared.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScenarioOptionsTest {

    @Test
    void readsBackWhatItWrites() {
        ScenarioOptions all =
                new ScenarioOptions(2.5, true, true, 0.4, 0.5, List.of("person", "car"), null, null, false);
        assertThat(ScenarioOptions.fromJson(all.toJson())).isEqualTo(all);
        assertThat(ScenarioOptions.DEFAULTS.toJson()).isEqualTo(new JsonObject());
        assertThat(ScenarioOptions.fromJson(new JsonObject())).isEqualTo(ScenarioOptions.DEFAULTS);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{\"fps\":\"5\"}; \"fps\" must be a number.",
                "{\"fps\":-1}; \"fps\" must be a number from 0 (every frame) to 1000.",
                "{\"loop\":1}; \"loop\" must be true or false.",
                "{\"confidence\":1.5}; \"confidence\" must be a number from 0 to 1.",
                "{\"nms_iou\":-0.1}; \"nms_iou\" must be a number from 0 to 1.",
                "{\"classes\":\"person\"}; \"classes\" must be a list of class names.",
                "{\"classes\":[1]}; \"classes\" must be a list of class names.",
                "{\"speed\":1}; \"options.speed\" is not known: use classes, confidence, fps, loop, nms_iou, realtime.",
            })
    void saysWhatIsWrong(String json, String message) {
        assertThatThrownBy(() -> ScenarioOptions.fromJson(new JsonObject(json)))
                .isInstanceOf(VapException.class)
                .hasMessage(message);
    }
}
