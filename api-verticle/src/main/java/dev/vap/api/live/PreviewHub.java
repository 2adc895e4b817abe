package dev.vap.api.live;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.ScenarioStatus;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.BusErrors;
import dev.vap.shared.protocol.PreviewDemand;
import dev.vap.shared.protocol.PreviewPicture;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Hands pictures of scenarios to those who watch them in this process. While there is one of them it asks the scenario's
 * runner for pictures, whichever that is at the moment, and listens for them: once per scenario, however many watch. A
 * scenario that is stopped ends the watching. Confined to the context that starts it.
 */
public final class PreviewHub {

    static final int MAX_VIEWERS = 200;
    /** A wish outlives two messages that are lost. */
    static final long TTL_MILLIS = 3_000;

    private static final long ASK_NANOS = 1_000_000_000L;
    /** Without pictures for so long the runner may be another one by now: it is asked at every tick. */
    private static final long QUIET_NANOS = 1_500_000_000L;
    /** Without pictures for so long the message that ended the scenario may have been lost. */
    private static final long DOUBT_NANOS = 10_000_000_000L;

    private static final long TICK_MILLIS = 250;

    private final Vertx vertx;
    private final LongSupplier nanos;
    private final LiveStatus live;
    private final Function<UUID, Future<Boolean>> runs;
    private final AtomicInteger viewers = new AtomicInteger();
    private final Map<UUID, Channel> channels = new HashMap<>();
    private MessageConsumer<JsonObject> status;
    private long timer = -1;

    /** Called on the hub's context. */
    interface Viewer {
        void onPicture(PreviewPart picture);

        /** There are no pictures, and asking again is no help for now. */
        void onRefused(VapException why);

        /** The scenario is stopped, or this service. */
        void onEnd();
    }

    private final class Channel {
        final UUID scenario;
        final Set<Viewer> viewers = new LinkedHashSet<>();
        final MessageConsumer<PreviewPicture> consumer;
        long epoch;
        long askedAt;
        long pictureAt;
        long doubtedAt;
        boolean listening;
        boolean asking;

        Channel(UUID scenario) {
            this.scenario = scenario;
            long now = nanos.getAsLong();
            pictureAt = now - QUIET_NANOS;
            doubtedAt = now;
            consumer = vertx.eventBus().consumer(Addresses.preview(scenario), message -> shown(message.body()));
            consumer.completion().onSuccess(done -> {
                listening = true;
                ask();
            });
        }

        private void shown(PreviewPicture picture) {
            if (picture.epoch() < epoch) {
                return;
            }
            epoch = picture.epoch();
            pictureAt = nanos.getAsLong();
            doubtedAt = pictureAt;
            PreviewPart part = new PreviewPart(picture);
            List.copyOf(viewers).forEach(viewer -> viewer.onPicture(part));
        }

        void tick() {
            long now = nanos.getAsLong();
            if (!listening) {
                return;
            }
            if (now - askedAt >= ASK_NANOS || now - pictureAt >= QUIET_NANOS) {
                ask();
            }
            if (now - doubtedAt >= DOUBT_NANOS) {
                doubtedAt = now;
                runs.apply(scenario).onSuccess(itDoes -> {
                    if (!itDoes) {
                        end();
                    }
                });
            }
        }

        private void ask() {
            Optional<LiveStatus.Session> session = live.of(scenario);
            if (asking || session.isEmpty() || session.get().report().state().isTerminal()) {
                return;
            }
            asking = true;
            askedAt = nanos.getAsLong();
            vertx.eventBus()
                    .request(
                            Addresses.runnerPreview(session.get().runnerId()),
                            new PreviewDemand(scenario, TTL_MILLIS).toJson(),
                            new DeliveryOptions().setSendTimeout(ASK_NANOS / 1_000_000))
                    .onComplete(answer -> {
                        asking = false;
                        if (answer.failed()) {
                            refused(answer.cause());
                        }
                    });
        }

        /** A runner that has gone, or has not got the session yet, is asked again; one that never has pictures is not. */
        private void refused(Throwable cause) {
            if (cause instanceof ReplyException e && e.failureType() == ReplyFailure.RECIPIENT_FAILURE) {
                VapException why = BusErrors.from(e, ErrorCode.RUNNER_UNAVAILABLE, "runner");
                if (why.code() == ErrorCode.RUNNER_UNAVAILABLE) {
                    List.copyOf(viewers).forEach(viewer -> viewer.onRefused(why));
                }
            }
        }

        void end() {
            List.copyOf(viewers).forEach(Viewer::onEnd);
        }
    }

    /**
     * @param nanos a monotonic clock
     * @param live who runs a scenario
     * @param runs whether a scenario is to run, as the store says
     */
    public PreviewHub(
            Vertx vertx,
            LongSupplier nanos,
            LiveStatus live,
            Function<UUID, Future<Boolean>> runs,
            MeterRegistry registry) {
        this.vertx = vertx;
        this.nanos = nanos;
        this.live = live;
        this.runs = runs;
        Gauge.builder("vap_preview_viewers", viewers, AtomicInteger::get)
                .description("those who watch pictures")
                .register(registry);
    }

    public Future<Void> start() {
        timer = vertx.setPeriodic(
                TICK_MILLIS, t -> List.copyOf(channels.values()).forEach(Channel::tick));
        status = vertx.eventBus().consumer(Addresses.SCENARIO_STATUS, message -> statusChanged(message.body()));
        return status.completion();
    }

    /** Ends all watching. */
    public Future<Void> close() {
        vertx.cancelTimer(timer);
        new ArrayList<>(channels.values()).forEach(Channel::end);
        return status == null ? Future.succeededFuture() : status.unregister();
    }

    /**
     * @throws VapException TOO_MANY_REQUESTS if too many watch already
     */
    void add(UUID scenario, Viewer viewer) {
        if (viewers.get() >= MAX_VIEWERS) {
            throw new VapException(
                    ErrorCode.TOO_MANY_REQUESTS,
                    "This process shows pictures to " + MAX_VIEWERS + " viewers already: close some, or try again"
                            + " later.");
        }
        viewers.incrementAndGet();
        channels.computeIfAbsent(scenario, Channel::new).viewers.add(viewer);
    }

    /** Harmless when repeated. */
    void remove(UUID scenario, Viewer viewer) {
        Channel channel = channels.get(scenario);
        if (channel != null && channel.viewers.remove(viewer)) {
            viewers.decrementAndGet();
            if (channel.viewers.isEmpty()) {
                channels.remove(scenario);
                channel.consumer.unregister();
            }
        }
    }

    private void statusChanged(JsonObject body) {
        Channel channel;
        boolean runsOn;
        try {
            channel = channels.get(UUID.fromString(body.getString("scenario_uuid")));
            runsOn = ScenarioStatus.fromWire(body.getString("status"))
                    .map(ScenarioStatus::isStartingOrRunning)
                    .orElse(false);
        } catch (IllegalArgumentException | ClassCastException | NullPointerException e) {
            // Counted by those who show the status.
            return;
        }
        if (channel != null && !runsOn) {
            channel.end();
        }
    }
}
