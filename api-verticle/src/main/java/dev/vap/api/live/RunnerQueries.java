package dev.vap.api.live;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.BusErrors;
import dev.vap.shared.protocol.DiscoverReport;
import dev.vap.shared.protocol.DiscoverRequest;
import dev.vap.shared.protocol.MessageFormatException;
import dev.vap.shared.protocol.ProbeReport;
import dev.vap.shared.protocol.ProbeRequest;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonObject;
import java.util.function.Function;

/** Asks any runner to look at something for the API; fails with RUNNER_UNAVAILABLE if none answers in time. Thread-safe. */
public final class RunnerQueries {

    /** For the way there and back, beside the time that the runner was given. */
    private static final long MARGIN_MILLIS = 2_000;

    private static final String WHO = "runner that opens sources";

    private final Vertx vertx;

    public RunnerQueries(Vertx vertx) {
        this.vertx = vertx;
    }

    public Future<ProbeReport> probe(ProbeRequest request) {
        return ask(Addresses.PROBE, request.toJson(), request.timeoutMillis(), ProbeReport::fromJson);
    }

    public Future<DiscoverReport> discover(DiscoverRequest request) {
        return ask(Addresses.DISCOVER, request.toJson(), request.waitMillis(), DiscoverReport::fromJson);
    }

    private <T> Future<T> ask(String address, JsonObject request, long millis, Function<JsonObject, T> reader) {
        DeliveryOptions options = new DeliveryOptions().setSendTimeout(millis + MARGIN_MILLIS);
        return vertx.eventBus()
                .<JsonObject>request(address, request, options)
                .map(reply -> reader.apply(reply.body()))
                .recover(e -> Future.failedFuture(explain(e)));
    }

    private static VapException explain(Throwable e) {
        if (e instanceof MessageFormatException || e instanceof ClassCastException) {
            return new VapException(
                    ErrorCode.RUNNER_UNAVAILABLE,
                    "A runner of another version answered what can't be read: update it, then try again.",
                    e);
        }
        return BusErrors.from(e, ErrorCode.RUNNER_UNAVAILABLE, WHO);
    }
}
