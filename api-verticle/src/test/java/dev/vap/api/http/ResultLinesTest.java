package dev.vap.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.storage.Results;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResultLinesTest {

    @Test
    void csvHasALineADetection() {
        String lines = ResultLines.CSV.lines(List.of(
                result(
                        7,
                        "[{\"class\":\"person\",\"class_id\":0,\"confidence\":0.5,\"bbox\":[1,2.25,3,4]},"
                                + "{\"class\":\"a,\\\"b\\\"\",\"class_id\":1,\"confidence\":1,\"bbox\":[5,6,7,8]}]"),
                result(8, "[]")));

        assertThat(lines)
                .isEqualTo("7,2026-01-01T00:00:00Z,280,640,480,1,'=m,onnx,person,0,0.5,1,2.25,3,4\r\n"
                        + "7,2026-01-01T00:00:00Z,280,640,480,1,'=m,onnx,\"a,\"\"b\"\"\",1,1,5,6,7,8\r\n");
        assertThat(ResultLines.CSV.head().strip().split(",")).hasSize(15);
        assertThat(lines.lines().findFirst().orElseThrow().split(",")).hasSize(15);
    }

    @Test
    void ndjsonHasALineAResult() {
        String lines = ResultLines.NDJSON.lines(List.of(result(7, "[]"), result(8, "[]")));

        assertThat(lines.lines().map(JsonObject::new).map(o -> o.getInteger("frame_number")))
                .containsExactly(7, 8);
        assertThat(lines).endsWith("}\n");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "person, person",
                "=1+1, '=1+1",
                "+x, '+x",
                "-x, '-x",
                "@x, '@x",
                "`\tx`, `'\tx`",
                "`=a,b`, `\"'=a,b\"`",
                "``, ``"
            })
    void aSpreadsheetSeesNoFormula(String text, String cell) {
        assertThat(ResultLines.cell(text)).isEqualTo(cell);
    }

    private static Results.Stored result(long frame, String detections) {
        Instant time = Instant.parse("2026-01-01T00:00:00Z");
        return new Results.Stored(
                frame, 1, time, null, frame * 40, 640, 480, "=m", "onnx", 1.5, detections, time, false);
    }
}
