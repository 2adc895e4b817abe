package dev.vap.shared.domain;

import java.util.Arrays;
import java.util.Locale;

/**
 * The one vocabulary of errors. A code is stable and part of the API ({@code code} in problem+json); its kind decides
 * the HTTP status, and {@link #retryable()} whether the same request may succeed later without being changed.
 */
public enum ErrorCode {
    INVALID_JSON(Kind.BAD_REQUEST),
    MISSING_FIELD(Kind.BAD_REQUEST),
    UNKNOWN_FIELD(Kind.BAD_REQUEST),
    INVALID_VALUE(Kind.BAD_REQUEST),
    INVALID_ID(Kind.BAD_REQUEST),
    INVALID_CURSOR(Kind.BAD_REQUEST),
    PATH_NOT_FOUND(Kind.NOT_FOUND),
    SCENARIO_NOT_FOUND(Kind.NOT_FOUND),
    METHOD_NOT_ALLOWED(Kind.METHOD_NOT_ALLOWED),
    REQUEST_TIMEOUT(Kind.REQUEST_TIMEOUT),
    ADDRESS_TOO_LONG(Kind.ADDRESS_TOO_LONG),
    HEADERS_TOO_LARGE(Kind.HEADERS_TOO_LARGE),
    ORIGIN_NOT_ALLOWED(Kind.FORBIDDEN),
    NOT_ACCEPTABLE(Kind.NOT_ACCEPTABLE),
    PAYLOAD_TOO_LARGE(Kind.TOO_LARGE),
    UNSUPPORTED_MEDIA_TYPE(Kind.UNSUPPORTED_MEDIA_TYPE),
    RANGE_NOT_SATISFIABLE(Kind.RANGE_NOT_SATISFIABLE),
    UPGRADE_REQUIRED(Kind.UPGRADE_REQUIRED),
    TOO_MANY_REQUESTS(Kind.TOO_MANY_REQUESTS),
    PRECONDITION_FAILED(Kind.PRECONDITION_FAILED),
    IDEMPOTENCY_KEY_REUSED(Kind.UNPROCESSABLE),
    TRANSITION_NOT_ALLOWED(Kind.CONFLICT),
    STATUS_RESERVED(Kind.CONFLICT),
    NOT_RUNNING(Kind.CONFLICT),
    NO_VIDEO(Kind.CONFLICT),
    SOURCE_SCHEME_NOT_ALLOWED(Kind.UNPROCESSABLE),
    SOURCE_OUTSIDE_MEDIA_ROOT(Kind.UNPROCESSABLE),
    SOURCE_NOT_FOUND(Kind.UNPROCESSABLE),
    SOURCE_NOT_A_FILE(Kind.UNPROCESSABLE),
    SOURCE_EMPTY(Kind.UNPROCESSABLE),
    SOURCE_ADDRESS_NOT_ALLOWED(Kind.UNPROCESSABLE),
    SOURCE_UNUSABLE(Kind.UNPROCESSABLE),
    SOURCE_CHANGE_NOT_ALLOWED(Kind.CONFLICT),
    SOURCE_UNREACHABLE(Kind.UNAVAILABLE),
    RUNNER_UNAVAILABLE(Kind.UNAVAILABLE),
    MEDIA_NOT_FOUND(Kind.NOT_FOUND),
    MEDIA_CONFLICT(Kind.CONFLICT),
    MEDIA_IN_USE(Kind.CONFLICT),
    MEDIA_DISK_FULL(Kind.STORAGE_FULL),
    MODEL_NOT_FOUND(Kind.NOT_FOUND),
    MODEL_UNKNOWN(Kind.UNPROCESSABLE),
    MODEL_NOT_ONNX(Kind.UNPROCESSABLE),
    MODEL_UNSUPPORTED(Kind.UNPROCESSABLE),
    MODEL_CORRUPT(Kind.UNPROCESSABLE),
    INFERENCE_BUSY(Kind.UNAVAILABLE),
    INFERENCE_EXPIRED(Kind.UNAVAILABLE),
    INFERENCE_FAILED(Kind.INTERNAL),
    INFERENCE_UNAVAILABLE(Kind.UNAVAILABLE),
    STORE_UNAVAILABLE(Kind.UNAVAILABLE),
    QUERY_TOO_SLOW(Kind.UNAVAILABLE),
    CONTENT_REFUSED(Kind.UNPROCESSABLE),
    BROKER_UNAVAILABLE(Kind.UNAVAILABLE),
    TOO_MANY_LISTENERS(Kind.UNAVAILABLE),
    SERVICE_STOPPING(Kind.UNAVAILABLE),
    INTERNAL(Kind.INTERNAL);

    /** What went wrong in terms of who can do something about it. */
    public enum Kind {
        BAD_REQUEST,
        FORBIDDEN,
        NOT_FOUND,
        REQUEST_TIMEOUT,
        ADDRESS_TOO_LONG,
        HEADERS_TOO_LARGE,
        METHOD_NOT_ALLOWED,
        NOT_ACCEPTABLE,
        CONFLICT,
        PRECONDITION_FAILED,
        TOO_LARGE,
        STORAGE_FULL,
        UNSUPPORTED_MEDIA_TYPE,
        RANGE_NOT_SATISFIABLE,
        UNPROCESSABLE,
        UPGRADE_REQUIRED,
        TOO_MANY_REQUESTS,
        UNAVAILABLE,
        INTERNAL
    }

    private final Kind kind;

    ErrorCode(Kind kind) {
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    public boolean retryable() {
        return kind == Kind.UNAVAILABLE || kind == Kind.TOO_MANY_REQUESTS || kind == Kind.INTERNAL;
    }

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** A code that this version does not know is an internal error to it. */
    public static ErrorCode fromWire(String text) {
        return Arrays.stream(values())
                .filter(c -> c.wire().equals(text))
                .findFirst()
                .orElse(INTERNAL);
    }
}
