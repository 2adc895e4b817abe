package dev.vap.standalone.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProgressBarTest {

    @Test
    void showsHowFarItIs() {
        assertThat(ProgressBar.text(697, 1394, "frames", 131.24, 80))
                .isEqualTo("[#################.................]  50 %  697/1394 frames  131.2/s  0:05 left");
        assertThat(ProgressBar.text(1394, 1394, "frames", 131, 200))
                .isEqualTo("[" + "#".repeat(40) + "] 100 %  1394/1394 frames  131.0/s");
        assertThat(ProgressBar.text(0, 10, "frames", 0, 40)).isEqualTo("[..................]   0 %  0/10 frames");
    }

    @Test
    void countsWhereTheTotalIsUnknown() {
        assertThat(ProgressBar.text(42, -1, "frames", 5, 80)).isEqualTo("42 frames  5.0/s");
    }

    @Test
    void neverTakesMoreThanItMay() {
        for (int columns = 5; columns < 120; columns++) {
            assertThat(ProgressBar.text(697, 1394, "frames", 131.24, columns)).hasSizeLessThanOrEqualTo(columns);
        }
    }

    @Test
    void standsMoreFramesThanTheHeaderClaimed() {
        assertThat(ProgressBar.text(12, 10, "frames", 1, 60))
                .contains("100 %  10/10 frames")
                .doesNotContain("left");
    }
}
