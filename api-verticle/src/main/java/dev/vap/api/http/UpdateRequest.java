package dev.vap.api.http;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.PipelineStage;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.SourceUrl;
import dev.vap.shared.domain.VapException;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * The body of {@code PATCH /api/v1/scenario/:id}, checked as far as that needs nothing but the body.
 *
 * @param source null to keep it
 * @param changes options that are to be replaced; one that is null gets its default again
 */
record UpdateRequest(SourceUrl source, JsonObject changes) {

    static UpdateRequest parse(JsonObject body) {
        Fields.allowOnly(body, "camera_url", "options");
        JsonObject changes = Fields.optionalObject(body, "options");
        // Each is checked alone; what is wrong with it does not depend on the others.
        CreateRequest.options(changes);
        if (body.getValue("camera_url") == null && changes.isEmpty()) {
            throw new VapException(
                    ErrorCode.MISSING_FIELD, "There is nothing to change: give \"camera_url\", \"options\", or both.");
        }
        String url = Fields.optionalString(body, "camera_url");
        return new UpdateRequest(url == null ? null : SourceUrl.parse(url), changes);
    }

    /** The stages that are asked for; empty if they stay as they are. */
    List<PipelineStage> pipeline() {
        return ScenarioOptions.fromJson(changes).pipeline();
    }

    /** An option that is an object or a list is replaced as a whole. */
    ScenarioOptions merge(ScenarioOptions present) {
        return ScenarioOptions.fromJson(present.toJson().mergeIn(changes));
    }
}
