package dev.vap.standalone.command;

import dev.vap.standalone.terminal.Table;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The cluster as tables; read leniently, so that an older client understands a newer API. */
final class ClusterWords {

    private ClusterWords() {}

    /** Never empty. */
    static List<String> of(JsonObject cluster) {
        List<String> lines = new ArrayList<>();
        boolean local = "local".equals(cluster.getString("mode"));
        lines.add((local ? "everything in one process" : "cluster " + shown(cluster.getString("cluster")))
                + ", message version " + cluster.getValue("protocol"));
        add(lines, members(cluster));
        add(lines, roles(cluster));
        add(lines, runners(cluster));
        add(lines, sessions(cluster));
        lines.add("");
        lines.add(scenarios(cluster));
        return lines;
    }

    private static void add(List<String> lines, List<String> table) {
        // A table without rows says nothing.
        if (table.size() > 1) {
            lines.add("");
            lines.addAll(table);
        }
    }

    private static List<String> members(JsonObject cluster) {
        Table table = new Table("MEMBER", "ADDRESS", "VERSION", "MESSAGES", "STARTED");
        for (JsonObject member : objects(cluster, "members")) {
            table.row(
                    member.getValue("name"),
                    member.getValue("address"),
                    member.getValue("version"),
                    member.getValue("protocol"),
                    member.getValue("started_at"));
        }
        return table.lines();
    }

    private static List<String> roles(JsonObject cluster) {
        Table table = new Table("ROLE", "HOLDER");
        objects(cluster, "roles").forEach(role -> table.row(role.getValue("role"), role.getValue("holder")));
        return table.lines();
    }

    private static List<String> runners(JsonObject cluster) {
        Table table = new Table("RUNNER", "STATUS", "LOAD", "LEASE", "SESSIONS", "PROCESS", "VERSION");
        for (JsonObject runner : objects(cluster, "runners")) {
            table.row(
                    runner.getValue("runner_id"),
                    runner.getValue("status"),
                    runner.getValue("load") + "/" + runner.getValue("capacity"),
                    seconds(runner.getValue("lease_ms")),
                    counts(runner.getJsonObject("sessions")),
                    runner.getValue("host") + ":" + runner.getValue("pid"),
                    runner.getValue("version"));
        }
        return table.lines();
    }

    private static List<String> sessions(JsonObject cluster) {
        Table table = new Table("SCENARIO", "RUNNER", "EPOCH", "STATE", "LAST FRAME", "FRAMES/S", "SOURCE");
        for (JsonObject runner : objects(cluster, "runners")) {
            for (JsonObject session : objects(runner, "session_list")) {
                table.row(
                        session.getValue("scenario_uuid"),
                        runner.getValue("runner_id"),
                        session.getValue("epoch"),
                        session.getValue("state"),
                        session.getLong("last_frame", -1L) < 0 ? null : session.getValue("last_frame"),
                        session.getValue("fps"),
                        session.getValue("source"));
            }
        }
        return table.lines();
    }

    private static String scenarios(JsonObject cluster) {
        String counts = counts(cluster.getJsonObject("scenarios"));
        Object waiting = cluster.getValue("waiting");
        JsonObject outbox = cluster.getJsonObject("outbox", new JsonObject());
        long backlog = outbox.getLong("backlog", 0L);
        return "scenarios: " + (counts == null ? "none" : counts)
                + (waiting instanceof Number n && n.longValue() > 0 ? "; " + n + " without a runner" : "")
                + "; outbox: "
                + (backlog == 0
                        ? "empty"
                        : backlog + " waiting, the oldest for " + seconds(outbox.getValue("oldest_ms")));
    }

    /** Those that are not zero; null if there are none. */
    private static String counts(JsonObject counts) {
        if (counts == null) {
            return null;
        }
        String text = counts.getMap().entrySet().stream()
                .filter(entry -> entry.getValue() instanceof Number n && n.longValue() > 0)
                .map((Map.Entry<String, Object> entry) -> entry.getValue() + " " + shown(entry.getKey()))
                .collect(Collectors.joining(", "));
        return text.isEmpty() ? null : text;
    }

    private static String seconds(Object millis) {
        return millis instanceof Number n ? String.format(Locale.ROOT, "%.1f s", n.doubleValue() / 1000) : null;
    }

    private static String shown(String text) {
        return String.valueOf(text).replaceAll("\\p{Cntrl}", "?");
    }

    private static List<JsonObject> objects(JsonObject in, String name) {
        JsonArray array = in.getJsonArray(name);
        return array == null
                ? List.of()
                : array.stream()
                        .filter(JsonObject.class::isInstance)
                        .map(JsonObject.class::cast)
                        .toList();
    }
}
