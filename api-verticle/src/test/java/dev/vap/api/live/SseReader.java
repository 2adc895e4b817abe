package dev.vap.api.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.api.ApiFixture;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.CopyOnWriteArrayList;

/** An EventSource, as far as tests need one. */
final class SseReader implements AutoCloseable {

    /**
     * @param id null if it has none
     */
    record Event(String name, String id, JsonObject data) {}

    private final List<Event> events = new CopyOnWriteArrayList<>();
    private final List<String> violations = new CopyOnWriteArrayList<>();
    private final InputStream body;
    private final HttpResponse<InputStream> response;
    private volatile boolean ended;

    private SseReader(HttpResponse<InputStream> response) {
        this.response = response;
        this.body = response.body();
        Thread thread = new Thread(this::read, "sse-reader");
        thread.setDaemon(true);
        thread.start();
    }

    static SseReader open(ApiFixture api, String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(api.uri(path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return new SseReader(api.client().send(request.build(), HttpResponse.BodyHandlers.ofInputStream()));
    }

    HttpResponse<InputStream> response() {
        return response;
    }

    List<Event> events() {
        return events;
    }

    List<Long> frames() {
        return events.stream()
                .filter(e -> e.name().equals("prediction"))
                .map(e -> e.data().getLong("frame_number"))
                .toList();
    }

    boolean ended() {
        return ended;
    }

    private void read() {
        try (Scanner scanner = new Scanner(body, StandardCharsets.UTF_8).useDelimiter("\n\n")) {
            while (scanner.hasNext()) {
                String name = null;
                String id = null;
                String data = null;
                for (String line : scanner.next().split("\n", -1)) {
                    if (line.startsWith("event: ")) {
                        name = line.substring(7);
                    } else if (line.startsWith("id: ")) {
                        id = line.substring(4);
                    } else if (line.startsWith("data: ")) {
                        data = line.substring(6);
                    }
                }
                if (name != null) {
                    Event event = new Event(name, id, new JsonObject(data));
                    ApiFixture.violation(event.name(), event.data()).ifPresent(violations::add);
                    events.add(event);
                }
            }
        }
        ended = true;
    }

    /** Fails if an event was not as the contract says. */
    @Override
    public void close() throws IOException {
        body.close();
        assertThat(violations).isEmpty();
    }
}
