package dev.vap.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PostgresWordsTest {
    private static final String TAKEN = """
            2026-01-01 12:00:00.000 UTC [7] LOG:  could not bind IPv4 address "127.0.0.1": Address already in use
            2026-01-01 12:00:00.000 UTC [7] FATAL:  could not create any TCP/IP sockets
            2026-01-01 12:00:00.000 UTC [7] LOG:  database system is shut down""";

    @Test
    void repeatsTheComplaintWithoutItsTime() {
        assertThat(PostgresWords.reason(TAKEN)).isEqualTo("FATAL:  could not create any TCP/IP sockets");
        assertThat(PostgresWords.reason("initdb: error: directory exists\ninitdb: hint: remove it"))
                .isEqualTo("initdb: error: directory exists");
    }

    @Test
    void repeatsTheLastLineWhereNothingComplains() {
        assertThat(PostgresWords.reason("one\ntwo")).isEqualTo("two");
        assertThat(PostgresWords.reason("")).isEmpty();
    }

    @Test
    void saysWhatToDoAsRoot() {
        assertThat(PostgresWords.reason("pg_ctl: cannot be run as root\nPlease log in as another user."))
                .startsWith("it refuses to run as root")
                .endsWith("--database-url");
    }

    @Test
    void tellsATakenPortFromAMemoryStillHeld() {
        String held = "FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use";

        assertThat(PostgresWords.portTaken(TAKEN)).isTrue();
        assertThat(PostgresWords.portTaken(held)).isFalse();
        assertThat(PostgresWords.predecessorStillDies(held)).isTrue();
        assertThat(PostgresWords.predecessorStillDies(TAKEN)).isFalse();
    }
}
