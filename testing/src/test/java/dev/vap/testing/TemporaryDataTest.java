package dev.vap.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemporaryDataTest {
    @TempDir
    Path temporary;

    @Test
    void sweepsAwayWhatNobodyUses() throws Exception {
        Path abandoned = aged("vap-test-1");
        Path young = Files.createDirectories(temporary.resolve("vap-test-2"));
        Path foreign = aged("somebody-1");
        Path used = Files.createDirectories(temporary.resolve("vap-test-3"));
        try (FileChannel channel = FileChannel.open(
                        used.resolve("vap.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            assertThat(lock.isValid()).isTrue();
            age(used);

            TemporaryData.sweep(temporary);
        }

        assertThat(abandoned).doesNotExist();
        assertThat(young).exists();
        assertThat(foreign).exists();
        assertThat(used).exists();
    }

    @Test
    void leavesTheDataOfAServerThatIsOnlyStopped() throws Exception {
        Path directory;
        try (HeldData held = HeldData.create()) {
            directory = held.directory();
            age(directory);

            TemporaryData.sweep();

            assertThat(directory).exists();
        }
        assertThat(directory).doesNotExist();
    }

    private Path aged(String name) throws Exception {
        Path directory = Files.createDirectories(temporary.resolve(name).resolve("postgres"))
                .getParent();
        age(directory);
        return directory;
    }

    private static void age(Path directory) throws Exception {
        Files.setLastModifiedTime(directory, FileTime.from(Instant.now().minus(Duration.ofMinutes(5))));
    }
}
