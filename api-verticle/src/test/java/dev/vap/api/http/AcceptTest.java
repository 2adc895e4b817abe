package dev.vap.api.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AcceptTest {

    private static final List<String> OFFERED = List.of("application/json", "application/x-ndjson", "text/csv");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|application/json",
                "*/*|application/json",
                "text/csv|text/csv",
                "TEXT/CSV; charset=utf-8|text/csv",
                "text/*|text/csv",
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8|application/json",
                "text/csv;q=0.5, application/x-ndjson;q=0.9|application/x-ndjson",
                "*/*, text/csv|text/csv",
                "*/*;q=1, application/json;q=0|application/x-ndjson",
                "application/*, application/json;q=0.1|application/x-ndjson",
                "text/csv;q=nonsense, application/json;q=0.9|text/csv",
                ",,text/csv,|text/csv"
            })
    void theWeightDecidesAndThenTheMoreExactName(String header, String chosen) {
        assertThat(Accept.choose(header, OFFERED)).isEqualTo(chosen);
    }

    @ParameterizedTest
    @ValueSource(strings = {"image/png", "text/csv;q=0", "*/*;q=0", "csv", "text"})
    void whatNobodyWantsIsNotSent(String header) {
        assertThatThrownBy(() -> Accept.choose(header, OFFERED))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_ACCEPTABLE))
                .hasMessage("This can be had as application/json, application/x-ndjson, text/csv: name one of them in"
                        + " Accept.");
    }

    @Test
    void aThousandRangesAreReadToo() {
        assertThat(Accept.choose("a/b,".repeat(1_000) + "text/csv", OFFERED)).isEqualTo("text/csv");
    }
}
