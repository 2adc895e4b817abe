package dev.vap.api.http;

import dev.vap.shared.domain.ScenarioRef;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;

/** A request, as actions see it. */
record Call(RoutingContext context) {

    /** The scenario that the path names. */
    ScenarioRef ref() {
        return ScenarioRef.parse(context.pathParam("id"));
    }

    /** The file that the path names. */
    String name() {
        return context.pathParam("name");
    }

    Query query(String... known) {
        return new Query(context.queryParams(), known);
    }

    /** The JSON object in the body; to be called before anything asynchronous. */
    Future<JsonObject> body() {
        return JsonBody.read(request(), false);
    }

    /** As {@link #body()}; no body means an empty object. */
    Future<JsonObject> optionalBody() {
        return JsonBody.read(request(), true);
    }

    HttpServerRequest request() {
        return context.request();
    }

    HttpServerResponse response() {
        return context.response();
    }
}
