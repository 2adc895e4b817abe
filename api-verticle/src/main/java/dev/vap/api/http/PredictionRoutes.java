package dev.vap.api.http;

import dev.vap.api.contract.Parameters;
import dev.vap.api.live.LiveSockets;
import dev.vap.api.live.PredictionStreams;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.ScenarioRef;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.storage.ResultQuery;
import dev.vap.shared.storage.Results;
import dev.vap.shared.storage.Scenarios;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Stored predictions, and the stream of live ones. */
final class PredictionRoutes {

    private static final List<String> FORMS = List.of(Reply.JSON, ResultLines.NDJSON.type(), ResultLines.CSV.type());

    private static final long PAGE_SECONDS = 10;

    /** Kinds of cursors. */
    private static final long AFTER = 0;

    private static final long BEFORE = 1;

    private final Scenarios scenarios;
    private final Results results;
    private final PredictionStreams streams;
    private final LiveSockets sockets;
    private final Exports exports;

    PredictionRoutes(Vertx vertx, ApiServer.Parts parts) {
        this.scenarios = parts.scenarios();
        this.results = parts.results();
        this.streams = new PredictionStreams(vertx, parts.hub(), parts.results(), parts.registry());
        this.sockets = parts.sockets();
        this.exports = new Exports(vertx, results::page);
    }

    void mount(RouteTable routes) {
        routes.operation("listPredictions", RouteTable.NO_DEADLINE, this::list);
        routes.operation("streamPredictions", this::stream);
        routes.operation("openLive", RouteTable.NO_DEADLINE, this::live);
        routes.operation("newestPredictionShort", this::newest);
    }

    private Future<Reply> list(Call call) {
        Asked asked = new Asked(
                call.parameters(),
                TimeSpan.of(call.parameters()),
                classes(call.parameters().text("class").orElse(null)));
        ResultLines lines = ResultLines.ofType(Accept.choose(call.accept(), FORMS));
        if (lines == null) {
            return page(call, asked).timeout(PAGE_SECONDS, TimeUnit.SECONDS);
        }
        if (call.isHead()) {
            return scenarios.get(call.ref()).map(s -> Reply.head(lines.type()));
        }
        return scenarios.get(call.ref()).compose(s -> {
            ResultQuery query = asked.query(s.uuid());
            String name = "scenario-" + s.id() + "-predictions";
            return call.parameters().isGiven("limit")
                    ? results.page(query)
                            .timeout(PAGE_SECONDS, TimeUnit.SECONDS)
                            .map(found ->
                                    Reply.text(lines.type() + "; charset=utf-8", lines.head() + lines.lines(found)))
                    : exports.stream(call.request(), query.oldestFirst(), lines, name);
        });
    }

    private Future<Reply> page(Call call, Asked asked) {
        ScenarioRef ref = call.ref();
        int limit = call.parameters().limit();
        Future<Scenario> scenario = scenarios.get(ref);
        // Both at the same time if the UUID is known from the start.
        Future<UUID> uuid = ref.uuid() != null ? Future.succeededFuture(ref.uuid()) : scenario.map(Scenario::uuid);
        Future<Page> page = uuid.compose(u -> page(asked.query(u), limit));
        return Future.all(scenario, page).map(both -> {
            String scope = asked.scope(scenario.result().uuid());
            Page found = page.result();
            String previous = found.olderThan() == null ? null : Cursor.of(scope, BEFORE, found.olderThan());
            String next = found.results().isEmpty()
                    ? null
                    : Cursor.of(
                            scope,
                            AFTER,
                            found.results().get(found.results().size() - 1).frameNumber());
            return Reply.json(Bodies.predictions(scenario.result(), found.results(), previous, next));
        });
    }

    /**
     * @param olderThan the frame before which there are older results that fit; null if there are none
     */
    private record Page(List<Results.Stored> results, Long olderThan) {}

    private Future<Page> page(ResultQuery query, int limit) {
        if (query.newest()) {
            return results.page(query.limitedTo(limit + 1)).map(found -> {
                boolean more = found.size() > limit;
                List<Results.Stored> page = more ? found.subList(1, found.size()) : found;
                return new Page(page, more ? page.get(0).frameNumber() : null);
            });
        }
        // Where a list begins at its beginning there is nothing before it.
        Future<List<Results.Stored>> older = query.afterFrame() == null || query.afterFrame() < 0
                ? Future.succeededFuture(List.of())
                : results.page(query.upTo(query.afterFrame(), 1));
        Future<List<Results.Stored>> found = results.page(query.limitedTo(limit));
        return Future.all(older, found).map(both -> {
            Long before = older.result().isEmpty() ? null : query.afterFrame() + 1;
            return new Page(found.result(), before);
        });
    }

    /** What a request asks for, whichever scenario it is about. */
    private record Asked(Parameters parameters, TimeSpan span, List<String> classes) {

        /** In a page that goes on: after or before a frame. */
        ResultQuery query(UUID scenario) {
            Long after = parameters.whole("after_frame").orElse(null);
            Long before = null;
            String cursor = parameters.text("cursor").orElse(null);
            if (cursor != null) {
                long[] values = Cursor.read(scope(scenario), 2, cursor);
                if (values[0] == AFTER) {
                    after = values[1];
                } else {
                    before = values[1];
                }
            }
            boolean newest = before != null || (after == null && span.since() == null);
            return new ResultQuery(
                    scenario,
                    after,
                    before,
                    span.since(),
                    span.until(),
                    classes,
                    parameters.number("min_confidence").orElse(null),
                    which(parameters.flag("gated")),
                    newest,
                    parameters.limit());
        }

        private String scope(UUID scenario) {
            return String.join(
                    "\n",
                    "predictions",
                    scenario.toString(),
                    String.valueOf(span),
                    String.valueOf(classes),
                    String.valueOf(parameters.number("min_confidence")),
                    String.valueOf(parameters.flag("gated")),
                    String.valueOf(parameters.whole("after_frame")));
        }
    }

    private static List<String> classes(String text) {
        if (text == null) {
            return List.of();
        }
        List<String> classes = Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .distinct()
                .sorted()
                .toList();
        if (classes.isEmpty()) {
            throw new VapException(
                    ErrorCode.INVALID_VALUE,
                    "\"class\" must be names of classes with commas between, such as person,car.");
        }
        return classes;
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
