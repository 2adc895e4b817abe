package dev.vap.system;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import dev.vap.testing.Await;
import dev.vap.testing.ServiceProcess;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The table of all scenarios. */
class ConsoleListIT {

    private static final JsonObject WALK =
            new JsonObject().put("loop", true).put("realtime", true).put("fps", 5);

    @RegisterExtension
    static final ConsoleBrowser BROWSER = new ConsoleBrowser();

    @RegisterExtension
    static final Cluster CLUSTER = Clusters.CONSOLE;

    @BeforeEach
    void aRunner() {
        CLUSTER.atLeastOneRunner();
    }

    @AfterEach
    void noStoredOnes() throws SQLException {
        CLUSTER.store().change("DELETE FROM scenarios WHERE camera_url = 'file:/nowhere.mp4'");
    }

    /** Stopped scenarios that were never run: as many as wanted, at no cost; and one apart, the newest of all. */
    private static void store(int count) throws SQLException {
        CLUSTER.store()
                .change(
                        "INSERT INTO scenarios (scenario_uuid, camera_url, shown_url, name, status, model)"
                                + " SELECT gen_random_uuid(), 'file:/nowhere.mp4', 'file:/nowhere.mp4',"
                                + " CASE WHEN n > ? THEN 'apart' ELSE 'stored ' || n END,"
                                + " 'inactive', 'mock' FROM generate_series(1, ? + 1) n",
                        count,
                        count);
    }

    private static Page pageOfStored() {
        Page page = BROWSER.page(CLUSTER.address());
        page.fill("[name=q]", "stored ");
        return page;
    }

    @Test
    void pagesAreTurnedBothWays() throws Exception {
        store(120);
        Page page = pageOfStored();
        Locator names = page.locator("td.name a");
        Locator newer = page.getByText("Newer");
        Locator older = page.getByText("Older");

        assertThat(names).hasText(stored(120, 71));
        assertThat(newer).isDisabled();
        // More often than there was time for an answer: a page further is meant.
        older.evaluate("button => { button.click(); button.click(); }");
        assertThat(names).hasText(stored(70, 21));
        assertThat(page.locator(".pages")).containsText("Page 2");
        older.click();
        assertThat(names).hasText(stored(20, 1));
        assertThat(page.locator(".pages")).containsText("Page 3");
        assertThat(older).isDisabled();
        newer.click();
        assertThat(names).hasText(stored(70, 21));
        newer.click();
        assertThat(names).hasText(stored(120, 71));
        assertThat(newer).isDisabled();
    }

    /** The names from one to another, falling. */
    private static String[] stored(int from, int to) {
        return IntStream.rangeClosed(to, from)
                .mapToObj(n -> "stored " + (from + to - n))
                .toArray(String[]::new);
    }

    @Test
    void framesThatCameSinceTheLastReportDoNotMakeACameraLookOld() {
        String id = CLUSTER.api().create("long.mp4", WALK);
        CLUSTER.awaitResults(List.of(id), 1);
        JsonObject list = CLUSTER.api().get("/api/v1/scenarios?limit=1");
        JsonObject shown = Await.value(
                "a source",
                Cluster.SOON,
                () -> CLUSTER.api().get("/api/v1/scenarios/" + id),
                s -> s.getJsonObject("source") != null);
        shown.remove("worker");
        shown.getJsonObject("source")
                .put("state", "streaming")
                .put("frame_age_ms", 580)
                .put("reported_ms", 500);
        list.put("scenarios", new JsonArray().add(shown)).putNull("next");
        Page page = BROWSER.page(CLUSTER.address() + "/#/cluster");
        page.route(
                "**/api/v1/scenarios?*",
                route -> route.fulfill(new Route.FulfillOptions()
                        .setContentType("application/json")
                        .setBody(list.encode())));
        page.clock().install();
        page.getByText("Scenarios", new Page.GetByTextOptions().setExact(true)).click();
        Locator age = page.locator("td .age");

        assertThat(age).hasText("0.1 s");
        page.clock().runFor(1_900);
        assertThat(age).hasText("0.1 s");
        page.context().setOffline(true);
        page.unroute("**/api/v1/scenarios?*");
        page.clock().runFor(6_000);
        assertThat(age).hasClass("age old");
    }

    @Test
    void whatIsDeletedIsNamedAndAskedForFirst() throws Exception {
        store(8);
        Page page = pageOfStored();
        assertThat(page.locator("td.name a")).hasCount(8);
        page.check("thead input[type=checkbox]");
        page.getByLabel("Choose stored 1", new Page.GetByLabelOptions().setExact(true))
                .uncheck();
        Locator delete = page.locator(".bulk").getByText("Delete");
        Locator dialog = page.getByRole(AriaRole.ALERTDIALOG);
        Locator cancel = dialog.getByText("Cancel");

        delete.click();
        assertThat(dialog).containsText("Delete 7 scenarios?");
        assertThat(dialog).containsText("stored 8");
        assertThat(dialog).containsText("and 1 more");
        assertThat(dialog).containsText("stored predictions are lost");
        assertThat(cancel).isFocused();
        assertThat(ConsoleBrowser.barriers(page)).isEmpty();
        ConsoleBrowser.keep(page, "delete");
        page.keyboard().press("Escape");
        assertThat(dialog).isHidden();
        assertThat(delete).isFocused();
        delete.click();
        cancel.click();
        assertThat(delete).isFocused();
        assertThat(page.locator("td.name a")).hasCount(8);

        delete.click();
        dialog.getByText("Delete", new Locator.GetByTextOptions().setExact(true))
                .click();

        assertThat(page.locator("td.name a")).hasText(new String[] {"stored 1"});
        assertThat(page.locator("h1")).isFocused();
        assertThat(CLUSTER.store()
                        .row("SELECT string_agg(name, ',') AS names FROM scenarios WHERE name LIKE 'stored %'")
                        .getString("names"))
                .isEqualTo("stored 1");
        assertThat(BROWSER.complaints()).isEmpty();
    }

    @Test
    void aStoppedScenarioIsDeletedOnItsPage() throws Exception {
        store(1);
        Page page = pageOfStored();
        page.locator("td.name a", new Page.LocatorOptions().setHasText("stored 1"))
                .click();
        String id = page.url().replaceAll(".*/", "");

        page.locator(".bar").getByText("Delete").click();
        assertThat(page.getByRole(AriaRole.ALERTDIALOG)).containsText("Delete “stored 1”?");
        page.getByRole(AriaRole.ALERTDIALOG)
                .getByText("Delete", new Locator.GetByTextOptions().setExact(true))
                .click();

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
    void manyScenariosAreStoppedAtOnce() {
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
}
