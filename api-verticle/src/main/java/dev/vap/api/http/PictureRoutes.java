package dev.vap.api.http;

import dev.vap.api.live.PreviewPart;
import dev.vap.api.live.Previews;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.ScenarioRef;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.storage.Scenarios;
import io.vertx.core.Future;

/** What a scenario's camera or file shows. */
final class PictureRoutes {

    private final Scenarios scenarios;
    private final Previews previews;

    PictureRoutes(ApiServer.Parts parts) {
        this.scenarios = parts.scenarios();
        this.previews = parts.previews();
    }

    void mount(RouteTable routes) {
        // Both have deadlines of their own.
        routes.operation("showSnapshot", RouteTable.NO_DEADLINE, this::snapshot);
        routes.operation("streamPreview", RouteTable.NO_DEADLINE, this::preview);
    }

    private Future<Reply> snapshot(Call call) {
        return running(call.ref()).compose(previews::next).map(PictureRoutes::picture);
    }

    private static Reply picture(PreviewPart picture) {
        // As small as it gets.
        return new Reply(200, "image/jpeg", picture.jpeg(), picture.headers()).with("Content-Encoding", "identity");
    }

    private Future<Reply> preview(Call call) {
        if (call.isHead()) {
            return running(call.ref()).map(scenario -> Reply.head(Previews.STREAM_TYPE));
        }
        return running(call.ref())
                .compose(scenario -> previews.stream(call.request(), scenario))
                .map(begun -> Reply.TAKEN);
    }

    private Future<Scenario> running(ScenarioRef ref) {
        return scenarios.get(ref).map(scenario -> {
            if (!scenario.status().isStartingOrRunning()) {
                throw new VapException(
                        ErrorCode.NOT_RUNNING,
                        "Scenario " + scenario.id() + " is " + scenario.status().wire()
                                + ", so there are no pictures of it: start it first.");
            }
            return scenario;
        });
    }
}
