package dev.vap.inference.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.inference.head.Heads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What docs/models.md promises. */
class ModelsDocTest {

    private static final Pattern YAML = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);

    @Test
    void theExampleIsAValidCatalogue() throws IOException {
        Matcher example = YAML.matcher(text());
        assertThat(example.find()).isTrue();

        CatalogFile.Contents contents = CatalogFile.parse("models.yaml", example.group(1));

        assertThat(contents.problems()).isEmpty();
        assertThat(contents.entries()).extracting(CatalogEntry::name).containsExactly("helmets", "doors");
        CatalogEntry helmets = contents.entries().get(0);
        assertThat(helmets).hasNoNullFieldsOrPropertiesExcept("labelsFile", "problem");
        assertThat(helmets.spec()).hasNoNullFieldsOrProperties();
        assertThat(helmets.run()).hasNoNullFieldsOrProperties();
    }

    @Test
    void theCatalogueKnowsTheHeadsThatThereAre() throws IOException {
        assertThat(CatalogFile.HEADS).containsExactlyInAnyOrderElementsOf(Heads.names());
        assertThat(text())
                .contains(CatalogFile.HEADS.stream()
                        .map(head -> "| `" + head + "` |")
                        .toList());
    }

    @Test
    void itNamesEveryProvider() throws IOException {
        for (Provider provider : Provider.values()) {
            assertThat(text()).contains("`" + provider.wire() + "`");
        }
    }

    private static String text() throws IOException {
        return Files.readString(Path.of("").toAbsolutePath().getParent().resolve("docs/models.md"));
    }
}
