package dev.vap.api.http;

import dev.vap.api.contract.Contract;
import dev.vap.api.live.EventBusBridge;
import dev.vap.api.live.InferenceNodes;
import dev.vap.api.live.LiveSockets;
import dev.vap.api.live.LiveStatus;
import dev.vap.api.live.ModelCatalog;
import dev.vap.api.live.PredictionHub;
import dev.vap.api.live.Previews;
import dev.vap.api.live.RunnerQueries;
import dev.vap.api.media.MediaStore;
import dev.vap.shared.messaging.TopicStates;
import dev.vap.shared.runtime.ClusterView;
import dev.vap.shared.storage.ClusterState;
import dev.vap.shared.storage.Database;
import dev.vap.shared.storage.Results;
import dev.vap.shared.storage.Runners;
import dev.vap.shared.storage.Scenarios;
import dev.vap.shared.storage.Workers;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.BodyHandler;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The HTTP server with all its routes. Confined to the context that makes it. */
public final class ApiServer {

    /** Longer than the pause between two heartbeats of a stream. */
    private static final int IDLE_SECONDS = 60;

    private static final long SHUTDOWN_SECONDS = 2;
    private static final int MAX_SOCKET_MESSAGE = 64 * 1024;

    /** What is shorter gains nothing. */
    private static final int COMPRESSED_FROM = 1024;

    private final Vertx vertx;
    private final Connections connections;
    private final long sweep;
    private final SystemRoutes system;
    private final HttpServer server;

    /**
     * What the routes are made of.
     *
     * @param brokers {@code host:port,host:port}
     */
    public record Parts(
            Database database,
            Scenarios scenarios,
            Workers workers,
            Results results,
            Runners runners,
            ClusterState state,
            ClusterView cluster,
            TopicStates topics,
            InferenceNodes inference,
            LiveStatus live,
            ModelCatalog models,
            PredictionHub hub,
            Previews previews,
            LiveSockets sockets,
            SourceIntake sources,
            RunnerQueries runnerQueries,
            MediaStore media,
            String defaultModel,
            String brokers,
            PrometheusMeterRegistry registry,
            Contract contract,
            HttpLimits limits) {}

    /**
     * Who may come, and how many.
     *
     * @param origins of other pages that may use the API; {@code *} for all
     * @param maxConnections of clients
     */
    public record HttpLimits(List<String> origins, int maxConnections) {}

    public ApiServer(Vertx vertx, Parts parts) {
        connections = new Connections(System::nanoTime, parts.limits().maxConnections(), parts.registry());
        Router router = Router.router(vertx);
        router.route().handler(connections);
        router.route().handler(new RequestIds());
        router.route().handler(new Origins(parts.limits().origins()));
        RouteTable routes = new RouteTable(router, parts.contract());
        new PredictionRoutes(vertx, parts).mount(routes);
        new StatsRoutes(parts, Clock.systemUTC()).mount(routes);
        new VideoRoutes(vertx, parts).mount(routes);
        new ScenarioRoutes(parts).mount(routes);
        new PictureRoutes(parts).mount(routes);
        new SourceRoutes(parts).mount(routes);
        new MediaRoutes(vertx, parts).mount(routes);
        system = new SystemRoutes(vertx, parts);
        system.mount(routes);
        new ClusterRoutes(parts).mount(routes);
        new ContractRoutes(parts.contract()).mount(routes);
        Console.mount(routes);
        mountBridge(vertx, router, parts);
        routes.finish();
        HttpServerOptions options = new HttpServerOptions()
                .setIdleTimeout(IDLE_SECONDS)
                // Or a connection is not ours before its first request has come.
                .setHttp2ClearTextEnabled(false)
                .setCompressionSupported(true)
                .setCompressionContentSizeThreshold(COMPRESSED_FROM)
                .setMaxWebSocketFrameSize(MAX_SOCKET_MESSAGE)
                .setMaxWebSocketMessageSize(MAX_SOCKET_MESSAGE)
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false);
        server = vertx.createHttpServer(options)
                .requestHandler(router)
                .invalidRequestHandler(Unreadable::answer)
                .connectionHandler(connections::opened);
        sweep = connections.start(vertx);
        this.vertx = vertx;
    }

    /** The port it listens on. */
    public Future<Integer> listen(String host, int port) {
        return server.listen(port, host).map(HttpServer::actualPort);
    }

    /** Lets requests under way end, for a moment. */
    public Future<Void> close() {
        vertx.cancelTimer(sweep);
        return Future.join(server.shutdown(SHUTDOWN_SECONDS, TimeUnit.SECONDS), system.close())
                .mapEmpty();
    }

    private static void mountBridge(Vertx vertx, Router router, Parts parts) {
        String path = "/eventbus/*";
        // The XHR transports need the body.
        router.route(HttpMethod.POST, path).handler(BodyHandler.create(false).setBodyLimit(MAX_SOCKET_MESSAGE));
        router.route(path).subRouter(new EventBusBridge(parts.registry()).router(vertx));
    }
}
