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
                new ScenarioOptions(2.5, true, true, 0.4, 0.5, List.of("person", "car"), "udp", "vaapi", true);
        assertThat(ScenarioOptions.fromJson(all.toJson())).isEqualTo(all);
        assertThat(all.withFps(1.0).withFps(2.5)).isEqualTo(all);
        assertThat(ScenarioOptions.fromJson(new JsonObject("{\"rtsp_transport\":\"TCP\",\"hwaccel\":\"Auto\"}")))
                .extracting(ScenarioOptions::rtspTransport, ScenarioOptions::hwaccel)
                .containsExactly("tcp", "auto");
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
                "{\"rtsp_transport\":\"http\"}; \"rtsp_transport\" must be one of tcp, udp.",
                "{\"rtsp_transport\":1}; \"rtsp_transport\" must be a text.",
                "{\"hwaccel\":\"gpu\"}; \"hwaccel\" must be one of auto, cuda, d3d11va, none, qsv, vaapi, videotoolbox,"
                        + " vulkan.",
                "{\"tls_verify\":\"yes\"}; \"tls_verify\" must be true or false.",
                "{\"speed\":1}; \"options.speed\" is not known: use classes, confidence, fps, hwaccel, loop, nms_iou,"
                        + " realtime, rtsp_transport, tls_verify.",
            })
    void saysWhatIsWrong(String json, String message) {
        assertThatThrownBy(() -> ScenarioOptions.fromJson(new JsonObject(json)))
                .isInstanceOf(VapException.class)
                .hasMessage(message);
    }
}
