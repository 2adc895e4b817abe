package dev.vap.api.inbox;

import dev.vap.shared.messaging.BatchHandler;
import dev.vap.shared.messaging.DeadLetters;
import dev.vap.shared.messaging.Received;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.StatusChanged;
import io.vertx.core.Future;
import io.vertx.core.eventbus.EventBus;
import java.util.List;

/** Carries status changes from Kafka to the event bus, where streams and browsers listen. */
final class StatusInbox implements BatchHandler {

    private final DeadLetters deadLetters;
    private final EventBus bus;

    StatusInbox(DeadLetters deadLetters, EventBus bus) {
        this.deadLetters = deadLetters;
        this.bus = bus;
    }

    @Override
    public Future<Void> handle(List<Received> batch) {
        DeadLetters.Parsed<StatusChanged> parsed = deadLetters.parse(batch, StatusChanged::parse);
        parsed.messages().forEach(changed -> bus.publish(Addresses.SCENARIO_STATUS, changed.toLiveJson()));
        return parsed.buried();
    }
}
