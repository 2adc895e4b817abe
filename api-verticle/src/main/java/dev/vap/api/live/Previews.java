package dev.vap.api.live;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.SessionReport.SourceReport;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.UUID;

/** Shows what scenarios show: one picture, or all of them over HTTP. Confined to the context of its hub. */
public final class Previews {

    /** Of what {@link #stream} answers. */
    public static final String STREAM_TYPE = PreviewPart.CONTENT_TYPE;

    private final Vertx vertx;
    private final PreviewHub hub;
    private final LiveStatus live;
    private final Duration patience;
    private final Counter dropped;

    /**
     * @param patience with a scenario that has no picture
     */
    public Previews(Vertx vertx, PreviewHub hub, LiveStatus live, Duration patience, MeterRegistry registry) {
        this.vertx = vertx;
        this.hub = hub;
        this.live = live;
        this.patience = patience;
        this.dropped = Counter.builder("vap_preview_dropped")
                .description("pictures that a viewer did not get because it reads too slowly")
                .register(registry);
    }

    /** The next picture. Fails with a sentence if there is none in time. */
    public Future<PreviewPart> next(Scenario scenario) {
        UUID uuid = scenario.uuid();
        Promise<PreviewPart> promise = Promise.promise();
        PreviewHub.Viewer viewer = new PreviewHub.Viewer() {
            @Override
            public void onPicture(PreviewPart picture) {
                promise.tryComplete(picture);
            }

            @Override
            public void onRefused(VapException why) {
                promise.tryFail(why);
            }

            @Override
            public void onEnd() {
                promise.tryFail(ended(scenario));
            }
        };
        hub.add(uuid, viewer);
        long timer = vertx.setTimer(patience.toMillis(), t -> promise.tryFail(noPicture(scenario)));
        return promise.future().onComplete(done -> {
            vertx.cancelTimer(timer);
            hub.remove(uuid, viewer);
        });
    }

    /**
     * All pictures from now on, as Motion JPEG. Completes with the first one, and has taken the response over then; it is not
     * touched if the future fails.
     */
    public Future<Void> stream(HttpServerRequest request, Scenario scenario) {
        HttpServerResponse response = request.response();
        UUID uuid = scenario.uuid();
        Promise<Void> begun = Promise.promise();
        PreviewStream[] self = new PreviewStream[1];
        long[] timers = new long[2];
        PreviewStream stream = new PreviewStream(new ResponseSink(request, begun), dropped, begun::tryFail, () -> {
            vertx.cancelTimer(timers[0]);
            vertx.cancelTimer(timers[1]);
            hub.remove(uuid, self[0]);
            begun.tryFail(ended(scenario));
        });
        self[0] = stream;
        hub.add(uuid, stream);
        timers[0] = vertx.setPeriodic(PreviewStream.BEAT_MILLIS, t -> stream.beat());
        timers[1] = vertx.setTimer(patience.toMillis(), t -> {
            if (begun.tryFail(noPicture(scenario))) {
                stream.end();
            }
        });
        response.exceptionHandler(e -> stream.end());
        response.closeHandler(v -> stream.end());
        response.drainHandler(v -> stream.drained());
        if (response.closed()) {
            stream.end();
        }
        return begun.future();
    }

    private VapException noPicture(Scenario scenario) {
        LiveStatus.Session session = live.of(scenario.uuid()).orElse(null);
        if (session == null) {
            return new VapException(
                    ErrorCode.RUNNER_UNAVAILABLE,
                    "No runner says that it runs scenario " + scenario.id()
                            + " now: look at its status, and try again once it is active.");
        }
        SourceReport source = session.report().source();
        if (source.reason() != null) {
            return new VapException(
                    ErrorCode.SOURCE_UNREACHABLE,
                    "The source of scenario " + scenario.id() + " shows nothing now: " + source.reason());
        }
        return new VapException(
                ErrorCode.SOURCE_UNREACHABLE,
                "Scenario " + scenario.id() + " has looked at no frame for " + patience.toSeconds()
                        + " s: try again, or raise its fps.");
    }

    private static VapException ended(Scenario scenario) {
        return new VapException(
                ErrorCode.NOT_RUNNING, "Scenario " + scenario.id() + " has ended: start it to see pictures of it.");
    }

    private record ResponseSink(HttpServerRequest request, Promise<Void> begun) implements PreviewStream.Sink {

        private HttpServerResponse response() {
            return request.response();
        }

        @Override
        public void begin() {
            response()
                    .setChunked(true)
                    .putHeader(HttpHeaders.CONTENT_TYPE, PreviewPart.CONTENT_TYPE)
                    .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                    // Pictures don't get smaller, and a compressor would hold them back.
                    .putHeader(HttpHeaders.CONTENT_ENCODING, HttpHeaders.IDENTITY)
                    .putHeader("X-Accel-Buffering", "no");
            begun.tryComplete();
        }

        @Override
        public boolean full() {
            return response().writeQueueFull();
        }

        @Override
        public void write(Buffer bytes) {
            if (!response().closed() && !response().ended()) {
                response().write(bytes);
            }
        }

        @Override
        public void end() {
            if (!response().closed() && !response().ended()) {
                response().end();
            }
        }

        @Override
        public void abort() {
            request.connection().close();
        }
    }
}
