package dev.vap.runner.session;

import dev.vap.runner.time.Timers;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.ResultMessage;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Results of one session, in frame order, to Kafka and to the event bus. Confined to the session's context.
 *
 * <p>Order in Kafka is never broken: results are handed over in order, are never handed over twice, and the log below
 * ({@link ResultLog}) keeps waiting for a broker that is away instead of failing. The number on their way is bounded: a
 * file is not read on while {@link #isFull()}, a live source loses results then, which is counted by the caller.
 */
public final class ResultPublisher {

    private final EventBus bus;
    private final ResultLog log;
    private final Timers timers;
    private final UUID scenario;
    private final String address;
    private final int maxUnacknowledged;
    private final Runnable onAcknowledged;
    private final Consumer<Throwable> onFailure;
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();
    private long lastAcknowledged = -1;

    private static final class Pending {
        final long frame;
        final long sentAt;
        boolean settled;
        boolean stored;

        Pending(long frame, long sentAt) {
            this.frame = frame;
            this.sentAt = sentAt;
        }
    }

    /**
     * @param onAcknowledged after each result that was stored
     * @param onFailure a result can't be stored, ever
     */
    public ResultPublisher(
            EventBus bus,
            ResultLog log,
            Timers timers,
            UUID scenario,
            int maxUnacknowledged,
            Runnable onAcknowledged,
            Consumer<Throwable> onFailure) {
        this.bus = bus;
        this.log = log;
        this.timers = timers;
        this.scenario = scenario;
        this.address = Addresses.predictions(scenario);
        this.maxUnacknowledged = maxUnacknowledged;
        this.onAcknowledged = onAcknowledged;
        this.onFailure = onFailure;
    }

    /** Whether the log takes no further result now. */
    public boolean isFull() {
        return pending.size() >= maxUnacknowledged || !log.hasRoom();
    }

    public int unacknowledged() {
        return pending.size();
    }

    /** How long the oldest result has been waiting for its acknowledgement; 0 if none is. */
    public long waitingNanos() {
        return pending.isEmpty() ? 0 : timers.nanos() - pending.peek().sentAt;
    }

    /** Number of the newest frame that is stored together with all before it; -1 if none. */
    public long lastAcknowledged() {
        return lastAcknowledged;
    }

    /** To those who watch now, and to the log unless that is full; false if the log was. */
    public boolean publish(ResultMessage result) {
        JsonObject json = result.toJson();
        boolean room = !isFull();
        if (room) {
            append(result.frameNumber(), json.encode());
        }
        bus.publish(address, ResultMessage.live(json));
        return room;
    }

    private void append(long frame, String json) {
        Pending entry = new Pending(frame, timers.nanos());
        pending.add(entry);
        log.append(scenario, json).onComplete(done -> settle(entry, done.cause()));
    }

    private void settle(Pending entry, Throwable failure) {
        entry.settled = true;
        entry.stored = failure == null;
        while (!pending.isEmpty() && pending.peek().settled) {
            Pending oldest = pending.remove();
            if (oldest.stored) {
                lastAcknowledged = oldest.frame;
            }
        }
        if (failure == null) {
            onAcknowledged.run();
        } else {
            onFailure.accept(failure);
        }
    }
}
