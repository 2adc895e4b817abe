package dev.vap.api.http;

import dev.vap.api.contract.Operation;
import dev.vap.api.contract.Parameters;
import dev.vap.api.contract.RequestBody;
import dev.vap.shared.domain.ScenarioRef;
import dev.vap.shared.storage.Precondition;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;

/**
 * A request that the contract allows, as actions see it.
 *
 * @param parameters with the contract's defaults where there are any
 */
record Call(RoutingContext context, Operation operation, Parameters parameters) {

    /**
     * @throws dev.vap.shared.domain.VapException if the contract does not allow its parameters
     */
    static Call of(RoutingContext context, Operation operation) {
        return new Call(
                context,
                operation,
                Parameters.of(operation, context.pathParams(), context.queryParams(), headers(context.request())));
    }

    /** A range means something to GET alone (RFC 9110, 14.2). */
    private static MultiMap headers(HttpServerRequest request) {
        return request.method().equals(HttpMethod.HEAD) && request.headers().contains("Range")
                ? MultiMap.caseInsensitiveMultiMap().addAll(request.headers()).remove("Range")
                : request.headers();
    }

    /** The scenario that the path names. */
    ScenarioRef ref() {
        return ScenarioRef.parse(parameters.text("id").orElseThrow());
    }

    /** What must hold of the scenario for it to be changed. */
    Precondition precondition() {
        return Conditions.of(parameters.text("If-Match").orElse(null));
    }

    /** The JSON object in the body, checked; to be called before anything asynchronous. */
    Future<JsonObject> body() {
        RequestBody body = operation.body();
        return JsonBody.read(request(), body).map(body::check);
    }

    /** Only the head of the answer is wanted: no stream is to be opened. */
    boolean isHead() {
        return request().method().equals(HttpMethod.HEAD);
    }

    /** Empty for none. */
    String accept() {
        String accept = request().getHeader(HttpHeaders.ACCEPT);
        return accept == null ? "" : accept;
    }

    HttpServerRequest request() {
        return context.request();
    }

    HttpServerResponse response() {
        return context.response();
    }
}
