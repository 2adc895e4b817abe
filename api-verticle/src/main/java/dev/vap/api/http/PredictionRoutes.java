package dev.vap.api.http;

import dev.vap.api.live.PredictionStreams;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.ScenarioRef;
import dev.vap.shared.storage.Results;
import dev.vap.shared.storage.Scenarios;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Function;

/** Stored predictions, and the stream of live ones. */
final class PredictionRoutes {

    private static final int LISTED = 100;
    /** Before the first frame, which has number 0. */
    private static final long BEFORE_ALL = -1;

    private final Scenarios scenarios;
    private final Results results;
    private final PredictionStreams streams;

    PredictionRoutes(Vertx vertx, ApiServer.Parts parts) {
        this.scenarios = parts.scenarios();
        this.results = parts.results();
        this.streams = new PredictionStreams(vertx, parts.hub(), parts.results(), parts.registry());
    }

    void mount(RouteTable routes) {
        routes.get("/api/v1/prediction/:id", this::list);
        routes.get("/api/v1/prediction/:id/stream", this::stream);
        routes.get("/prediction/:id", this::newest);
    }

    private Future<Reply> list(Call call) {
        Query query = call.query("limit", "after_frame", "gated");
        int limit = query.limit(LISTED);
        OptionalLong after = query.number("after_frame", BEFORE_ALL, Long.MAX_VALUE);
        Results.Which which = which(query.text("gated"));
        return read(
                        call.ref(),
                        uuid -> after.isPresent()
                                ? results.after(uuid, after.getAsLong(), limit, which)
                                : results.newest(uuid, limit, which))
                .map(found -> Reply.json(Bodies.predictions(found.scenario(), found.results())));
    }

    private static Results.Which which(String gated) {
        if (gated == null) {
            return Results.Which.ALL;
        }
        return switch (gated) {
            case "true" -> Results.Which.GATED;
            case "false" -> Results.Which.ANALYSED;
            default -> throw Fields.invalid("gated", "true or false");
        };
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
        OptionalLong asked = call.query("after_frame").number("after_frame", BEFORE_ALL, Long.MAX_VALUE);
        String resumed = call.request().getHeader("Last-Event-ID");
        // A client that reconnects repeats its first address: how far it has come since is in the header.
        OptionalLong after = resumed == null || resumed.isEmpty()
                ? asked
                : OptionalLong.of(Query.parse("Last-Event-ID", resumed, BEFORE_ALL, Long.MAX_VALUE));
        return scenarios
                .get(call.ref())
                .compose(s ->
                        streams.open(call.response(), s, after, Bodies.brief(s).put("status_reason", s.statusReason())))
                .map(opened -> Reply.TAKEN);
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
