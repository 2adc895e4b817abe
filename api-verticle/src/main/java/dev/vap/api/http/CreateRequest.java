package dev.vap.api.http;

import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.SourceUrl;
import io.vertx.core.json.JsonObject;

/**
 * The body of a create that the contract allows.
 *
 * @param name null for none
 * @param model null for the default one
 * @param probe whether a runner has to look at the source first
 */
record CreateRequest(SourceUrl source, String name, String model, ScenarioOptions options, boolean probe) {

    static CreateRequest of(JsonObject body) {
        SourceUrl source = SourceUrl.parse(body.getString("camera_url"));
        Double fps = body.getDouble("fps");
        ScenarioOptions options = options(body);
        checkGivenOnce(fps, options.fps());
        return new CreateRequest(
                source,
                body.getString("name"),
                body.getString("model"),
                fps == null ? options : options.withFps(fps),
                Boolean.TRUE.equals(body.getBoolean("probe")));
    }

    /** The short form: the status a new scenario is to have is part of the body. */
    static CreateRequest ofShort(JsonObject body) {
        if (WantedStatus.parse(body.getString("status")) != WantedStatus.STARTED) {
            throw Fields.invalid("status", "init_startup for a new scenario");
        }
        return of(body);
    }

    /** The two places for it must not contradict each other; either may be null. */
    static void checkGivenOnce(Double fps, Double option) {
        if (fps != null && option != null && !fps.equals(option)) {
            throw Fields.invalid("fps", "given once, here or in \"options\"");
        }
    }

    /** The field {@code options}, which may be missing or null. */
    static ScenarioOptions options(JsonObject body) {
        return ScenarioOptions.fromJson(
                body.getJsonObject("options") == null ? new JsonObject() : body.getJsonObject("options"));
    }
}
