package dev.vap.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConsoleTest {

    private static final String INDEX = new String(StaticFile.read("/webroot/index.html"), StandardCharsets.UTF_8);

    @Test
    void everyFileOfOthersIsOnTheClassPath() {
        VendorFiles.resources()
                .forEach((path, resource) ->
                        assertThat(StaticFile.read(resource)).as(path).isNotEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"index.html", "contract.html"})
    void everythingThatAPageNamesIsServed(String page) {
        assertThat(Pattern.compile("\"(/(?:console|vendor|favicon)[^\"]*[^/\"])\"")
                        .matcher(new String(StaticFile.read("/webroot/" + page), StandardCharsets.UTF_8))
                        .results()
                        .map(MatchResult::group)
                        .map(quoted -> quoted.replace("\"", "")))
                .hasSizeGreaterThan(5)
                .allSatisfy(path -> assertThat(Console.files()).containsKey(path));
    }

    @Test
    void modulesAreFoundInTheirFoldersToo() {
        assertThat(Console.files())
                .containsKeys("/", "/console/main.js", "/console/i18n/ru.js", "/console/views/cluster.js");
    }

    @Test
    void thePolicyNamesTheImportMapByItsDigest() {
        String map = INDEX.replaceAll("(?s).*<script type=\"importmap\">(.*?)</script>.*", "$1");
        String digest = Base64.getEncoder().encodeToString(StaticFile.sha256(map.getBytes(StandardCharsets.UTF_8)));

        assertThat(Console.consolePolicy())
                .contains("script-src 'self' 'sha256-" + digest + "';")
                .doesNotContain("unsafe");
    }

    @Test
    void nothingIsFetchedFromElsewhere() {
        for (String page : new String[] {"index.html", "contract.html"}) {
            assertThat(new String(StaticFile.read("/webroot/" + page), StandardCharsets.UTF_8))
                    .doesNotContain("http://", "https://", "\"//");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gzip, deflate, br | true",
                "br;q=1.0, GZIP;q=0.5 | true",
                "gzip;q=0 | false",
                "gzip; q=0.0 | false",
                "identity | false",
                "x-gzip-like | false"
            })
    void gzipIsSentToThoseWhoAcceptIt(String encodings, boolean accepted) {
        assertThat(StaticFile.accepts(encodings)).isEqualTo(accepted);
    }
}
