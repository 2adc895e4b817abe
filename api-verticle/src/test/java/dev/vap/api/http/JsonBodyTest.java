package dev.vap.api.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.api.contract.Contract;
import dev.vap.api.contract.RequestBody;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonBodyTest {

    private static final RequestBody CREATE =
            Contract.load().operation("createScenario").body();

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"camera_url": "rtsp://u:secret@h/}  | The body is not valid JSON at line 1, column 36.
            {"camera_url": }                     | The body is not valid JSON at line 1, column 16.
            {"a": 1} {"b": 2}                    | The body is not valid JSON: there is more after its end.
            {"a": 1, "b": {"a": 2}, "a": 3}      | "a" is in the body twice, at line 1, column 25: send it once and whole.
            {"a": {"b": 1, "b": 1}}              | "b" is in the body twice, at line 1, column 16: send it once and whole.
            {"name": "\\ud800"}                  | The body has half a character, \\ud800, at line 1, column 10: send it once and whole.
            {"\\udc00\\ud800": 1}                | The body has half a character, \\udc00, at line 1, column 2: send it once and whole.
            nonsense                             | The body is not valid JSON at line 1, column 9.
            [1]                                  | The body must be a JSON object, for example {"camera_url": "rtsp://host/stream"}.
            "text"                               | The body must be a JSON object, for example {"camera_url": "rtsp://host/stream"}.
            null                                 | The body must be a JSON object, for example {"camera_url": "rtsp://host/stream"}.
            """)
    void tellsWhereABodyStopsMakingSense(String body, String sentence) {
        assertThatThrownBy(() -> JsonBody.parse(Buffer.buffer(body), CREATE))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_JSON))
                .hasMessage(sentence);
    }

    @Test
    void readsAnObject() {
        assertThat(JsonBody.parse(Buffer.buffer("{\"fps\": 5}"), CREATE).getInteger("fps"))
                .isEqualTo(5);
        assertThat(JsonBody.parse(Buffer.buffer("{\"a\": [{\"a\": \"\\ud83d\\ude00\"}, {\"a\": \"😀\"}]}"), CREATE)
                        .getJsonArray("a"))
                .hasSize(2);
    }

    @Test
    void survivesNestingWithoutEnd() {
        assertThatThrownBy(() -> JsonBody.parse(Buffer.buffer("{\"a\":" + "[".repeat(30_000)), CREATE))
                .isInstanceOf(VapException.class)
                .hasMessageStartingWith("The body is not valid JSON");
    }
}
