package dev.vap.api.http;

import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.SourceUrl;
import io.vertx.core.json.JsonObject;
import java.util.regex.Pattern;

/**
 * The body of a create, checked as far as that needs nothing but the body.
 *
 * @param model null for the default one
 * @param probe whether a runner has to look at the source first
 */
record CreateRequest(SourceUrl source, String model, ScenarioOptions options, boolean probe) {

    static final String EXAMPLE = "rtsp://host/stream";
    private static final Pattern MODEL_NAME = Pattern.compile("[a-zA-Z0-9._-]{1,100}");

    /** {@code POST /api/v1/scenario/init}. */
    static CreateRequest parse(JsonObject body) {
        Fields.allowOnly(body, "camera_url", "model", "fps", "options", "probe");
        return read(body);
    }

    /** {@code POST /scenario/}: the status a new scenario is to have is part of the body. */
    static CreateRequest parseShort(JsonObject body) {
        Fields.allowOnly(body, "status", "camera_url", "model", "fps", "options", "probe");
        if (WantedStatus.parse(Fields.string(body, "status", "init_startup")) != WantedStatus.STARTED) {
            throw Fields.invalid("status", "init_startup for a new scenario");
        }
        return read(body);
    }

    private static CreateRequest read(JsonObject body) {
        SourceUrl source = SourceUrl.parse(Fields.string(body, "camera_url", EXAMPLE));
        String model = Fields.optionalString(body, "model");
        if (model != null && !MODEL_NAME.matcher(model).matches()) {
            throw Fields.invalid("model", "the name of a model: letters, digits, dots, dashes and underscores");
        }
        Double fps = Fields.optionalNumber(body, "fps");
        ScenarioOptions options = options(Fields.optionalObject(body, "options"));
        if (fps != null && options.fps() != null && !fps.equals(options.fps())) {
            throw Fields.invalid("fps", "given once, here or in \"options\"");
        }
        return new CreateRequest(
                source, model, fps == null ? options : options.withFps(fps), Fields.flag(body, "probe"));
    }

    static ScenarioOptions options(JsonObject json) {
        ScenarioOptions options = ScenarioOptions.fromJson(json);
        if (options.classes().stream().anyMatch(name -> name.chars().anyMatch(Character::isISOControl))) {
            throw Fields.invalid("classes", "a list of class names without control characters");
        }
        return options;
    }
}
