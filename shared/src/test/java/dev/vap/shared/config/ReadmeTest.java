package dev.vap.shared.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ReadmeTest {

    @Test
    void theReadmeListsEverySettingWithItsDefault() throws IOException {
        Path readme = Path.of("").toAbsolutePath().getParent().resolve("README.md");
        String text = Files.readString(readme);
        String table = VapSettings.ALL.stream().map(ReadmeTest::row).collect(Collectors.joining("\n"));
        assertThat(text).contains(table);
    }

    private static String row(Setting<?> s) {
        String fallback = s.defaultText() == null || s.defaultText().isEmpty() ? "" : "`" + s.defaultText() + "`";
        return "| `" + s.key() + "` | " + fallback + " | " + s.description() + " |";
    }
}
