package dev.vap.api.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.VapException;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CreateRequestTest {

    @Test
    void readsEveryField() {
        CreateRequest request = CreateRequest.of(new JsonObject("""
                {"camera_url": "rtsp://h/1", "model": "people", "fps": 2.5,
                 "options": {"loop": true, "realtime": true, "confidence": 0.4, "nms_iou": 0.5, "classes": ["car"]}}"""));

        assertThat(request.source().raw()).isEqualTo("rtsp://h/1");
        assertThat(request.model()).isEqualTo("people");
        assertThat(request.options())
                .isEqualTo(ScenarioOptions.builder()
                        .fps(2.5)
                        .loop(true)
                        .realtime(true)
                        .confidence(0.4)
                        .nmsIou(0.5)
                        .classes(List.of("car"))
                        .build());
    }

    @Test
    void leavesToThePlatformWhatIsNotGiven() {
        CreateRequest request = CreateRequest.of(
                new JsonObject("{\"camera_url\": \"clip.mp4\", \"model\": null, \"fps\": null, \"options\": null}"));

        assertThat(request.model()).isNull();
        assertThat(request.options()).isEqualTo(ScenarioOptions.DEFAULTS);
        assertThat(request.source().isFile()).isTrue();
    }

    @Test
    void fpsMayBeAnOptionToo() {
        assertThat(CreateRequest.of(new JsonObject("{\"camera_url\": \"c\", \"options\": {\"fps\": 3}}"))
                        .options()
                        .fps())
                .isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"camera_url": " "}                     | invalid_value | "camera_url" must name a source, for example rtsp://host/stream.
            {"camera_url": "a\\u0000b"}             | invalid_value | "camera_url" must not hold control characters.
            {"camera_url": "ftp://u:pw@h/x"}        | source_scheme_not_allowed | "ftp://***@h/x" is no source VAP can open: use rtsp://, rtsps://, onvif://, http://, https://, rtmp://, rtmps://, srt://, udp://, rtp://, v4l2:/dev/video0 or file: followed by a path under the media root.
            {"camera_url": "c", "fps": 1, "options": {"fps": 2}} | invalid_value | "fps" must be given once, here or in "options".
            """)
    void refusesWhatIsNotARequest(String body, String code, String sentence) {
        assertThatThrownBy(() -> CreateRequest.of(new JsonObject(body)))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code().wire()).isEqualTo(code.toLowerCase(Locale.ROOT)))
                .hasMessage(sentence);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"camera_url": "c", "status": "init_shutdown"}        | invalid_value   | "status" must be init_startup for a new scenario.
            {"camera_url": "c", "status": "in_startup_processing"} | status_reserved | The status in_startup_processing is set by the system only: ask for init_startup or init_shutdown.
            {"camera_url": "c", "status": "running"}              | invalid_value   | "running" is no status: ask for init_startup or init_shutdown.
            """)
    void theShortFormWantsAStatusAsWell(String body, String code, String sentence) {
        assertThatThrownBy(() -> CreateRequest.ofShort(new JsonObject(body)))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code().wire()).isEqualTo(code))
                .hasMessage(sentence);
        assertThat(CreateRequest.ofShort(new JsonObject("{\"camera_url\": \"c\", \"status\": \"active\"}"))
                        .source()
                        .raw())
                .isEqualTo("c");
    }
}
