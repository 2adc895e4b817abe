package dev.vap.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryLockTest {
    @TempDir
    Path temporary;

    @Test
    void createsTheDirectoryAndNamesTheHolder() throws Exception {
        Path directory = temporary.resolve("a/b");

        DataDirectoryLock lock = DataDirectoryLock.acquire(directory, "vap");

        assertThat(directory.resolve("vap.lock")).exists();
        assertThat(Files.readString(directory.resolve("vap.pid")).strip())
                .isEqualTo(Long.toString(ProcessHandle.current().pid()));
        lock.close();
        assertThat(directory.resolve("vap.pid")).doesNotExist();
    }

    @Test
    void refusesASecondHolderInTheSameProcess() {
        DataDirectoryLock lock = DataDirectoryLock.acquire(temporary, "vap");

        assertThatThrownBy(() -> DataDirectoryLock.acquire(temporary, "vap"))
                .isInstanceOf(DataDirectoryInUseException.class)
                .hasMessage(
                        "The data directory %s is in use by another run (process %d): stop that one, or choose another with --data-dir.",
                        temporary, ProcessHandle.current().pid());
        lock.close();
    }

    @Test
    void isFreeAfterClosingItTwice() {
        DataDirectoryLock first = DataDirectoryLock.acquire(temporary, "vap");
        first.close();
        DataDirectoryLock second = DataDirectoryLock.acquire(temporary, "vap");

        first.close();

        assertThatThrownBy(() -> DataDirectoryLock.acquire(temporary, "vap"))
                .isInstanceOf(DataDirectoryInUseException.class);
        second.close();
    }

    @Test
    void refusesASecondProcessUntilTheFirstIsKilled() throws Exception {
        try (Child holder = Child.start(ChildHolder.class, temporary.toString())) {
            holder.awaitReady();

            assertThatThrownBy(() -> DataDirectoryLock.acquire(temporary, "vap"))
                    .isInstanceOf(DataDirectoryInUseException.class)
                    .hasMessageContaining("(process " + holder.pid() + ")");
            holder.kill();
            DataDirectoryLock.acquire(temporary, "vap").close();
        }
    }

    @Test
    void saysNothingOfAHolderItDoesNotKnow() throws Exception {
        DataDirectoryLock lock = DataDirectoryLock.acquire(temporary, "vap");
        Files.writeString(temporary.resolve("vap.pid"), "");

        assertThatThrownBy(() -> DataDirectoryLock.acquire(temporary, "vap"))
                .hasMessage(
                        "The data directory %s is in use by another run: stop that one, or choose another with --data-dir.",
                        temporary);
        lock.close();
    }

    @Test
    void refusesAFile() throws Exception {
        Path file = Files.createFile(temporary.resolve("file"));

        assertThatThrownBy(() -> DataDirectoryLock.acquire(file, "vap"))
                .isInstanceOf(EmbeddedServerException.class)
                .hasMessage("The data directory %s is a file: choose another with --data-dir.", file);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void refusesADirectoryThatCannotBeWritten() {
        // Not even root can write here.
        Path directory = Path.of("/proc/self");

        assertThatThrownBy(() -> DataDirectoryLock.acquire(directory, "vap"))
                .isInstanceOf(EmbeddedServerException.class)
                .hasMessage(
                        "The data directory /proc/self cannot be written: give this user access, or choose another with --data-dir.");
        assertThatThrownBy(() -> DataDirectoryLock.acquire(directory.resolve("vap"), "vap"))
                .hasMessageContaining("/proc/self/vap cannot be written");
    }
}
