package dev.vap.shared.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScenarioOptionsTest {

    private static final MotionOptions.Region CORNER = new MotionOptions.Region(
            List.of(new MotionOptions.Point(0, 0), new MotionOptions.Point(0.5, 0), new MotionOptions.Point(0, 0.25)));

    @Test
    void aSessionGoesOnWithWhatConcernsNeitherItsSourceNorItsModels() {
        ScenarioOptions some =
                ScenarioOptions.builder().fps(5.0).tlsVerify(true).build();
        assertThat(some.canBecome(some.toBuilder()
                        .fps(null)
                        .confidence(0.4)
                        .nmsIou(0.5)
                        .classes(List.of("person"))
                        .motion(MotionOptions.DEFAULTS)
                        .realtime(true)
                        .build()))
                .isTrue();
        List<ScenarioOptions> others = List.of(
                some.toBuilder().loop(true).build(),
                some.toBuilder().rtspTransport("udp").build(),
                some.toBuilder().hwaccel("auto").build(),
                some.toBuilder().tlsVerify(false).build(),
                some.toBuilder().frameEncoding(FrameEncoding.JPEG).build(),
                some.toBuilder()
                        .pipeline(List.of(new PipelineStage("colours", List.of(), 0.5, 4, 0.2)))
                        .build());
        assertThat(others).allSatisfy(o -> assertThat(some.canBecome(o)).isFalse());
        assertThat(others)
                .allSatisfy(o -> assertThat(some.canBecome(o.withFps(7.0))).isFalse());
    }

    @Test
    void readsBackWhatItWrites() {
        ScenarioOptions all = ScenarioOptions.builder()
                .fps(2.5)
                .loop(true)
                .realtime(true)
                .confidence(0.4)
                .nmsIou(0.5)
                .classes(List.of("person", "car"))
                .rtspTransport("udp")
                .hwaccel("vaapi")
                .tlsVerify(true)
                .motion(new MotionOptions(false, 30, 0.01, 1, 2, 3, List.of(CORNER)))
                .frameEncoding(FrameEncoding.JPEG)
                .pipeline(List.of(new PipelineStage("colours", List.of("car"), 0.5, 4, 0.2)))
                .build();
        assertThat(ScenarioOptions.fromJson(all.toJson())).isEqualTo(all);
        assertThat(all.withFps(1.0).withFps(2.5)).isEqualTo(all);
        assertThat(ScenarioOptions.fromJson(new JsonObject("{\"rtsp_transport\":\"TCP\",\"hwaccel\":\"Auto\"}")))
                .extracting(ScenarioOptions::rtspTransport, ScenarioOptions::hwaccel)
                .containsExactly("tcp", "auto");
        assertThat(ScenarioOptions.fromJson(new JsonObject("{\"motion\":{},\"pipeline\":[{\"model\":\"m\"}]}")))
                .isEqualTo(ScenarioOptions.builder()
                        .motion(MotionOptions.DEFAULTS)
                        .pipeline(List.of(PipelineStage.of("m", List.of())))
                        .build());
        assertThat(ScenarioOptions.DEFAULTS.toJson()).isEqualTo(new JsonObject());
        assertThat(ScenarioOptions.fromJson(new JsonObject())).isEqualTo(ScenarioOptions.DEFAULTS);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
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
                "{\"speed\":1}; \"options.speed\" is not known: use classes, confidence, fps, frame_encoding,"
                        + " hwaccel, loop, motion, nms_iou, pipeline, realtime, rtsp_transport, tls_verify.",
                "{\"frame_encoding\":\"png\"}; \"frame_encoding\" must be one of jpeg, raw.",
                "{\"motion\":true}; \"motion\" must be an object, {} for the defaults.",
                "{\"motion\":{\"speed\":1}}; \"options.motion.speed\" is not known: use enabled, hold_seconds, ignore,"
                        + " min_area, recheck_seconds, settle_seconds, threshold.",
                "{\"motion\":{\"threshold\":0}}; \"motion.threshold\" must be a whole number from 1 (most sensitive) to"
                        + " 255.",
                "{\"motion\":{\"threshold\":2.5}}; \"motion.threshold\" must be a whole number.",
                "{\"motion\":{\"min_area\":2}}; \"motion.min_area\" must be a share of the picture from 0 to 1.",
                "{\"motion\":{\"recheck_seconds\":0}}; \"motion.recheck_seconds\" must be a number from 0.1 to 3600.",
                "{\"motion\":{\"settle_seconds\":-1}}; \"motion.settle_seconds\" must be a number from 0 to 3600.",
                "{\"motion\":{\"hold_seconds\":\"1\"}}; \"motion.hold_seconds\" must be a number.",
                "{\"motion\":{\"ignore\":[[[0,0],[1,0]]]}}; \"motion.ignore\" must be a list of at most 32 polygons,"
                        + " each of 3 to 64 points [x, y] with coordinates from 0 (left, top) to 1 (right, bottom).",
                "{\"motion\":{\"ignore\":[[[0,0],[1,0],[1,1.5]]]}}; \"motion.ignore\" must be a list of at most 32"
                        + " polygons, each of 3 to 64 points [x, y] with coordinates from 0 (left, top) to 1 (right,"
                        + " bottom).",
                "{\"pipeline\":{}}; \"pipeline\" must be a list of at most 3 objects, each with the \"model\" that looks"
                        + " at what was found.",
                "{\"pipeline\":[{}]}; \"pipeline.model\" must be the name of a model: letters, digits, dots, dashes and"
                        + " underscores.",
                "{\"pipeline\":[{\"model\":\"m\",\"crops\":1}]}; \"options.pipeline.crops\" is not known: use classes,"
                        + " margin, max_crops, min_confidence, model.",
                "{\"pipeline\":[{\"model\":\"m\",\"max_crops\":33}]}; \"pipeline.max_crops\" must be a whole number from"
                        + " 1 to 32.",
                "{\"pipeline\":[{\"model\":\"m\",\"margin\":-1}]}; \"pipeline.margin\" must be a share of the box from 0"
                        + " to 1.",
                "{\"pipeline\":[{\"model\":\"m\",\"min_confidence\":7}]}; \"pipeline.min_confidence\" must be a number"
                        + " from 0 to 1.",
            })
    void saysWhatIsWrong(String json, String message) {
        assertThatThrownBy(() -> ScenarioOptions.fromJson(new JsonObject(json)))
                .isInstanceOf(VapException.class)
                .hasMessage(message);
    }
}
