package dev.vap.shared.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.opencv.core.Core;

class OpenCvTest {

    @Test
    void loadsOnceHoweverOftenAsked() {
        OpenCv.load();
        OpenCv.load();

        assertThat(Core.getNumThreads()).isEqualTo(1);
    }
}
