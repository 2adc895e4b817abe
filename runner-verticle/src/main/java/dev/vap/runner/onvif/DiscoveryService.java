package dev.vap.runner.onvif;

import dev.vap.runner.decode.Cancellation;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.BusErrors;
import dev.vap.shared.protocol.DiscoverReport;
import dev.vap.shared.protocol.DiscoverRequest;
import dev.vap.shared.protocol.MessageFormatException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@link Addresses#DISCOVER}. Confined to the event-loop context that it is started on; searches run on a thread of
 * their own, one at a time: who asks during one gets its result.
 */
public final class DiscoveryService {
    private static final Logger LOG = LoggerFactory.getLogger(DiscoveryService.class);
    private static final String POOL = "vap-discovery";

    private static final long MIN_WAIT_MILLIS = 100;
    private static final long MAX_WAIT_MILLIS = 30_000;

    /** Looks for devices; blocks. */
    @FunctionalInterface
    public interface Search {
        List<DiscoverReport.Device> find(Duration wait, Cancellation cancellation);
    }

    private final Vertx vertx;
    private final Search search;
    private final String runnerId;
    private final Cancellation closing = new Cancellation();

    private WorkerExecutor pool;
    private MessageConsumer<JsonObject> consumer;
    /** Null between searches. */
    private Future<DiscoverReport> running;

    /**
     * @param search such as {@link Discovery#find}
     */
    public DiscoveryService(Vertx vertx, Search search, String runnerId) {
        this.vertx = vertx;
        this.search = search;
        this.runnerId = runnerId;
    }

    /** Succeeds when requests will be heard. */
    public Future<Void> start() {
        pool = vertx.createSharedWorkerExecutor(POOL, 1, 2 * MAX_WAIT_MILLIS, TimeUnit.MILLISECONDS);
        consumer = vertx.eventBus().consumer(Addresses.DISCOVER, this::answer);
        return consumer.completion();
    }

    /** Ends a running search; whoever waits for it gets what was found. Harmless when repeated, or before {@link #start}. */
    public Future<Void> close() {
        closing.cancel();
        if (consumer == null) {
            return Future.succeededFuture();
        }
        Future<?> ended = running == null ? Future.succeededFuture() : running;
        return consumer.unregister().transform(unregistered -> ended.transform(searched -> pool.close()));
    }

    private void answer(Message<JsonObject> message) {
        DiscoverRequest request;
        try {
            request = DiscoverRequest.fromJson(message.body());
        } catch (MessageFormatException | NullPointerException | ClassCastException e) {
            BusErrors.fail(
                    message, new VapException(ErrorCode.INVALID_VALUE, "A request for discovery is wanted here.", e));
            return;
        }
        report(request).onSuccess(report -> message.reply(report.toJson())).onFailure(e -> BusErrors.fail(message, e));
    }

    private Future<DiscoverReport> report(DiscoverRequest request) {
        if (running != null) {
            return running;
        }
        long wait = Math.max(MIN_WAIT_MILLIS, Math.min(MAX_WAIT_MILLIS, request.waitMillis()));
        Future<DiscoverReport> started =
                pool.executeBlocking(() -> new DiscoverReport(search.find(Duration.ofMillis(wait), closing), runnerId));
        running = started;
        started.onComplete(done -> running = null).onFailure(e -> LOG.warn("searching for cameras failed", e));
        return started;
    }
}
