package dev.vap.api.live;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.storage.Results;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;

/** Opens {@link PredictionStream}s over HTTP. Confined to the context of its hub. */
public final class PredictionStreams {

    private static final int MAX_STREAMS = 5_000;
    private static final long BEAT_MILLIS = 15_000;

    private final Vertx vertx;
    private final PredictionHub hub;
    private final Results results;
    private final Counter dropped;
    private int running;

    public PredictionStreams(Vertx vertx, PredictionHub hub, Results results, MeterRegistry registry) {
        this.vertx = vertx;
        this.hub = hub;
        this.results = results;
        this.dropped = registry.counter("vap_live_dropped", "via", "sse");
    }

    /**
     * Takes the response over; it is not touched if the future fails, with TOO_MANY_LISTENERS for one.
     *
     * @param afterFrame stored results after this frame come first
     * @param status the body of the first {@code status} event
     */
    public Future<Void> open(
            HttpServerResponse response, Scenario scenario, OptionalLong afterFrame, JsonObject status) {
        if (running >= MAX_STREAMS) {
            return Future.failedFuture(new VapException(
                    ErrorCode.TOO_MANY_LISTENERS,
                    "This process serves " + MAX_STREAMS + " streams already: close some, or try again later."));
        }
        running++;
        Opened opened = new Opened();
        PredictionStream stream = new PredictionStream(
                scenario.uuid(),
                new ResponseSink(response),
                new StoredOf(scenario.uuid()),
                (millis, work) -> vertx.setTimer(millis, t -> work.run()),
                dropped,
                () -> opened.close(scenario));
        opened.stream = stream;
        return hub.add(scenario.uuid(), stream)
                .compose(listening -> results.extent(scenario.uuid()))
                .map(extent -> begin(response, stream, opened, extent, afterFrame, status))
                .onFailure(e -> opened.close(scenario))
                .mapEmpty();
    }

    private Void begin(
            HttpServerResponse response,
            PredictionStream stream,
            Opened opened,
            Results.Extent extent,
            OptionalLong afterFrame,
            JsonObject status) {
        if (stream.hasEnded()) {
            throw new VapException(
                    ErrorCode.SERVICE_STOPPING, "The stream has ended before it began: try again in a moment.");
        }
        response.exceptionHandler(e -> stream.end());
        response.closeHandler(v -> stream.end());
        response.drainHandler(v -> stream.drained());
        response.setChunked(true)
                .putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                // Encoded once for all listeners, and small: not to be compressed for each of them.
                .putHeader(HttpHeaders.CONTENT_ENCODING, HttpHeaders.IDENTITY)
                .putHeader("X-Accel-Buffering", "no");
        opened.beat = vertx.setPeriodic(BEAT_MILLIS, t -> stream.beat());
        if (response.closed()) {
            stream.end();
        } else {
            stream.start(afterFrame, status, extent);
        }
        return null;
    }

    private final class StoredOf implements PredictionStream.Store {

        private final UUID scenario;

        StoredOf(UUID scenario) {
            this.scenario = scenario;
        }

        @Override
        public Future<List<Results.Stored>> after(long frame, int limit) {
            return results.after(scenario, frame, limit);
        }

        @Override
        public Future<Results.Extent> extent() {
            return results.extent(scenario);
        }
    }

    private final class Opened {
        PredictionStream stream;
        long beat = -1;
        boolean closed;

        /** Harmless when repeated: a stream may end before it was opened. */
        void close(Scenario scenario) {
            vertx.cancelTimer(beat);
            hub.remove(scenario.uuid(), stream);
            running -= closed ? 0 : 1;
            closed = true;
        }
    }

    private record ResponseSink(HttpServerResponse response) implements PredictionStream.Sink {

        @Override
        public boolean full() {
            return response.writeQueueFull();
        }

        @Override
        public void write(Buffer bytes) {
            if (!response.closed() && !response.ended()) {
                response.write(bytes);
            }
        }

        @Override
        public void end() {
            // One that ends before it begins is answered as a request that failed.
            if (!response.closed() && !response.ended() && response.headWritten()) {
                response.end();
            }
        }
    }
}
