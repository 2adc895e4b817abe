package dev.vap.standalone.command;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** A scenario, line by line; what the API leaves out or has null for is left out. */
final class ScenarioWords {

    private static final int WIDTH = 14;

    private final List<String> lines = new ArrayList<>();

    private ScenarioWords() {}

    static List<String> of(JsonObject scenario) {
        ScenarioWords words = new ScenarioWords();
        words.add("scenario", scenario.getValue("scenario_id"));
        words.add("uuid", scenario.getValue("scenario_uuid"));
        words.add("status", scenario.getValue("status"));
        words.add("reason", scenario.getValue("status_reason"));
        words.add("source", scenario.getValue("camera_url"));
        words.add("model", scenario.getValue("model"));
        JsonObject options = scenario.getJsonObject("options");
        if (options != null && !options.isEmpty()) {
            words.add("options", options.encode());
        }
        words.add("created", scenario.getValue("created_at"));
        words.add("updated", scenario.getValue("updated_at"));
        words.worker(scenario.getJsonObject("worker"));
        words.source(scenario.getJsonObject("source"));
        words.inference(scenario.getJsonObject("inference"));
        return words.lines;
    }

    private void worker(JsonObject worker) {
        if (worker == null) {
            return;
        }
        add("runner", worker.getValue("runner_id"));
        add("worker", worker.getValue("status"));
        add("worker reason", worker.getValue("reason"));
        add("detector", worker.getValue("detector"));
        Object done = worker.getValue("frames_done");
        Object total = worker.getValue("frames_total");
        add("frames", done != null && total != null ? done + " of " + total : done);
        if (worker.getLong("frames_gated", 0L) > 0) {
            add("without motion", worker.getValue("frames_gated"));
        }
        add("frames/s", worker.getValue("fps"));
        if (worker.getLong("last_frame", -1L) >= 0) {
            add("last frame", worker.getValue("last_frame"));
        }
    }

    private void source(JsonObject source) {
        if (source == null) {
            return;
        }
        add("stream", source.getValue("state"));
        add("stream reason", source.getValue("reason"));
        add("fault", source.getValue("fault"));
        if (source.getInteger("attempts", 0) > 0) {
            add("attempts", source.getValue("attempts"));
        }
        Long retry = source.getLong("retry_ms");
        add("next attempt", retry == null ? null : "in " + (retry + 999) / 1000 + " s");
        add("codec", source.getValue("codec"));
        add("decoded by", source.getValue("hwaccel"));
        add("clock", source.getValue("clock"));
        Object age = source.getValue("frame_age_ms");
        add("frame age", age == null ? null : age + " ms");
        JsonObject dropped = source.getJsonObject("dropped");
        if (dropped != null) {
            dropped.forEach(cause ->
                    add("skipped", cause.getValue() + ": " + cause.getKey().replace('_', ' ')));
        }
    }

    private void inference(JsonObject inference) {
        if (inference == null) {
            return;
        }
        add("analysed by", inference.getValue("node"));
        add("breaker", inference.getValue("state"));
        add("because", inference.getValue("reason"));
        if (inference.getBoolean("busy", false)) {
            add("inference", "busy");
        }
    }

    private void add(String name, Object value) {
        if (value != null) {
            String text = value.toString().replaceAll("\\p{Cntrl}", "?");
            lines.add(name + " ".repeat(Math.max(1, WIDTH - name.length())) + text);
        }
    }
}
