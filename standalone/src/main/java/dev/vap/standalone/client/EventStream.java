package dev.vap.standalone.client;

import dev.vap.shared.runtime.Backoff;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Live predictions as Server-Sent Events. After a lost connection it goes on behind the last frame seen; the server sends
 * what was stored meanwhile, so that no frame is lost or seen twice.
 */
public final class EventStream {

    /** The server sends something every few seconds; a connection that is silent for so long is dead. */
    private static final Duration SILENCE = Duration.ofSeconds(60);

    private static final Backoff RECONNECT = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(5), 0.2);

    /** Called on the thread that runs the stream. */
    public interface Listener {
        /** @return whether to go on */
        boolean prediction(JsonObject result);

        void status(JsonObject status);

        /** Frames were too many for this connection; they are stored nevertheless. */
        void dropped(JsonObject what);

        void reconnecting(String reason);
    }

    /** The lines of one answer. */
    static final class Lines implements AutoCloseable {
        private final BufferedReader reader;

        Lines(InputStream body) {
            this.reader = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
        }

        /** @return null at the end */
        String next() throws IOException {
            return reader.readLine();
        }

        @Override
        public void close() {
            try {
                reader.close();
            } catch (IOException e) {
                // Nothing is read from it any more.
            }
        }
    }

    private final ApiClient api;
    private final String id;
    private final Listener listener;
    private final Random random = new Random();
    private String lastEventId;
    private boolean over;

    public EventStream(ApiClient api, String id, Listener listener) {
        this.api = api;
        this.id = id;
        this.listener = listener;
    }

    /**
     * Returns when the listener has enough, or the scenario was deleted.
     *
     * @param afterFrame -1 for everything that is stored
     * @throws ApiException if the API refuses; while it can't be reached after it once was, the attempts go on
     */
    public void run(long afterFrame) throws InterruptedException {
        lastEventId = String.valueOf(afterFrame);
        boolean everConnected = false;
        int attempt = 0;
        while (!over) {
            String before = lastEventId;
            try (Lines lines = api.stream(id, lastEventId)) {
                everConnected = true;
                read(lines);
                if (!over) {
                    listener.reconnecting("the connection was closed");
                }
            } catch (ApiException e) {
                if (!everConnected || !e.retryable()) {
                    throw e;
                }
                listener.reconnecting(e.getMessage());
            } catch (IOException e) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                listener.reconnecting("the connection broke off");
            }
            attempt = before.equals(lastEventId) ? attempt + 1 : 1;
            if (!over) {
                new CountDownLatch(1).await(RECONNECT.delay(attempt, random).toMillis(), TimeUnit.MILLISECONDS);
            }
        }
    }

    private void read(Lines lines) throws IOException {
        ScheduledThreadPoolExecutor watch = new ScheduledThreadPoolExecutor(1, runnable -> {
            Thread thread = new Thread(runnable, "vap-stream-watch");
            thread.setDaemon(true);
            return thread;
        });
        watch.setRemoveOnCancelPolicy(true);
        try {
            Event event = new Event();
            String line = watched(lines, watch);
            while (line != null && !over) {
                if (line.isEmpty()) {
                    dispatch(event);
                    event = new Event();
                } else {
                    event.field(line);
                }
                line = over ? null : watched(lines, watch);
            }
        } finally {
            watch.shutdownNow();
        }
    }

    private static String watched(Lines lines, ScheduledExecutorService watch) throws IOException {
        var timeout = watch.schedule(lines::close, SILENCE.toSeconds(), TimeUnit.SECONDS);
        try {
            return lines.next();
        } finally {
            timeout.cancel(false);
        }
    }

    private void dispatch(Event event) {
        if (event.data.isEmpty()) {
            return;
        }
        JsonObject body;
        try {
            body = new JsonObject(event.data.toString());
        } catch (DecodeException e) {
            // A newer server may send what this version does not know.
            return;
        }
        switch (event.name) {
            case "prediction" -> {
                if (event.id != null) {
                    lastEventId = event.id;
                }
                over = !listener.prediction(body);
            }
            case "status" -> {
                listener.status(body);
                over = "deleted".equals(body.getString("status")) || body.getBoolean("deleted", false);
            }
            case "dropped" -> listener.dropped(body);
            default -> {}
        }
    }

    /** One event as it is read. */
    private static final class Event {
        private String name = "message";
        private String id;
        private final StringBuilder data = new StringBuilder();

        void field(String line) {
            int colon = line.indexOf(':');
            String field = colon < 0 ? line : line.substring(0, colon);
            String value = colon < 0 ? "" : line.substring(colon + 1);
            String text = value.startsWith(" ") ? value.substring(1) : value;
            switch (field) {
                case "event" -> name = text;
                case "id" -> id = text;
                case "data" -> {
                    if (data.length() > 0) {
                        data.append('\n');
                    }
                    data.append(text);
                }
                default -> {}
            }
        }
    }
}
