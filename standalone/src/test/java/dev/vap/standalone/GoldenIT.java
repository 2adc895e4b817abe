package dev.vap.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.standalone.command.CommandLines;
import dev.vap.standalone.terminal.Streams;
import dev.vap.testing.SharedData;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code vap demo} with YOLOX-Nano on real footage against what the model's authors' way of using it finds. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class GoldenIT {

    @TempDir
    Path temporary;

    @ParameterizedTest
    @CsvSource({"one-by-one-person-detection,1394", "bottle-detection,1189"})
    void findsWhatTheGoldenFilesHold(String name, int frames) throws Exception {
        Path clip = SharedData.assumeVideo(name + ".mp4");
        Path model = SharedData.assumeModel("yolox_nano.onnx");
        Path golden =
                clip.resolve("../../tools/baseline/golden/" + name + ".jsonl").normalize();
        Assumptions.assumeTrue(
                Files.isRegularFile(golden), () -> "needs " + name + ".jsonl of the Python baseline: skipped");
        Path output = temporary.resolve("out.jsonl");
        Streams streams = new Streams();

        int code = CommandLines.run(
                streams.console(false, 100),
                Map.of("MODEL_DIR", model.getParent().toString(), "LOG_LEVEL", "warn"),
                "demo",
                clip.toString(),
                "--exit-on-eof",
                "--port",
                "0",
                "--data-dir",
                temporary.resolve("data").toString(),
                "--output",
                output.toString());

        assertThat(code).as(streams.err()).isZero();
        assertThat(streams.out()).contains("Model: yolox-nano, from " + model.getParent() + ".");
        Map<Long, JsonObject> results = read(output);
        assertThat(Files.readAllLines(output)).hasSize(frames);
        assertThat(results).hasSize(frames).containsKeys(0L, frames - 1L);
        GoldenGate gate = GoldenGate.compare(read(golden), results);
        System.out.println("golden " + name + ": " + gate);
        assertThat(gate.matched()).isPositive();
        assertThat(gate.precision()).isGreaterThanOrEqualTo(0.99);
        assertThat(gate.recall()).isGreaterThanOrEqualTo(0.99);
        assertThat(gate.meanIou()).isGreaterThanOrEqualTo(0.99);
        assertThat(gate.meanConfidenceDifference()).isLessThanOrEqualTo(0.015);
    }

    private static Map<Long, JsonObject> read(Path file) throws IOException {
        Map<Long, JsonObject> frames = new LinkedHashMap<>();
        try (Stream<String> lines = Files.lines(file)) {
            lines.filter(l -> !l.isBlank())
                    .map(JsonObject::new)
                    .forEach(json -> frames.putIfAbsent(json.getLong("frame_number"), json));
        }
        return frames;
    }
}
