package dev.vap.api.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.MultiMap;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QueryTest {

    @Test
    void readsNumbersWithinTheirRange() {
        Query query = new Query(parameters("limit", "1000").add("after_frame", "-1"), "limit", "after_frame");

        assertThat(query.limit(100)).isEqualTo(1000);
        assertThat(query.number("after_frame", -1, Long.MAX_VALUE)).hasValue(-1);
        assertThat(query.number("before", 1, 9)).isEmpty();
        assertThat(new Query(MultiMap.caseInsensitiveMultiMap(), "limit").limit(100))
                .isEqualTo(100);
    }

    @ParameterizedTest
    @CsvSource({"0", "1001", "-5", "x", "''", "1.5", "99999999999999999999"})
    void refusesALimitOutOfRange(String text) {
        Query query = new Query(parameters("limit", text), "limit");

        assertThatThrownBy(() -> query.limit(100)).hasMessage("\"limit\" must be a whole number from 1 to 1000.");
    }

    @Test
    void refusesWhatItDoesNotKnow() {
        assertThatThrownBy(() -> new Query(parameters("after", "1"), "limit", "after_frame"))
                .hasMessage("The query parameter \"after\" is not known: use after_frame, limit.");
        assertThatThrownBy(() -> new Query(parameters("after", "1")))
                .hasMessage("The query parameter \"after\" is not known: this request takes none.");
        assertThatThrownBy(() -> new Query(parameters("limit", "1").add("limit", "2"), "limit"))
                .hasMessage("\"limit\" must be given once.");
    }

    @ParameterizedTest
    @CsvSource({"500ms, 500", "3s, 3000", "15s, 15000"})
    void readsTimes(String text, long millis) {
        assertThat(new Query(parameters("wait", text), "wait")
                        .duration("wait", Duration.ofSeconds(1), Duration.ofMillis(500), Duration.ofSeconds(15)))
                .hasMillis(millis);
        assertThat(new Query(parameters("wait", text), "wait", "other")
                        .duration("other", Duration.ofSeconds(1), Duration.ZERO, Duration.ofSeconds(15)))
                .hasSeconds(1);
    }

    @ParameterizedTest
    @CsvSource({"499ms", "16s", "3", "-1s", "1m", "''", "99999999999s"})
    void refusesATimeOutOfRange(String text) {
        assertThatThrownBy(() -> new Query(parameters("wait", text), "wait")
                        .duration("wait", Duration.ofSeconds(1), Duration.ofMillis(500), Duration.ofSeconds(15)))
                .hasMessage("\"wait\" must be a time from 500ms to 15s, such as 1500ms or 5s.");
    }

    private static MultiMap parameters(String name, String value) {
        return MultiMap.caseInsensitiveMultiMap().add(name, value);
    }
}
