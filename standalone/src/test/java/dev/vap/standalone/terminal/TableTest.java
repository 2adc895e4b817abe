package dev.vap.standalone.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TableTest {

    @Test
    void alignsItsColumns() {
        assertThat(new Table("ID", "STATUS", "REASON")
                        .row(1, "active", null)
                        .row(12, "in_startup_processing", "waiting\nfor capacity")
                        .lines())
                .containsExactly(
                        "ID  STATUS                 REASON",
                        "1   active                 -",
                        "12  in_startup_processing  waiting?for capacity");
    }
}
