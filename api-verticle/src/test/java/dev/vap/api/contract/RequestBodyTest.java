package dev.vap.api.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.shared.domain.VapException;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestBodyTest {

    private static final Contract CONTRACT = Contract.load();

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {}                                      | missing_field | "camera_url" is missing: give it, for example "rtsp://host/stream".
            {"camera_url": null}                    | missing_field | "camera_url" is missing: give it, for example "rtsp://host/stream".
            {"camera_url": 7}                       | invalid_value | "camera_url" must be a text.
            {"camera_url": "c", "url": "d"}         | unknown_field | "url" is not known: use camera_url, fps, model, name, options, probe.
            {"url": "d"}                            | unknown_field | "url" is not known: use camera_url, fps, model, name, options, probe.
            {"camera_url": "c", "model": 1}         | invalid_value | "model" must be the name of a model: letters, digits, dots, dashes and underscores.
            {"camera_url": "c", "model": "a/b"}     | invalid_value | "model" must be the name of a model: letters, digits, dots, dashes and underscores.
            {"camera_url": "c", "name": ""}         | invalid_value | "name" must be a text of 1 to 100 characters without control characters.
            {"camera_url": "c", "name": "  "}       | invalid_value | "name" must be a text of 1 to 100 characters without control characters.
            {"camera_url": "c", "name": "a\\u0007"} | invalid_value | "name" must be a text of 1 to 100 characters without control characters.
            {"camera_url": "c", "name": "door\\n"}  | invalid_value | "name" must be a text of 1 to 100 characters without control characters.
            {"camera_url": "c", "model": "m\\n"}    | invalid_value | "model" must be the name of a model: letters, digits, dots, dashes and underscores.
            {"camera_url": "c", "fps": "5"}         | invalid_value | "fps" must be a number from 0 (every frame) to 1000.
            {"camera_url": "c", "fps": -1}          | invalid_value | "fps" must be a number from 0 (every frame) to 1000.
            {"camera_url": "c", "fps": 1e400}       | invalid_value | "fps" must be a number from 0 (every frame) to 1000.
            {"camera_url": "c", "options": []}      | invalid_value | "options" must be a JSON object.
            {"camera_url": "c", "options": {"x": 1}} | unknown_field | "options.x" is not known: use classes, confidence, fps, frame_encoding, hwaccel, loop, motion, nms_iou, pipeline, realtime, rtsp_transport, tls_verify.
            {"camera_url": "c", "options": {"loop": 1}} | invalid_value | "loop" must be true or false.
            {"camera_url": "c", "probe": "yes"}     | invalid_value | "probe" must be true or false.
            {"camera_url": "c", "options": {"hwaccel": "gpu"}} | invalid_value | "hwaccel" must be one of auto, cuda, d3d11va, none, qsv, vaapi, videotoolbox, vulkan.
            {"camera_url": "c", "options": {"rtsp_transport": 1}} | invalid_value | "rtsp_transport" must be one of tcp, udp.
            {"camera_url": "c", "options": {"confidence": 2}} | invalid_value | "confidence" must be a number from 0 to 1.
            {"camera_url": "c", "options": {"classes": "car"}} | invalid_value | "classes" must be a list of class names.
            {"camera_url": "c", "options": {"classes": ["a\\u0000"]}} | invalid_value | "classes" must be a list of class names without control characters.
            {"camera_url": "c", "options": {"motion": {"threshold": 0}}} | invalid_value | "motion.threshold" must be a whole number from 1 (most sensitive) to 255.
            {"camera_url": "c", "options": {"motion": {"threshold": 1.5}}} | invalid_value | "motion.threshold" must be a whole number from 1 (most sensitive) to 255.
            {"camera_url": "c", "options": {"motion": {"speed": 1}}} | unknown_field | "options.motion.speed" is not known: use enabled, hold_seconds, ignore, min_area, recheck_seconds, settle_seconds, threshold.
            {"camera_url": "c", "options": {"motion": {"ignore": [[[0, 0], [1, 1], [0, 2]]]}}} | invalid_value | "motion.ignore" must be a list of at most 32 polygons, each of 3 to 64 points [x, y] with coordinates from 0 (left, top) to 1 (right, bottom).
            {"camera_url": "c", "options": {"pipeline": [{}]}} | missing_field | "options.pipeline.model" is missing: give it, for example "mobilenet".
            {"camera_url": "c", "options": {"pipeline": [{"model": "m", "max_crops": 99}]}} | invalid_value | "pipeline.max_crops" must be a whole number from 1 to 32.
            {"camera_url": "c", "options": {"pipeline": [1]}} | invalid_value | "pipeline" must be a list of at most 3 objects, each with the "model" that looks at what was found.
            """)
    void refusesWithOneSentence(String body, String code, String sentence) {
        RequestBody create = CONTRACT.operation("createScenario").body();

        assertThatThrownBy(() -> create.check(new JsonObject(body)))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code().wire()).isEqualTo(code))
                .hasMessage(sentence);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"camera_url\": \"clip.mp4\"}",
                "{\"camera_url\": \"clip.mp4\", \"model\": null, \"fps\": null, \"options\": null, \"name\": null}",
                "{\"camera_url\": \"c\", \"fps\": 0, \"name\": \"Вход <b>1</b>\", \"options\": {\"classes\": []}}",
                "{\"camera_url\": \"c\", \"options\": {\"motion\": {}, \"hwaccel\": \"none\", \"fps\": 1000}}",
                "{\"camera_url\": \"c\", \"options\": {\"pipeline\": [{\"model\": \"m\", \"margin\": 0.5}]}}",
            })
    void letsPassWhatIsAllowed(String body) {
        RequestBody create = CONTRACT.operation("createScenario").body();

        assertThatCode(() -> create.check(new JsonObject(body))).doesNotThrowAnyException();
    }

    @Test
    void showsAnExampleWhereABodyIsMissing() {
        assertThatThrownBy(
                        () -> CONTRACT.operation("createScenarioShort").body().none())
                .hasMessage("The body is missing: send a JSON object, for example {\"status\": \"init_startup\","
                        + " \"camera_url\": \"rtsp://host/stream\"}.");
        assertThatThrownBy(() -> CONTRACT.operation("updateScenario").body().none())
                .hasMessage("The body is missing: send a JSON object.");
        assertThat(CONTRACT.operation("stopScenario").body().none()).isEmpty();
    }
}
