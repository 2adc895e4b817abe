package dev.vap.api.live;

import dev.vap.shared.protocol.Addresses;
import io.micrometer.core.instrument.Counter;
import io.vertx.core.buffer.Buffer;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * A client at {@code /api/v1/live}. While it does not read, the newest prediction and the newest status of each scenario are
 * kept for it and what they replace is dropped, so that it comes back to how things are, and takes no more memory than that.
 * Confined to the hub's context.
 */
final class LiveSocket {

    static final int MAX_SCENARIOS = 1_000;
    /** Of as many scenarios at most the status is kept; more change while nobody reads only in a disaster. */
    static final int MAX_KEPT = 2_000;

    /** Checks in a row at which nothing could be written: the client has gone, or might as well have. */
    static final int STALLED_CHECKS = 4;

    /** Pings in a row without an answer: nobody is there any more. */
    static final int UNANSWERED_PINGS = 3;

    /** The client. */
    interface Sink {
        boolean full();

        void write(String text);

        /** Is answered by every client, without its author's doing. */
        void ping();

        void end();
    }

    private final PredictionHub hub;
    private final Sink sink;
    private final Counter dropped;
    private final Runnable onEnd;
    private final Map<UUID, Watch> watches = new HashMap<>();
    private final Map<String, String> kept = new LinkedHashMap<>();
    private boolean status;
    private int stalled;
    private int unanswered;
    private boolean ended;

    /**
     * @param onEnd called once, whatever ended it
     */
    LiveSocket(PredictionHub hub, Sink sink, Counter dropped, Runnable onEnd) {
        this.hub = hub;
        this.sink = sink;
        this.dropped = dropped;
        this.onEnd = onEnd;
    }

    /** What the client has sent. */
    void received(String text) {
        if (ended) {
            return;
        }
        heard();
        LiveMessages.parse(text).ifPresentOrElse(this::carryOut, () -> {
            String address = Addresses.SCENARIO_STATUS;
            send(
                    "err",
                    LiveMessages.refused("Send {\"type\":\"register\",\"address\":\"" + address
                            + "\"}, the same with \"predictions.\" and the UUID of a scenario, \"unregister\" with either,"
                            + " or {\"type\":\"ping\"}."));
        });
    }

    private void carryOut(LiveMessages.Request request) {
        switch (request.wish()) {
            case PING -> send("pong", LiveMessages.PONG);
            case REGISTER -> {
                if (request.scenario() == null) {
                    status = true;
                } else {
                    watch(request.scenario(), request.address());
                }
            }
            case UNREGISTER -> {
                if (request.scenario() == null) {
                    status = false;
                } else {
                    unwatch(request.scenario());
                }
            }
        }
    }

    private void watch(UUID scenario, String address) {
        if (watches.containsKey(scenario)) {
            return;
        }
        if (watches.size() >= MAX_SCENARIOS) {
            send("err", LiveMessages.refused("At most " + MAX_SCENARIOS + " scenarios at once: unregister some."));
            return;
        }
        Watch watch = new Watch(address);
        watches.put(scenario, watch);
        hub.add(scenario, watch).onFailure(e -> {
            unwatch(scenario);
            send("err", LiveMessages.refused(e.getMessage()));
        });
    }

    private void unwatch(UUID scenario) {
        Watch watch = watches.remove(scenario);
        if (watch != null) {
            kept.remove(watch.address);
            hub.remove(scenario, watch);
        }
    }

    /**
     * A status has changed.
     *
     * @param text to be sent, the same for all clients
     */
    void onStatus(String scenario, String text) {
        if (status) {
            send(scenario, text);
        }
    }

    /**
     * @param key what a later message of the same kind replaces
     */
    private void send(String key, String text) {
        if (ended) {
            return;
        }
        if (kept.isEmpty() && !sink.full()) {
            sink.write(text);
            return;
        }
        if (kept.put(key, text) != null) {
            dropped.increment();
        } else if (kept.size() > MAX_KEPT) {
            end();
        }
    }

    /** The client has room again. */
    void drained() {
        stalled = 0;
        for (Iterator<String> i = kept.values().iterator(); i.hasNext() && !ended && !sink.full(); ) {
            String text = i.next();
            i.remove();
            sink.write(text);
        }
    }

    /** The client is there. */
    void heard() {
        unanswered = 0;
    }

    /** To be called now and then. It also keeps a connection open on which nothing happens. */
    void check() {
        if (sink.full()) {
            if (++stalled >= STALLED_CHECKS) {
                end();
            }
            return;
        }
        drained();
        if (unanswered >= UNANSWERED_PINGS) {
            end();
        } else if (!ended) {
            unanswered++;
            sink.ping();
        }
    }

    /** Harmless when repeated. */
    void end() {
        if (!ended) {
            ended = true;
            kept.clear();
            watches.forEach(hub::remove);
            watches.clear();
            sink.end();
            onEnd.run();
        }
    }

    private final class Watch implements PredictionHub.Listener {

        private final String address;
        private long epoch;
        private long newest = -1;

        Watch(String address) {
            this.address = address;
        }

        @Override
        public void onFrame(LiveFrame frame) {
            // A former owner may publish a moment longer.
            if (frame.epoch() < epoch || frame.frame() <= newest) {
                return;
            }
            epoch = frame.epoch();
            newest = frame.frame();
            send(address, frame.text(address));
        }

        @Override
        public void onStatus(Buffer sse, boolean deleted) {
            // Told to those who ask for the status of all.
        }

        @Override
        public void onClose() {
            end();
        }
    }
}
