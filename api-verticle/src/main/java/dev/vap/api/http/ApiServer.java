package dev.vap.api.http;

import dev.vap.api.live.EventBusBridge;
import dev.vap.api.live.LiveStatus;
import dev.vap.api.live.ModelCatalog;
import dev.vap.api.live.PredictionHub;
import dev.vap.api.live.Previews;
import dev.vap.api.live.RunnerQueries;
import dev.vap.api.media.MediaStore;
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
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.concurrent.TimeUnit;

/** The HTTP server with all its routes. Confined to the context that makes it. */
public final class ApiServer {

    /** Longer than the pause between two heartbeats of a stream. */
    private static final int IDLE_SECONDS = 60;

    private static final long SHUTDOWN_SECONDS = 2;
    private static final int MAX_SOCKET_MESSAGE = 64 * 1024;

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
            LiveStatus live,
            ModelCatalog models,
            PredictionHub hub,
            Previews previews,
            SourceIntake sources,
            RunnerQueries runnerQueries,
            MediaStore media,
            String defaultModel,
            String brokers,
            PrometheusMeterRegistry registry) {}

    public ApiServer(Vertx vertx, Parts parts) {
        Router router = Router.router(vertx);
        RouteTable routes = new RouteTable(router);
        new PredictionRoutes(vertx, parts).mount(routes);
        new ScenarioRoutes(parts).mount(routes);
        new PictureRoutes(parts).mount(routes);
        new SourceRoutes(parts).mount(routes);
        new MediaRoutes(vertx, parts).mount(routes);
        system = new SystemRoutes(vertx, parts);
        system.mount(routes);
        new ClusterRoutes(parts).mount(routes);
        Console.mount(routes);
        mountBridge(vertx, router, parts);
        routes.finish();
        HttpServerOptions options = new HttpServerOptions()
                .setIdleTimeout(IDLE_SECONDS)
                .setMaxWebSocketFrameSize(MAX_SOCKET_MESSAGE)
                .setMaxWebSocketMessageSize(MAX_SOCKET_MESSAGE)
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false);
        server = vertx.createHttpServer(options).requestHandler(router);
    }

    /** The port it listens on. */
    public Future<Integer> listen(String host, int port) {
        return server.listen(port, host).map(HttpServer::actualPort);
    }

    /** Lets requests under way end, for a moment. */
    public Future<Void> close() {
        return Future.join(server.shutdown(SHUTDOWN_SECONDS, TimeUnit.SECONDS), system.close())
                .mapEmpty();
    }

    private static void mountBridge(Vertx vertx, Router router, Parts parts) {
        String path = "/eventbus/*";
        router.route(path).handler(ApiServer::sameOriginOnly);
        // The XHR transports need the body.
        router.route(HttpMethod.POST, path).handler(BodyHandler.create(false).setBodyLimit(MAX_SOCKET_MESSAGE));
        router.route(path).subRouter(new EventBusBridge(parts.registry()).router(vertx));
    }

    /** Any page may open a WebSocket to this machine; only ours gets an answer. Other programs send no Origin. */
    private static void sameOriginOnly(RoutingContext context) {
        HttpServerRequest request = context.request();
        String origin = request.getHeader("Origin");
        if (origin == null
                || (request.authority() != null
                        && isOrigin(origin, request.authority().toString()))) {
            context.next();
        } else {
            context.response().setStatusCode(403).end("This page may not listen here.");
        }
    }

    private static boolean isOrigin(String origin, String authority) {
        try {
            return authority.equalsIgnoreCase(new URI(origin).getAuthority());
        } catch (URISyntaxException e) {
            return false;
        }
    }
}
