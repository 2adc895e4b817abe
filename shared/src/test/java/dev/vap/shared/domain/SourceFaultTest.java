package dev.vap.shared.domain;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SourceFaultTest {

    @Test
    void isReadBackFromTheWire() {
        for (SourceFault fault : SourceFault.values()) {
            assertThat(SourceFault.fromWire(fault.wire())).hasValue(fault);
        }
        assertThat(SourceFault.fromWire("bored")).isEmpty();
    }

    /** Stable: in answers, settings and metrics. */
    @Test
    void keepsItsWords() {
        assertThat(Arrays.stream(SourceFault.values()).map(SourceFault::wire))
                .containsExactly(
                        "not_found",
                        "refused",
                        "unreachable",
                        "timeout",
                        "unauthorized",
                        "not_a_video",
                        "no_video_stream",
                        "unsupported_codec",
                        "unsupported_transport",
                        "empty",
                        "corrupt",
                        "too_large",
                        "not_allowed",
                        "ended",
                        "tls",
                        "io",
                        "interrupted");
    }

    @Test
    void knowsWhatMayPassByItself() {
        assertThat(Arrays.stream(SourceFault.values()).filter(SourceFault::retryable))
                .containsExactly(
                        SourceFault.REFUSED,
                        SourceFault.UNREACHABLE,
                        SourceFault.TIMEOUT,
                        SourceFault.UNAUTHORIZED,
                        SourceFault.ENDED,
                        SourceFault.TLS,
                        SourceFault.IO);
    }
}
