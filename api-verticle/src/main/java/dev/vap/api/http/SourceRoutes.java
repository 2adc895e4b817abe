package dev.vap.api.http;

import dev.vap.api.live.RunnerQueries;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.SourceUrl;
import dev.vap.shared.protocol.DiscoverRequest;
import dev.vap.shared.protocol.ProbeReport;
import dev.vap.shared.protocol.ProbeRequest;
import io.vertx.core.Future;
import java.time.Duration;

/** Looking at a source without a scenario, and for devices on the network. */
final class SourceRoutes {

    static final Duration PROBE = Duration.ofSeconds(10);
    private static final Duration SHORTEST = Duration.ofMillis(500);
    private static final Duration LONGEST_PROBE = Duration.ofSeconds(30);
    private static final Duration WAIT = Duration.ofSeconds(3);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(15);
    /** The questions have deadlines of their own. */
    static final Duration DEADLINE = Duration.ofSeconds(50);

    private final SourceIntake sources;
    private final RunnerQueries runners;

    SourceRoutes(ApiServer.Parts parts) {
        this.sources = parts.sources();
        this.runners = parts.runnerQueries();
    }

    void mount(RouteTable routes) {
        routes.operation("probeSource", DEADLINE, this::probe);
        routes.operation("discoverOnvif", DEADLINE, this::discover);
    }

    private Future<Reply> probe(Call call) {
        return call.body()
                .compose(body -> {
                    SourceUrl source = SourceUrl.parse(body.getString("camera_url"));
                    ScenarioOptions options = CreateRequest.options(body);
                    Duration timeout =
                            Fields.duration("timeout", body.getString("timeout"), PROBE, SHORTEST, LONGEST_PROBE);
                    boolean picture = Boolean.TRUE.equals(body.getBoolean("picture"));
                    return sources.accept(source)
                            .compose(url -> runners.probe(new ProbeRequest(url, options, timeout.toMillis(), picture)));
                })
                .map(report -> Reply.ok(report.toJson()));
    }

    private Future<Reply> discover(Call call) {
        Duration wait =
                Fields.duration("wait", call.parameters().text("wait").orElse(null), WAIT, SHORTEST, LONGEST_WAIT);
        return runners.discover(new DiscoverRequest(wait.toMillis())).map(report -> Reply.ok(report.toJson()));
    }

    /** Fails with {@link SourceUnusable} if the runner can't use it. */
    static Future<String> usable(RunnerQueries runners, String url, ScenarioOptions options) {
        return runners.probe(new ProbeRequest(url, options, PROBE.toMillis())).map(report -> {
            if (!report.ok()) {
                throw new SourceUnusable(report.fault(), sentence(report));
            }
            return url;
        });
    }

    private static String sentence(ProbeReport report) {
        return report.reason() == null ? "The source can't be used." : report.reason();
    }
}
