package dev.vap.runner.decode;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FrameNumberingTest {
    private final FrameNumbering numbering = new FrameNumbering(true);

    private void readProbation() {
        for (int i = 0; i < FrameNumbering.PROBATION; i++) {
            numbering.packet(i * 10L);
            assertThat(numbering.frame(i * 10L)).isEqualTo(i);
        }
        assertThat(numbering.proved()).isTrue();
    }

    @Test
    void countsReorderedFrames() {
        long[] packets = {0, 30, 10, 20, 60, 40, 50};
        for (long packet : packets) {
            numbering.packet(packet);
        }
        for (int i = 0; i < packets.length; i++) {
            assertThat(numbering.frame(i * 10L)).isEqualTo(i);
        }
        assertThat(numbering.proved()).isFalse();
    }

    @Test
    void leavesAGapForALostFrame() {
        readProbation();
        numbering.packet(160);
        numbering.packet(170);
        numbering.packet(180);
        assertThat(numbering.frame(180)).isEqualTo(18);
        assertThat(numbering.proved()).isTrue();
    }

    @Test
    void onlyCountsWhenAFrameIsLostInProbation() {
        numbering.packet(0);
        numbering.packet(10);
        assertThat(numbering.frame(10)).isZero();
        for (int i = 2; i < 100; i++) {
            numbering.packet(i * 10L);
            assertThat(numbering.frame(i * 10L)).isEqualTo(i - 1);
        }
        assertThat(numbering.proved()).isFalse();
    }

    @Test
    void onlyCountsWithoutTimestamps() {
        readProbation();
        numbering.packet(Ffmpeg.NO_TIMESTAMP);
        assertThat(numbering.frame(Ffmpeg.NO_TIMESTAMP)).isEqualTo(16);
        numbering.packet(1000);
        assertThat(numbering.frame(1000)).isEqualTo(17);
        assertThat(numbering.proved()).isFalse();
    }

    @Test
    void onlyCountsCodecsThatHideFrames() {
        FrameNumbering counting = new FrameNumbering(false);
        for (int i = 0; i < 50; i++) {
            counting.packet(2L * i);
            counting.packet(2L * i + 1);
            assertThat(counting.frame(2L * i)).isEqualTo(i);
        }
        assertThat(counting.proved()).isFalse();
    }

    @Test
    void goesOnFromAKnownFrame() {
        readProbation();
        numbering.packet(160);
        numbering.moved();
        numbering.packet(5000);
        numbering.packet(5020);
        numbering.packet(5010);
        numbering.landed(5010, 501);
        assertThat(numbering.frame(5020)).isEqualTo(502);
    }
}
