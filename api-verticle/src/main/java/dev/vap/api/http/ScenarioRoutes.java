package dev.vap.api.http;

import dev.vap.api.live.LiveStatus;
import dev.vap.api.live.ModelCatalog;
import dev.vap.api.live.RunnerQueries;
import dev.vap.shared.domain.PipelineStage;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.ScenarioRef;
import dev.vap.shared.domain.ScenarioStatus;
import dev.vap.shared.storage.Ids;
import dev.vap.shared.storage.ScenarioFilter;
import dev.vap.shared.storage.Scenarios;
import dev.vap.shared.storage.Workers;
import io.micrometer.core.instrument.Counter;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Making, showing, starting, stopping and removing scenarios. */
final class ScenarioRoutes {

    private static final int LISTED = 100;
    private static final int EVENTS = 100;

    /** Of everything but the runner's look at the source, which has one of its own. */
    private static final long STORE_SECONDS = 10;

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
        routes.post("/api/v1/scenario/init", SourceRoutes.DEADLINE, this::create);
        routes.get("/api/v1/scenario", this::list);
        routes.get("/api/v1/scenarios", this::list);
        routes.at(
                "/api/v1/scenario/:id",
                Map.of(HttpMethod.GET, this::show, HttpMethod.PATCH, this::update, HttpMethod.DELETE, this::delete));
        routes.post("/api/v1/scenario/:id/shutdown", call -> withoutFields(call, this::stop));
        routes.post("/api/v1/scenario/:id/start", call -> withoutFields(call, this::start));
        routes.get("/api/v1/scenario/:id/events", this::events);
        routes.post("/scenario", this::createShort);
        routes.at("/scenario/:id", Map.of(HttpMethod.GET, this::showShort, HttpMethod.POST, this::change));
    }

    private Future<Reply> create(Call call) {
        return call.body()
                .compose(body -> create(CreateRequest.parse(body)))
                .map(s -> Reply.created(Bodies.brief(s), "/api/v1/scenario/" + s.uuid()));
    }

    private Future<Reply> createShort(Call call) {
        return call.body()
                .compose(body -> create(CreateRequest.parseShort(body)))
                .map(s -> Reply.created(
                        new JsonObject()
                                .put("scenario_id", s.id())
                                .put("scenario_uuid", s.uuid().toString()),
                        "/scenario/" + s.id() + "/"));
    }

    private Future<Scenario> create(CreateRequest request) {
        String model = request.model() == null ? defaultModel : request.model();
        return accept(request)
                .compose(url -> models.check(model)
                        .compose(known -> checkPipeline(request.options().pipeline()))
                        .compose(known -> scenarios.create(Ids.next(), url, model, request.options()))
                        .timeout(STORE_SECONDS, TimeUnit.SECONDS))
                .onSuccess(done -> created.increment());
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
        Query query = call.query("limit", "before", "status");
        int limit = query.limit(LISTED);
        Long before = query.number("before", 1, Long.MAX_VALUE).stream()
                .boxed()
                .findFirst()
                .orElse(null);
        ScenarioStatus status = status(query.text("status"));
        return scenarios
                .list(before, new ScenarioFilter(status, null, null), limit + 1)
                .map(found -> {
                    boolean more = found.size() > limit;
                    List<Scenario> page = more ? found.subList(0, limit) : found;
                    JsonArray array = new JsonArray();
                    page.forEach(s -> array.add(Bodies.scenario(s, live.of(s.uuid()))));
                    return Reply.ok(new JsonObject()
                            .put("scenarios", array)
                            .put("next", more ? page.get(limit - 1).id() : null));
                });
    }

    private static ScenarioStatus status(String text) {
        if (text == null) {
            return null;
        }
        return ScenarioStatus.fromWire(text)
                .orElseThrow(() -> Fields.invalid(
                        "status",
                        "one of init_startup, in_startup_processing, active, init_shutdown,"
                                + " in_shutdown_processing, inactive"));
    }

    private Future<Reply> show(Call call) {
        call.query();
        ScenarioRef ref = call.ref();
        Future<Scenario> scenario = scenarios.get(ref);
        Future<Optional<Workers.Worker>> worker =
                ref.uuid() != null ? workers.newest(ref.uuid()) : scenario.compose(s -> workers.newest(s.uuid()));
        return Future.all(scenario, worker).map(both -> {
            Scenario s = scenario.result();
            Optional<LiveStatus.Session> session = live.of(s.uuid());
            return Reply.ok(Bodies.scenario(s, session)
                    .put(
                            "worker",
                            worker.result().map(w -> Bodies.worker(w, session)).orElse(null)));
        });
    }

    private Future<Reply> update(Call call) {
        call.query();
        ScenarioRef ref = call.ref();
        return call.body()
                .compose(body -> {
                    UpdateRequest request = UpdateRequest.parse(body);
                    Future<String> url =
                            request.source() == null ? Future.succeededFuture() : sources.accept(request.source());
                    return url.compose(accepted -> checkPipeline(request.pipeline())
                            .compose(known -> scenarios.update(ref, accepted, request::merge)));
                })
                .map(s -> Reply.ok(Bodies.scenario(s, live.of(s.uuid()))));
    }

    private Future<Reply> showShort(Call call) {
        return scenarios
                .get(call.ref())
                .map(s -> Reply.ok(new JsonObject()
                        .put("id", s.id())
                        .put("status", s.status().wire())));
    }

    private Future<Reply> start(ScenarioRef ref) {
        return scenarios.requestStart(ref).map(s -> Reply.ok(Bodies.brief(s)));
    }

    private Future<Reply> stop(ScenarioRef ref) {
        return scenarios.requestStop(ref).map(s -> Reply.ok(Bodies.brief(s)));
    }

    private Future<Reply> delete(Call call) {
        return scenarios.delete(call.ref()).map(gone -> Reply.noContent());
    }

    private Future<Reply> change(Call call) {
        ScenarioRef ref = call.ref();
        return call.body()
                .compose(body -> {
                    Fields.allowOnly(body, "status");
                    WantedStatus wanted = WantedStatus.parse(Fields.string(body, "status", "init_shutdown"));
                    return switch (wanted) {
                        case STARTED -> scenarios.requestStart(ref);
                        case STOPPED -> scenarios.requestStop(ref);
                    };
                })
                .map(s ->
                        Reply.ok(new JsonObject().put("status", "updated").put("scenario_id", String.valueOf(s.id()))));
    }

    private Future<Reply> events(Call call) {
        int limit = call.query("limit").limit(EVENTS);
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

    private interface Command {
        Future<Reply> run(ScenarioRef ref);
    }

    private static Future<Reply> withoutFields(Call call, Command command) {
        ScenarioRef ref = call.ref();
        return call.optionalBody().compose(body -> {
            Fields.allowOnly(body);
            return command.run(ref);
        });
    }
}
