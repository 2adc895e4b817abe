package dev.vap.api.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.vap.api.contract.RequestBody;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Reads the JSON object a request carries, up to a bound. */
final class JsonBody {

    static final int LIMIT = 64 * 1024;

    private JsonBody() {}

    /** So much time has a client to send a body that fits. */
    private static final long SECONDS = 8;

    /**
     * To be called before the request's handler returns, or the body is gone.
     *
     * @param contract what is wanted
     */
    static Future<JsonObject> read(HttpServerRequest request, RequestBody contract) {
        boolean chunked = request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null;
        long length = declaredLength(request);
        if (length > LIMIT) {
            return refuse(request, tooLarge());
        }
        boolean empty = !chunked && length <= 0;
        if (empty) {
            return Future.succeededFuture(contract.none());
        }
        if (request.getHeader(HttpHeaders.CONTENT_ENCODING) != null) {
            return refuse(
                    request,
                    new VapException(
                            ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                            "The body must be sent as it is: leave Content-Encoding out."));
        }
        if (!isJson(request.getHeader(HttpHeaders.CONTENT_TYPE))) {
            return refuse(
                    request,
                    new VapException(
                            ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                            "The body must be JSON: send it with Content-Type: application/json."));
        }
        if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
            request.response().writeContinue();
        }
        return collect(request).map(body -> parse(body, contract));
    }

    static JsonObject parse(Buffer body, RequestBody contract) {
        Object value;
        try {
            value = Json.decodeValue(body);
            JsonTokens.check(body);
        } catch (DecodeException e) {
            throw new VapException(ErrorCode.INVALID_JSON, "The body is not valid JSON" + where(e) + ".", e);
        }
        if (value instanceof JsonObject object) {
            return object;
        }
        throw new VapException(
                ErrorCode.INVALID_JSON, "The body must be a JSON object, for example " + contract.example() + ".");
    }

    static VapException tooLarge() {
        return new VapException(ErrorCode.PAYLOAD_TOO_LARGE, "The body must be at most 64 KiB long.");
    }

    private static Future<Buffer> collect(HttpServerRequest request) {
        Promise<Buffer> promise = Promise.promise();
        Buffer body = Buffer.buffer();
        request.handler(chunk -> {
            if (body.length() + chunk.length() <= LIMIT) {
                body.appendBuffer(chunk);
            } else if (!promise.future().isComplete()) {
                request.response().putHeader(HttpHeaders.CONNECTION, "close");
                promise.fail(tooLarge());
            }
        });
        request.exceptionHandler(promise::tryFail);
        request.endHandler(v -> promise.tryComplete(body));
        return promise.future().timeout(SECONDS, TimeUnit.SECONDS).recover(e -> {
            if (!(e instanceof TimeoutException)) {
                return Future.failedFuture(e);
            }
            return refuse(
                    request,
                    new VapException(
                            ErrorCode.REQUEST_TIMEOUT,
                            "The body has not come within " + SECONDS + " seconds: send it faster."));
        });
    }

    /** The rest of the body is not read: the connection can't be used again. */
    private static <T> Future<T> refuse(HttpServerRequest request, VapException why) {
        request.response().putHeader(HttpHeaders.CONNECTION, "close");
        return Future.failedFuture(why);
    }

    /** Where the text stops making sense; the parser's own words would repeat it, credentials included. */
    private static String where(DecodeException e) {
        if (e.getCause() instanceof JsonProcessingException json && json.getLocation() != null) {
            return " at line " + json.getLocation().getLineNr() + ", column "
                    + json.getLocation().getColumnNr();
        }
        return ": there is more after its end";
    }

    private static boolean isJson(String contentType) {
        if (contentType == null) {
            return false;
        }
        int semicolon = contentType.indexOf(';');
        String type = (semicolon < 0 ? contentType : contentType.substring(0, semicolon))
                .strip()
                .toLowerCase(Locale.ROOT);
        return type.equals("application/json");
    }

    private static long declaredLength(HttpServerRequest request) {
        String text = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        try {
            return text == null ? 0 : Long.parseLong(text);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
