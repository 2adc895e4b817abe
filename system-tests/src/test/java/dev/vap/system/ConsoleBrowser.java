package dev.vap.system;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A real browser, one for all classes that register this; skips them where there is none. Each test gets pages of its own,
 * closed after it. What a page complains of in its console is kept: {@link #complaints()}.
 */
final class ConsoleBrowser implements BeforeAllCallback, AfterEachCallback {

    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final Path SCREENSHOTS = Path.of("target", "screenshots");
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(ConsoleBrowser.class);

    private static final double ASSERTED_MILLIS = 20_000;

    private static Playwright playwright;
    private static Browser browser;

    private final List<BrowserContext> open = new ArrayList<>();
    private final List<String> complaints = Collections.synchronizedList(new ArrayList<>());

    @Override
    public void beforeAll(ExtensionContext context) {
        Assumptions.assumeTrue(
                Files.isExecutable(CHROMIUM),
                () -> CHROMIUM + " is not installed: the console is not tested in a browser");
        context.getRoot()
                .getStore(NAMESPACE)
                .getOrComputeIfAbsent("last", key -> (AutoCloseable) ConsoleBrowser::close, AutoCloseable.class);
        PlaywrightAssertions.setDefaultAssertionTimeout(ASSERTED_MILLIS);
        if (browser == null) {
            playwright = Playwright.create(
                    new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
            browser = playwright
                    .chromium()
                    .launch(new BrowserType.LaunchOptions()
                            .setExecutablePath(CHROMIUM)
                            .setArgs(List.of(
                                    "--no-sandbox",
                                    "--disable-dev-shm-usage",
                                    "--disable-background-networking",
                                    "--disable-component-update",
                                    "--disable-sync",
                                    "--disable-quic")));
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        open.forEach(BrowserContext::close);
        open.clear();
        complaints.clear();
    }

    /** A page as someone with an English browser and a large screen sees it. */
    Page page(String address) {
        return page(address, new Browser.NewContextOptions());
    }

    Page page(String address, Browser.NewContextOptions options) {
        if (options.locale == null) {
            options.setLocale("en-US");
        }
        if (options.viewportSize == null) {
            options.setViewportSize(1360, 900);
        }
        BrowserContext context = browser.newContext(options);
        open.add(context);
        context.setDefaultTimeout((double) Cluster.SOON.toMillis());
        Page page = context.newPage();
        page.onPageError(complaints::add);
        page.onConsoleMessage(message -> {
            if (message.type().equals("error")) {
                complaints.add(message.text() + " " + message.location());
            }
        });
        page.navigate(address);
        return page;
    }

    /** Errors of scripts and refusals of the Content-Security-Policy. */
    List<String> complaints() {
        return allComplaints().stream()
                .filter(text -> !text.startsWith("Failed to load resource"))
                .toList();
    }

    /** With the requests that failed, as people see them in the browser's console. */
    List<String> allComplaints() {
        synchronized (complaints) {
            return List.copyOf(complaints);
        }
    }

    /** A picture of the page, or of what is in view of a very long one: {@code target/screenshots/NAME.png}. */
    static void keep(Page page, String name) {
        boolean whole = (boolean) page.evaluate("() => document.documentElement.scrollHeight < 8000");
        page.screenshot(new Page.ScreenshotOptions()
                .setPath(SCREENSHOTS.resolve(name + ".png"))
                .setFullPage(whole));
    }

    static Browser.NewContextOptions in(ColorScheme colours) {
        return new Browser.NewContextOptions().setColorScheme(colours);
    }

    /**
     * Problems that keep people from using the page, each in a line; empty if there are none.
     *
     * @param within selectors of what is looked at; all of the page if there are none
     */
    static List<String> barriers(Page page, String... within) {
        // No page has frames; without the legacy mode, each analysis opens a page of its own.
        AxeBuilder axe = new AxeBuilder(page).setLegacyMode(true);
        for (String selector : within) {
            axe.include(selector);
        }
        return axe.analyze().getViolations().stream()
                .filter(rule -> "serious".equals(rule.getImpact()) || "critical".equals(rule.getImpact()))
                .map(ConsoleBrowser::line)
                .toList();
    }

    private static String line(Rule rule) {
        return rule.getId() + ": " + rule.getHelp() + " at "
                + rule.getNodes().stream()
                        .limit(3)
                        .map(node -> node.getTarget() + " " + node.getHtml())
                        .toList();
    }

    private static void close() {
        if (browser != null) {
            browser.close();
            playwright.close();
            browser = null;
        }
    }
}
