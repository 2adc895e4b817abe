package dev.vap.api.http;

import dev.vap.api.live.InferenceNodes;
import dev.vap.api.live.LiveStatus;
import dev.vap.shared.messaging.TopicStates;
import dev.vap.shared.protocol.Protocol;
import dev.vap.shared.runtime.ClusterView;
import dev.vap.shared.storage.ClusterState;
import dev.vap.shared.storage.Runners;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/** The cluster as a whole: who is in it, who does what, and how it is loaded. */
final class ClusterRoutes {

    private final ClusterView cluster;
    private final ClusterState state;
    private final Runners runners;
    private final LiveStatus live;
    private final TopicStates topics;
    private final InferenceNodes inference;
    private Future<Stored> asking;

    /** What the database says. */
    record Stored(
            List<ClusterState.Role> roles,
            List<Runners.Runner> runners,
            ClusterState.Load load,
            ClusterState.OutboxState outbox,
            List<TopicStates.Topic> topics) {}

    ClusterRoutes(ApiServer.Parts parts) {
        this.cluster = parts.cluster();
        this.state = parts.state();
        this.runners = parts.runners();
        this.live = parts.live();
        this.topics = parts.topics();
        this.inference = parts.inference();
    }

    void mount(RouteTable routes) {
        routes.operation("showCluster", this::cluster);
    }

    private Future<Reply> cluster(Call call) {
        boolean sessions = call.parameters().flag("sessions").orElse(false);
        return stored().map(stored -> Reply.ok(json(stored, sessions)));
    }

    private JsonObject json(Stored stored, boolean sessions) {
        Map<String, List<LiveStatus.Session>> running = live.byRunner();
        return new JsonObject()
                .put("mode", cluster.clustered() ? "clustered" : "local")
                .put("cluster", cluster.name())
                .put("protocol", Protocol.VERSION)
                .put("members", ClusterBodies.members(cluster.members()))
                .put("roles", ClusterBodies.roles(stored.roles()))
                .put("runners", ClusterBodies.runners(stored.runners(), running, sessions))
                .put("scenarios", ClusterBodies.scenarios(stored.load()))
                .put("waiting", stored.load().waiting())
                .put("outbox", ClusterBodies.outbox(stored.outbox()))
                .put("topics", ClusterBodies.topics(stored.topics()))
                .put("inference", ClusterBodies.inference(inference.all()))
                .put("dropped", ClusterBodies.dropped(running.values()));
    }

    /** One question at a time, however many watch: it reads all scenarios. */
    private Future<Stored> stored() {
        if (asking != null) {
            return asking;
        }
        Future<List<ClusterState.Role>> roles = state.roles();
        Future<List<Runners.Runner>> all = runners.all();
        Future<ClusterState.Load> load = state.load();
        Future<ClusterState.OutboxState> outbox = state.outbox();
        Future<List<TopicStates.Topic>> queues = topics.all();
        Future<Stored> answer = Future.all(roles, all, load, outbox, queues)
                .map(done -> new Stored(roles.result(), all.result(), load.result(), outbox.result(), queues.result()));
        asking = answer;
        answer.onComplete(done -> asking = null);
        return answer;
    }
}
