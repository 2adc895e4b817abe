package dev.vap.runner.control;

import dev.vap.runner.time.Timers;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.Heartbeat;
import dev.vap.shared.protocol.HeartbeatReply;
import dev.vap.shared.protocol.MessageFormatException;
import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the orchestrator how the sessions stand: at every interval, and soon after a change; changes close to each other
 * share one heartbeat. Confined to the runner's context.
 */
public final class Heartbeats {

    private static final Logger LOG = LoggerFactory.getLogger(Heartbeats.class);
    private static final Duration TOGETHER = Duration.ofMillis(20);
    private static final int MAX_UNANSWERED = 16;

    /** Called on the runner's context. */
    public interface Listener {

        /**
         * @param askedAt monotonic
         */
        void answered(HeartbeatReply reply, long askedAt);

        /** Once at every interval, whether anyone answers or not. */
        void interval();
    }

    private final EventBus bus;
    private final Timers timers;
    private final Duration interval;
    private final DeliveryOptions delivery;
    private final Supplier<Heartbeat> content;
    private final Listener listener;
    private boolean started;
    private boolean stopped;
    private boolean soon;
    private long lastSent;
    private int unanswered;

    /**
     * @param timeout of one request; more than one may be under way
     */
    public Heartbeats(
            EventBus bus,
            Timers timers,
            Duration interval,
            Duration timeout,
            Supplier<Heartbeat> content,
            Listener listener) {
        this.bus = bus;
        this.timers = timers;
        this.interval = interval;
        this.delivery = new DeliveryOptions().setSendTimeout(timeout.toMillis());
        this.content = content;
        this.listener = listener;
    }

    public void start() {
        started = true;
        send();
        again();
    }

    private void again() {
        timers.after(interval, () -> {
            if (!stopped) {
                listener.interval();
                send();
                again();
            }
        });
    }

    /** Sends one as soon as it does not follow the last one too closely. */
    public void soon() {
        if (!started || stopped || soon) {
            return;
        }
        soon = true;
        long wait = TOGETHER.toNanos() - (timers.nanos() - lastSent);
        // Even if none was sent lately: what changes together in this moment goes together.
        timers.after(Duration.ofNanos(Math.max(1_000_000, wait)), () -> {
            soon = false;
            if (!stopped) {
                send();
            }
        });
    }

    private void send() {
        if (unanswered < MAX_UNANSWERED) {
            ask();
        }
    }

    private Future<Void> ask() {
        long asked = timers.nanos();
        lastSent = asked;
        JsonObject json = content.get().toJson();
        bus.publish(Addresses.RUNNERS, json);
        unanswered++;
        return bus.<JsonObject>request(Addresses.HEARTBEATS, json, delivery)
                .map(reply -> HeartbeatReply.fromJson(reply.body()))
                .onComplete(done -> {
                    unanswered--;
                    if (done.succeeded()) {
                        listener.answered(done.result(), asked);
                    } else if (done.cause() instanceof MessageFormatException) {
                        LOG.debug(
                                "a heartbeat's answer can't be read: {}",
                                done.cause().getMessage());
                    }
                })
                .mapEmpty();
    }

    /** The last one: completes with its answer, or fails within the time-out. */
    public Future<Void> last() {
        stopped = true;
        return ask();
    }

    /** Sends no more. */
    public void stop() {
        stopped = true;
    }
}
