package dev.vap.api.inbox;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.messaging.BatchHandler;
import dev.vap.shared.messaging.Received;
import dev.vap.shared.protocol.MessageFormatException;
import dev.vap.shared.protocol.ResultMessage;
import dev.vap.shared.storage.Results;
import dev.vap.shared.storage.StorableTime;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores results. Whatever can't be read, and whatever PostgreSQL refuses for its content, is buried in the dead-letter
 * topic; every other failure keeps the batch, which then comes again, so that no outage loses a result.
 */
final class ResultsInbox implements BatchHandler {

    private static final Logger LOG = LoggerFactory.getLogger(ResultsInbox.class);

    /** As JSON writes it; PostgreSQL keeps such a text, and then fails whenever it is to be read. */
    private static final String NUL = "\\u0000";

    /** {@link Results#store}. */
    interface Store {
        Future<Results.Outcome> store(List<ResultMessage> batch);
    }

    /** {@link dev.vap.shared.messaging.DeadLetters#bury}. */
    interface Grave {
        Future<Void> bury(Received record, String reason);
    }

    private record Item(Received record, ResultMessage message) {}

    private final Store store;
    private final Grave grave;
    private final Counter stored;
    private final Counter stale;
    private final Counter repeated;
    private final Counter unknown;

    ResultsInbox(Store store, Grave grave, MeterRegistry registry) {
        this.store = store;
        this.grave = grave;
        this.stored = registry.counter("vap_results_stored");
        this.stale = registry.counter("vap_results_stale");
        this.repeated = registry.counter("vap_results_repeated");
        this.unknown = registry.counter("vap_results_unknown");
    }

    @Override
    public Future<Void> handle(List<Received> batch) {
        List<Item> items = new ArrayList<>(batch.size());
        Future<Void> buried = Future.succeededFuture();
        for (Received record : batch) {
            try {
                items.add(new Item(record, parse(record.value())));
            } catch (MessageFormatException e) {
                buried = both(buried, grave.bury(record, e.getMessage()));
            } catch (RuntimeException e) {
                // A value no check foresaw is as unreadable as the others, and would stop its partition for ever.
                LOG.debug("unreadable result", e);
                buried = both(buried, grave.bury(record, "a field has a value that can't be read"));
            }
        }
        return both(buried, storeAll(items));
    }

    private static ResultMessage parse(String text) {
        if (text != null && text.contains(NUL)) {
            throw new MessageFormatException("a text holds the character NUL, which can't be stored");
        }
        ResultMessage message = ResultMessage.parse(text);
        if (!StorableTime.holds(message.timestamp())) {
            throw new MessageFormatException("field \"timestamp\" is not within the years 1 to 9999");
        }
        return message;
    }

    private Future<Void> storeAll(List<Item> items) {
        if (items.isEmpty()) {
            return Future.succeededFuture();
        }
        return store.store(items.stream().map(Item::message).toList())
                .map(this::count)
                .recover(e -> isFaultOfContent(e) ? isolate(items, e) : Future.failedFuture(e));
    }

    /** Halves until the refused rows stand alone; in order, since results of a scenario are stored in order. */
    private Future<Void> isolate(List<Item> items, Throwable failure) {
        if (items.size() == 1) {
            return grave.bury(items.get(0).record(), failure.getMessage());
        }
        int middle = items.size() / 2;
        return storeAll(items.subList(0, middle)).compose(done -> storeAll(items.subList(middle, items.size())));
    }

    private Void count(Results.Outcome outcome) {
        stored.increment(outcome.stored());
        stale.increment(outcome.stale());
        repeated.increment(outcome.repeated());
        unknown.increment(outcome.unknown());
        return null;
    }

    private static boolean isFaultOfContent(Throwable e) {
        return e instanceof VapException refused && refused.code() == ErrorCode.CONTENT_REFUSED;
    }

    private static Future<Void> both(Future<Void> a, Future<Void> b) {
        return Future.join(a, b).mapEmpty();
    }
}
