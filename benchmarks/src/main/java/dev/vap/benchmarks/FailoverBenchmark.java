package dev.vap.benchmarks;

import dev.vap.testing.Await;
import dev.vap.testing.ServiceProcess;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Kills a runner again and again ({@code kill -9}) and measures, for each scenario it had, the time from the kill to the next
 * stored prediction, by the database's clock. The runners decode a clip in a loop, at its own speed; the detector is {@code mock},
 * so that what is measured is the failover and not a model.
 */
public final class FailoverBenchmark {

    private static final int SCENARIOS = 8;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final HttpClient http = HttpClient.newHttpClient();
    private final Installation installation;
    private final Connection database;

    private FailoverBenchmark(Installation installation, Connection database) {
        this.installation = installation;
        this.database = database;
    }

    /**
     * @param args the project's root, a directory for data, a clip, and how many kills
     */
    public static void main(String[] args) throws Exception {
        if (args.length != 4) {
            System.err.println("FailoverBenchmark ROOT DATA CLIP KILLS");
            System.exit(2);
        }
        Path root = Path.of(args[0]).toAbsolutePath();
        Path data = Files.createDirectories(Path.of(args[1]));
        Path clip = Path.of(args[2]).toAbsolutePath();
        int kills = Integer.parseInt(args[3]);
        Map<String, String> settings =
                Map.of("MEDIA_ROOT", clip.getParent().toString(), "MAX_WORKERS", String.valueOf(SCENARIOS));
        try (Installation installation = new Installation(root, data, settings);
                Connection database = installation.database()) {
            new FailoverBenchmark(installation, database).run(clip.getFileName().toString(), kills);
        }
        System.exit(0);
    }

    private void run(String clip, int kills) throws Exception {
        installation.start("api", "api", Map.of(), "-Xmx256m");
        installation.start("orchestrator", "orchestrator", Map.of(), "-Xmx256m");
        installation.start("inference", "inference", Map.of(), "-Xmx256m");
        List<ServiceProcess> runners = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            runners.add(runner(i));
        }
        for (int i = 0; i < SCENARIOS; i++) {
            create(clip);
        }
        List<Double> all = new ArrayList<>();
        List<Double> worst = new ArrayList<>();
        for (int kill = 0; kill < kills; kill++) {
            int victim = kill % runners.size();
            awaitFlowing();
            List<Double> gaps = killAndMeasure(runners.get(victim), "runner-" + victim);
            all.addAll(gaps);
            gaps.stream().max(Double::compare).ifPresent(worst::add);
            runners.set(victim, runner(victim));
        }
        System.out.println();
        System.out.println(Figures.row("kill -9 of a runner → next stored prediction", "n", "p50 s", "p95 s", "max s"));
        System.out.println("|---".repeat(5) + "|");
        print("each scenario", all);
        print("the slowest of each kill", worst);
    }

    private static void print(String what, List<Double> values) {
        System.out.println(Figures.row(
                what,
                values.size(),
                Figures.number(Figures.percentile(values, 0.5), 2),
                Figures.number(Figures.percentile(values, 0.95), 2),
                Figures.number(Figures.percentile(values, 1), 2)));
    }

    private ServiceProcess runner(int index) throws Exception {
        String id = "runner-" + index;
        return installation.start("runner", id, Map.of("RUNNER_ID", id), "-Xmx256m", "-XX:TieredStopAtLevel=1");
    }

    private void create(String clip) throws Exception {
        JsonObject body = new JsonObject()
                .put("camera_url", clip)
                .put("model", "mock")
                .put("options", new JsonObject().put("loop", true).put("realtime", true));
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create(installation.api() + "/api/v1/scenario/init"))
                        .header("Content-Type", "application/json")
                        .timeout(Duration.ofSeconds(10))
                        .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 201) {
            throw new IllegalStateException(answer.body());
        }
    }

    /** Every scenario is active and has stored something in the last half second. */
    private void awaitFlowing() {
        Await.value(
                "all scenarios flow",
                PATIENCE,
                () -> number("SELECT count(*) FROM scenarios s WHERE s.status = 'active' AND EXISTS (SELECT 1"
                        + " FROM scenario_results r WHERE r.scenario_uuid = s.scenario_uuid AND r.epoch = s.epoch"
                        + " AND r.stored_at > clock_timestamp() - interval '500 milliseconds')"),
                n -> n == SCENARIOS);
    }

    private List<Double> killAndMeasure(ServiceProcess victim, String runnerId) throws Exception {
        List<String> had = new ArrayList<>();
        try (PreparedStatement query = database.prepareStatement(
                "SELECT scenario_uuid::text, epoch FROM workers WHERE runner_id = ? AND status = 'running'")) {
            query.setString(1, runnerId);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    had.add(rows.getString(1) + " " + rows.getLong(2));
                }
            }
        }
        victim.kill();
        double killedAt = real("SELECT extract(epoch FROM clock_timestamp())::float8");
        List<Double> gaps = new ArrayList<>();
        for (String scenario : had) {
            String[] parts = scenario.split(" ", -1);
            String next = "SELECT extract(epoch FROM min(stored_at))::float8 FROM scenario_results"
                    + " WHERE scenario_uuid = '" + parts[0] + "' AND epoch > " + parts[1];
            double at = Await.value("next prediction of " + parts[0], PATIENCE, () -> real(next), t -> t > 0);
            gaps.add(at - killedAt);
        }
        System.err.printf(
                "%s killed with %d scenarios: %s%n",
                runnerId,
                had.size(),
                gaps.stream().map(g -> Figures.number(g, 2)).toList());
        return gaps;
    }

    private long number(String sql) throws SQLException {
        return (long) real(sql);
    }

    private double real(String sql) throws SQLException {
        try (PreparedStatement statement = database.prepareStatement(sql);
                ResultSet rows = statement.executeQuery()) {
            rows.next();
            return rows.getDouble(1);
        }
    }
}
