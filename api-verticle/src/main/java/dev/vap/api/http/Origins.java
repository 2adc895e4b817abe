package dev.vap.api.http;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.VapException;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Which pages may use the API: our own, and those of the origins that the settings name (CORS). A browser that runs any
 * other page does not get to see answers, and may not change anything here or listen, though it is inside our network.
 * Programs other than browsers send no {@code Origin}.
 */
final class Origins implements Handler<RoutingContext> {

    private static final String METHODS = "GET, HEAD, POST, PATCH, DELETE, OPTIONS";
    private static final String TAKEN =
            "Content-Type, Content-Range, Accept, If-Match, If-None-Match, Idempotency-Key, Last-Event-ID, Range, X-Request-ID";
    private static final String SHOWN =
            "ETag, Location, Retry-After, X-Request-ID, Idempotency-Replayed, Content-Range, X-Frame-Number, X-Timestamp,"
                    + " X-Pts-Ms, X-Source-Size";
    private static final Set<HttpMethod> HARMLESS = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

    private final List<String> allowed;

    /**
     * @param allowed such as {@code https://vms.example.org}; {@code *} for all
     */
    Origins(List<String> allowed) {
        this.allowed = allowed.stream().map(o -> o.toLowerCase(Locale.ROOT)).toList();
    }

    @Override
    public void handle(RoutingContext context) {
        HttpServerRequest request = context.request();
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin == null || isOwn(request, origin)) {
            context.next();
            return;
        }
        HttpServerResponse response = context.response();
        response.putHeader(HttpHeaders.VARY, HttpHeaders.ORIGIN);
        if (isAllowed(origin)) {
            response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, origin)
                    .putHeader(HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS, SHOWN);
            if (isPreflight(request)) {
                response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, METHODS)
                        .putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS, TAKEN)
                        .putHeader(HttpHeaders.ACCESS_CONTROL_MAX_AGE, "600")
                        .setStatusCode(204)
                        .end();
            } else {
                context.next();
            }
        } else if (HARMLESS.contains(request.method()) && !isListening(context)) {
            // Without the headers the browser keeps the answer from the page.
            context.next();
        } else {
            context.fail(new VapException(
                    ErrorCode.ORIGIN_NOT_ALLOWED,
                    "Pages of " + Redact.shorten(origin)
                            + " may not do this: start VAP with that origin in HTTP_CORS_ORIGINS."));
        }
    }

    /** WebSockets and the bridge know no CORS: the browser leaves the decision to us. */
    private static boolean isListening(RoutingContext context) {
        // As the router reads it: %65ventbus and //eventbus are the same path.
        return context.normalizedPath().startsWith("/eventbus")
                || context.request().getHeader(HttpHeaders.UPGRADE) != null;
    }

    private static boolean isPreflight(HttpServerRequest request) {
        return request.method().equals(HttpMethod.OPTIONS)
                && request.getHeader(HttpHeaders.ACCESS_CONTROL_REQUEST_METHOD) != null;
    }

    private boolean isAllowed(String origin) {
        return allowed.contains("*") || allowed.contains(origin.toLowerCase(Locale.ROOT));
    }

    private static boolean isOwn(HttpServerRequest request, String origin) {
        try {
            return request.authority() != null
                    && request.authority().toString().equalsIgnoreCase(new URI(origin).getAuthority());
        } catch (URISyntaxException e) {
            return false;
        }
    }
}
