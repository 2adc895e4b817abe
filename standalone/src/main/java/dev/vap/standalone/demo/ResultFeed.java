package dev.vap.standalone.demo;

import dev.vap.standalone.CommandException;
import dev.vap.standalone.client.ApiException;
import dev.vap.standalone.client.ResultPage;
import dev.vap.standalone.client.ScenarioView;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Every stored result of a scenario, once and in order, until the scenario has ended and all of its results are there.
 * Stored results are asked for, never live ones: those may be dropped.
 */
final class ResultFeed {

    static final int PAGE = 1000;
    static final Duration POLL = Duration.ofMillis(100);
    private static final Duration LOOK_AT_SCENARIO = Duration.ofMillis(500);
    /** How long results that the runner has sent may take to be stored once the scenario has ended. */
    static final Duration LATE_RESULTS = Duration.ofSeconds(15);
    /** How long the API may fail to answer. */
    static final Duration OUTAGE = Duration.ofSeconds(30);

    /** Where results come from: the API. */
    interface Source {
        ResultPage after(long frame, int limit) throws InterruptedException;

        ScenarioView scenario() throws InterruptedException;
    }

    /** Where they go; called on the thread that runs the feed. */
    interface Sink {
        /** Never empty. */
        void results(List<JsonObject> results);

        /** The scenario as it is now, every half second or so. */
        void progress(ScenarioView scenario);
    }

    /** Waits, in place of the clock in tests. */
    interface Pause {
        void sleep(Duration duration) throws InterruptedException;
    }

    /**
     * @param missing whether results that the runner reported were not stored in time
     */
    record End(ScenarioView scenario, boolean missing) {}

    private final Source source;
    private final Sink sink;
    private final LongSupplier nanoTime;
    private final Pause pause;
    private long last = -1;
    private long progressAt;
    private boolean progressed;
    private long answeredAt;
    private long endSeenAt;
    private boolean endSeen;

    ResultFeed(Source source, Sink sink, LongSupplier nanoTime, Pause pause) {
        this.source = source;
        this.sink = sink;
        this.nanoTime = nanoTime;
        this.pause = pause;
    }

    /**
     * @throws CommandException if the API refuses, or does not answer for half a minute
     */
    End run() throws InterruptedException {
        answeredAt = nanoTime.getAsLong();
        while (true) {
            try {
                End end = step();
                if (end != null) {
                    return end;
                }
            } catch (ApiException e) {
                if (!e.retryable() || since(answeredAt).compareTo(OUTAGE) > 0) {
                    throw e;
                }
                pause.sleep(POLL);
            }
        }
    }

    private End step() throws InterruptedException {
        ResultPage page = source.after(last, PAGE);
        answeredAt = nanoTime.getAsLong();
        if (!page.results().isEmpty()) {
            sink.results(page.results());
            last = page.results().get(page.results().size() - 1).getLong("frame_number");
            endSeen = false;
        }
        if (page.results().size() == PAGE) {
            return null;
        }
        boolean inactive = page.status().equals(ScenarioView.INACTIVE);
        if (inactive || !progressed || since(progressAt).compareTo(LOOK_AT_SCENARIO) >= 0) {
            ScenarioView scenario = source.scenario();
            progressed = true;
            progressAt = nanoTime.getAsLong();
            sink.progress(scenario);
            if (inactive && scenario.inactive()) {
                End end = ended(scenario, page.results().isEmpty());
                if (end != null) {
                    return end;
                }
            }
        }
        pause.sleep(POLL);
        return null;
    }

    /** @return null while results are to be expected */
    private End ended(ScenarioView scenario, boolean nothingNew) {
        if (last >= scenario.lastFrame() && nothingNew) {
            return new End(scenario, false);
        }
        if (!endSeen) {
            endSeen = true;
            endSeenAt = nanoTime.getAsLong();
        }
        return since(endSeenAt).compareTo(LATE_RESULTS) > 0 ? new End(scenario, true) : null;
    }

    private Duration since(long nanos) {
        return Duration.of(nanoTime.getAsLong() - nanos, TimeUnit.NANOSECONDS.toChronoUnit());
    }
}
