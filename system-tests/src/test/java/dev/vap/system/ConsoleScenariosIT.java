package dev.vap.system;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import dev.vap.testing.Await;
import dev.vap.testing.ServiceProcess;
import dev.vap.testing.SharedData;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One scenario made, watched, changed and lost, as someone at the console sees it. */
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
        assertThat(page.locator("vap-new-scenario dialog")).isHidden();
        page.getByRole(
                        AriaRole.LINK,
                        new Page.GetByRoleOptions().setName("people").setExact(true))
                .click();

        assertThat(page.locator("#liveness")).hasText("live");
        String id = page.url().replaceAll(".*/", "");
        ConsoleBoxes.assertLivePictureHasItsBoxes(page, CLUSTER.api(), id);
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
        int seen = (int) page.evaluate(ConsoleBoxes.FRAME);
        page.waitForFunction("seen => (" + ConsoleBoxes.FRAME + ")() > seen", seen);
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
        page.waitForFunction(ConsoleBoxes.PAINTED, true);

        page.locator(".chip", new Page.LocatorOptions().setHasText("person")).click();
        page.locator(".chip", new Page.LocatorOptions().setHasText("car")).click();
        page.waitForFunction(ConsoleBoxes.PAINTED, false);
        page.locator(".chip", new Page.LocatorOptions().setHasText("person")).click();
        page.waitForFunction(ConsoleBoxes.PAINTED, true);
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
}
