package dev.vap.standalone.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class EventStreamTest implements EventStream.Listener {

    private final List<Long> frames = new ArrayList<>();
    private final List<String> said = new ArrayList<>();
    private int wanted = Integer.MAX_VALUE;

    @Override
    public boolean prediction(JsonObject result) {
        frames.add(result.getLong("frame_number"));
        return frames.size() < wanted;
    }

    @Override
    public void status(JsonObject status) {
        said.add("status " + status.getString("status"));
    }

    @Override
    public void dropped(JsonObject what) {
        said.add("dropped " + what.getValue("count"));
    }

    @Override
    public void reconnecting(String reason) {
        said.add("reconnecting");
    }

    private static String event(long frame) {
        return "event: prediction\nid: " + frame + "\ndata: {\"frame_number\":" + frame + "}\n\n";
    }

    @Test
    void goesOnBehindTheLastFrameAfterALostConnection() throws Exception {
        List<String> resumed = new CopyOnWriteArrayList<>();
        AtomicInteger connections = new AtomicInteger();
        try (FakeApi api = new FakeApi(exchange -> {
            resumed.add(exchange.getRequestHeaders().getFirst("Last-Event-ID"));
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            String text = connections.incrementAndGet() == 1
                    ? "retry: 1000\n\nevent: status\ndata: {\"status\":\"active\"}\n\n: alive\n\n" + event(0) + event(1)
                    : "event: dropped\ndata: {\"count\":3}\n\nevent: new\ndata: {}\n\ndata: no json\n\n" + event(2);
            exchange.getResponseBody().write(text.getBytes(StandardCharsets.UTF_8));
        })) {
            wanted = 3;
            new EventStream(new ApiClient(api.url()), "7", this).run(-1);

            assertThat(api.requests()).containsOnly("GET /api/v1/scenarios/7/predictions/stream");
        }
        assertThat(frames).containsExactly(0L, 1L, 2L);
        assertThat(resumed).containsExactly("-1", "1");
        assertThat(said).containsExactly("status active", "reconnecting", "dropped 3");
    }

    @Test
    void endsWhereThereIsNoSuchScenario() throws Exception {
        try (FakeApi api =
                new FakeApi(exchange -> FakeApi.answer(exchange, 404, "{\"detail\":\"There is no scenario 9.\"}"))) {
            EventStream stream = new EventStream(new ApiClient(api.url()), "9", this);
            assertThatThrownBy(() -> stream.run(-1)).hasMessage("There is no scenario 9.");
        }
    }
}
