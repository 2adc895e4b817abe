package dev.vap.system;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The page of the cluster. */
class ConsoleClusterIT {

    @RegisterExtension
    static final ConsoleBrowser BROWSER = new ConsoleBrowser();

    @RegisterExtension
    static final Cluster CLUSTER = Clusters.CONSOLE;

    @Test
    void aKilledRunnerIsShownAsLostUntilItIsForgotten() throws Exception {
        CLUSTER.exactlyRunners(2);
        Page page = BROWSER.page(CLUSTER.address() + "/#/cluster");
        Locator killed = page.locator("[data-runner=runner-2]");
        Locator other = page.locator("[data-runner=runner-1]");
        assertThat(killed.locator(".pill")).hasText("up");

        CLUSTER.process("runner-2").kill();

        assertThat(killed.locator(".pill")).hasText("lost");
        assertThat(other.locator(".pill")).hasText("up");
        ConsoleBrowser.keep(page, "cluster-lost");
        // As the orchestrator does after an hour.
        CLUSTER.store().change("DELETE FROM runners WHERE runner_id = ?", "runner-2");
        assertThat(killed).hasCount(0);
        assertThat(other.locator(".pill")).hasText("up");
        assertThat(BROWSER.complaints()).isEmpty();
    }
}
