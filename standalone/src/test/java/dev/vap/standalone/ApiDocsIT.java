package dev.vap.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vap.api.contract.Contract;
import dev.vap.shared.config.Settings;
import dev.vap.standalone.demo.Clips;
import dev.vap.standalone.platform.Platform;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The examples of docs/api.md, run as they stand there, in their order, against a platform. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ApiDocsIT {

    private static final Path DOCS = Path.of("../docs/api.md");

    private Path folder;
    private Platform platform;

    @BeforeAll
    void start(@TempDir Path temporary) throws Exception {
        folder = temporary;
        Clips.drawn(folder.resolve("clip.mp4"), 80);
        platform = Platform.start(
                Settings.of(Map.of(
                        "DATA_DIR", folder.resolve("data").toString(),
                        "HTTP_PORT", "0",
                        "LOG_LEVEL", "warn")),
                file -> false);
    }

    @AfterAll
    void stop() {
        platform.close();
    }

    @Test
    @Order(1)
    void theExampleWithCurlWorks() throws Exception {
        assertThat(run("bash", "bash", "-e"))
                .contains(
                        "\"name\":\"clip.mp4\"", "\"name\":\"front door\"", "\n200\n", "\"status\":\"init_shutdown\"");
    }

    @Test
    @Order(2)
    void theExampleInPythonWorks() throws Exception {
        assertThat(run("python", "python3", "-"))
                .containsPattern("(?m)^20 2\\d{3}-\\S+ \\[")
                .containsPattern("(?m)^\\d+ frames stored$")
                .contains("the second page begins with frame 10")
                .contains("400 invalid_value \"fps\" must be a number from 0 (every frame) to 1000.");
    }

    /** A field that there is not prints nothing, and nobody notices. */
    @Test
    void theExampleInJavaScriptReadsFieldsThatThereAre() throws Exception {
        JsonObject messages = Contract.load()
                .operation("openLive")
                .json()
                .getJsonObject("responses")
                .getJsonObject("101")
                .getJsonObject("x-messages");
        Set<String> known = new HashSet<>();
        messages.fieldNames()
                .forEach(address -> known.addAll(messages.getJsonObject(address)
                        .getJsonObject("properties")
                        .fieldNames()));

        Matcher m = Pattern.compile("\\bbody\\.(\\w+)").matcher(example("js"));
        assertThat(m.results().map(field -> field.group(1)))
                .contains("status", "status_reason", "frame_number")
                .isSubsetOf(known);
    }

    @Test
    @Order(3)
    void theExampleInJavaScriptWorks() throws Exception {
        assertThat(run("js", "node", "--experimental-websocket", "--input-type=module", "-"))
                .containsPattern("(?m)^frame \\d+ ")
                .contains("10 frames seen live; [{\"start\":");
    }

    /** What the program prints; the code comes to it as its input. */
    private String run(String language, String... command) throws Exception {
        assumeTrue(
                answers(command[0], language.equals("js") ? "--experimental-websocket" : "--version", "--version"),
                command[0] + " is not there, or too old: this example is left out");
        Path code = Files.writeString(folder.resolve("example." + language), example(language));
        Path output = folder.resolve("output." + language);
        ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(List.of(command)))
                .directory(folder.toFile())
                .redirectInput(code.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("API", platform.url());
        Process process = builder.start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS))
                    .as("%s ends; so far: %s", language, Files.readString(output))
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        String printed = Files.readString(output);
        assertThat(process.exitValue()).as(printed).isZero();
        return printed;
    }

    private static String example(String language) throws IOException {
        Matcher m = Pattern.compile("(?s)```" + language + "\n(.*?)```").matcher(Files.readString(DOCS));
        assertThat(m.find()).as("an example in " + language).isTrue();
        return m.group(1);
    }

    private static boolean answers(String... command) {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
