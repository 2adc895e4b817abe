package dev.vap.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PortsTest {

    /** The embedded servers pick theirs below: FreePortTest of that module. */
    private static final int ABOVE_THE_EMBEDDED_SERVERS = 30_000;

    @Test
    void givesNoPortTwiceAndNoneThatAServerOrAConnectionMayPickInBetween() {
        List<Integer> ports = Stream.generate(Ports::take).limit(200).toList();
        assertThat(ports).doesNotHaveDuplicates().allMatch(port -> port >= ABOVE_THE_EMBEDDED_SERVERS && port < 32_768);
    }
}
