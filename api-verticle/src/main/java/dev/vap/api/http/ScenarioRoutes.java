package dev.vap.api.http;

import dev.vap.api.contract.Parameters;
import dev.vap.api.live.LiveStatus;
import dev.vap.api.live.ModelCatalog;
import dev.vap.api.live.RunnerQueries;
import dev.vap.shared.domain.PipelineStage;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.ScenarioRef;
import dev.vap.shared.domain.ScenarioStatus;
import dev.vap.shared.storage.IdempotencyKey;
import dev.vap.shared.storage.Ids;
import dev.vap.shared.storage.NewScenario;
import dev.vap.shared.storage.Precondition;
import dev.vap.shared.storage.ScenarioFilter;
import dev.vap.shared.storage.Scenarios;
import dev.vap.shared.storage.Workers;
import io.micrometer.core.instrument.Counter;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Making, showing, changing, starting, stopping and removing scenarios. */
final class ScenarioRoutes {

    /** Of everything but the runner's look at the source, which has one of its own. */
    private static final long STORE_SECONDS = 10;

    private static final String KEY = "Idempotency-Key";

    private final Scenarios scenarios;
    private final Workers workers;
    private final LiveStatus live;
    private final ModelCatalog models;
    private final SourceIntake sources;
    private final RunnerQueries runners;
    private final String defaultModel;
    private final Counter created;

    ScenarioRoutes(ApiServer.Parts parts) {
        this.scenarios = parts.scenarios();
        this.workers = parts.workers();
        this.live = parts.live();
        this.models = parts.models();
        this.sources = parts.sources();
        this.runners = parts.runnerQueries();
        this.defaultModel = parts.defaultModel();
        this.created = parts.registry().counter("vap_scenarios_accepted");
    }

    void mount(RouteTable routes) {
        routes.operation("createScenario", SourceRoutes.DEADLINE, call -> create(call, CreateRequest::of)
                .map(s -> created(s, Bodies.brief(s.uuid(), s.id(), ScenarioStatus.INIT_STARTUP))));
        routes.operation("createScenarioShort", SourceRoutes.DEADLINE, call -> create(call, CreateRequest::ofShort)
                .map(s -> created(s, Bodies.name(s.uuid(), s.id()))));
        routes.operation("listScenarios", this::list);
        routes.operation("showScenario", this::show);
        routes.operation("showScenarioShort", this::showShort);
        routes.operation("updateScenario", this::update);
        routes.operation("deleteScenario", this::delete);
        routes.operation("startScenario", call -> command(call, scenarios::requestStart));
        routes.operation("stopScenario", call -> command(call, scenarios::requestStop));
        routes.operation("changeScenarioShort", this::change);
        routes.operation("listEvents", this::events);
    }

    private Future<Scenarios.Created> create(Call call, Function<JsonObject, CreateRequest> reader) {
        Optional<String> key = call.parameters().text(KEY);
        return call.body().compose(body -> {
            CreateRequest request = reader.apply(body);
            if (key.isEmpty()) {
                return checked(request)
                        .compose(scenarios::create)
                        .map(s -> new Scenarios.Created(s.uuid(), s.id(), s.version(), false))
                        .onSuccess(s -> created.increment());
            }
            IdempotencyKey named = IdempotencyKey.of(key.get(), Canonical.text(body));
            return scenarios.findByKey(named).compose(known -> known.map(Future::succeededFuture)
                    .orElseGet(() -> checked(request).compose(wanted -> scenarios.create(wanted, named))));
        });
    }

    private static Reply created(Scenarios.Created s, JsonObject body) {
        Reply reply = Reply.created(body, "/api/v1/scenarios/" + s.uuid()).etag(s.version());
        return s.repeated() ? reply.with("Idempotency-Replayed", "true") : reply;
    }

    private Future<NewScenario> checked(CreateRequest request) {
        String model = request.model() == null ? defaultModel : request.model();
        return accept(request).compose(url -> models.check(model)
                .compose(known -> checkPipeline(request.options().pipeline()))
                .map(new NewScenario(Ids.next(), request.name(), url, model, request.options()))
                .timeout(STORE_SECONDS, TimeUnit.SECONDS));
    }

    /** One after the other, so that the first one that can't be used is the one that is told of. */
    private Future<Void> checkPipeline(List<PipelineStage> stages) {
        Future<Void> checked = Future.succeededFuture();
        for (PipelineStage stage : stages) {
            checked = checked.compose(before -> models.check(stage.model()).mapEmpty());
        }
        return checked;
    }

    private Future<String> accept(CreateRequest request) {
        Future<String> source = sources.accept(request.source());
        return request.probe() ? source.compose(url -> SourceRoutes.usable(runners, url, request.options())) : source;
    }

    private Future<Reply> list(Call call) {
        Parameters parameters = call.parameters();
        int limit = parameters.limit();
        ScenarioFilter filter = new ScenarioFilter(
                parameters.text("status").flatMap(ScenarioStatus::fromWire).orElse(null),
                parameters.text("model").orElse(null),
                parameters.text("q").orElse(null));
        String scope = "scenarios " + filter;
        Long before = parameters
                .text("cursor")
                .map(cursor -> Cursor.read(scope, 1, cursor)[0])
                .or(() -> parameters.whole("before"))
                .orElse(null);
        return scenarios.list(before, filter, limit + 1).map(found -> {
            boolean more = found.size() > limit;
            List<Scenario> page = more ? found.subList(0, limit) : found;
            JsonArray array = new JsonArray();
            page.forEach(s -> array.add(Bodies.scenario(s, live.of(s.uuid()))));
            return Reply.ok(new JsonObject()
                    .put("scenarios", array)
                    .put("next", more ? Cursor.of(scope, page.get(limit - 1).id()) : null));
        });
    }

    private Future<Reply> show(Call call) {
        ScenarioRef ref = call.ref();
        Future<Scenario> scenario = scenarios.get(ref);
        Future<Optional<Workers.Worker>> worker =
                ref.uuid() != null ? workers.newest(ref.uuid()) : scenario.compose(s -> workers.newest(s.uuid()));
        return Future.all(scenario, worker).map(both -> {
            Scenario s = scenario.result();
            if (Conditions.isKnown(call.parameters().text("If-None-Match").orElse(null), s.version())) {
                return Reply.notModified().etag(s.version());
            }
            Optional<LiveStatus.Session> session = live.of(s.uuid());
            return Reply.ok(Bodies.scenario(s, session)
                            .put(
                                    "worker",
                                    worker.result()
                                            .map(w -> Bodies.worker(w, session))
                                            .orElse(null)))
                    .etag(s.version());
        });
    }

    private Future<Reply> update(Call call) {
        ScenarioRef ref = call.ref();
        Precondition expected = call.precondition();
        return call.body()
                .compose(body -> {
                    UpdateRequest request = UpdateRequest.of(body);
                    Future<String> url =
                            request.source() == null ? Future.succeededFuture() : sources.accept(request.source());
                    return url.compose(accepted -> checkPipeline(request.pipeline())
                            .compose(known ->
                                    scenarios.update(ref, request::rename, accepted, request::merge, expected)));
                })
                .map(s -> Reply.ok(Bodies.scenario(s, live.of(s.uuid()))).etag(s.version()));
    }

    private Future<Reply> showShort(Call call) {
        return scenarios
                .get(call.ref())
                .map(s -> Reply.ok(new JsonObject()
                        .put("id", s.id())
                        .put("status", s.status().wire())));
    }

    private Future<Reply> delete(Call call) {
        return scenarios.delete(call.ref(), call.precondition()).map(gone -> Reply.noContent());
    }

    private interface Command {
        Future<Scenario> run(ScenarioRef ref, Precondition expected);
    }

    private static Future<Reply> command(Call call, Command command) {
        ScenarioRef ref = call.ref();
        Precondition expected = call.precondition();
        return call.body().compose(nothing -> command.run(ref, expected)).map(s -> Reply.ok(Bodies.brief(s))
                .etag(s.version()));
    }

    private Future<Reply> change(Call call) {
        ScenarioRef ref = call.ref();
        return call.body()
                .compose(body -> switch (WantedStatus.parse(body.getString("status"))) {
                    case STARTED -> scenarios.requestStart(ref);
                    case STOPPED -> scenarios.requestStop(ref);
                })
                .map(s ->
                        Reply.ok(new JsonObject().put("status", "updated").put("scenario_id", String.valueOf(s.id()))));
    }

    private Future<Reply> events(Call call) {
        int limit = call.parameters().limit();
        return scenarios
                .get(call.ref())
                .compose(s -> scenarios.events(s.uuid(), limit).map(events -> {
                    JsonArray array = new JsonArray();
                    events.forEach(e -> array.add(Bodies.event(e)));
                    return Reply.ok(new JsonObject()
                            .put("scenario_uuid", s.uuid().toString())
                            .put("events", array));
                }));
    }
}
