package dev.vap.api.http;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.storage.Ids;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/** Answers what can't be read as a request at all, and ends its connection. */
final class Unreadable {

    private Unreadable() {}

    static void answer(HttpServerRequest request) {
        String id = Ids.next().toString();
        Problem problem = Problem.of(explain(request.decoderResult().cause()));
        request.response()
                .setStatusCode(problem.status())
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/problem+json")
                .putHeader(HttpHeaders.CONNECTION, "close")
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader(RequestIds.HEADER, id)
                // Its path may be nonsense, or megabytes of it.
                .end(problem.toJson("/", id).toBuffer())
                .onComplete(done -> request.connection().close());
    }

    private static VapException explain(Throwable cause) {
        if (cause instanceof TooLongHttpHeaderException) {
            return new VapException(ErrorCode.HEADERS_TOO_LARGE, "The headers must be at most 8 KiB long together.");
        }
        if (cause instanceof TooLongFrameException) {
            return new VapException(
                    ErrorCode.ADDRESS_TOO_LONG, "The address must be at most 4 KiB long, with its query.");
        }
        return new VapException(ErrorCode.INVALID_VALUE, "This is no HTTP request: check the client.");
    }
}
