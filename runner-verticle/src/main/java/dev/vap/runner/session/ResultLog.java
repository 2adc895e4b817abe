package dev.vap.runner.session;

import io.vertx.core.Future;
import java.util.UUID;

/**
 * Where results are kept: the Kafka topic, or a fake of it.
 *
 * <p>The log keeps the order of {@link #append} within a scenario, and an append fails only if that one result can never be
 * stored or the process ends: as long as the broker is away it stays open. Both are what makes it safe to have many of
 * them on their way: the reader of the topic drops whatever is not newer than what it has stored, so a result that failed
 * and was sent again behind a later one would be lost.
 */
public interface ResultLog {

    /** Whether another result is accepted now. While it is not, the caller asks again later. */
    boolean hasRoom();

    /** Completes, on the caller's context, once the result is stored durably. */
    Future<Void> append(UUID scenario, String json);
}
