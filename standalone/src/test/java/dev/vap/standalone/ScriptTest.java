package dev.vap.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code vap} in a tree of its own, with programs in place of Java and Maven that say how they were called. */
@DisabledOnOs(OS.WINDOWS)
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ScriptTest {

    private static final String JAVA = """
            #!/bin/sh
            if [ "$1" = -version ]; then echo "openjdk version \\"$FAKE_VERSION\\"" >&2; exit 0; fi
            echo "java $*" | sed "s#$TREE#TREE#g"
            """;

    private static final String MAVEN = """
            #!/bin/sh
            echo "mvn $*" >>"$TREE/calls"
            [ -z "$FAKE_BUILD_FAILS" ] || { echo "[ERROR] no such symbol"; exit 1; }
            sleep 0.2
            mkdir -p "$TREE/standalone/target" "$TREE/runner-verticle/target"
            echo jar >"$TREE/standalone/target/vap-fat.jar"
            echo jar >"$TREE/runner-verticle/target/runner-fat.jar"
            """;

    @TempDir
    Path temporary;

    private Path tree;
    private Path bin;

    @BeforeEach
    void plant() throws IOException {
        tree = Files.createDirectories(temporary.toRealPath().resolve("tree with blanks"));
        bin = Files.createDirectories(temporary.resolve("bin"));
        program(bin.resolve("java"), JAVA);
        program(bin.resolve("mvn"), MAVEN);
        program(tree.resolve("vap"), Files.readString(Path.of("..", "vap")));
        Files.writeString(tree.resolve("pom.xml"), "<project/>");
        Files.createDirectories(tree.resolve("shared/src/main"));
        age(tree.resolve("pom.xml"), tree.resolve("shared/src/main"), tree.resolve("vap"));
    }

    private static void program(Path file, String text) throws IOException {
        Files.writeString(file, text);
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private static void age(Path... files) throws IOException {
        for (Path file : files) {
            Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(100)));
        }
    }

    private record Run(int code, String out, String err) {}

    private Process start(Path script, String version, String... args) throws IOException {
        List<String> command = new java.util.ArrayList<>(List.of("bash", script.toString()));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeAll(List.of("JAVA_HOME", "VAP_JAVA_OPTS", "VAP_NO_BUILD"));
        builder.environment().put("PATH", bin + ":" + System.getenv("PATH"));
        builder.environment().put("TREE", tree.toString());
        builder.environment().put("FAKE_VERSION", version);
        return builder.start();
    }

    private static Run finish(Process process) throws Exception {
        String out = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return new Run(process.exitValue(), out, err);
    }

    private Run vap(String... args) throws Exception {
        return finish(start(tree.resolve("vap"), "17.0.15", args));
    }

    private List<String> builds() throws IOException {
        Path calls = tree.resolve("calls");
        return Files.exists(calls) ? Files.readAllLines(calls) : List.of();
    }

    @Test
    void buildsOnceAndThenOnlyWhatIsStale() throws Exception {
        Run first = vap("demo", "my clip.mp4", "--json");
        assertThat(first.code()).as(first.err()).isZero();
        assertThat(first.err())
                .startsWith("vap: building vap for the first time")
                .contains("vap: built in ");
        assertThat(first.out()).endsWith("-jar TREE/standalone/target/vap-fat.jar demo my clip.mp4 --json\n");

        Run second = vap("scenario", "list");
        assertThat(second.err()).isEmpty();
        assertThat(builds()).hasSize(1);
        assertThat(builds().get(0)).contains("-pl standalone -am");

        Files.writeString(tree.resolve("shared/src/main/New.java"), "class New {}");
        age(tree.resolve("standalone/target/vap-fat.jar"));
        assertThat(vap("--version").err()).startsWith("vap: sources have changed; building vap");
        assertThat(builds()).hasSize(2);
    }

    @Test
    void runsAServiceFromItsOwnJar() throws Exception {
        Run run = vap("runner", "--max-workers", "4");
        assertThat(run.out()).endsWith("-jar TREE/runner-verticle/target/runner-fat.jar --max-workers 4\n");
        assertThat(builds().get(0)).contains("-pl runner-verticle -am");
    }

    @Test
    void twoAtTheSameTimeBuildOnce() throws Exception {
        Process one = start(tree.resolve("vap"), "17", "--version");
        Process other = start(tree.resolve("vap"), "17", "--version");
        assertThat(finish(one).code()).isZero();
        assertThat(finish(other).code()).isZero();
        assertThat(builds()).hasSize(1);
    }

    @Test
    void isFoundThroughLinks() throws Exception {
        Path link = Files.createSymbolicLink(temporary.resolve("vap"), tree.resolve("vap"));
        Path second = Files.createSymbolicLink(bin.resolve("vap"), Path.of("../vap"));
        assertThat(link).exists();
        Run run = finish(start(second, "21", "--help"));
        assertThat(run.out()).endsWith("-jar TREE/standalone/target/vap-fat.jar --help\n");
    }

    @Test
    void showsTheEndOfAFailedBuild() throws Exception {
        program(bin.resolve("mvn"), "#!/bin/sh\necho '[ERROR] no such symbol'\nexit 1\n");
        Run run = vap("demo");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err())
                .contains("[ERROR] no such symbol\n")
                .endsWith("vap: the build failed; all of its output is in " + tree.resolve("target/vap-build.log")
                        + ".\n");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void refusesAnOldJava() throws Exception {
        for (String version : List.of("1.8.0_292", "11.0.2", "16")) {
            Run run = finish(start(tree.resolve("vap"), version, "demo"));
            assertThat(run.code()).isEqualTo(1);
            assertThat(run.err())
                    .startsWith("vap: Java " + version + " is too old (" + bin.resolve("java") + "): VAP needs");
        }
        assertThat(builds()).isEmpty();
    }
}
