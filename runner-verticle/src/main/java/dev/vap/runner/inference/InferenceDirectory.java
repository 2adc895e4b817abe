package dev.vap.runner.inference;

import dev.vap.runner.time.Timers;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.InferenceAnnouncement;
import dev.vap.shared.protocol.MessageFormatException;
import io.vertx.core.Future;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The inference processes that are heard of, nearest first. Whoever is silent for
 * {@link InferenceAnnouncement#EXPIRES_MILLIS} is forgotten, at the latest {@link #LOOK} later. Confined to the context on
 * which it is started.
 */
public final class InferenceDirectory {

    private static final Logger LOG = LoggerFactory.getLogger(InferenceDirectory.class);

    /** More than any cluster has; whoever announces himself after them is not used. */
    private static final int MAX_NODES = 1_000;

    static final Duration LOOK = Duration.ofMillis(500);

    private final EventBus bus;
    private final Timers timers;
    private final String process;
    private final String host;
    private final Map<String, InferenceNode> byName = new HashMap<>();
    private List<InferenceNode> nodes = List.of();
    private Runnable onChange = () -> {};
    private MessageConsumer<JsonObject> consumer;
    private Timers.Timer looking;

    /**
     * @param process the Vert.x instance of this runner, as inference processes name theirs
     * @param host likewise
     */
    public InferenceDirectory(EventBus bus, Timers timers, String process, String host) {
        this.bus = bus;
        this.timers = timers;
        this.process = process;
        this.host = host;
    }

    /** To be called on the runner's context. */
    public Future<Void> start() {
        consumer = bus.consumer(Addresses.INFERENCE_NODES, message -> heard(message.body()));
        lookOn();
        return consumer.completion();
    }

    private void lookOn() {
        looking = timers.after(LOOK, () -> {
            forget(timers.nanos());
            lookOn();
        });
    }

    public Future<Void> close() {
        if (looking != null) {
            looking.cancel();
        }
        return consumer == null ? Future.succeededFuture() : consumer.unregister();
    }

    /** Called whenever somebody was heard of or forgotten. */
    void onChange(Runnable action) {
        onChange = action;
    }

    void heard(JsonObject body) {
        InferenceAnnouncement announcement;
        try {
            announcement = InferenceAnnouncement.fromJson(body);
        } catch (MessageFormatException e) {
            LOG.debug("unreadable announcement of an inference process", e);
            return;
        }
        long now = timers.nanos();
        InferenceNode known = byName.get(announcement.node());
        if (known != null) {
            known.heard(announcement, now);
        } else if (byName.size() < MAX_NODES) {
            InferenceNode node = new InferenceNode(announcement, Rank.of(announcement, process, host), now);
            byName.put(announcement.node(), node);
            LOG.info("inference process {} on {} is heard of", announcement.node(), announcement.host());
            sort();
        }
        onChange.run();
    }

    private void forget(long now) {
        List<InferenceNode> gone =
                byName.values().stream().filter(node -> node.isGone(now)).toList();
        if (gone.isEmpty()) {
            return;
        }
        for (InferenceNode node : gone) {
            LOG.info("inference process {} is not heard of any more", node.name);
            byName.remove(node.name);
        }
        sort();
        onChange.run();
        // Now that nobody is sent to it any more.
        gone.forEach(InferenceNode::giveUp);
    }

    private void sort() {
        List<InferenceNode> sorted = new ArrayList<>(byName.values());
        sorted.sort(Comparator.<InferenceNode, Rank>comparing(n -> n.rank).thenComparing(n -> n.name));
        nodes = List.copyOf(sorted);
    }

    /** Nearest first; those that were silent for too long only just now may be among them. */
    List<InferenceNode> nodes() {
        return nodes;
    }
}
