package dev.vap.api.http;

import dev.vap.api.contract.Contract;
import dev.vap.api.contract.Operation;
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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * The operations of the contract and what answers them; every answer has a deadline, and every failure ends as a
 * {@link Problem}. What the contract does not have can't be routed, and what nothing answers does not start.
 */
final class RouteTable {

    private static final Duration DEADLINE = Duration.ofSeconds(10);

    /** The action has deadlines of its own. */
    static final Duration NO_DEADLINE = Duration.ZERO;

    private static final long LINGER_MILLIS = 1_000;

    private final Router router;
    private final Contract contract;
    private final Map<String, Bound> bound = new HashMap<>();
    private final Map<String, Page> pages = new LinkedHashMap<>();

    /** Answers a request; may fail or throw. */
    interface Action {
        Future<Reply> answer(Call call);
    }

    /** Answers a request for something that is no part of the API. */
    interface Page {
        Future<Reply> answer(RoutingContext context);
    }

    private record Bound(Operation operation, Duration deadline, Action action) {}

    RouteTable(Router router, Contract contract) {
        this.router = router;
        this.contract = contract;
    }

    void operation(String id, Action action) {
        operation(id, DEADLINE, action);
    }

    /**
     * Aliases of the operation get the same action unless they are given one of their own.
     *
     * @param deadline of every answer
     */
    void operation(String id, Duration deadline, Action action) {
        if (bound.put(id, new Bound(contract.operation(id), deadline, action)) != null) {
            throw new IllegalStateException("the operation " + id + " has two actions");
        }
    }

    /** GET of this path; a path that ends with {@code *} stands for all below it. */
    void page(String path, Page page) {
        pages.put(path, page);
    }

    /** To be called last: mounts everything, then answers what nothing else did. */
    void finish() {
        pages.forEach((path, page) -> router.route(path).handler(context -> answerPage(context, page)));
        Map<String, Map<HttpMethod, Bound>> paths = new LinkedHashMap<>();
        List<String> missing = new ArrayList<>();
        // A path without parameters wins over one with.
        contract.operations().stream()
                .sorted(Comparator.comparing(Operation::isTemplated))
                .forEach(operation -> {
                    Bound answer = find(operation);
                    if (answer == null) {
                        missing.add(operation.id());
                    } else {
                        paths.computeIfAbsent(operation.route(), path -> new HashMap<>())
                                .put(operation.method(), answer);
                    }
                });
        if (!missing.isEmpty()) {
            throw new IllegalStateException("nothing answers the operations " + missing);
        }
        paths.forEach((path, answers) -> router.route(path).handler(context -> dispatch(context, answers)));
        router.route().handler(context -> {
            String shown = Redact.shorten(Problem.shown(context.request().path()));
            fail(
                    context,
                    new VapException(
                            ErrorCode.PATH_NOT_FOUND,
                            "There is nothing at " + shown
                                    + ": the API is under /api/v1, and /docs shows what there is."));
        });
        router.route().failureHandler(context -> failed(context, context.statusCode()));
        // What the router finds before any route matches: malformed percent-encoding.
        router.errorHandler(400, context -> failed(context, 400));
        router.errorHandler(500, context -> failed(context, 500));
    }

    private Bound find(Operation operation) {
        Bound own = bound.get(operation.id());
        Bound shared = bound.get(operation.json().getString("x-alias-of", ""));
        return own != null || shared == null ? own : new Bound(operation, shared.deadline(), shared.action());
    }

    private static void failed(RoutingContext context, int status) {
        fail(context, context.failure() == null ? new HttpException(status) : context.failure());
    }

    private static void dispatch(RoutingContext context, Map<HttpMethod, Bound> answers) {
        HttpMethod method = context.request().method();
        Bound answer = answers.get(method.equals(HttpMethod.HEAD) ? HttpMethod.GET : method);
        if (answer != null) {
            run(context, answer);
        } else {
            refuseMethod(context, answers.keySet());
        }
    }

    private static void answerPage(RoutingContext context, Page page) {
        HttpMethod method = context.request().method();
        if (method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD)) {
            Future<Reply> answer = page.answer(context);
            answer.onComplete(done -> finish(context, answer, done.cause()));
        } else {
            refuseMethod(context, List.of(HttpMethod.GET));
        }
    }

    private static void refuseMethod(RoutingContext context, Iterable<HttpMethod> possible) {
        TreeSet<String> named = new TreeSet<>();
        possible.forEach(method -> named.add(method.name()));
        TreeSet<String> allowed = new TreeSet<>(named);
        allowed.add("OPTIONS");
        if (allowed.contains("GET")) {
            allowed.add("HEAD");
        }
        context.response().putHeader(HttpHeaders.ALLOW, String.join(", ", allowed));
        HttpMethod method = context.request().method();
        if (method.equals(HttpMethod.OPTIONS)) {
            write(context, Reply.noContent());
        } else {
            fail(
                    context,
                    new VapException(
                            ErrorCode.METHOD_NOT_ALLOWED,
                            method.name() + " is not possible here: use " + String.join(", ", named) + "."));
        }
    }

    private static void run(RoutingContext context, Bound bound) {
        Future<Reply> answer;
        try {
            answer = bound.action().answer(Call.of(context, bound.operation()));
        } catch (RuntimeException e) {
            fail(context, e);
            return;
        }
        if (answer.isComplete() || bound.deadline().isZero()) {
            answer.onComplete(done -> finish(context, answer, answer.cause()));
        } else {
            answer.timeout(bound.deadline().toMillis(), TimeUnit.MILLISECONDS)
                    .onComplete(done -> finish(context, answer, done.cause()));
        }
    }

    private static void finish(RoutingContext context, Future<Reply> answer, Throwable failure) {
        if (failure != null) {
            fail(context, failure);
        } else if (!answer.result().isTaken()) {
            write(context, answer.result());
        }
    }

    private static void fail(RoutingContext context, Throwable failure) {
        HttpServerResponse response = context.response();
        String path = context.request().path();
        String requestId = RequestIds.of(context);
        Problem problem =
                Problem.of(failure, requestId, context.request().method().name(), path);
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
                context,
                new Reply(
                        problem.status(),
                        "application/problem+json",
                        problem.toJson(path, requestId).toBuffer(),
                        Map.of()));
    }

    private static void write(RoutingContext context, Reply reply) {
        HttpServerResponse response = context.response();
        if (response.ended() || response.closed()) {
            return;
        }
        response.setStatusCode(reply.status()).putHeader("X-Content-Type-Options", "nosniff");
        if (!reply.headers().containsKey("Cache-Control")) {
            response.putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        }
        reply.headers().forEach(response::putHeader);
        if (reply.contentType() != null) {
            response.putHeader(HttpHeaders.CONTENT_TYPE, reply.contentType());
        }
        Future<Void> written;
        if (reply.body() == null) {
            written = response.end();
        } else if (context.request().method().equals(HttpMethod.HEAD)) {
            response.putHeader(
                    HttpHeaders.CONTENT_LENGTH, String.valueOf(reply.body().length()));
            written = response.end();
        } else {
            written = response.end(reply.body());
        }
        if ("close".equals(response.headers().get(HttpHeaders.CONNECTION))) {
            // Not at once: what the client is still sending would make its system throw our answer away.
            written.onComplete(done -> context.vertx()
                    .setTimer(LINGER_MILLIS, t -> context.request().connection().close()));
        }
    }
}
