package dev.vap.api.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.OutputUnit;
import java.net.http.HttpResponse;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.regex.Pattern;

/** Holds answers against the contract: their status, their type, their body and the heads that are promised. Thread-safe. */
public final class Conformance {

    private static final List<String> EVERYWHERE = List.of("X-Request-ID", "X-Content-Type-Options");

    private final Contract contract;
    private final Map<JsonObject, Schema> schemas = new HashMap<>();

    public Conformance(Contract contract) {
        this.contract = contract;
    }

    public Contract contract() {
        return contract;
    }

    /** Of a path that the contract has; empty for pages of the console. */
    public Optional<Operation> find(String method, String path) {
        String wanted = method.equals("HEAD") ? "GET" : method;
        String plain = path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        return contract.operations().stream()
                .filter(o -> o.method().name().equals(wanted))
                .filter(o -> Pattern.matches(o.path().replaceAll("\\{\\w+}", "[^/]+"), plain))
                .min(Comparator.comparing(Operation::isTemplated));
    }

    /**
     * @param path without the query, percent-encoded
     */
    public void check(String method, String path, HttpResponse<String> response) {
        boolean known = contract.operations().stream()
                .anyMatch(o -> Pattern.matches(o.path().replaceAll("\\{\\w+}", "[^/]+"), path));
        if (!known && response.statusCode() != 404) {
            return;
        }
        int status = response.statusCode();
        if (status == 204 && method.equals("OPTIONS")) {
            assertThat(response.headers().firstValue("Allow")).isPresent();
            return;
        }
        Operation operation = find(method, path).orElse(contract.operation("listScenarios"));
        JsonObject responses = operation.json().getJsonObject("responses");
        JsonObject promised = responses.getJsonObject(String.valueOf(status), responses.getJsonObject("default"));
        String what = method + " " + path + " answers " + status;
        assertThat(status >= 400 || responses.containsKey(String.valueOf(status)))
                .as("%s, which the contract does not know", what)
                .isTrue();
        EVERYWHERE.forEach(name -> assertThat(response.headers().firstValue(name))
                .as(what + " " + name)
                .isPresent());
        if (status == 429 || status == 503) {
            assertThat(response.headers().firstValue("Retry-After")).as(what).isPresent();
        }
        JsonObject content = promised.getJsonObject("content");
        if (content == null || method.equals("HEAD")) {
            assertThat(response.body()).as(what).isEmpty();
            return;
        }
        checkBody(what, content, response);
    }

    private void checkBody(String what, JsonObject content, HttpResponse<String> response) {
        String type = response.headers().firstValue("Content-Type").orElse("").replaceAll(";.*", "");
        boolean binary = content.containsKey("application/octet-stream");
        assertThat(binary || content.containsKey(type))
                .as("%s with %s, the contract has %s", what, type, content.fieldNames())
                .isTrue();
        if (type.equals("application/json") || type.endsWith("+json")) {
            JsonObject body = new JsonObject(response.body());
            var verdict =
                    schema(content.getJsonObject(type).getJsonObject("schema")).validate(body);
            assertThat(verdict.getValid())
                    .as("%s%n%s%n%s", what, body.encodePrettily(), shown(verdict))
                    .isTrue();
        }
    }

    /** Of an event of a stream, or what comes over the WebSocket: what is wrong with it. */
    public Optional<String> violation(String name, JsonObject data) {
        JsonObject promised = name.contains(".")
                ? contract.operation("openLive")
                        .json()
                        .getJsonObject("responses")
                        .getJsonObject("101")
                        .getJsonObject("x-messages")
                : contract.operation("streamPredictions")
                        .json()
                        .getJsonObject("responses")
                        .getJsonObject("200")
                        .getJsonObject("x-events");
        if (!promised.containsKey(name)) {
            return Optional.of("the contract does not know " + name);
        }
        OutputUnit verdict = schema(promised.getJsonObject(name)).validate(data);
        return verdict.getValid() ? Optional.empty() : Optional.of(name + " " + data.encode() + "\n" + shown(verdict));
    }

    private static String shown(OutputUnit verdict) {
        BiFunction<String, String, String> line = (where, error) -> where + ": " + error;
        return verdict.getErrors() == null
                ? ""
                : String.join(
                        "\n",
                        verdict.getErrors().stream()
                                .map(e -> line.apply(e.getInstanceLocation(), e.getError()))
                                .toList());
    }

    private synchronized Schema schema(JsonObject json) {
        return schemas.computeIfAbsent(json, Schema::of);
    }
}
