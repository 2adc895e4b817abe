package dev.vap.api.live;

import dev.vap.shared.storage.Results;
import io.micrometer.core.instrument.Counter;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
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
 * <p>Confined to one context; between two calls at most one read of the store or one timer of it is pending.
 */
final class PredictionStream implements PredictionHub.Listener {

    static final int PAGE = 200;
    static final int KEPT = 256;
    static final long POLL_MILLIS = 100;
    /** Empty reads of the store, with nothing live, before waiting for the next live frame. */
    static final int QUIET_READS = 20;
    /** Reads while the store is behind a live frame, before going on without what it lacks. */
    static final int BEHIND_READS = 100;
    /** Heartbeats in a row that could not be written: the client has gone, or might as well have. */
    static final int STALLED_BEATS = 4;

    /** The client. */
    interface Sink {
        boolean full();

        void write(Buffer bytes);

        void end();
    }

    /** {@link Results#after}, of the scenario. */
    interface Store {
        Future<List<Results.Stored>> after(long frame, int limit);
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

    private final Deque<LiveFrame> kept = new ArrayDeque<>();
    private Phase phase = Phase.CATCHING_UP;
    private long epoch;
    private long lastSent = -1;
    private long newestLive = -1;
    private long dropped;
    private Buffer pendingStatus;
    private boolean readAfterDrain;
    private int quietReads;
    private int behindReads;
    private int stalledBeats;

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

    /** From now on the client is written to. Live frames that came before are kept. */
    void start(OptionalLong afterFrame, JsonObject status) {
        sink.write(Sse.RETRY);
        sink.write(Sse.event("status", status));
        if (afterFrame.isPresent()) {
            lastSent = afterFrame.getAsLong();
            readStore();
        } else {
            goLive();
        }
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
            if (read.succeeded()) {
                read.result().forEach(this::sendStored);
            }
            if (read.succeeded() && read.result().size() == PAGE) {
                readStore();
            } else {
                decide(read.succeeded() && read.result().isEmpty());
            }
        });
    }

    private void decide(boolean quiet) {
        LiveFrame first = kept.peekFirst();
        if (first != null && lastSent >= first.frame()) {
            goLive();
            return;
        }
        if (first == null) {
            quietReads = quiet ? quietReads + 1 : 0;
            if (quietReads >= QUIET_READS) {
                quietReads = 0;
                phase = Phase.PARKED;
                return;
            }
        } else if (++behindReads >= BEHIND_READS) {
            sink.write(Sse.event(
                    "dropped",
                    new JsonObject()
                            .putNull("count")
                            .put("reason", "the store is behind; read the missing frames from it later")));
            goLive();
            return;
        }
        timers.after(POLL_MILLIS, this::readStore);
    }

    private void goLive() {
        phase = Phase.LIVE;
        quietReads = 0;
        behindReads = 0;
        flush();
    }

    private void sendStored(Results.Stored row) {
        if (row.frameNumber() > lastSent) {
            lastSent = row.frameNumber();
            epoch = Math.max(epoch, row.epoch());
            StringBuilder body =
                    new StringBuilder("{\"scenario_uuid\":\"").append(scenario).append("\",");
            ResultJson.append(body, row);
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
            sink.write(Sse.event("dropped", new JsonObject().put("count", dropped)));
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
