package dev.vap.api.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.shared.domain.ScenarioOptions;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UpdateRequestTest {

    @Test
    void replacesWhatIsGivenAndKeepsTheRest() {
        ScenarioOptions before = ScenarioOptions.builder()
                .fps(2.0)
                .loop(true)
                .confidence(0.4)
                .classes(List.of("car"))
                .rtspTransport("udp")
                .hwaccel("auto")
                .tlsVerify(true)
                .build();
        UpdateRequest request = UpdateRequest.of(new JsonObject("""
                {"options": {"fps": 5, "loop": false, "rtsp_transport": null, "classes": null, "nms_iou": 0.5}}"""));

        assertThat(request.source()).isNull();
        assertThat(request.merge(before))
                .isEqualTo(ScenarioOptions.builder()
                        .fps(5.0)
                        .confidence(0.4)
                        .nmsIou(0.5)
                        .hwaccel("auto")
                        .tlsVerify(true)
                        .build());
    }

    @Test
    void takesFpsWhereACreateTakesIt() {
        ScenarioOptions before = ScenarioOptions.builder().fps(2.0).loop(true).build();

        assertThat(UpdateRequest.of(new JsonObject("{\"fps\": 5}")).merge(before))
                .isEqualTo(ScenarioOptions.builder().fps(5.0).loop(true).build());
        assertThat(UpdateRequest.of(new JsonObject("{\"fps\": null}")).merge(before))
                .isEqualTo(ScenarioOptions.builder().loop(true).build());
    }

    @Test
    void keepsAllOptionsIfOnlyTheSourceIsGiven() {
        ScenarioOptions before = ScenarioOptions.builder()
                .fps(2.0)
                .loop(true)
                .realtime(true)
                .confidence(0.4)
                .nmsIou(0.1)
                .classes(List.of("car"))
                .rtspTransport("udp")
                .hwaccel("auto")
                .tlsVerify(true)
                .build();
        UpdateRequest request = UpdateRequest.of(new JsonObject("{\"camera_url\": \"rtsp://u:p@h/1\"}"));

        assertThat(request.source().raw()).isEqualTo("rtsp://u:p@h/1");
        assertThat(request.merge(before)).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {}                       | There is nothing to change: give "camera_url", "name", "fps" or "options".
            {"camera_url": null}     | There is nothing to change: give "camera_url", "name", "fps" or "options".
            {"options": {}}          | There is nothing to change: give "camera_url", "name", "fps" or "options".
            {"camera_url": ""}       | "camera_url" must name a source, for example rtsp://host/stream.
            {"fps": 1, "options": {"fps": 2}} | "fps" must be given once, here or in "options".
            {"options": {"fps": -1}} | "fps" must be a number from 0 (every frame) to 1000.
            """)
    void saysWhatIsWrong(String body, String sentence) {
        assertThatThrownBy(() -> UpdateRequest.of(new JsonObject(body))).hasMessage(sentence);
    }
}
