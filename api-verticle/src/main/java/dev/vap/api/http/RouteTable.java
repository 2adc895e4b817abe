package dev.vap.api.http;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.VapException;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.HttpException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Paths and what answers them; every answer has a deadline, and every failure ends as a {@link Problem}. */
final class RouteTable {

    private static final Duration DEADLINE = Duration.ofSeconds(10);

    /** The action has deadlines of its own. */
    static final Duration NO_DEADLINE = Duration.ZERO;

    private final Router router;

    /** Answers a request; may fail or throw. */
    interface Action {
        Future<Reply> answer(Call call);
    }

    RouteTable(Router router) {
        this.router = router;
    }

    void get(String path, Action action) {
        at(path, Map.of(HttpMethod.GET, action));
    }

    void get(String path, Duration deadline, Action action) {
        at(path, deadline, Map.of(HttpMethod.GET, action));
    }

    void post(String path, Duration deadline, Action action) {
        at(path, deadline, Map.of(HttpMethod.POST, action));
    }

    void post(String path, Action action) {
        at(path, Map.of(HttpMethod.POST, action));
    }

    /** Other methods on this path are answered with 405; a slash at the end of the request's path changes nothing. */
    void at(String path, Map<HttpMethod, Action> actions) {
        at(path, DEADLINE, actions);
    }

    /**
     * @param deadline of every answer
     */
    void at(String path, Duration deadline, Map<HttpMethod, Action> actions) {
        actions.forEach(
                (method, action) -> router.route(method, path).handler(context -> run(context, action, deadline)));
        String allowed =
                actions.keySet().stream().map(HttpMethod::name).sorted().collect(Collectors.joining(", "));
        router.route(path).handler(context -> {
            context.response().putHeader(HttpHeaders.ALLOW, allowed);
            fail(
                    context,
                    new VapException(
                            ErrorCode.METHOD_NOT_ALLOWED,
                            context.request().method().name() + " is not possible here: use " + allowed + "."));
        });
    }

    /** To be called last: answers what nothing else did. */
    void finish() {
        router.route().handler(context -> {
            String shown = Redact.shorten(Problem.shown(context.request().path()));
            fail(
                    context,
                    new VapException(
                            ErrorCode.PATH_NOT_FOUND,
                            "There is nothing at " + shown
                                    + ": the API is under /api/v1, and the README shows it by example."));
        });
        router.route().failureHandler(context -> failed(context, context.statusCode()));
        // What the router finds before any route matches: malformed percent-encoding.
        router.errorHandler(400, context -> failed(context, 400));
        router.errorHandler(500, context -> failed(context, 500));
    }

    private static void failed(RoutingContext context, int status) {
        fail(context, context.failure() != null ? context.failure() : new HttpException(status));
    }

    private static void run(RoutingContext context, Action action, Duration deadline) {
        Future<Reply> answer;
        try {
            answer = action.answer(new Call(context));
        } catch (RuntimeException e) {
            fail(context, e);
            return;
        }
        if (answer.isComplete() || deadline.isZero()) {
            answer.onComplete(done -> finish(context, answer));
        } else {
            answer.timeout(deadline.toMillis(), TimeUnit.MILLISECONDS)
                    .onComplete(done -> finish(context, answer, done.cause()));
        }
    }

    private static void finish(RoutingContext context, Future<Reply> answer) {
        finish(context, answer, answer.cause());
    }

    private static void finish(RoutingContext context, Future<Reply> answer, Throwable failure) {
        if (failure != null) {
            fail(context, failure);
        } else if (!answer.result().isTaken()) {
            write(context.response(), answer.result());
        }
    }

    private static void fail(RoutingContext context, Throwable failure) {
        HttpServerResponse response = context.response();
        String path = context.request().path();
        Problem problem = Problem.of(failure, context.request().method().name(), path);
        if (response.ended() || response.closed()) {
            return;
        }
        if (response.headWritten()) {
            response.reset();
            return;
        }
        if (problem.retryAfterSeconds() > 0) {
            response.putHeader(HttpHeaders.RETRY_AFTER, String.valueOf(problem.retryAfterSeconds()));
        }
        write(
                response,
                new Reply(
                        problem.status(),
                        "application/problem+json",
                        problem.toJson(path).toBuffer(),
                        Map.of()));
    }

    private static void write(HttpServerResponse response, Reply reply) {
        if (response.ended() || response.closed()) {
            return;
        }
        response.setStatusCode(reply.status()).putHeader("X-Content-Type-Options", "nosniff");
        if (!reply.headers().containsKey("Cache-Control")) {
            response.putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        }
        reply.headers().forEach(response::putHeader);
        if (reply.body() == null) {
            response.end();
        } else {
            response.putHeader(HttpHeaders.CONTENT_TYPE, reply.contentType()).end(reply.body());
        }
    }
}
