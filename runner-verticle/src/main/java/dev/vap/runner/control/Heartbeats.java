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
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the orchestrator how the sessions stand: at every interval, and soon after a change; changes close to each other
 * share one heartbeat. Those after a change wait for the answer to the one before, so that the orchestrator sets the pace;
 * those of the interval wait for nothing. Confined to the runner's context.
 */
public final class Heartbeats {

    private static final Logger LOG = LoggerFactory.getLogger(Heartbeats.class);
    private static final Duration TOGETHER = Duration.ofMillis(20);
    private static final int MAX_UNANSWERED = 16;

    /** The way to the orchestrators, or a fake of it. */
    @FunctionalInterface
    public interface Channel {

        /** Fails if nobody answers in time; completes on the caller's context. */
        Future<HeartbeatReply> send(Heartbeat heartbeat);
    }

    /** Called on the runner's context. */
    public interface Listener {

        /**
         * @param askedAt monotonic
         */
        void answered(HeartbeatReply reply, long askedAt);

        /** Once at every interval, whether anyone answers or not. */
        void interval();
    }

    private final Channel channel;
    private final Timers timers;
    private final Duration interval;
    private final Supplier<Heartbeat> content;
    private final Listener listener;
    private boolean started;
    private boolean stopped;
    private boolean closed;
    private boolean scheduled;
    /** Asked for while the newest one had no answer. */
    private boolean wanted;

    private long lastSent;
    private long newest;
    private long newestAnswered;
    private int unanswered;

    public Heartbeats(
            Channel channel, Timers timers, Duration interval, Supplier<Heartbeat> content, Listener listener) {
        this.channel = channel;
        this.timers = timers;
        this.interval = interval;
        this.content = content;
        this.listener = listener;
    }

    /**
     * Publishes a heartbeat to all who show the sessions, and asks one orchestrator.
     *
     * @param timeout of one request; more than one may be under way
     */
    public static Channel over(EventBus bus, Duration timeout) {
        DeliveryOptions delivery = new DeliveryOptions().setSendTimeout(timeout.toMillis());
        return heartbeat -> {
            JsonObject json = heartbeat.toJson();
            bus.publish(Addresses.RUNNERS, json);
            return bus.<JsonObject>request(Addresses.HEARTBEATS, json, delivery)
                    .map(reply -> HeartbeatReply.fromJson(reply.body()));
        };
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

    /** Sends one as soon as the last one is answered and does not precede it too closely. */
    public void soon() {
        if (!started || stopped || scheduled) {
            return;
        }
        if (newestAnswered < newest) {
            wanted = true;
            return;
        }
        scheduled = true;
        long wait = TOGETHER.toNanos() - (timers.nanos() - lastSent);
        // Even if none was sent lately: what changes together in this moment goes together.
        timers.after(Duration.ofNanos(Math.max(1_000_000, wait)), () -> {
            scheduled = false;
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
        long number = ++newest;
        lastSent = asked;
        wanted = false;
        unanswered++;
        return channel.send(content.get())
                .onComplete(done -> {
                    unanswered--;
                    newestAnswered = Math.max(newestAnswered, number);
                    if (done.succeeded()) {
                        listener.answered(done.result(), asked);
                    } else if (done.cause() instanceof MessageFormatException) {
                        LOG.debug(
                                "a heartbeat's answer can't be read: {}",
                                done.cause().getMessage());
                    }
                    if (wanted && newestAnswered == newest) {
                        wanted = false;
                        soon();
                    }
                })
                .mapEmpty();
    }

    /**
     * The last ones, one after another: completes with the answer after which there is no more to tell, fails with the
     * first that is not answered within the time-out. None is sent at the interval any more.
     */
    public Future<Void> last(BooleanSupplier moreToTell) {
        stopped = true;
        return ask().compose(
                        answered -> !closed && moreToTell.getAsBoolean() ? last(moreToTell) : Future.succeededFuture());
    }

    /** Sends no more. */
    public void stop() {
        stopped = true;
        closed = true;
    }
}
