package dev.vap.shared.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class NativeHeapTest {

    @Test
    @EnabledOnOs(OS.LINUX)
    void theJvmKnowsTheCommand() throws Exception {
        assertThat(NativeHeap.trim()).containsIgnoringCase("trim");
    }
}
