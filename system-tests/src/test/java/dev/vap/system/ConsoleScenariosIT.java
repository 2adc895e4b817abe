package dev.vap.system;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Dialog;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import dev.vap.testing.Await;
import dev.vap.testing.ServiceProcess;
import dev.vap.testing.SharedData;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Scenarios made, watched, stopped and lost, as someone at the console sees it. */
class ConsoleScenariosIT {

    private static final String PEOPLE = "one-by-one-person-detection.mp4";
    private static final JsonObject WALK =
            new JsonObject().put("loop", true).put("realtime", true).put("fps", 5);

    @RegisterExtension
    static final ConsoleBrowser BROWSER = new ConsoleBrowser();

    @RegisterExtension
    static final Cluster CLUSTER = Clusters.CONSOLE;

    @BeforeEach
    void twoRunners() {
        CLUSTER.exactlyRunners(2);
    }

    @Test
    void aFileIsUploadedAnalysedAndItsPeopleHaveBoxesAtTheRightPlace() {
        Path video = SharedData.assumeVideo(PEOPLE);
        SharedData.assumeModel("yolox_nano.onnx");
        Page page = BROWSER.page(CLUSTER.address());
        page.click("#add");
        page.click("#way-upload");
        page.setInputFiles("input[type=file]", video);
        assertThat(page.locator("[name=camera_url]")).hasValue(PEOPLE);
        page.fill("[name=name]", "people");
        page.locator("dialog [name=model]").selectOption("yolox-nano");
        page.check("dialog [name=loop]");

        page.locator("dialog form button.primary").click();
        assertThat(page.locator("dialog")).isHidden();
        page.getByRole(
                        AriaRole.LINK,
                        new Page.GetByRoleOptions().setName("people").setExact(true))
                .click();

        page.waitForFunction(
                SNAPSHOT,
                null,
                new Page.WaitForFunctionOptions().setTimeout(10_000).setPollingInterval(50));
        assertThat(page.locator("#liveness")).hasText("live");
        JsonObject shown = JsonObject.mapFrom(page.evaluate("() => window.snapshot.about"));
        assertThat(page.evaluate(COMPARE, boxesOf(shown.getInteger("id"), shown.getInteger("frame"))))
                .isEqualTo(List.of());
        ConsoleBrowser.keep(page, "scenario");

        page.getByRole(
                        AriaRole.BUTTON,
                        new Page.GetByRoleOptions().setName("Stop").setExact(true))
                .click();
        assertThat(page.locator(".bar h1 + .pill")).hasText("stopped");
        assertThat(page.locator("#liveness")).hasText("not live");
        assertThat(BROWSER.complaints()).isEmpty();
    }

    @Test
    void aScenarioGoesOnElsewhereWithoutReloadWhenItsRunnerIsKilled() {
        String id = CLUSTER.api().create("long.mp4", WALK);
        CLUSTER.awaitResults(List.of(id), 5);
        Page page = watch(id);
        String before = CLUSTER.api().runnerOf(id);
        assertThat(page.locator(".facts")).containsText(before);

        CLUSTER.process(before).kill();

        String after = Await.value(
                "another runner", Cluster.SOON, () -> CLUSTER.api().runnerOf(id), other -> !other.equals(before));
        assertThat(page.locator(".facts")).containsText(after);
        int seen = (int) page.evaluate(FRAME);
        page.waitForFunction("seen => (" + FRAME + ")() > seen", seen);
        assertThat(page.locator("#liveness")).hasText("live");
        assertThat(page.evaluate("() => window.same")).isEqualTo(true);
    }

    @Test
    void thePictureIsGreyFromTheEndOfTheLastRunnerUntilAnotherComes() {
        List<ServiceProcess> runners = CLUSTER.exactlyRunners(1);
        String id = CLUSTER.api().create("long.mp4", WALK);
        CLUSTER.awaitResults(List.of(id), 5);
        Page page = watch(id);

        runners.get(0).kill();

        assertThat(page.locator("#liveness")).hasText("not live");
        assertThat(page.locator(".veil")).containsText("No new picture since");
        ConsoleBrowser.keep(page, "scenario-not-live");
        CLUSTER.awaitUp(List.of(CLUSTER.startRunner()));
        assertThat(page.locator("#liveness"))
                .hasText("live", new LocatorAssertions.HasTextOptions().setTimeout((double) Cluster.SOON.toMillis()));
        assertThat(page.evaluate("() => window.same")).isEqualTo(true);
    }

    private static Page watch(String id) {
        Page page = BROWSER.page(CLUSTER.address() + "/#/scenarios/" + id);
        assertThat(page.locator("#liveness")).hasText("live");
        page.evaluate("() => { window.same = true; }");
        return page;
    }

    @Test
    void whatIsShownIsChosenAtOnceAndCanBecomeTheScenariosOwn() {
        String id = CLUSTER.api().create("long.mp4", WALK);
        CLUSTER.awaitResults(List.of(id), 5);
        Page page = watch(id);
        page.waitForFunction(PAINTED, true);

        page.locator(".chip", new Page.LocatorOptions().setHasText("person")).click();
        page.locator(".chip", new Page.LocatorOptions().setHasText("car")).click();
        page.waitForFunction(PAINTED, false);
        page.locator(".chip", new Page.LocatorOptions().setHasText("person")).click();
        page.waitForFunction(PAINTED, true);
        page.getByText("Make it the scenario").click();

        Await.value(
                "its classes",
                Cluster.SOON,
                () -> CLUSTER.api().scenario(id).getJsonObject("options").getJsonArray("classes"),
                JsonArray.of("person")::equals);
        page.locator("vap-settings [name=fps]").fill("2");
        page.locator("vap-settings [name=name]").fill("slow walk");
        page.locator("vap-settings button.primary").click();
        assertThat(page.locator("vap-settings .note")).hasText("Saved");
        assertThat(page.locator("h1")).hasText("slow walk");
        JsonObject changed = CLUSTER.api().scenario(id);
        assertThat(changed.getJsonObject("options").getDouble("fps")).isEqualTo(2.0);
        assertThat(changed.getString("name")).isEqualTo("slow walk");
    }

    @Test
    void anUploadThatBreaksOffGoesOnByItself(@TempDir Path folder) throws Exception {
        Path upload = folder.resolve("uploaded.mp4");
        Clips.draw(upload, Clusters.SHORT);
        Page page = BROWSER.page(CLUSTER.address());
        AtomicInteger attempts = new AtomicInteger();
        page.route("**/api/v1/media?name=*", route -> {
            if (attempts.getAndIncrement() == 0) {
                route.abort();
            } else {
                route.resume();
            }
        });
        page.click("#add");
        page.click("#way-upload");

        page.setInputFiles("input[type=file]", upload);

        assertThat(page.locator(".progress")).containsText("It is there.");
        assertThat(attempts.get()).isEqualTo(2);
    }

    @Test
    void aStoppedScenarioIsDeletedOnceThatIsConfirmed() {
        String id = CLUSTER.api().create("short.mp4", new JsonObject());
        CLUSTER.awaitStatus(List.of(id), "inactive", Cluster.SOON);
        Page page = BROWSER.page(CLUSTER.address() + "/#/scenarios/" + id);
        page.onDialog(Dialog::accept);

        page.getByText("Delete", new Page.GetByTextOptions().setExact(true)).click();

        assertThat(page.locator("vap-scenarios h1")).isVisible();
        assertThat(CLUSTER.api()
                        .send("GET", "/api/v1/scenarios/" + id, null)
                        .orElseThrow()
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void theApiMayGoAndComeBack() {
        Page page = BROWSER.page(CLUSTER.address());
        assertThat(page.locator(".connection")).containsText("live");
        ServiceProcess api = CLUSTER.process("api-1");

        api.terminate();

        assertThat(page.locator(".connection")).containsText("Reconnecting in");
        assertThat(page.locator(".error").first()).containsText("does not answer");
        CLUSTER.awaitUp(List.of(CLUSTER.start("api-1")));
        assertThat(page.locator(".connection")).containsText("live");
        assertThat(page.locator("vap-scenarios > .says .error")).hasCount(0);
    }

    @Test
    void aRefusedSourceIsSaidBesideTheForm() {
        Page page = BROWSER.page(CLUSTER.address());
        page.click("#add");
        page.fill("[name=camera_url]", "gopher://example.org/1");

        page.locator("dialog form button.primary").click();

        assertThat(page.locator("dialog form .error")).containsText("gopher");
        assertThat(page.locator("dialog")).isVisible();
        page.fill("[name=camera_url]", "nowhere.mp4");
        assertThat(page.locator("dialog form .error")).hasCount(0);
        page.locator("#probe").click();
        assertThat(page.locator("vap-probe .error")).containsText("nowhere.mp4");
    }

    @Test
    void markupInANameIsShownAsText() {
        String name = "<img src=x onerror=\"window.broken=1\"><b>bold</b>' OR 1=1 --";
        JsonObject body = new JsonObject()
                .put("camera_url", "short.mp4")
                .put("model", "mock")
                .put("name", name);
        JsonObject made = Await.value(
                        "201",
                        Cluster.SOON,
                        () -> CLUSTER.api().send("POST", "/api/v1/scenarios", body),
                        answer -> answer.filter(ok -> ok.statusCode() == 201).isPresent())
                .map(answer -> new JsonObject(answer.body()))
                .orElseThrow();
        Page page = BROWSER.page(CLUSTER.address());

        Locator row = page.locator("tr[data-id='" + made.getInteger("scenario_id") + "'] td.name a");
        assertThat(row).hasText(name);
        row.click();
        assertThat(page.locator("h1")).hasText(name);

        assertThat(page.evaluate("() => [window.broken ?? null, document.querySelectorAll('main b, main img').length]"))
                .isEqualTo(Arrays.asList(null, 0));
        assertThat(BROWSER.complaints()).isEmpty();
    }

    @Test
    void twentyScenariosAreStoppedAtOnce() {
        List<String> made = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            made.add(CLUSTER.api().create("long.mp4", WALK.copy().put("fps", 1)));
        }
        Page page = BROWSER.page(CLUSTER.address());
        page.locator("form.filters [name=status]").selectOption("active");
        assertThat(page.locator("tbody tr")).hasCount(20);
        ConsoleBrowser.keep(page, "scenarios");

        page.check("thead input[type=checkbox]");
        assertThat(page.locator(".bulk")).containsText("20 scenarios chosen");
        page.locator(".bulk")
                .getByText("Stop", new Locator.GetByTextOptions().setExact(true))
                .click();

        assertThat(page.locator("tbody tr")).hasCount(0);
        CLUSTER.awaitStatus(made, "inactive", Cluster.SOON);
        assertThat(BROWSER.complaints()).isEmpty();
    }

    /** The boxes that are stored for that frame of the scenario, each as four numbers. */
    private static List<List<Double>> boxesOf(int scenario, int frame) {
        String path = "/api/v1/scenarios/" + scenario + "/predictions?limit=1&after_frame=" + (frame - 1);
        JsonObject result = Await.value(
                        "frame " + frame + " is stored",
                        Cluster.SOON,
                        () -> CLUSTER.api().get(path).getJsonArray("results"),
                        results -> !results.isEmpty())
                .getJsonObject(0);
        assertThat(result.getInteger("frame_number")).isEqualTo(frame);
        return result.getJsonArray("detections").stream()
                .map(detection -> ((JsonObject) detection).getJsonArray("bbox"))
                .map(ConsoleScenariosIT::numbers)
                .toList();
    }

    private static List<Double> numbers(JsonArray array) {
        return array.stream().map(n -> ((Number) n).doubleValue()).toList();
    }

    /** The number of the frame that is shown. */
    private static final String FRAME = "() => Number(document.querySelector('.stage canvas').dataset.frame)";

    /** Whether there is any box on the picture. */
    private static final String PAINTED = """
            wanted => {
              const over = document.querySelector('.stage .over');
              const data = over.getContext('2d').getImageData(0, 0, over.width, over.height).data;
              return data.some((value, i) => i % 4 === 3 && value > 0) === wanted;
            }""";

    /** Keeps picture and boxes of one moment, once a person is seen and the picture is a real one. */
    private static final String SNAPSHOT = """
            () => {
              const over = document.querySelector('.stage .over');
              const under = document.querySelector('.stage canvas');
              if (!over?.dataset.frame || !/person/.test(under.getAttribute('aria-label'))) return false;
              const pixels = canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
              window.snapshot = {
                about: { frame: Number(over.dataset.frame), id: Number(location.hash.split('/').pop()) },
                width: over.width, height: over.height, boxes: pixels(over), picture: pixels(under),
              };
              return true;
            }""";

    /** What is wrong: edges without paint, paint away from all boxes, a picture without content. */
    private static final String COMPARE = """
            stored => {
              const { width, height, boxes, picture } = window.snapshot;
              const scale = width / 768;
              const wrong = [];
              const painted = (x, y, by = 3) => {
                for (let dy = -by; dy <= by; dy++) for (let dx = -by; dx <= by; dx++) {
                  const px = Math.min(width - 1, Math.max(0, Math.round(x) + dx));
                  const py = Math.min(height - 1, Math.max(0, Math.round(y) + dy));
                  if (boxes[4 * (py * width + px) + 3] > 0) return true;
                }
                return false;
              };
              const scaled = stored.map(box => box.map(v => v * scale));
              for (const [x1, y1, x2, y2] of scaled) {
                for (const share of [0.25, 0.5, 0.75]) {
                  const x = x1 + share * (x2 - x1);
                  const y = y1 + share * (y2 - y1);
                  for (const [px, py] of [[x, y1], [x, y2], [x1, y], [x2, y]]) {
                    if (!painted(px, py)) wrong.push(`no edge at ${px},${py}`);
                  }
                }
              }
              // Labels lie above or just inside; what is painted elsewhere belongs to no box of this frame.
              const near = (x, y) => scaled.some(([x1, y1, x2, y2]) => x > x1 - 200 && x < x2 + 200 && y > y1 - 30 && y < y2 + 6);
              for (let y = 0; y < height; y += 3) for (let x = 0; x < width; x += 3) {
                if (boxes[4 * (y * width + x) + 3] > 0 && !near(x, y)) wrong.push(`paint at ${x},${y}`);
              }
              const shades = new Set();
              for (let i = 0; i < picture.length; i += 4 * 997) shades.add(picture[i] >> 3);
              if (shades.size < 8) wrong.push('an empty picture');
              return wrong.slice(0, 5);
            }""";
}
