package dev.vap.standalone.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.standalone.CommandException;
import org.junit.jupiter.api.Test;

class ApiClientTest {

    @Test
    void passesOnWhatAProblemSays() throws Exception {
        try (FakeApi api = new FakeApi(exchange -> FakeApi.answer(
                exchange, 409, "{\"title\":\"Conflict\",\"detail\":\"Scenario 7 is inactive: start it first.\"}"))) {
            assertThatThrownBy(() -> new ApiClient(api.url()).stop("7"))
                    .isInstanceOf(ApiException.class)
                    .hasMessage("Scenario 7 is inactive: start it first.")
                    .matches(e -> !((ApiException) e).retryable());
        }
    }

    @Test
    void tellsAServerThatIsNotVap() throws Exception {
        try (FakeApi api = new FakeApi(exchange -> FakeApi.answer(exchange, 502, "<html>Bad gateway</html>"))) {
            assertThatThrownBy(() -> new ApiClient(api.url()).show("7"))
                    .hasMessage("What answers at " + api.url()
                            + " said 502: see whether it is VAP, and give the right --url.");
        }
        try (FakeApi api = new FakeApi(exchange -> FakeApi.answer(exchange, 200, "hello"))) {
            assertThatThrownBy(() -> new ApiClient(api.url()).show("7"))
                    .hasMessage("What answers at " + api.url() + " is not VAP: give the right --url.");
        }
    }

    @Test
    void keepsWhatTheUserTypesInsideOneSegmentOfThePath() throws Exception {
        try (FakeApi api = new FakeApi(exchange -> FakeApi.answer(exchange, 200, "{}"))) {
            ApiClient client = new ApiClient(api.url() + "/behind/a/proxy/");
            client.show("../x?y=1 2");
            client.delete("7");
            client.predictionsJson("7", null, 5);
            client.predictionsJson("7", -1L, 5);
            assertThat(api.requests())
                    .containsExactly(
                            "GET /behind/a/proxy/api/v1/scenarios/..%2Fx%3Fy%3D1%202",
                            "DELETE /behind/a/proxy/api/v1/scenarios/7",
                            "GET /behind/a/proxy/api/v1/scenarios/7/predictions?limit=5",
                            "GET /behind/a/proxy/api/v1/scenarios/7/predictions?limit=5&after_frame=-1");
        }
    }

    @Test
    void acceptsAnAddressWithoutScheme() {
        assertThat(new ApiClient("localhost:9000").shownUrl()).isEqualTo("http://localhost:9000");
        assertThatThrownBy(() -> new ApiClient("ftp://x"))
                .isInstanceOf(CommandException.class)
                .hasMessage("\"ftp://x\" is no address of an API: give --url such as http://127.0.0.1:8080.");
    }
}
