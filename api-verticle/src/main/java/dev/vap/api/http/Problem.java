package dev.vap.api.http;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.domain.VapException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.handler.HttpException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An error as clients see it: {@code application/problem+json} (RFC 9457). The one place where a failure gets its HTTP
 * status.
 *
 * @param retryAfterSeconds 0 if trying again is no help
 * @param fault what is wrong with the source; null if it is not about one that was looked at
 */
record Problem(int status, ErrorCode code, String detail, int retryAfterSeconds, SourceFault fault) {

    private static final Logger LOG = LoggerFactory.getLogger(Problem.class);
    private static final int MAX_INSTANCE = 200;

    static Problem of(VapException e) {
        return new Problem(
                status(e.code()),
                e.code(),
                e.getMessage(),
                retryAfter(e.code()),
                e instanceof SourceUnusable unusable ? unusable.fault() : null);
    }

    /** Whatever is none of ours is logged once, under the id that the client is told, and otherwise kept from it. */
    static Problem of(Throwable failure, String requestId, String method, String path) {
        if (failure instanceof VapException e && e.code() != ErrorCode.INTERNAL) {
            return of(e);
        }
        if (failure instanceof TimeoutException) {
            return of(new VapException(
                    ErrorCode.STORE_UNAVAILABLE, "The request could not be answered in time; try again shortly."));
        }
        if (failure instanceof HttpException e && e.getStatusCode() < 500) {
            return of(badRequest(e));
        }
        if (failure instanceof IllegalArgumentException && failure.getStackTrace().length > 0 && isRouting(failure)) {
            return of(malformed());
        }
        LOG.error("request {} ({} {}) failed", requestId, method, shown(path), failure);
        return new Problem(
                500,
                ErrorCode.INTERNAL,
                "Something went wrong inside; the service's log has it under " + requestId + ".",
                0,
                null);
    }

    JsonObject toJson(String path, String requestId) {
        JsonObject json = new JsonObject()
                .put("type", "urn:vap:problem:" + code.wire())
                .put("title", title())
                .put("status", status)
                .put("detail", detail)
                .put("code", code.wire())
                .put("instance", shown(path))
                .put("request_id", requestId);
        return fault == null ? json : json.put("fault", fault.wire());
    }

    /** {@code invalid_json} becomes {@code Invalid JSON}. */
    private String title() {
        String words = code.wire().replace('_', ' ').replace("json", "JSON").replace(" id", " ID");
        return Character.toUpperCase(words.charAt(0)) + words.substring(1);
    }

    /** The path without credentials, whether they came percent-encoded or not. */
    static String shown(String path) {
        String text = path == null ? "/" : path;
        String plain = decoded(text);
        String redacted = Redact.url(plain);
        String shown = redacted.equals(plain) ? text : redacted;
        return shown.length() <= MAX_INSTANCE ? shown : shown.substring(0, MAX_INSTANCE) + "...";
    }

    private static String decoded(String path) {
        try {
            return URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return path;
        }
    }

    private static int status(ErrorCode code) {
        return switch (code.kind()) {
            case BAD_REQUEST -> 400;
            case FORBIDDEN -> 403;
            case NOT_FOUND -> 404;
            case REQUEST_TIMEOUT -> 408;
            case ADDRESS_TOO_LONG -> 414;
            case HEADERS_TOO_LARGE -> 431;
            case METHOD_NOT_ALLOWED -> 405;
            case NOT_ACCEPTABLE -> 406;
            case CONFLICT -> 409;
            case PRECONDITION_FAILED -> 412;
            case TOO_LARGE -> 413;
            case STORAGE_FULL -> 507;
            case UNSUPPORTED_MEDIA_TYPE -> 415;
            case RANGE_NOT_SATISFIABLE -> 416;
            case UNPROCESSABLE -> 422;
            case UPGRADE_REQUIRED -> 426;
            case TOO_MANY_REQUESTS -> 429;
            case UNAVAILABLE -> 503;
            case INTERNAL -> 500;
        };
    }

    private static int retryAfter(ErrorCode code) {
        return switch (code.kind()) {
            case UNAVAILABLE -> code == ErrorCode.TOO_MANY_LISTENERS ? 10 : 2;
            case TOO_MANY_REQUESTS -> 10;
            default -> 0;
        };
    }

    private static VapException badRequest(HttpException e) {
        return e.getStatusCode() == 413 ? JsonBody.tooLarge() : malformed();
    }

    private static VapException malformed() {
        return new VapException(
                ErrorCode.INVALID_VALUE, "The address of the request is malformed: check its percent-encoding.");
    }

    /** The router decodes paths and query strings, and throws where they are no valid encoding. */
    private static boolean isRouting(Throwable failure) {
        String thrower = failure.getStackTrace()[0].getClassName();
        return thrower.startsWith("io.vertx.") || thrower.startsWith("io.netty.") || thrower.startsWith("java.net.");
    }
}
