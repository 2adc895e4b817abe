package dev.vap.api.http;

import dev.vap.api.live.LiveSockets;
import dev.vap.api.live.PredictionStreams;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.ScenarioRef;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.storage.Results;
import dev.vap.shared.storage.Scenarios;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Function;

/** Stored predictions, and the stream of live ones. */
final class PredictionRoutes {

    private final Scenarios scenarios;
    private final Results results;
    private final PredictionStreams streams;
    private final LiveSockets sockets;

    PredictionRoutes(Vertx vertx, ApiServer.Parts parts) {
        this.scenarios = parts.scenarios();
        this.results = parts.results();
        this.streams = new PredictionStreams(vertx, parts.hub(), parts.results(), parts.registry());
        this.sockets = parts.sockets();
    }

    void mount(RouteTable routes) {
        routes.operation("listPredictions", this::list);
        routes.operation("streamPredictions", this::stream);
        routes.operation("openLive", RouteTable.NO_DEADLINE, this::live);
        routes.operation("newestPredictionShort", this::newest);
    }

    private Future<Reply> list(Call call) {
        int limit = call.parameters().limit();
        Optional<Long> after = call.parameters().whole("after_frame");
        Results.Which which = which(call.parameters().flag("gated"));
        return read(
                        call.ref(),
                        uuid -> after.isPresent()
                                ? results.after(uuid, after.get(), limit, which)
                                : results.newest(uuid, limit, which))
                .map(found -> Reply.json(Bodies.predictions(found.scenario(), found.results())));
    }

    private static Results.Which which(Optional<Boolean> gated) {
        return gated.map(yes -> yes ? Results.Which.GATED : Results.Which.ANALYSED)
                .orElse(Results.Which.ALL);
    }

    /** What was last seen: frames that were not analysed say nothing of that. */
    private Future<Reply> newest(Call call) {
        return read(call.ref(), uuid -> results.newest(uuid, 1, Results.Which.ANALYSED))
                .map(found -> {
                    JsonObject frame = found.results().stream()
                            .findFirst()
                            .map(r -> new JsonObject()
                                    .put("predictions", new JsonArray(r.detections()))
                                    .put("frame_number", r.frameNumber())
                                    .put("timestamp", r.timestamp().toString()))
                            .orElseGet(() -> new JsonObject()
                                    .put("predictions", new JsonArray())
                                    .putNull("frame_number")
                                    .putNull("timestamp"));
                    return Reply.ok(new JsonObject()
                            .put("scenario_id", found.scenario().id())
                            .put("predictions", frame));
                });
    }

    private Future<Reply> stream(Call call) {
        // A client that reconnects repeats its first address: how far it has come since is in the header.
        OptionalLong after = call.parameters()
                .whole("Last-Event-ID")
                .or(() -> call.parameters().whole("after_frame"))
                .map(OptionalLong::of)
                .orElse(OptionalLong.empty());
        if (call.isHead()) {
            return scenarios.get(call.ref()).map(s -> Reply.head("text/event-stream"));
        }
        return scenarios
                .get(call.ref())
                .compose(s ->
                        streams.open(call.response(), s, after, Bodies.brief(s).put("status_reason", s.statusReason())))
                .map(opened -> Reply.TAKEN);
    }

    private Future<Reply> live(Call call) {
        if (!"websocket".equalsIgnoreCase(call.request().getHeader(HttpHeaders.UPGRADE)) || call.isHead()) {
            call.response().putHeader(HttpHeaders.UPGRADE, "websocket");
            throw new VapException(
                    ErrorCode.UPGRADE_REQUIRED,
                    "This is a WebSocket: open it with a WebSocket client, such as new WebSocket(\"ws://…/api/v1/live\").");
        }
        return sockets.open(call.request()).map(open -> Reply.TAKEN);
    }

    private record Found(Scenario scenario, List<Results.Stored> results) {}

    /** Both at the same time if the UUID is known from the start. */
    private Future<Found> read(ScenarioRef ref, Function<UUID, Future<List<Results.Stored>>> query) {
        Future<Scenario> scenario = scenarios.get(ref);
        Future<List<Results.Stored>> rows =
                ref.uuid() != null ? query.apply(ref.uuid()) : scenario.compose(s -> query.apply(s.uuid()));
        return Future.all(scenario, rows).map(both -> new Found(scenario.result(), rows.result()));
    }
}
