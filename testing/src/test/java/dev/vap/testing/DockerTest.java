package dev.vap.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DockerTest {
    @TempDir
    Path temporary;

    @Test
    void isNotAskedWhereNothingSaysThatItIsThere() {
        assertThat(Docker.installed(null, temporary, temporary)).isFalse();
        assertThat(Docker.installed(" ", temporary, temporary)).isFalse();
    }

    @Test
    void isAskedWhereAnAddressOrASocketIs() throws Exception {
        Path run = Files.createDirectories(temporary.resolve("run"));
        Path home =
                Files.createDirectories(temporary.resolve("home/.docker/run")).resolve("../..");

        assertThat(Docker.installed("tcp://127.0.0.1:2375", temporary, temporary))
                .isTrue();
        Files.createFile(run.resolve("docker.sock"));
        assertThat(Docker.installed(null, run, temporary)).isTrue();
        Files.createFile(home.resolve(".docker/run/docker.sock"));
        assertThat(Docker.installed(null, temporary, home)).isTrue();
    }
}
