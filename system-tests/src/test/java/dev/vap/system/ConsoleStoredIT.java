package dev.vap.system;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is stored of a file that was analysed to its end, as its page shows it. */
class ConsoleStoredIT {

    @RegisterExtension
    static final ConsoleBrowser BROWSER = new ConsoleBrowser();

    @RegisterExtension
    static final Cluster CLUSTER = Clusters.CONSOLE;

    private static String scenario;
    private static List<JsonObject> results;

    @BeforeEach
    void aFileWasAnalysed() {
        if (scenario == null) {
            CLUSTER.atLeastOneRunner();
            scenario = CLUSTER.api().create("short.mp4", new JsonObject());
            CLUSTER.awaitResults(List.of(scenario), Clusters.SHORT);
            CLUSTER.api().awaitStatus(scenario, "inactive", Cluster.SOON);
            results = CLUSTER.api().get(path("predictions?limit=1000&after_frame=-1")).getJsonArray("results").stream()
                    .map(JsonObject.class::cast)
                    .toList();
            assertThat(results).hasSize(Clusters.SHORT);
        }
    }

    private static String path(String below) {
        return "/api/v1/scenarios/" + scenario + "/" + below;
    }

    private static Page page() {
        return BROWSER.page(CLUSTER.address() + "/#/scenarios/" + scenario);
    }

    @Test
    void theChartHasTheValuesOfTheStatistics() {
        Page page = page();
        page.getByText("As a table").click();
        JsonArray buckets = CLUSTER.api().get(path("stats?step=1m")).getJsonArray("buckets");
        assertThat(buckets).isNotEmpty();
        for (String measure : List.of("most", "mean", "frames")) {
            page.locator("vap-counts select").last().selectOption(measure);
            Locator table = page.locator("vap-counts table");
            List<String> classes = table.locator("th").allTextContents().stream()
                    .map(String::trim)
                    .skip(2)
                    .toList();
            assertThat(classes).isNotEmpty();
            List<List<Double>> expected = new ArrayList<>();
            for (int i = buckets.size() - 1; i >= 0; i--) {
                expected.add(values(buckets.getJsonObject(i), classes, measure));
            }
            assertThat(rows(page)).as(measure).isEqualTo(expected);
            assertThat(charted(page))
                    .as(measure + " in the chart")
                    .containsAll(expected.stream()
                            .map(row -> row.subList(1, row.size()))
                            .toList());
        }
    }

    /** Frames, and one value for each class. */
    private static List<Double> values(JsonObject bucket, List<String> classes, String measure) {
        double frames = bucket.getDouble("frames");
        List<Double> row = new ArrayList<>(List.of(frames));
        for (String name : classes) {
            JsonObject counts = bucket.getJsonObject("classes").getJsonObject(name, new JsonObject());
            double value = measure.equals("mean")
                    ? counts.getDouble("detections", 0.0) / frames
                    : counts.getDouble(measure, 0.0);
            row.add(Math.round(100 * value) / 100.0);
        }
        return row;
    }

    private static List<List<Double>> rows(Page page) {
        return numbers(page.evaluate("""
                () => [...document.querySelectorAll('vap-counts tbody tr')].map(row =>
                  [...row.cells].slice(1).map(cell => Number(cell.textContent.replaceAll(',', ''))))"""));
    }

    /** One list for each moment of the chart: the values of its lines there. */
    private static List<List<Double>> charted(Page page) {
        return numbers(page.evaluate("""
                () => {
                  const { labels, datasets } = Chart.getChart(document.querySelector('.chart canvas')).data;
                  return labels.map((label, i) => datasets.map(line => Math.round(100 * line.data[i]) / 100));
                }"""));
    }

    private static List<List<Double>> numbers(Object evaluated) {
        return ((List<?>) evaluated)
                .stream()
                        .map(row -> ((List<?>) row)
                                .stream().map(n -> ((Number) n).doubleValue()).toList())
                        .toList();
    }

    @Test
    void aMomentThatIsChosenShowsWhatWasStoredThen() {
        Page page = page();
        page.click("#tab-replay");
        page.waitForFunction("() => Number(document.querySelector('#time')?.max) > 0");
        for (int chosen : new int[] {Clusters.SHORT / 2, Clusters.SHORT - 1, 3}) {
            long wanted = at(results.get(chosen));
            // The slider has steps; what it stands at counts.
            long moment = ((Number) page.evaluate("""
                    wanted => {
                      const slider = document.querySelector('#time');
                      slider.value = wanted;
                      slider.dispatchEvent(new Event('input', { bubbles: true }));
                      return Number(slider.value);
                    }""", (double) wanted)).longValue();
            JsonObject last = results.stream()
                    .filter(result -> at(result) <= moment)
                    .reduce((earlier, later) -> later)
                    .orElseThrow();

            ConsoleBoxes.assertShows(page, last);
        }
    }

    private static long at(JsonObject result) {
        return Instant.parse(result.getString("timestamp")).toEpochMilli();
    }

    @Test
    void thePlayedFileHasTheBoxesOfItsPictures() {
        Page page = page();
        page.click("#tab-video");
        assertThat(page.locator("vap-video .under")).containsText("Stored results: " + Clusters.SHORT);
        page.waitForFunction("() => document.querySelector('vap-video video')?.readyState >= 1");
        for (int chosen : new int[] {Clusters.SHORT / 2, 7, Clusters.SHORT - 2}) {
            JsonObject result = results.get(chosen);
            // Into the picture, not onto the edge between two.
            double seconds = result.getDouble("pts_ms") / 1000 + 0.03;
            page.evaluate("seconds => { document.querySelector('vap-video video').currentTime = seconds; }", seconds);

            ConsoleBoxes.assertShows(page, result);
        }
        ConsoleBrowser.keep(page, "scenario-file");
    }
}
