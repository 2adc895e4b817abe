package dev.vap.shared.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.protocol.Protocol;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NodeTest {

    private static final Instant STARTED = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void isNamedByServiceHostAndProcess() {
        Node node = new Node("orchestrator", "host", 1234, "0.1", 1, STARTED);
        assertThat(node.name()).isEqualTo("orchestrator@host:1234");
        assertThat(node.applicationName()).isEqualTo("vap orchestrator@host:1234");
        assertThat(Node.nameOf(node.applicationName())).isEqualTo(node.name());
        assertThat(Node.nameOf("psql")).isEqualTo("psql");
    }

    @Test
    void keepsTheProcessInAnApplicationNameThatHasToBeCut() {
        Node node = new Node("orchestrator", "h".repeat(100), 1234, "0.1", 1, STARTED);
        assertThat(node.applicationName())
                .hasSize(63)
                .startsWith("vap orchestrator@hhh")
                .endsWith("h:1234");
        assertThat(new Node("runner", "хост", 1, "0.1", 1, STARTED).applicationName())
                .isEqualTo("vap runner@????:1");
    }

    @Test
    void travelsAsAttributes() {
        Node node = new Node("runner", "host", 1234, "0.1", 2, STARTED);
        assertThat(Node.fromAttributes(node.attributes())).isEqualTo(node);
    }

    @Test
    void takesAMemberThatSaysNothingAsItIs() {
        assertThat(Node.fromAttributes(Map.of("vap.pid", "x", "vap.started_at", "y")))
                .isEqualTo(new Node("unknown", "unknown", 0, "unknown", 0, Instant.EPOCH));
    }

    @Test
    void knowsThisProcess() {
        Node here = Node.here("api");
        assertThat(here.pid()).isEqualTo(ProcessHandle.current().pid());
        assertThat(here.protocol()).isEqualTo(Protocol.VERSION);
        assertThat(here.host()).isNotBlank();
    }
}
