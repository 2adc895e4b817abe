package dev.vap.standalone.demo;

import dev.vap.standalone.CommandException;
import dev.vap.standalone.client.ApiClient;
import dev.vap.standalone.client.ResultPage;
import dev.vap.standalone.client.ScenarioView;
import dev.vap.standalone.terminal.FrameLine;
import dev.vap.standalone.terminal.ProgressBar;
import dev.vap.standalone.terminal.Screen;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows and keeps what one scenario finds. Closing it stops a scenario that still runs: a demo that has ended must not go
 * on with the next start of the platform.
 */
final class Watch implements ResultFeed.Source, ResultFeed.Sink, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Watch.class);
    private static final String END_OF_FILE = "end of file";
    private static final Duration STOP = Duration.ofSeconds(4);
    private static final Duration STOP_POLL = Duration.ofMillis(50);

    private final ApiClient api;
    private final String uuid;
    private final boolean live;
    private final Screen screen;
    private final ResultFile file;
    private final DemoOptions options;
    private final long started;
    private final Report report = new Report();
    private long total = -1;
    private long position;
    private boolean ended;

    Watch(
            ApiClient api,
            String uuid,
            boolean live,
            Screen screen,
            ResultFile file,
            DemoOptions options,
            long startedNanos) {
        this.api = api;
        this.uuid = uuid;
        this.live = live;
        this.screen = screen;
        this.file = file;
        this.options = options;
        this.started = startedNanos;
        file.begin();
    }

    ResultFeed.End untilEnd() throws InterruptedException {
        ResultFeed.End end = new ResultFeed(this, this, System::nanoTime, Watch::pause).run();
        ended = true;
        screen.clearBar();
        return end;
    }

    @Override
    public ResultPage after(long frame, int limit) throws InterruptedException {
        return api.predictions(uuid, frame, limit);
    }

    @Override
    public ScenarioView scenario() throws InterruptedException {
        return api.scenario(uuid);
    }

    @Override
    public void results(List<JsonObject> results) {
        if (report.frames() == 0) {
            LOG.info("first results {} ms after the request", (System.nanoTime() - started) / 1_000_000);
        }
        report.add(results, System.nanoTime());
        position = results.get(results.size() - 1).getLong("frame_number") + 1;
        if (options.json() || file.wanted()) {
            List<String> json = results.stream().map(FrameLine::json).toList();
            file.write(json);
            if (options.json()) {
                screen.lines(json);
            }
        }
        if (!options.json()) {
            screen.lines(results.stream().map(r -> FrameLine.compact(r, live)).toList());
        }
        if (screen.broken() && !file.wanted()) {
            throw new CommandException("Standard output was closed, so the demo has ended.");
        }
        drawBar();
    }

    @Override
    public void progress(ScenarioView scenario) {
        if (!options.loop() && scenario.framesTotal() > 0) {
            total = scenario.framesTotal();
        }
        drawBar();
    }

    private void drawBar() {
        if (screen.showsBar()) {
            // Of a file, how far it has come: with --fps not every frame is analysed.
            long done = total > 0 ? position : report.frames();
            double perSecond = report.framesPerSecond(System.nanoTime());
            double rate = report.frames() > 0 ? perSecond * done / report.frames() : 0;
            screen.bar(ProgressBar.text(done, total, "frames", rate, screen.columns()));
        }
    }

    /** What {@code --exit-on-eof} says at the end; returns the exit code. */
    int conclude(ResultFeed.End end) {
        String reason = end.scenario().reason();
        boolean complete = END_OF_FILE.equals(reason) && !end.missing();
        if (report.frames() > 0) {
            screen.note(report.summary(started));
        }
        if (complete) {
            return 0;
        }
        if (end.missing()) {
            screen.complain("vap: results up to frame " + end.scenario().lastFrame()
                    + " were expected, but not all of them were stored in time: look into the log, and run it again.");
        } else {
            screen.complain("vap: the scenario ended: " + (reason == null ? "no reason is known" : reason));
        }
        return 1;
    }

    /** The same where the platform stays up. */
    void tell(ResultFeed.End end, String url) {
        conclude(end);
        screen.note("The platform stays up: console at " + url + ", Ctrl-C stops it.");
    }

    @Override
    public void close() {
        screen.clearBar();
        if (ended) {
            return;
        }
        boolean interrupted = Thread.interrupted();
        try {
            api.stop(uuid);
            long begun = System.nanoTime();
            while (!api.scenario(uuid).inactive() && System.nanoTime() - begun < STOP.toNanos()) {
                pause(STOP_POLL);
            }
        } catch (InterruptedException e) {
            interrupted = true;
        } catch (RuntimeException e) {
            LOG.debug("the scenario was not stopped", e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Ends early with an interrupt only. */
    private static void pause(Duration duration) throws InterruptedException {
        new CountDownLatch(1).await(duration.toNanos(), TimeUnit.NANOSECONDS);
    }
}
