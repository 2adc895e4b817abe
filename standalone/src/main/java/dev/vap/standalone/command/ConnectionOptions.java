package dev.vap.standalone.command;

import dev.vap.standalone.client.ApiClient;
import java.util.Map;
import picocli.CommandLine.Option;

/** Which API a client command talks to. */
final class ConnectionOptions {

    private static final String VARIABLE = "VAP_URL";

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "address of the API (VAP_URL) [" + ApiClient.DEFAULT_URL + "]")
    String url;

    /** Whether the user named an API. */
    boolean isGiven(Map<String, String> environment) {
        String variable = environment.get(VARIABLE);
        return url != null || (variable != null && !variable.isBlank());
    }

    ApiClient client(Map<String, String> environment) {
        if (url != null) {
            return new ApiClient(url);
        }
        String variable = environment.get(VARIABLE);
        return new ApiClient(variable == null || variable.isBlank() ? ApiClient.DEFAULT_URL : variable.strip());
    }
}
