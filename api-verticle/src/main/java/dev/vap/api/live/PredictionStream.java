package dev.vap.api.live;

import dev.vap.shared.runtime.Backoff;
import dev.vap.shared.storage.Results;
import io.micrometer.core.instrument.Counter;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;

/**
 * One client's stream of a scenario's predictions: on request the stored ones after a frame, then the live ones, each frame
 * once and in growing order.
 *
 * <p>A live frame is seen before it is stored. So a client that catches up is switched to live frames only when the store
 * has reached the first live frame that was kept meanwhile: whatever came before that one was either read from the store or
 * is kept. Live frames beyond a bound are let go while catching up (the store will have them), and counted and told when
 * live.
 *
 * <p>A client may name a frame that there is not: made up, or of a scenario whose frames are numbered anew. Refused, an
 * EventSource would ask for it for ever; so it is told, gets an id that holds, and goes on with what is live.
 *
 * <p>Confined to one context; between two calls at most one read of the store or one timer of it is pending.
 */
final class PredictionStream implements PredictionHub.Listener {

    static final int PAGE = 200;
    static final int KEPT = 256;
    static final long POLL_MILLIS = 100;
    /** Empty reads of the store, with nothing live, before waiting for the next live frame. */
    static final int QUIET_READS = 20;
    /** Empty reads, with nothing live, before the frame that the client named is taken for one that there is not. */
    static final int UNKNOWN_READS = 20;
    /** For so long the store may be behind a live frame, before going on without what it lacks. */
    static final long BEHIND_MILLIS = 10_000;

    private static final Backoff RETRY = new Backoff(Duration.ofMillis(POLL_MILLIS), Duration.ofSeconds(2), 0.3);
    /** Heartbeats in a row that could not be written: the client has gone, or might as well have. */
    static final int STALLED_BEATS = 4;

    /** The client. */
    interface Sink {
        boolean full();

        void write(Buffer bytes);

        void end();
    }

    /** {@link Results}, of the scenario. */
    interface Store {
        /** As {@link Results#after}. */
        Future<List<Results.Stored>> after(long frame, int limit);

        /** As {@link Results#extent}. */
        Future<Results.Extent> extent();
    }

    interface Timers {
        void after(long millis, Runnable work);
    }

    private enum Phase {
        /** Reads the store; live frames are kept. */
        CATCHING_UP,
        /** The store has no more and nothing is live: the next live frame starts another look into the store. */
        PARKED,
        LIVE,
        ENDED
    }

    private final UUID scenario;
    private final Sink sink;
    private final Store store;
    private final Timers timers;
    private final Counter droppedCounter;
    private final Runnable onEnd;
    private final Random random = new Random();

    private final Deque<LiveFrame> kept = new ArrayDeque<>();
    private Phase phase = Phase.CATCHING_UP;
    private long epoch;
    private long lastSent = -1;
    private long newestLive = -1;
    private long dropped;
    private Buffer pendingStatus;
    private boolean readAfterDrain;
    private int quietReads;
    private int failedReads;
    private long behindMillis;
    private int stalledBeats;
    /** The store or a live frame has reached the frame that the client named. */
    private boolean named;

    private int unknownReads;

    /**
     * @param onEnd called once, whatever ended the stream
     */
    PredictionStream(UUID scenario, Sink sink, Store store, Timers timers, Counter dropped, Runnable onEnd) {
        this.scenario = scenario;
        this.sink = sink;
        this.store = store;
        this.timers = timers;
        this.droppedCounter = dropped;
        this.onEnd = onEnd;
    }

    /**
     * From now on the client is written to. Live frames that came before are kept.
     *
     * @param afterFrame stored results after this frame come first
     * @param extent what the store holds of the scenario
     */
    void start(OptionalLong afterFrame, JsonObject status, Results.Extent extent) {
        // Whoever is cut off before the first prediction comes back with this.
        long id = afterFrame.orElse(extent.lastFrame());
        sink.write(Sse.RETRY);
        sink.write(Sse.event("status", id, status));
        if (afterFrame.isEmpty()) {
            goLive();
            return;
        }
        lastSent = id;
        named = id <= extent.lastFrame();
        if (extent.isGoneAfter(id)) {
            sink.write(Sse.dropped(
                    null,
                    extent.firstFrame() == null
                            ? "no results are kept any more"
                            : "the oldest result that is kept is of frame " + extent.firstFrame()));
        }
        readStore();
    }

    boolean hasEnded() {
        return phase == Phase.ENDED;
    }

    @Override
    public void onFrame(LiveFrame frame) {
        if (frame.epoch() < epoch || frame.frame() <= newestLive) {
            return;
        }
        epoch = frame.epoch();
        newestLive = frame.frame();
        switch (phase) {
            case LIVE -> {
                if (frame.frame() > lastSent) {
                    keep(frame, true);
                    flush();
                }
            }
            case CATCHING_UP -> keep(frame, false);
            case PARKED -> {
                keep(frame, false);
                phase = Phase.CATCHING_UP;
                readStore();
            }
            case ENDED -> {}
        }
    }

    @Override
    public void onStatus(Buffer sse, boolean deleted) {
        if (phase == Phase.ENDED) {
            return;
        }
        if (sink.full() && !deleted) {
            pendingStatus = sse;
        } else {
            pendingStatus = null;
            sink.write(sse);
        }
        if (deleted) {
            end();
        }
    }

    @Override
    public void onClose() {
        end();
    }

    /** The client has room again. */
    void drained() {
        stalledBeats = 0;
        if (phase == Phase.ENDED) {
            return;
        }
        if (pendingStatus != null) {
            sink.write(pendingStatus);
            pendingStatus = null;
        }
        if (readAfterDrain) {
            readAfterDrain = false;
            readStore();
        } else if (phase == Phase.LIVE) {
            flush();
        }
    }

    /** To be called now and then: shows the client, and whatever is between, that the stream lives. */
    void beat() {
        if (phase == Phase.ENDED) {
            return;
        }
        if (!sink.full()) {
            stalledBeats = 0;
            sink.write(Sse.HEARTBEAT);
        } else if (++stalledBeats >= STALLED_BEATS) {
            end();
        }
    }

    /** Harmless when repeated. */
    void end() {
        if (phase != Phase.ENDED) {
            phase = Phase.ENDED;
            kept.clear();
            sink.end();
            onEnd.run();
        }
    }

    private void readStore() {
        if (phase != Phase.CATCHING_UP) {
            return;
        }
        if (sink.full()) {
            readAfterDrain = true;
            return;
        }
        store.after(lastSent, PAGE).onComplete(read -> {
            if (phase == Phase.ENDED) {
                return;
            }
            if (read.failed()) {
                failedReads++;
                decide(false);
                return;
            }
            failedReads = 0;
            read.result().forEach(this::sendStored);
            if (read.result().size() == PAGE) {
                readStore();
            } else {
                decide(read.result().isEmpty());
            }
        });
    }

    private void decide(boolean quiet) {
        LiveFrame first = kept.peekFirst();
        named = named || newestLive >= lastSent;
        if (!named && quiet && ++unknownReads >= UNKNOWN_READS) {
            lookForNamed();
            return;
        }
        if (named && first != null && lastSent >= first.frame()) {
            goLive();
            return;
        }
        long pause = pauseMillis();
        if (first == null) {
            quietReads = quiet ? quietReads + 1 : 0;
            if (named && quietReads >= QUIET_READS) {
                quietReads = 0;
                phase = Phase.PARKED;
                return;
            }
        } else {
            behindMillis += pause;
            if (behindMillis > BEHIND_MILLIS) {
                sink.write(Sse.dropped(null, "the store is behind; read the missing frames from it later"));
                lastSent = named ? lastSent : -1;
                goLive();
                return;
            }
        }
        timers.after(pause, this::readStore);
    }

    /** A store that is away is asked less and less often: many streams wait for it. */
    private long pauseMillis() {
        return failedReads == 0 ? POLL_MILLIS : RETRY.delay(failedReads, random).toMillis();
    }

    /** The last look before the client is told that there is no such frame. */
    private void lookForNamed() {
        unknownReads = 0;
        store.extent().onComplete(read -> {
            if (phase == Phase.ENDED) {
                return;
            }
            if (read.failed()) {
                failedReads++;
                timers.after(pauseMillis(), this::readStore);
            } else if (read.result().lastFrame() >= lastSent || newestLive >= lastSent) {
                named = true;
                readStore();
            } else {
                long last = read.result().lastFrame();
                sink.write(Sse.dropped(last, "there is no frame " + lastSent + ": what follows is live"));
                lastSent = -1;
                goLive();
            }
        });
    }

    private void goLive() {
        phase = Phase.LIVE;
        named = true;
        quietReads = 0;
        behindMillis = 0;
        flush();
    }

    private void sendStored(Results.Stored row) {
        if (row.frameNumber() > lastSent) {
            lastSent = row.frameNumber();
            named = true;
            epoch = Math.max(epoch, row.epoch());
            StringBuilder body =
                    new StringBuilder("{\"scenario_uuid\":\"").append(scenario).append("\",");
            ResultJson.appendLive(body, row);
            sink.write(Sse.prediction(row.frameNumber(), body.append('}').toString()));
        }
    }

    private void keep(LiveFrame frame, boolean tell) {
        if (kept.size() == KEPT) {
            kept.removeFirst();
            if (tell) {
                dropped++;
                droppedCounter.increment();
            }
        }
        kept.addLast(frame);
    }

    private void flush() {
        if (dropped > 0 && !sink.full()) {
            sink.write(Sse.dropped(dropped));
            dropped = 0;
        }
        while (!kept.isEmpty() && !sink.full()) {
            LiveFrame frame = kept.removeFirst();
            if (frame.frame() > lastSent) {
                lastSent = frame.frame();
                sink.write(frame.sse());
            }
        }
    }
}
