package dev.vap.api.http;

import dev.vap.api.live.LiveStatus;
import dev.vap.api.live.ResultJson;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.ScenarioStatus;
import dev.vap.shared.protocol.ModelInfo;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.storage.Results;
import dev.vap.shared.storage.Runners;
import dev.vap.shared.storage.Scenarios;
import dev.vap.shared.storage.Workers;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/** What answers look like. Credentials of a source are never in them. */
final class Bodies {

    private Bodies() {}

    /** Names a scenario and its status. */
    static JsonObject brief(Scenario s) {
        return brief(s.uuid(), s.id(), s.status());
    }

    static JsonObject brief(UUID uuid, long id, ScenarioStatus status) {
        return name(uuid, id).put("status", status.wire());
    }

    static JsonObject name(UUID uuid, long id) {
        return new JsonObject().put("scenario_uuid", uuid.toString()).put("scenario_id", id);
    }

    static JsonObject scenario(Scenario s, Optional<LiveStatus.Session> session) {
        Optional<SessionReport> report = session.map(LiveStatus.Session::report);
        return brief(s).put("name", s.name())
                .put("status_reason", s.statusReason())
                .put("camera_url", s.shownUrl())
                .put("model", s.model())
                .put("options", s.options().toJson())
                .put("version", s.version())
                .put("created_at", s.createdAt().toString())
                .put("updated_at", s.updatedAt().toString())
                .put("runner_id", session.map(LiveStatus.Session::runnerId).orElse(null))
                .put("fps", report.map(SessionReport::fps).orElse(null))
                .put("objects", report.map(SessionReport::objectsJson).orElse(null))
                .put("source", session.map(Bodies::source).orElse(null))
                .put("inference", session.map(Bodies::inference).orElse(null));
    }

    /** How the scenario's model is reached; null as long as no frame was sent. */
    private static JsonObject inference(LiveStatus.Session session) {
        SessionReport.InferenceReport inference = session.report().inference();
        return inference == null ? null : inference.toJson();
    }

    /** With the number of its labels, for those who do not want to count them. */
    static JsonObject model(ModelInfo model) {
        return model.toJson().put("label_count", model.labels().size());
    }

    /** What the store knows of a worker, and how far its session says it is if it was heard of lately. */
    static JsonObject worker(Workers.Worker w, Optional<LiveStatus.Session> session) {
        JsonObject json = new JsonObject()
                .put("worker_id", w.workerId().toString())
                .put("runner_id", w.runnerId())
                .put("epoch", w.epoch())
                .put("status", w.status().wire())
                .put("reason", w.reason())
                .put("attempt", w.attempt())
                .put("process_pid", w.pid())
                .put("start_frame", w.startFrame())
                .put("last_frame", w.lastFrame())
                .put("created_at", w.createdAt().toString())
                .put("updated_at", w.updatedAt().toString());
        session.map(LiveStatus.Session::report)
                .filter(report -> report.workerId().equals(w.workerId()))
                .ifPresent(report -> json.put("last_frame", Math.max(w.lastFrame(), report.lastFrame()))
                        .put("frames_done", report.framesDone())
                        .put("frames_total", report.framesTotal() < 0 ? null : report.framesTotal())
                        .put("frames_gated", report.gated())
                        .put("fps", report.fps())
                        .put("detector", report.detector()));
        return json;
    }

    private static JsonObject source(LiveStatus.Session session) {
        SessionReport report = session.report();
        SessionReport.SourceReport source = report.source();
        JsonObject dropped = new JsonObject();
        new TreeMap<>(report.dropped()).forEach(dropped::put);
        return new JsonObject()
                .put("state", source.state())
                .put("reason", source.reason())
                .put("fault", source.fault() == null ? null : source.fault().wire())
                .put("attempts", source.attempts())
                .put(
                        "retry_ms",
                        source.retryMillis() < 0 ? null : Math.max(0, source.retryMillis() - session.ageMillis()))
                .put("frame_age_ms", source.frameAgeMillis() < 0 ? null : source.frameAgeMillis() + session.ageMillis())
                .put("reported_ms", session.ageMillis())
                .put("codec", source.codec())
                .put("width", source.width())
                .put("height", source.height())
                .put("fps", source.sourceFps())
                .put("clock", source.clock())
                .put("hwaccel", source.hwaccel())
                .put("dropped", dropped);
    }

    static JsonObject event(Scenarios.Event e) {
        return new JsonObject()
                .put("from", e.from() == null ? null : e.from().wire())
                .put("to", e.to().wire())
                .put("actor", e.actor())
                .put("reason", e.reason())
                .put("epoch", e.epoch())
                .put("at", e.at().toString());
    }

    static JsonObject runner(Runners.Runner r) {
        return new JsonObject()
                .put("runner_id", r.runnerId())
                .put("host", r.host())
                .put("pid", r.pid())
                .put("capacity", r.capacity())
                .put("load", r.load())
                .put("draining", r.draining())
                .put("alive", r.alive());
    }

    /** Written as text, as {@link ResultJson} is. */
    static Buffer predictions(Scenario s, List<Results.Stored> results, String previous, String next) {
        StringBuilder out = new StringBuilder(200 + 400 * results.size());
        out.append("{\"scenario_uuid\":\"").append(s.uuid());
        out.append("\",\"status\":\"").append(s.status().wire());
        out.append("\",\"results\":[");
        String separator = "{";
        for (Results.Stored result : results) {
            out.append(separator);
            ResultJson.append(out, result);
            out.append('}');
            separator = ",{";
        }
        out.append("],\"previous\":").append(quoted(previous));
        out.append(",\"next\":").append(quoted(next));
        return Buffer.buffer(out.append('}').toString());
    }

    /** A cursor has no character that JSON would want escaped. */
    private static String quoted(String cursor) {
        return cursor == null ? "null" : '"' + cursor + '"';
    }
}
