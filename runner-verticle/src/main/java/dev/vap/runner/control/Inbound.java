package dev.vap.runner.control;

import dev.vap.runner.time.Timers;
import dev.vap.shared.messaging.Received;
import dev.vap.shared.protocol.AssignedSet;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.MessageFormatException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.json.JsonObject;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Commands as they come in, from Kafka and from the event bus; what can't be read is counted and told, then left. */
public final class Inbound {

    private static final Logger LOG = LoggerFactory.getLogger(Inbound.class);

    private final String runnerId;
    private final Assignments assignments;
    private final Counter unreadable;
    private final QuietLog quiet;

    public Inbound(String runnerId, Assignments assignments, MeterRegistry registry, Timers timers) {
        this.runnerId = runnerId;
        this.assignments = assignments;
        this.unreadable = Counter.builder("vap_commands_unreadable")
                .description("commands to this runner that could not be read")
                .register(registry);
        this.quiet = new QuietLog(LOG, timers);
    }

    /** A record of the topic of commands; those of other runners are passed over without being read. */
    public void command(Received record) {
        if (!runnerId.equals(record.key())) {
            return;
        }
        try {
            assignments.accept(DeployCommand.parse(record.value()));
        } catch (MessageFormatException | ClassCastException e) {
            reject("command " + record.topic() + "/" + record.partition() + "@" + record.offset(), e);
        }
    }

    /** The assigned set, as JSON. */
    public void assigned(JsonObject body) {
        try {
            assignments.reconcile(AssignedSet.fromJson(body));
        } catch (MessageFormatException | ClassCastException | NullPointerException e) {
            reject("assigned set", e);
        }
    }

    private void reject(String what, RuntimeException e) {
        unreadable.increment();
        quiet.warn(what + " can't be read: " + e.getMessage());
    }
}
