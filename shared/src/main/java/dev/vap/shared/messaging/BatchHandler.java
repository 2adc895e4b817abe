package dev.vap.shared.messaging;

import io.vertx.core.Future;
import java.util.List;

/**
 * Handles what one poll brought, in order. When the future succeeds the offsets are committed; when it fails the same
 * batch is handed over again after a while, for as long as it takes. A record that can never be handled is given to
 * {@link DeadLetters} by the handler, which then goes on.
 */
@FunctionalInterface
public interface BatchHandler {

    Future<Void> handle(List<Received> batch);
}
