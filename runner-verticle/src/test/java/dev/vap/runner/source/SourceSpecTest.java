package dev.vap.runner.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.runner.Deployments;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.VapException;
import org.junit.jupiter.api.Test;

class SourceSpecTest {

    @Test
    void analysesEveryFrameOfAFileAndSamplesALiveSource() {
        assertThat(of("a.mp4").fps()).isZero();
        assertThat(of("http://host/live").fps()).isEqualTo(5);
        ScenarioOptions two =
                ScenarioOptions.builder().fps(2.0).loop(true).realtime(true).build();
        SourceSpec file = SourceSpec.of(Deployments.of("a.mp4").withOptions(two).command(), 5);
        SourceSpec live = SourceSpec.of(
                Deployments.of("http://host/live").withOptions(two).command(), 5);
        assertThat(file.fps()).isEqualTo(2);
        assertThat(file.loop()).isTrue();
        assertThat(file.realtime()).isTrue();
        assertThat(live.live()).isTrue();
        assertThat(live.loop()).isFalse();
        assertThat(live.realtime()).isFalse();
    }

    @Test
    void refusesWhatItCantOpenWithoutRepeatingCredentials() {
        assertThatThrownBy(() -> of("ftp://user:secret@host/x"))
                .isInstanceOf(VapException.class)
                .hasMessageNotContaining("secret");
    }

    private static SourceSpec of(String url) {
        return SourceSpec.of(Deployments.of(url).command(), 5);
    }
}
