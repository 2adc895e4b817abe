package dev.vap.api.http;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.storage.Results;
import dev.vap.shared.storage.Scenarios;
import dev.vap.shared.storage.StorableTime;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/** Counts by class and time. */
final class StatsRoutes {

    private static final int MAX_BUCKETS = 2_000;
    private static final Duration USUAL = Duration.ofHours(1);
    private static final Map<String, Duration> STEPS = steps();

    private final Scenarios scenarios;
    private final Results results;
    private final InstantSource clock;

    StatsRoutes(ApiServer.Parts parts, InstantSource clock) {
        this.scenarios = parts.scenarios();
        this.results = parts.results();
        this.clock = clock;
    }

    void mount(RouteTable routes) {
        routes.operation("showStats", this::stats);
    }

    private Future<Reply> stats(Call call) {
        String name = call.parameters().text("step").orElseThrow();
        Duration step = STEPS.get(name);
        TimeSpan span =
                TimeSpan.of(call.parameters()).orLast(USUAL, clock.instant()).widened(step);
        if (span.steps(step) > MAX_BUCKETS) {
            throw new VapException(
                    ErrorCode.INVALID_VALUE,
                    "From \"since\" to \"until\" there are " + span.steps(step) + " steps of " + name + ", and at most "
                            + MAX_BUCKETS + " are answered: ask for " + advice(span) + ".");
        }
        return scenarios.get(call.ref()).compose(s -> results.stats(s.uuid(), span.since(), span.until(), step)
                .map(buckets -> Reply.ok(json(s.uuid(), span, name, buckets))));
    }

    private static String advice(TimeSpan span) {
        return STEPS.entrySet().stream()
                .filter(e -> span.widened(e.getValue()).steps(e.getValue()) <= MAX_BUCKETS)
                .findFirst()
                .map(e -> "step=" + e.getKey() + " or a shorter time")
                .orElse("a shorter time");
    }

    private static JsonObject json(UUID scenario, TimeSpan span, String step, Iterable<Results.Bucket> buckets) {
        JsonArray array = new JsonArray();
        for (Results.Bucket bucket : buckets) {
            JsonObject classes = new JsonObject();
            bucket.classes()
                    .forEach((label, count) -> classes.put(
                            label,
                            new JsonObject()
                                    .put("detections", count.detections())
                                    .put("frames", count.frames())
                                    .put("most", count.most())));
            array.add(new JsonObject()
                    .put("start", bucket.start().toString())
                    .put("frames", bucket.frames())
                    .put("gated", bucket.gated())
                    .put("classes", classes));
        }
        return new JsonObject()
                .put("scenario_uuid", scenario.toString())
                .put("since", span.since().toString())
                .put("until", end(span).toString())
                .put("step", step)
                .put("buckets", array);
    }

    /** Rounded up to a whole step it may be past what can be asked for, or shown. */
    private static Instant end(TimeSpan span) {
        return StorableTime.holds(span.until()) ? span.until() : StorableTime.NEWEST;
    }

    private static Map<String, Duration> steps() {
        Map<String, Duration> steps = new LinkedHashMap<>();
        steps.put("1m", Duration.ofMinutes(1));
        steps.put("5m", Duration.ofMinutes(5));
        steps.put("15m", Duration.ofMinutes(15));
        steps.put("1h", Duration.ofHours(1));
        steps.put("1d", Duration.ofDays(1));
        return steps;
    }
}
