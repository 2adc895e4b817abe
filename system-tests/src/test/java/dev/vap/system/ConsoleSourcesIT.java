package dev.vap.system;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.vap.testing.video.StreamSpec;
import dev.vap.testing.video.TestStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Where pictures come from, in the dialog that makes a scenario: addresses, files, cameras that are found. */
class ConsoleSourcesIT {

    private static final TestStream STREAM =
            TestStream.of(StreamSpec.h264(320, 240).withRate(10).withKeyEvery(10, 60));

    @RegisterExtension
    static final ConsoleBrowser BROWSER = new ConsoleBrowser();

    @RegisterExtension
    static final Cluster CLUSTER = Clusters.CONSOLE;

    @BeforeEach
    void aRunner() {
        CLUSTER.atLeastOneRunner();
    }

    @Test
    void aCameraIsFoundAndWatched() throws Exception {
        try (OnvifCamera camera = OnvifCamera.start("Backdoor", STREAM, "admin", "f1ddle sticks")) {
            Page page = BROWSER.page(CLUSTER.address());
            page.click("#add");
            page.click("#way-discovery");
            page.click("vap-discovery button");

            page.getByLabel("Backdoor").check();
            page.fill("#device-user", "admin");
            page.fill("#device-password", "f1ddle sticks");
            page.fill("[name=name]", "back door");
            page.locator("vap-new-scenario [name=model]").selectOption("mock");
            page.locator("vap-new-scenario form button.primary").click();
            assertThat(page.locator("vap-new-scenario dialog")).isHidden();
            page.getByRole(
                            AriaRole.LINK,
                            new Page.GetByRoleOptions().setName("back door").setExact(true))
                    .click();

            assertThat(page.locator("#liveness")).hasText("live");
            assertThat(page.locator(".facts")).containsText("320×240");
            assertThat(camera.viewers()).isPositive();
            assertThat(page.content()).doesNotContain("f1ddle");
            assertThat(BROWSER.complaints()).isEmpty();
        }
    }

    @Test
    void anUploadThatIsCutInTheMiddleGoesOnFromThere(@TempDir Path folder) throws Exception {
        byte[] bytes = new byte[6_000_000];
        new Random(7).nextBytes(bytes);
        Path upload = Files.write(folder.resolve("cut in the middle.mp4"), bytes);
        try (CuttingProxy proxy = new CuttingProxy(CLUSTER.slot("api-1").httpPort(), bytes.length / 2)) {
            List<String> ranges = new CopyOnWriteArrayList<>();
            Page page = BROWSER.page(proxy.address());
            page.onRequest(request -> {
                if (request.url().contains("/api/v1/media?name=")) {
                    ranges.add(request.headers().getOrDefault("content-range", "all"));
                }
            });
            page.click("#add");
            page.click("#way-upload");

            page.setInputFiles("vap-upload input[type=file]", upload);

            assertThat(page.locator(".progress")).containsText("It is there.");
            assertThat(ranges).hasSizeGreaterThan(1).first().isEqualTo("all");
            assertThat(ranges.get(ranges.size() - 1)).matches("bytes [1-9]\\d*-5999999/6000000");
        }
        Path stored = Path.of(CLUSTER.environment().get("MEDIA_ROOT"), "cut in the middle.mp4");
        assertThat(Files.mismatch(upload, stored)).isEqualTo(-1);
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
    void aRefusedSourceIsSaidBesideTheForm() {
        Page page = BROWSER.page(CLUSTER.address());
        page.click("#add");
        page.fill("[name=camera_url]", "gopher://example.org/1");

        page.locator("dialog form button.primary").click();

        assertThat(page.locator("dialog form .error")).containsText("gopher");
        assertThat(page.locator("vap-new-scenario dialog")).isVisible();
        page.fill("[name=camera_url]", "nowhere.mp4");
        assertThat(page.locator("dialog form .error")).hasCount(0);
        page.locator("#probe").click();
        assertThat(page.locator("vap-probe .error")).containsText("nowhere.mp4");
    }
}
