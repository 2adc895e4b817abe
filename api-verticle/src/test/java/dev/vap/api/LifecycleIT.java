package dev.vap.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.shared.config.Settings;
import dev.vap.shared.runtime.ServiceContext;
import dev.vap.shared.runtime.Services;
import java.net.ConnectException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starting and stopping the service. */
class LifecycleIT {

    @TempDir
    private Path media;

    @Test
    void tellsWhatToDoAboutAPortInUse() {
        Settings settings = ApiFixture.settings(media, Map.of());
        try (ApiFixture first = ApiFixture.start(settings)) {
            int taken = first.port();
            // Another Vert.x: within one, servers share a port.
            ServiceContext other = Services.local(settings.with(Map.of("HTTP_PORT", String.valueOf(taken))));
            try {
                assertThatThrownBy(() -> ApiFixture.await(other.vertx().deployVerticle(new ApiVerticle(other))))
                        .hasMessage(
                                "Port " + taken + " on 127.0.0.1 is in use: stop the other program or choose another"
                                        + " port with --port or HTTP_PORT (0 takes a free one).");
            } finally {
                ApiFixture.await(other.vertx().close());
            }
        }
    }

    @Test
    void tellsWhatToDoAboutAnAddressThatIsNotOurs() {
        Settings settings = ApiFixture.settings(media, Map.of("HTTP_HOST", "192.0.2.1"));
        ServiceContext services = Services.local(settings);
        try {
            assertThatThrownBy(() -> ApiFixture.await(services.vertx().deployVerticle(new ApiVerticle(services))))
                    .hasMessageStartingWith("The API can't listen on 192.0.2.1:0 (")
                    .hasMessageEndingWith("set HTTP_HOST to an address of this machine and HTTP_PORT to a port that may"
                            + " be used.");
        } finally {
            ApiFixture.await(services.vertx().close());
        }
    }

    @Test
    void stopsAndGivesThePortBack() throws Exception {
        try (ApiFixture api = ApiFixture.start(media)) {
            HttpRequest request =
                    HttpRequest.newBuilder(api.uri("/health/live")).build();
            assertThat(api.client()
                            .send(request, HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(200);

            api.undeploy();

            assertThatThrownBy(() -> api.client().send(request, HttpResponse.BodyHandlers.ofString()))
                    .isInstanceOf(ConnectException.class);
        }
    }
}
