package dev.vap.runner.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.inference.InferenceFailure.Kind;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import io.vertx.circuitbreaker.OpenCircuitException;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import org.junit.jupiter.api.Test;

class InferenceFailureTest {

    @Test
    void waitsForAServiceThatIsBusyOrAway() {
        assertKind(Kind.WAIT, "inference_busy", false, new VapException(ErrorCode.INFERENCE_BUSY, "full"));
        assertKind(Kind.WAIT, "inference_expired", false, new VapException(ErrorCode.INFERENCE_EXPIRED, "late"));
        assertKind(Kind.WAIT, "inference_unavailable", true, new ReplyException(ReplyFailure.TIMEOUT, "no reply"));
        assertKind(Kind.WAIT, "inference_unavailable", true, new ReplyException(ReplyFailure.NO_HANDLERS, "nobody"));
        assertThat(InferenceFailure.of(OpenCircuitException.INSTANCE).cause()).isEqualTo("breaker_open");
    }

    @Test
    void suspectsTheFrameWhenTheDetectorFails() {
        assertKind(Kind.SUSPECT, "inference_failed", true, new VapException(ErrorCode.INFERENCE_FAILED, "oops"));
        assertKind(Kind.SUSPECT, "inference_failed", true, new IllegalStateException("oops"));
    }

    @Test
    void givesUpWhenTheModelIsWrong() {
        assertKind(Kind.FATAL, "model_unknown", true, new VapException(ErrorCode.MODEL_UNKNOWN, "none"));
    }

    private static void assertKind(Kind kind, String cause, boolean opens, Throwable failure) {
        assertThat(InferenceFailure.of(failure).kind()).isEqualTo(kind);
        assertThat(InferenceFailure.of(failure).cause()).isEqualTo(cause);
        assertThat(InferenceFailure.opensBreaker(failure)).isEqualTo(opens);
    }
}
