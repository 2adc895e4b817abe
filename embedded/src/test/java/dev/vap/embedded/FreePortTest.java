package dev.vap.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FreePortTest {

    /** From there on tests give ports to processes of theirs, before these servers start: Ports of module testing. */
    private static final int TESTS_OWN = 30_000;

    @Test
    void findsPortsBelowThoseThatTestsGiveToTheirProcesses() {
        assertThat(IntStream.range(0, 200).map(i -> FreePort.find())).allMatch(port -> port < TESTS_OWN);
    }
}
