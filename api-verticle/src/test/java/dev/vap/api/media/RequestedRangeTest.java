package dev.vap.api.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestedRangeTest {

    @ParameterizedTest
    @CsvSource({
        "bytes=0-99, bytes 0-99/1000",
        "bytes=0-, bytes 0-999/1000",
        "bytes=999-, bytes 999-999/1000",
        "bytes=990-5000, bytes 990-999/1000",
        "bytes=-10, bytes 990-999/1000",
        "bytes=-5000, bytes 0-999/1000",
        "Bytes = 5-5, bytes 5-5/1000"
    })
    void oneRangeIsCutToTheFile(String header, String part) {
        assertThat(RequestedRange.of(header, 1_000).orElseThrow().of(1_000)).isEqualTo(part);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=0-1,5-9", "bytes=9-1", "bytes=-", "lines=1-2", "bytes=a-b", "", "bytes=1-2-3"})
    void whatIsNoRangeMeansTheWholeFile(String header) {
        assertThat(RequestedRange.of(header, 1_000)).isEmpty();
    }

    @Test
    void noHeaderMeansTheWholeFile() {
        assertThat(RequestedRange.of(null, 1_000)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=1000-", "bytes=1000-2000", "bytes=-0", "bytes=999999999999999999-"})
    void whatLiesBehindTheFileIsRefused(String header) {
        assertThatThrownBy(() -> RequestedRange.of(header, 1_000))
                .hasMessage("The file has 1000 bytes: ask for a range within it.");
    }
}
