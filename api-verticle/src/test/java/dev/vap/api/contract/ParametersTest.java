package dev.vap.api.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.shared.domain.VapException;
import io.vertx.core.MultiMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ParametersTest {

    private static final Contract CONTRACT = Contract.load();

    private static Parameters predictions(String name, String value) {
        return Parameters.of(
                CONTRACT.operation("listPredictions"),
                Map.of("id", "7"),
                MultiMap.caseInsensitiveMultiMap().add(name, value),
                MultiMap.caseInsensitiveMultiMap());
    }

    @Test
    void areReadAsWhatTheyAre() {
        Parameters all = Parameters.of(
                CONTRACT.operation("listPredictions"),
                Map.of("id", "7"),
                MultiMap.caseInsensitiveMultiMap()
                        .add("limit", "1000")
                        .add("after_frame", "-1")
                        .add("gated", "true")
                        .add("min_confidence", "0.25")
                        .add("class", "person,машина"),
                MultiMap.caseInsensitiveMultiMap());

        assertThat(all.text("id")).hasValue("7");
        assertThat(all.limit()).isEqualTo(1000);
        assertThat(all.isGiven("limit")).isTrue();
        assertThat(all.whole("after_frame")).hasValue(-1L);
        assertThat(all.flag("gated")).hasValue(true);
        assertThat(all.number("min_confidence")).hasValue(0.25);
        assertThat(all.text("class")).hasValue("person,машина");
        assertThat(all.text("since")).isEmpty();
    }

    @Test
    void haveTheContractsDefaults() {
        Parameters none = predictions("gated", "false");

        assertThat(none.limit()).isEqualTo(100);
        assertThat(none.isGiven("limit")).isFalse();
        assertThat(none.whole("after_frame")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            limit          | 0     | "limit" must be a whole number from 1 to 1000.
            limit          | 1001  | "limit" must be a whole number from 1 to 1000.
            limit          | x     | "limit" must be a whole number from 1 to 1000.
            limit          | ``    | "limit" must be a whole number from 1 to 1000.
            limit          | 1.5   | "limit" must be a whole number from 1 to 1000.
            limit          | 99999999999999999999 | "limit" must be a whole number from 1 to 1000.
            after_frame    | -2    | "after_frame" must be a whole number of at least -1.
            gated          | TRUE  | "gated" must be true or false.
            min_confidence | NaN   | "min_confidence" must be a number from 0 to 1.
            min_confidence | 1.01  | "min_confidence" must be a number from 0 to 1.
            since          | now   | "since" must be an instant such as 2026-01-31T12:00:00Z; in an address, write + as %2B.
            since          | 2026-01-31T12:00:00 01:00 | "since" must be an instant such as 2026-01-31T12:00:00Z; in an address, write + as %2B.
            limit          | ٥     | "limit" must be a whole number from 1 to 1000.
            limit          | +5    | "limit" must be a whole number from 1 to 1000.
            min_confidence | 0x1p-2 | "min_confidence" must be a number from 0 to 1.
            min_confidence | 0.5f  | "min_confidence" must be a number from 0 to 1.
            cursor         | a/b   | "cursor" must be what "next" or "previous" of a page says, as it is.
            class          | `a	b` | "class" must be names of classes with commas between, without control characters.
            page           | 2     | The query parameter "page" is not known: use after_frame, class, cursor, gated, limit, min_confidence, since, until.
            """)
    void areRefusedWithOneSentence(String name, String value, String sentence) {
        assertThatThrownBy(() -> predictions(name, value))
                .isInstanceOf(VapException.class)
                .hasMessage(sentence);
    }

    private static Parameters change(String name, String... lines) {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        List.of(lines).forEach(line -> headers.add(name, line));
        return Parameters.of(
                CONTRACT.operation(name.equals("If-Match") ? "updateScenario" : "createScenario"),
                name.equals("If-Match") ? Map.of("id", "7") : Map.of(),
                MultiMap.caseInsensitiveMultiMap(),
                headers);
    }

    @Test
    void aConditionWithoutAValueIsNotLeftOut() {
        assertThatThrownBy(() -> change("If-Match", ""))
                .hasMessage("\"If-Match\" must be an ETag as the scenario was answered with, such as \"3\", or *.");
        assertThatThrownBy(() -> change("Idempotency-Key", ""))
                .hasMessage(
                        "\"Idempotency-Key\" must be a text of 1 to 200 printable characters without blanks, such as"
                                + " a UUID.");
    }

    @Test
    void linesOfAListAreOneAndOthersAreGivenOnce() {
        assertThat(change("If-Match", "\"1\"", "W/\"2\"").text("If-Match")).hasValue("\"1\", W/\"2\"");
        assertThatThrownBy(() -> change("Idempotency-Key", "a", "a"))
                .hasMessage("\"Idempotency-Key\" must be given once.");
    }

    @Test
    void aStreamThatBeginsMaySendAnEmptyId() {
        Parameters none = Parameters.of(
                CONTRACT.operation("streamPredictions"),
                Map.of("id", "7"),
                MultiMap.caseInsensitiveMultiMap(),
                MultiMap.caseInsensitiveMultiMap().add("Last-Event-ID", ""));

        assertThat(none.whole("Last-Event-ID")).isEmpty();
    }

    @Test
    void areGivenOnce() {
        assertThatThrownBy(() -> Parameters.of(
                        CONTRACT.operation("listRunners"),
                        Map.of(),
                        MultiMap.caseInsensitiveMultiMap().add("limit", "1"),
                        MultiMap.caseInsensitiveMultiMap()))
                .hasMessage("The query parameter \"limit\" is not known: this request takes none.");
        assertThatThrownBy(() -> Parameters.of(
                        CONTRACT.operation("listMedia"),
                        Map.of(),
                        MultiMap.caseInsensitiveMultiMap().add("limit", "1").add("limit", "2"),
                        MultiMap.caseInsensitiveMultiMap()))
                .hasMessage("\"limit\" must be given once.");
        assertThatThrownBy(() -> Parameters.of(
                        CONTRACT.operation("uploadMedia"),
                        Map.of(),
                        MultiMap.caseInsensitiveMultiMap(),
                        MultiMap.caseInsensitiveMultiMap()))
                .hasMessage("\"name\" is missing: give it, for example \"clip.mp4\".");
    }
}
