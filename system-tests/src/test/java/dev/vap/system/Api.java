package dev.vap.system;

import dev.vap.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** A client of several API processes, which takes another one when one does not answer. Safe for any thread. */
final class Api {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration ANSWER = Duration.ofSeconds(10);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    private final List<String> addresses;
    private final AtomicInteger turn = new AtomicInteger();

    /**
     * @param addresses such as {@code http://127.0.0.1:8080}
     */
    Api(List<String> addresses) {
        this.addresses = List.copyOf(addresses);
    }

    /** The scenario's UUID, once it was accepted. An attempt without an answer may have made one more. */
    String create(String source, JsonObject options) {
        return Await.value("201 for " + source, PATIENCE, () -> tryCreate(source, options), Optional::isPresent)
                .orElseThrow();
    }

    /** The scenario's UUID if the next API accepts it; empty if that one can't be reached or says 503. */
    Optional<String> tryCreate(String source, JsonObject options) {
        JsonObject body =
                new JsonObject().put("camera_url", source).put("model", "mock").put("options", options);
        Optional<HttpResponse<String>> answer = send("POST", "/api/v1/scenario/init", body);
        if (answer.isEmpty() || answer.get().statusCode() == 503) {
            return Optional.empty();
        }
        if (answer.get().statusCode() != 201) {
            throw new IllegalStateException(
                    "creating " + source + ": " + answer.get().body());
        }
        return Optional.of(new JsonObject(answer.get().body()).getString("scenario_uuid"));
    }

    void stop(String scenario) {
        String path = "/api/v1/scenario/" + scenario + "/shutdown";
        Await.until("stop of " + scenario + " accepted", PATIENCE, () -> send("POST", path, null)
                .filter(answer -> answer.statusCode() == 200)
                .isPresent());
    }

    JsonObject scenario(String id) {
        return get("/api/v1/scenario/" + id);
    }

    JsonArray events(String id) {
        return get("/api/v1/scenario/" + id + "/events").getJsonArray("events");
    }

    /** The runner that has, or last had, the scenario. */
    String runnerOf(String id) {
        return scenario(id).getJsonObject("worker").getString("runner_id");
    }

    /** The process that holds a role, {@code service@host:pid}; empty if nobody does, or the API can't tell. */
    Optional<String> holder(String role) {
        return send("GET", "/api/v1/cluster", null)
                .filter(answer -> answer.statusCode() == 200)
                .flatMap(answer -> new JsonObject(answer.body())
                        .getJsonArray("roles").stream()
                                .map(JsonObject.class::cast)
                                .filter(r -> r.getString("role").equals(role))
                                .map(r -> r.getString("holder"))
                                .filter(Objects::nonNull)
                                .findFirst());
    }

    JsonArray runners() {
        return get("/api/v1/runners").getJsonArray("runners");
    }

    void awaitStatus(String id, String status, Duration deadline) {
        Await.value("status of " + id, deadline, () -> scenario(id).getString("status"), status::equals);
    }

    /** The answer's body, of whichever API says 200. */
    JsonObject get(String path) {
        HttpResponse<String> answer = Await.value(
                        "200 for " + path, PATIENCE, () -> send("GET", path, null), found -> found.filter(
                                        ok -> ok.statusCode() == 200)
                                .isPresent())
                .orElseThrow();
        return new JsonObject(answer.body());
    }

    /** Sends the file as one of this name; what the API says of it. */
    JsonObject upload(String name, Path file) {
        return Await.value(
                        "201 for the upload of " + name,
                        PATIENCE,
                        () -> exchange(
                                "POST",
                                "/api/v1/media?name=" + name,
                                "application/octet-stream",
                                HttpRequest.BodyPublishers.ofFile(file)),
                        found -> found.filter(ok -> ok.statusCode() == 201).isPresent())
                .map(answer -> new JsonObject(answer.body()))
                .orElseThrow();
    }

    /** The answer of the API whose turn it is; empty if there is none. */
    Optional<HttpResponse<String>> send(String method, String path, JsonObject body) {
        return exchange(
                method,
                path,
                "application/json",
                body == null
                        ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofString(body.encode()));
    }

    /** What the API whose turn it is streams, once that has begun; the caller closes it. */
    InputStream open(String path) throws IOException, InterruptedException {
        HttpResponse<InputStream> answer = http.send(
                HttpRequest.newBuilder(URI.create(next() + path))
                        .timeout(PATIENCE)
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
        if (answer.statusCode() != 200) {
            try (InputStream body = answer.body()) {
                throw new IOException(answer.statusCode() + " for " + path + ": "
                        + new String(body.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        return answer.body();
    }

    private String next() {
        return addresses.get(Math.floorMod(turn.getAndIncrement(), addresses.size()));
    }

    private Optional<HttpResponse<String>> exchange(
            String method, String path, String contentType, HttpRequest.BodyPublisher body) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(next() + path))
                .header("Content-Type", contentType)
                .timeout(ANSWER)
                .method(method, body)
                .build();
        try {
            return Optional.of(http.send(request, HttpResponse.BodyHandlers.ofString()));
        } catch (UncheckedIOException | IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted", e);
        }
    }
}
