package dev.vap.api.http;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.PipelineStage;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.SourceUrl;
import dev.vap.shared.domain.VapException;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * The body of a change that the contract allows.
 *
 * @param source null to keep it
 * @param renamed whether {@code name} is to be the name, which is null for none
 * @param changes options that are to be replaced; one that is null gets its default again
 */
record UpdateRequest(SourceUrl source, boolean renamed, String name, JsonObject changes) {

    static UpdateRequest of(JsonObject body) {
        JsonObject changes = body.getJsonObject("options") == null
                ? new JsonObject()
                : body.getJsonObject("options").copy();
        // Each is checked alone; what is wrong with it does not depend on the others.
        CreateRequest.options(body);
        if (body.containsKey("fps")) {
            CreateRequest.checkGivenOnce(body.getDouble("fps"), changes.getDouble("fps"));
            changes.put("fps", body.getValue("fps"));
        }
        String url = body.getString("camera_url");
        boolean renamed = body.containsKey("name");
        if (url == null && !renamed && changes.isEmpty()) {
            throw new VapException(
                    ErrorCode.MISSING_FIELD,
                    "There is nothing to change: give \"camera_url\", \"name\", \"fps\" or \"options\".");
        }
        return new UpdateRequest(url == null ? null : SourceUrl.parse(url), renamed, body.getString("name"), changes);
    }

    /** The stages that are asked for; empty if they stay as they are. */
    List<PipelineStage> pipeline() {
        return ScenarioOptions.fromJson(changes).pipeline();
    }

    /** An option that is an object or a list is replaced as a whole. */
    ScenarioOptions merge(ScenarioOptions present) {
        return ScenarioOptions.fromJson(present.toJson().mergeIn(changes));
    }

    String rename(String present) {
        return renamed ? name : present;
    }
}
