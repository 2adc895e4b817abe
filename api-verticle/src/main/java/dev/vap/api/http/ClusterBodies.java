package dev.vap.api.http;

import dev.vap.api.live.LiveStatus;
import dev.vap.shared.messaging.TopicStates;
import dev.vap.shared.protocol.InferenceAnnouncement;
import dev.vap.shared.protocol.Protocol;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.runtime.ClusterView;
import dev.vap.shared.runtime.Node;
import dev.vap.shared.storage.ClusterState;
import dev.vap.shared.storage.Runners;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What the answer about the cluster looks like. */
final class ClusterBodies {

    private static final int MAX_SESSIONS = 100;

    private ClusterBodies() {}

    static JsonArray members(List<ClusterView.Member> members) {
        JsonArray array = new JsonArray();
        for (ClusterView.Member member : members) {
            Node node = member.node();
            array.add(new JsonObject()
                    .put("name", node.name())
                    .put("service", node.service())
                    .put("host", node.host())
                    .put("pid", node.pid())
                    .put("address", member.address())
                    .put("version", node.version())
                    .put("protocol", node.protocol())
                    .put("started_at", node.startedAt().toString()));
        }
        return array;
    }

    static JsonArray roles(List<ClusterState.Role> roles) {
        JsonArray array = new JsonArray();
        roles.forEach(
                role -> array.add(new JsonObject().put("role", role.name()).put("holder", role.holder())));
        return array;
    }

    /**
     * @param live sessions by runner
     * @param withSessions whether to list the first of them as well
     */
    static JsonArray runners(
            List<Runners.Runner> runners, Map<String, List<LiveStatus.Session>> live, boolean withSessions) {
        JsonArray array = new JsonArray();
        for (Runners.Runner runner : runners) {
            List<LiveStatus.Session> sessions = live.getOrDefault(runner.runnerId(), List.of());
            JsonObject json = new JsonObject()
                    .put("runner_id", runner.runnerId())
                    .put("host", runner.host())
                    .put("pid", runner.pid())
                    .put("version", runner.version())
                    .put("status", status(runner))
                    .put("capacity", runner.capacity())
                    .put("load", runner.load())
                    .put("lease_ms", runner.alive() ? runner.leaseMillis() : null)
                    .put("sessions", counts(sessions));
            array.add(withSessions ? json.put("session_list", list(sessions)) : json);
        }
        return array;
    }

    static String status(Runners.Runner runner) {
        if (runner.released()) {
            return "stopped";
        }
        if (!runner.alive()) {
            return "lost";
        }
        if (runner.draining()) {
            return "draining";
        }
        return runner.protocol() < Protocol.VERSION ? "outdated" : "up";
    }

    static JsonObject scenarios(ClusterState.Load load) {
        JsonObject json = new JsonObject();
        load.byStatus().forEach((status, count) -> json.put(status.wire(), count));
        return json;
    }

    static JsonObject outbox(ClusterState.OutboxState outbox) {
        return new JsonObject()
                .put("backlog", outbox.backlog())
                .put("oldest_ms", outbox.oldestMillis() < 0 ? null : outbox.oldestMillis());
    }

    /** Null if Kafka did not answer. */
    static JsonArray topics(List<TopicStates.Topic> topics) {
        if (topics == null) {
            return null;
        }
        JsonArray array = new JsonArray();
        for (TopicStates.Topic topic : topics) {
            JsonArray groups = new JsonArray();
            topic.groups()
                    .forEach(group -> groups.add(
                            new JsonObject().put("group", group.name()).put("lag", group.lag())));
            array.add(new JsonObject()
                    .put("topic", topic.name())
                    .put("partitions", topic.partitions())
                    .put("messages", topic.messages())
                    .put("groups", groups));
        }
        return array;
    }

    static JsonArray inference(List<InferenceAnnouncement> nodes) {
        JsonArray array = new JsonArray();
        for (InferenceAnnouncement node : nodes) {
            JsonArray models = new JsonArray();
            node.models().forEach(load -> models.add(load.model()));
            array.add(new JsonObject()
                    .put("node", node.node())
                    .put("models", models)
                    .put(
                            "queued",
                            node.models().stream()
                                    .mapToInt(InferenceAnnouncement.Load::queued)
                                    .sum()));
        }
        return array;
    }

    /** Of all sessions together, by cause. */
    static JsonObject dropped(Collection<List<LiveStatus.Session>> byRunner) {
        Map<String, Long> sums = new TreeMap<>();
        byRunner.forEach(sessions -> sessions.forEach(session ->
                session.report().dropped().forEach((cause, n) -> sums.merge(cause, n.longValue(), Long::sum))));
        JsonObject json = new JsonObject();
        sums.forEach(json::put);
        return json;
    }

    private static JsonObject counts(List<LiveStatus.Session> sessions) {
        Map<String, Integer> counts = new TreeMap<>();
        sessions.forEach(session -> counts.merge(state(session.report()), 1, Integer::sum));
        JsonObject json = new JsonObject();
        counts.forEach(json::put);
        return json;
    }

    /** The scenarios created first come first. */
    private static JsonArray list(List<LiveStatus.Session> sessions) {
        JsonArray array = new JsonArray();
        sessions.stream()
                .map(LiveStatus.Session::report)
                .sorted(Comparator.comparing(report -> report.scenario().toString()))
                .limit(MAX_SESSIONS)
                .forEach(report -> array.add(new JsonObject()
                        .put("scenario_uuid", report.scenario().toString())
                        .put("epoch", report.epoch())
                        .put("state", state(report))
                        .put("last_frame", report.lastFrame())
                        .put("fps", report.fps())
                        .put("source", report.source().state())));
        return array;
    }

    private static String state(SessionReport report) {
        return report.state().name().toLowerCase(Locale.ROOT);
    }
}
