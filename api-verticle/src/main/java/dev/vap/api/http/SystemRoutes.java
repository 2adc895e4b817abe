package dev.vap.api.http;

import dev.vap.api.live.ModelCatalog;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.storage.Database;
import dev.vap.shared.storage.Ids;
import dev.vap.shared.storage.Runners;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Models, runners, health and metrics. */
final class SystemRoutes {

    private static final long CHECK_MILLIS = 2_000;
    private static final int CONNECT_MILLIS = 1_000;

    private final Vertx vertx;
    private final Database database;
    private final Runners runners;
    private final ModelCatalog models;
    private final PrometheusMeterRegistry registry;
    private final List<String> brokers;
    private final NetClient net;
    private final String echoAddress = "api.health." + Ids.next();
    private final MessageConsumer<Object> echo;
    private Future<Reply> checking;

    SystemRoutes(Vertx vertx, ApiServer.Parts parts) {
        this.vertx = vertx;
        this.database = parts.database();
        this.runners = parts.runners();
        this.models = parts.models();
        this.registry = parts.registry();
        this.brokers = List.of(parts.brokers().split(",", -1));
        this.net = vertx.createNetClient(new NetClientOptions().setConnectTimeout(CONNECT_MILLIS));
        this.echo = vertx.eventBus().consumer(echoAddress, message -> message.reply(message.body()));
    }

    void mount(RouteTable routes) {
        routes.operation("listModels", call -> models());
        routes.operation(
                "showModel", call -> model(call.parameters().text("name").orElseThrow()));
        routes.operation("listRunners", call -> runners());
        routes.operation(
                "showLiveness", call -> Future.succeededFuture(Reply.ok(new JsonObject().put("status", "up"))));
        routes.operation("showReadiness", call -> ready());
        routes.operation("showMetrics", call -> metrics());
    }

    Future<Void> close() {
        return Future.join(net.close(), echo.unregister()).mapEmpty();
    }

    private Future<Reply> models() {
        return models.ask().map(all -> {
            JsonArray array = new JsonArray();
            all.forEach(model -> array.add(Bodies.model(model)));
            return Reply.ok(new JsonObject().put("models", array));
        });
    }

    private Future<Reply> model(String name) {
        return models.ask().map(all -> all.stream()
                .filter(model -> model.name().equals(name))
                .findFirst()
                .map(model -> Reply.ok(Bodies.model(model)))
                .orElseThrow(() -> new VapException(
                        ErrorCode.MODEL_NOT_FOUND,
                        "There is no model \"" + Redact.shorten(name) + "\": GET /api/v1/models lists them.")));
    }

    private Future<Reply> runners() {
        return runners.all().map(all -> {
            JsonArray array = new JsonArray();
            all.forEach(runner -> array.add(Bodies.runner(runner)));
            return Reply.ok(new JsonObject().put("runners", array));
        });
    }

    /** Collecting takes milliseconds with many series. */
    private Future<Reply> metrics() {
        return vertx.executeBlocking(
                () -> Reply.text("text/plain; version=0.0.4; charset=utf-8", registry.scrape()), false);
    }

    /** One check at a time, however many ask. Kafka is told but not required: commands wait for it in the outbox. */
    private Future<Reply> ready() {
        if (checking != null) {
            return checking;
        }
        Future<Boolean> store = succeeds(database.ping());
        Future<Boolean> bus = succeeds(
                vertx.eventBus().request(echoAddress, "echo", new DeliveryOptions().setSendTimeout(CHECK_MILLIS)));
        Future<Boolean> kafka = succeeds(anyBroker(0));
        Future<Reply> answer =
                Future.all(store, bus, kafka).map(all -> readiness(store.result(), bus.result(), kafka.result()));
        checking = answer;
        answer.onComplete(done -> checking = null);
        return answer;
    }

    private static Reply readiness(boolean store, boolean bus, boolean kafka) {
        boolean ready = store && bus;
        JsonObject checks = new JsonObject()
                .put("postgresql", word(store))
                .put("event_bus", word(bus))
                .put("kafka", word(kafka));
        JsonObject body = new JsonObject().put("status", word(ready)).put("checks", checks);
        return ready ? Reply.ok(body) : Reply.json(503, body).with("Retry-After", "2");
    }

    private Future<Void> anyBroker(int index) {
        if (index == brokers.size()) {
            return Future.failedFuture("no broker accepts connections");
        }
        String broker = brokers.get(index);
        int colon = broker.lastIndexOf(':');
        return net.connect(Integer.parseInt(broker.substring(colon + 1)), broker.substring(0, colon))
                .compose(socket -> socket.close())
                .recover(e -> anyBroker(index + 1));
    }

    private static Future<Boolean> succeeds(Future<?> check) {
        return check.timeout(CHECK_MILLIS, TimeUnit.MILLISECONDS)
                .transform(result -> Future.succeededFuture(result.succeeded()));
    }

    private static String word(boolean up) {
        return up ? "up" : "down";
    }
}
