package dev.vap.system;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every page in both schemes of colours, both languages, at the width of a phone, and by keyboard. */
class ConsoleLooksIT {

    private static final JsonObject WALK =
            new JsonObject().put("loop", true).put("realtime", true).put("fps", 5);

    @RegisterExtension
    static final ConsoleBrowser BROWSER = new ConsoleBrowser();

    @RegisterExtension
    static final Cluster CLUSTER = Clusters.CONSOLE;

    private static String runningScenario() {
        String scenario = CLUSTER.api().create("long.mp4", WALK);
        CLUSTER.awaitResults(List.of(scenario), 5);
        return scenario;
    }

    @BeforeEach
    void aRunner() {
        CLUSTER.atLeastOneRunner();
    }

    @ParameterizedTest
    @EnumSource(
            value = ColorScheme.class,
            names = {"LIGHT", "DARK"})
    void nothingKeepsPeopleFromUsingAnyPage(ColorScheme colours) {
        String scenario = runningScenario();
        Page page = BROWSER.page(CLUSTER.address(), ConsoleBrowser.in(colours));
        page.waitForSelector("tbody tr");
        check(page, "scenarios", colours);
        page.click("#add");
        check(page, "new-scenario", colours);
        page.click("#way-upload");
        check(page, "new-scenario-upload", colours, "dialog[open]");
        page.click("#way-discovery");
        check(page, "new-scenario-discovery", colours, "dialog[open]");

        page.navigate(CLUSTER.address() + "/#/scenarios/" + scenario);
        page.reload();
        assertThat(page.locator("#liveness")).hasText("live");
        check(page, "scenario-live", colours);
        page.click("#tab-replay");
        page.waitForSelector("#play");
        check(page, "scenario-replay", colours, "#see-panel");
        page.click("#tab-video");
        page.waitForSelector("vap-video .under");
        check(page, "scenario-video", colours, "#see-panel");

        page.navigate(CLUSTER.address() + "/#/cluster");
        page.waitForSelector("[data-runner]");
        check(page, "cluster", colours);

        page.navigate(CLUSTER.address() + "/docs");
        page.locator(".opblock-summary-control").nth(1).click();
        page.waitForSelector("pre.microlight[tabindex]");
        check(page, "contract-try", colours);
        page.navigate(CLUSTER.address() + "/redoc");
        page.waitForSelector(".dropdown-select[aria-label]");
        // Of the operations, which are many and alike, two.
        check(
                page,
                "contract-read",
                colours,
                "header",
                ".menu-content",
                "[id='operation/createScenario']",
                "[id='operation/newestPredictionShort']");
        assertThat(BROWSER.allComplaints()).isEmpty();
    }

    @Test
    void allOfItFitsAPhone() {
        String scenario = runningScenario();
        Page page = BROWSER.page(
                CLUSTER.address(),
                new Browser.NewContextOptions().setViewportSize(360, 740).setHasTouch(true));
        page.waitForSelector("tbody tr");
        for (String view : List.of("scenarios", "scenarios/" + scenario, "cluster")) {
            page.navigate(CLUSTER.address() + "/#/" + view);
            page.waitForSelector("h1 >> visible=true");
            page.waitForSelector(".card, tbody tr");
            assertThat(page.evaluate("() => document.documentElement.scrollWidth"))
                    .as("width of " + view)
                    .isEqualTo(360);
            ConsoleBrowser.keep(page, "phone-" + view.replaceAll("/.*", "-one"));
        }
        page.navigate(CLUSTER.address() + "/#/scenarios");
        page.click("#add");
        assertThat(page.evaluate("() => document.querySelector('dialog').scrollWidth <= 360"))
                .isEqualTo(true);
    }

    @Test
    void theLanguageIsTheBrowsersUntilAnotherIsChosen() {
        Page page = BROWSER.page(CLUSTER.address(), new Browser.NewContextOptions().setLocale("ru-RU"));
        assertThat(page.locator("h1")).hasText("Сценарии");
        assertThat(page.evaluate("() => document.documentElement.lang")).isEqualTo("ru");
        ConsoleBrowser.keep(page, "scenarios-ru");
        page.navigate(CLUSTER.address() + "/#/cluster");
        assertThat(page.locator("h1")).hasText("Кластер");

        page.locator("#language").selectOption("en");

        assertThat(page.locator("h1")).hasText("Cluster");
        page.reload();
        assertThat(page.locator("h1")).hasText("Cluster");
    }

    @Test
    void addressesCanBeKeptAndBackGoesBack() {
        CLUSTER.api().create("short.mp4", new JsonObject());
        Page page = BROWSER.page(CLUSTER.address());
        page.locator("td.name a").first().click();
        assertThat(page.locator("vap-scenario h1")).isVisible();
        page.reload();
        assertThat(page.locator("vap-scenario h1")).isVisible();
        page.goBack();
        assertThat(page.locator("vap-scenarios h1")).isVisible();
    }

    @Test
    void theKeyboardIsEnough() {
        Page page = BROWSER.page(CLUSTER.address());
        page.waitForSelector("vap-scenarios :is(.empty, tbody tr)");
        page.keyboard().press("Tab");
        assertThat(page.locator(".skip")).isFocused();
        page.keyboard().press("Enter");
        assertThat(page.locator("main")).isFocused();
        page.keyboard().press("Tab");
        page.keyboard().press("Enter");
        assertThat(page.locator("dialog [name=camera_url]")).isFocused();
        page.locator("#way-address").focus();
        page.keyboard().press("ArrowRight");
        assertThat(page.locator("#way-upload")).isFocused();
        page.keyboard().press("Escape");
        assertThat(page.locator("vap-new-scenario dialog")).isHidden();
    }

    @Test
    void theContractIsShownInTheReadersColoursAndLanguage() {
        Page page = BROWSER.page(
                CLUSTER.address() + "/docs",
                new Browser.NewContextOptions().setLocale("ru-RU").setColorScheme(ColorScheme.DARK));
        assertThat(page.getByText("/api/v1/scenarios", new Page.GetByTextOptions().setExact(true))
                        .first())
                .isVisible();
        assertThat(page.locator("[aria-current=page]")).hasText("API: попробовать");
        assertThat(page.locator("html")).hasClass("dark-mode");
        page.getByText("API: прочитать").click();
        assertThat(page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setName("VAP"))
                        .first())
                .isVisible();
        assertThat(page).hasTitle("API: прочитать · VAP");
        assertThat(page.locator("html")).hasClass("inverted");

        page.locator("#theme").selectOption("light");
        page.locator("#language").selectOption("en");

        assertThat(page.locator("html")).not().hasClass("inverted");
        assertThat(page.locator("[aria-current=page]")).hasText("API: read it");
        page.getByText("Scenarios", new Page.GetByTextOptions().setExact(true)).click();
        assertThat(page.locator("h1")).hasText("Scenarios");
        assertThat(page.locator("html")).hasAttribute("data-theme", "light");
    }

    private static void check(Page page, String name, ColorScheme colours, String... within) {
        ConsoleBrowser.keep(page, name + (colours == ColorScheme.DARK ? "-dark" : ""));
        assertThat(ConsoleBrowser.barriers(page, within))
                .as(name + " in " + colours)
                .isEmpty();
    }
}
