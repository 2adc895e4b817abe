package dev.vap.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.domain.VapException;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ProblemTest {

    @ParameterizedTest
    @CsvSource({
        "INVALID_JSON, 400, Invalid JSON",
        "INVALID_ID, 400, Invalid ID",
        "PATH_NOT_FOUND, 404, Path not found",
        "SCENARIO_NOT_FOUND, 404, Scenario not found",
        "METHOD_NOT_ALLOWED, 405, Method not allowed",
        "ORIGIN_NOT_ALLOWED, 403, Origin not allowed",
        "REQUEST_TIMEOUT, 408, Request timeout",
        "ADDRESS_TOO_LONG, 414, Address too long",
        "HEADERS_TOO_LARGE, 431, Headers too large",
        "NOT_ACCEPTABLE, 406, Not acceptable",
        "PRECONDITION_FAILED, 412, Precondition failed",
        "RANGE_NOT_SATISFIABLE, 416, Range not satisfiable",
        "IDEMPOTENCY_KEY_REUSED, 422, Idempotency key reused",
        "UPGRADE_REQUIRED, 426, Upgrade required",
        "TOO_MANY_REQUESTS, 429, Too many requests",
        "TRANSITION_NOT_ALLOWED, 409, Transition not allowed",
        "PAYLOAD_TOO_LARGE, 413, Payload too large",
        "UNSUPPORTED_MEDIA_TYPE, 415, Unsupported media type",
        "MEDIA_CONFLICT, 409, Media conflict",
        "SOURCE_EMPTY, 422, Source empty",
        "SOURCE_ADDRESS_NOT_ALLOWED, 422, Source address not allowed",
        "RUNNER_UNAVAILABLE, 503, Runner unavailable",
        "MEDIA_DISK_FULL, 507, Media disk full",
        "STORE_UNAVAILABLE, 503, Store unavailable"
    })
    void everyKindHasItsStatus(ErrorCode code, int status, String title) {
        Problem problem = Problem.of(new VapException(code, "A sentence."));

        assertThat(problem.toJson("/api/v1/scenario/7", "r-1"))
                .isEqualTo(new JsonObject()
                        .put("type", "urn:vap:problem:" + code.wire())
                        .put("title", title)
                        .put("status", status)
                        .put("detail", "A sentence.")
                        .put("code", code.wire())
                        .put("instance", "/api/v1/scenario/7")
                        .put("request_id", "r-1"));
    }

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void onlyWhatIsUnavailableOrTooMuchIsWorthWaitingFor(ErrorCode code) {
        Problem problem = Problem.of(new VapException(code, "A sentence."));

        assertThat(problem.status() == 503 || problem.status() == 429).isEqualTo(problem.retryAfterSeconds() > 0);
    }

    @Test
    void namesTheFaultOfASourceThatWasLookedAt() {
        Problem problem = Problem.of(new SourceUnusable(SourceFault.UNAUTHORIZED, "The camera refused the password."));

        JsonObject json = problem.toJson("/x", "r-1");
        assertThat(json.getString("code")).isEqualTo("source_unusable");
        assertThat(json.getString("fault")).isEqualTo("unauthorized");
        assertThat(json.getInteger("status")).isEqualTo(422);
    }

    @Test
    void keepsInnerDetailFromTheClient() {
        Problem problem = Problem.of(new IllegalStateException("password=secret"), "r-1", "GET", "/x");

        assertThat(problem.status()).isEqualTo(500);
        assertThat(problem.detail()).isEqualTo("Something went wrong inside; the service's log has it under r-1.");
    }

    @Test
    void whatTakesTooLongIsWorthTryingAgain() {
        assertThat(Problem.of(new TimeoutException(), "r-1", "GET", "/x").status())
                .isEqualTo(503);
    }

    @ParameterizedTest
    @CsvSource({
        "/api/v1/scenario/7, /api/v1/scenario/7",
        "/a%20b, /a%20b",
        "/scenario/rtsp://user:secret@host/1, /scenario/rtsp://user:***@host/1",
        "/scenario/rtsp:%2F%2Fuser:secret@host%2F1, /scenario/rtsp://user:***@host/1",
        "/scenario/rtsp%3A//secret%40host, /scenario/rtsp://***@host",
        "/bad%zz, /bad%zz"
    })
    void neverShowsACredential(String path, String shown) {
        assertThat(Problem.shown(path)).isEqualTo(shown);
    }

    @Test
    void cutsAPathThatIsTooLong() {
        assertThat(Problem.shown("/" + "x".repeat(5_000))).hasSize(203);
    }
}
