package dev.vap.standalone.client;

import dev.vap.shared.domain.Redact;
import dev.vap.shared.protocol.DiscoverReport;
import dev.vap.shared.protocol.MessageFormatException;
import dev.vap.shared.protocol.ProbeReport;
import dev.vap.standalone.CommandException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/** Requests to one API, each with a deadline. Blocks its caller, who may be interrupted. Thread-safe. */
public final class ApiClient {

    public static final String DEFAULT_URL = "http://127.0.0.1:8080";

    private static final Duration CONNECT = Duration.ofSeconds(3);
    private static final Duration DEADLINE = Duration.ofSeconds(15);
    /** A runner is given ten seconds to look at the source. */
    private static final Duration PROBED = Duration.ofSeconds(30);

    private static final Duration STALLED = Duration.ofSeconds(60);
    private static final long TICK_MILLIS = 100;
    private static final int NOT_FOUND = 404;
    private static final int INSUFFICIENT_STORAGE = 507;
    private static final int TOO_MANY_REQUESTS = 429;

    private final URI base;
    private final HttpClient http;

    /**
     * @throws CommandException if the text is no address of an API
     */
    public ApiClient(String url) {
        this.base = parse(url);
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT)
                .build();
    }

    /** The address in words, without credentials. */
    public String shownUrl() {
        return Redact.url(base.toString());
    }

    /** What a scenario's number or UUID stands for; nothing else may get into a path. */
    private static String segment(String id) {
        return URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
    }

    public JsonObject create(JsonObject scenario) throws InterruptedException {
        return request("POST", "/api/v1/scenarios", scenario, scenario.getBoolean("probe", false) ? PROBED : DEADLINE);
    }

    /**
     * @param changes {@code camera_url} and {@code options}, either or both
     */
    public JsonObject update(String id, JsonObject changes) throws InterruptedException {
        return request("PATCH", "/api/v1/scenarios/" + segment(id), changes);
    }

    /** What a runner says of a source. */
    public ProbeReport probe(String source, JsonObject options, Duration timeout) throws InterruptedException {
        JsonObject question = new JsonObject()
                .put("camera_url", source)
                .put("options", options)
                .put("timeout", timeout.toMillis() + "ms");
        JsonObject answer = request("POST", "/api/v1/probe", question, timeout.plus(DEADLINE));
        return read(answer, ProbeReport::fromJson);
    }

    public DiscoverReport discover(Duration wait) throws InterruptedException {
        String path = "/api/v1/discovery/onvif?wait=" + wait.toMillis() + "ms";
        return read(request("GET", path, null, wait.plus(DEADLINE)), DiscoverReport::fromJson);
    }

    /**
     * One page of files.
     *
     * @param after the {@code next} of the page before, null for the first one
     */
    public JsonObject media(String after) throws InterruptedException {
        return request("GET", "/api/v1/media" + (after == null ? "" : "?after=" + segment(after)), null);
    }

    /** Empty if nothing of it is there. */
    public Optional<JsonObject> findMedia(String name) throws InterruptedException {
        try {
            return Optional.of(request("GET", "/api/v1/media/" + segment(name), null));
        } catch (ApiException e) {
            if (e.status() == NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    public JsonObject deleteMedia(String name) throws InterruptedException {
        return request("DELETE", "/api/v1/media/" + segment(name), null);
    }

    /**
     * Sends the end of a file; fails once nothing has moved for a while.
     *
     * @param from offset of the first byte to send
     */
    JsonObject upload(String name, Path file, long from, long size, MediaUpload.Progress progress)
            throws InterruptedException {
        FileBody body = new FileBody(file, from);
        HttpRequest.Builder request = HttpRequest.newBuilder(uri("/api/v1/media?name=" + segment(name)))
                .expectContinue(true)
                .header("Content-Type", "application/octet-stream")
                .header("Content-Range", "bytes " + from + "-" + (size - 1) + "/" + size)
                .POST(body.publisher(size));
        CompletableFuture<HttpResponse<String>> answer =
                http.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
        try {
            return object(finished(answer, body, () -> progress.show(from + body.taken(), size)));
        } finally {
            answer.cancel(true);
        }
    }

    private HttpResponse<String> finished(
            CompletableFuture<HttpResponse<String>> answer, FileBody body, Runnable progress)
            throws InterruptedException {
        long taken = -1;
        long movedAt = System.nanoTime();
        while (true) {
            try {
                return answer.get(TICK_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                progress.run();
                if (body.taken() != taken) {
                    taken = body.taken();
                    movedAt = System.nanoTime();
                } else if (System.nanoTime() - movedAt > STALLED.toNanos()) {
                    throw explain(new HttpTimeoutException("stalled"), STALLED);
                }
            } catch (ExecutionException e) {
                throw explain(e.getCause() instanceof IOException io ? io : new IOException(e.getCause()), DEADLINE);
            }
        }
    }

    /**
     * One page of scenarios, the newest first.
     *
     * @param cursor the {@code next} of the page before, null for the first one
     */
    public JsonObject list(int limit, String cursor) throws InterruptedException {
        String rest = cursor == null ? "" : "&cursor=" + cursor;
        return request("GET", "/api/v1/scenarios?limit=" + limit + rest, null);
    }

    public JsonObject show(String id) throws InterruptedException {
        return request("GET", "/api/v1/scenarios/" + segment(id), null);
    }

    public ScenarioView scenario(String id) throws InterruptedException {
        return ScenarioView.of(show(id));
    }

    public JsonObject stop(String id) throws InterruptedException {
        return request("POST", "/api/v1/scenarios/" + segment(id) + "/stop", null);
    }

    public JsonObject start(String id) throws InterruptedException {
        return request("POST", "/api/v1/scenarios/" + segment(id) + "/start", null);
    }

    public JsonObject delete(String id) throws InterruptedException {
        return request("DELETE", "/api/v1/scenarios/" + segment(id), null);
    }

    /**
     * @param sessions whether to list sessions as well
     */
    public JsonObject cluster(boolean sessions) throws InterruptedException {
        return request("GET", "/api/v1/cluster" + (sessions ? "?sessions=true" : ""), null);
    }

    /**
     * Stored results after a frame, in order.
     *
     * @param afterFrame -1 for the first ones
     */
    public ResultPage predictions(String id, long afterFrame, int limit) throws InterruptedException {
        return ResultPage.of(predictionsJson(id, afterFrame, limit));
    }

    /**
     * The answer as it is.
     *
     * @param afterFrame null for the newest ones
     */
    public JsonObject predictionsJson(String id, Long afterFrame, int limit) throws InterruptedException {
        String after = afterFrame == null ? "" : "&after_frame=" + afterFrame;
        return request("GET", "/api/v1/scenarios/" + segment(id) + "/predictions?limit=" + limit + after, null);
    }

    /**
     * A request without end.
     *
     * @return the answer's lines; the caller closes it
     */
    EventStream.Lines stream(String id, String lastEventId) throws InterruptedException {
        HttpRequest.Builder request = builder("/api/v1/scenarios/" + segment(id) + "/predictions/stream")
                .header("Accept", "text/event-stream")
                .GET();
        if (lastEventId != null) {
            request.header("Last-Event-ID", lastEventId);
        }
        // The deadline of a request covers its headers only when the body is handed out as a stream.
        HttpResponse<java.io.InputStream> response = send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        if (response.statusCode() != 200) {
            throw refused(response.statusCode(), read(response.body()));
        }
        return new EventStream.Lines(response.body());
    }

    private JsonObject request(String method, String path, JsonObject body) throws InterruptedException {
        return request(method, path, body, DEADLINE);
    }

    private JsonObject request(String method, String path, JsonObject body, Duration deadline)
            throws InterruptedException {
        HttpRequest.Builder request =
                builder(path).timeout(deadline).header("Accept", "application/json, application/problem+json");
        if (body == null) {
            request.method(method, HttpRequest.BodyPublishers.noBody());
        } else {
            request.header("Content-Type", "application/json")
                    .method(method, HttpRequest.BodyPublishers.ofString(body.encode()));
        }
        return object(send(request.build(), HttpResponse.BodyHandlers.ofString()));
    }

    private JsonObject object(HttpResponse<String> response) {
        if (response.statusCode() / 100 != 2) {
            throw refused(response.statusCode(), response.body());
        }
        try {
            return response.body().isBlank() ? new JsonObject() : new JsonObject(response.body());
        } catch (DecodeException e) {
            throw notVap(e);
        }
    }

    private HttpRequest.Builder builder(String path) {
        return HttpRequest.newBuilder(uri(path)).timeout(DEADLINE);
    }

    private URI uri(String path) {
        return base.resolve(base.getRawPath().replaceAll("/+$", "") + path);
    }

    /** For answers that are messages, too. */
    private <T> T read(JsonObject answer, Function<JsonObject, T> reader) {
        try {
            return reader.apply(answer);
        } catch (MessageFormatException | ClassCastException e) {
            throw notVap(e);
        }
    }

    private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler)
            throws InterruptedException {
        try {
            return http.send(request, handler);
        } catch (IOException e) {
            throw explain(e, request.timeout().orElse(DEADLINE));
        }
    }

    private ApiException explain(IOException e, Duration deadline) {
        if (e instanceof HttpConnectTimeoutException || e instanceof ConnectException) {
            return new ApiException(
                    "No VAP answers at " + shownUrl() + ": start it with `vap up`, or give --url.", 0, true, e);
        }
        if (e instanceof HttpTimeoutException) {
            return new ApiException(
                    "VAP at " + shownUrl() + " did not answer within " + deadline.toSeconds()
                            + " s: look into its log, or try again.",
                    0,
                    true,
                    e);
        }
        return new ApiException(
                "The connection to " + shownUrl() + " broke off: see whether VAP still runs there.", 0, true, e);
    }

    private ApiException refused(int status, String body) {
        String detail = null;
        try {
            JsonObject problem = new JsonObject(body);
            detail = problem.getString("detail", problem.getString("title"));
        } catch (DecodeException | ClassCastException e) {
            // Not one of ours, such as a proxy's page: told by its number.
        }
        boolean retryable = (status / 100 == 5 && status != INSUFFICIENT_STORAGE) || status == TOO_MANY_REQUESTS;
        return detail != null
                ? new ApiException(detail, status, retryable, null)
                : new ApiException(
                        "What answers at " + shownUrl() + " said " + status
                                + ": see whether it is VAP, and give the right --url.",
                        status,
                        retryable,
                        null);
    }

    private ApiException notVap(Throwable cause) {
        return new ApiException(
                "What answers at " + shownUrl() + " is not VAP: give the right --url.", 0, false, cause);
    }

    private static String read(java.io.InputStream in) {
        try (in) {
            return new String(in.readNBytes(1 << 16), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    private static URI parse(String url) {
        try {
            URI uri = new URI(url.contains("://") ? url : "http://" + url);
            boolean http = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
            if (http && uri.getHost() != null && uri.getUserInfo() == null) {
                return uri;
            }
        } catch (java.net.URISyntaxException e) {
            // Told below; the exception's own text would repeat what may be a password.
        }
        throw new CommandException(
                "\"" + Redact.shorten(url) + "\" is no address of an API: give --url such as " + DEFAULT_URL + ".");
    }
}
