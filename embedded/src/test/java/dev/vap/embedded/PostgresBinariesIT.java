package dev.vap.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 3, unit = TimeUnit.MINUTES)
class PostgresBinariesIT {
    @TempDir
    Path temporary;

    @Test
    void unpacksOnceForSeveralProcessesThatStartAtTheSameTime() throws Exception {
        Path programs = temporary.resolve("programs");
        Path a = temporary.resolve("a");
        Path b = temporary.resolve("b");
        try (Child first = Child.start(ChildRun.class, a.toString(), programs.toString());
                Child second = Child.start(ChildRun.class, b.toString(), programs.toString())) {
            assertThat(first.awaitReady()).isNotEqualTo(second.awaitReady());
            assertThat(first.end()).isZero();
            assertThat(second.end()).isZero();
        }
        assertThat(children(programs)).hasSize(1);
    }

    @Test
    void unpacksNothingWhenTheProgramsAreThere() throws Exception {
        PostgresBinaries binaries = PostgresBinaries.unpack(temporary);
        assertThat(binaries.majorVersion()).isEqualTo(18);
        List<Path> before = children(temporary);
        FileTime time = Files.getLastModifiedTime(before.get(0));

        PostgresBinaries.unpack(temporary);

        assertThat(children(temporary)).isEqualTo(before);
        assertThat(Files.getLastModifiedTime(before.get(0))).isEqualTo(time);
    }

    @Test
    void saysWhatToDoWhereNothingCanBeUnpacked() throws Exception {
        Path file = Files.createFile(temporary.resolve("file"));

        assertThatThrownBy(() -> PostgresBinaries.unpack(file))
                .isInstanceOf(EmbeddedServerException.class)
                .hasMessage(
                        "The PostgreSQL programs could not be unpacked into %s: make it writable, or give a running server with --database-url.",
                        file);
    }

    private static List<Path> children(Path directory) throws Exception {
        try (Stream<Path> children = Files.list(directory)) {
            return children.toList();
        }
    }
}
