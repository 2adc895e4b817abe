package dev.vap.runner.session;

import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.protocol.SessionReport;
import io.vertx.core.Future;
import java.time.Duration;

/** A session as its runner sees it; confined to the runner's context. */
public interface RunningSession {

    /** To be called once. What goes wrong is told by {@link #ended()}. */
    void start();

    /**
     * From the next frame or two on these options count. They differ from the present ones only as
     * {@link ScenarioOptions#canBecome} says. Does nothing to a session that has ended.
     */
    void change(ScenarioOptions options);

    /** Ends the session, whatever it is doing; harmless when repeated, or when it has ended. */
    void stop(String reason);

    /**
     * Somebody watches: pictures of what it analyses are to be published for so long.
     *
     * @throws dev.vap.shared.domain.VapException if it has none
     */
    void watch(Duration ttl);

    /** The state that {@link #report} would have. */
    SessionReport.State state();

    /** How it stands now. */
    SessionReport report();

    /** Completes once everything native is freed. Never fails. */
    Future<SessionOutcome> ended();
}
