package dev.vap.benchmarks;

import dev.vap.testing.ServiceProcess;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Creates thousands of scenarios over HTTP, as fast as the API takes them, on simulated runners, and measures until the last is
 * {@code active}: rate, latency by the history that the database keeps, CPU, memory and statements per scenario, and what it costs
 * to keep them. Each size gets an installation of its own.
 */
public final class ControlPlaneBenchmark {

    private static final int CONNECTIONS = 32;
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final int STEADY_SECONDS = 30;
    /** Marks the statements of the benchmark itself. */
    private static final String OWN = "/* benchmark */ ";

    private final Path root;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    private ControlPlaneBenchmark(Path root) {
        this.root = root;
    }

    /** The processes whose cost is looked at. */
    private record Fleet(ServiceProcess api, ServiceProcess orchestrator, List<ServiceProcess> runners) {}

    /** CPU seconds so far, and statements that PostgreSQL has carried out. */
    private record Meter(double api, double orchestrator, double runners, double postgres, long statements) {}

    /**
     * @param args the project's root, a directory for data, and sizes: {@code 1000,10000}
     */
    public static void main(String[] args) throws Exception {
        if (args.length != 3) {
            System.err.println("ControlPlaneBenchmark ROOT DATA 1000,10000");
            System.exit(2);
        }
        ControlPlaneBenchmark benchmark =
                new ControlPlaneBenchmark(Path.of(args[0]).toAbsolutePath());
        List<String> rows = new ArrayList<>();
        List<String> steady = new ArrayList<>();
        for (String size : args[2].split(",", -1)) {
            benchmark.run(Integer.parseInt(size), Files.createDirectories(Path.of(args[1], size)), rows, steady);
        }
        System.out.println();
        System.out.println(Figures.row(
                "scenarios",
                "accepted/s",
                "active/s",
                "create → active p50 s",
                "p99 s",
                "paced 50/s: p50 ms",
                "p99 ms",
                "CPU ms per scenario: orchestrator",
                "API",
                "runners",
                "PostgreSQL",
                "statements per scenario",
                "orchestrator MB"));
        System.out.println("|---".repeat(13) + "|");
        rows.forEach(System.out::println);
        System.out.println();
        System.out.println(Figures.row(
                "active scenarios",
                "orchestrator CPU, % of a core",
                "API",
                "runners",
                "PostgreSQL",
                "orchestrator MB"));
        System.out.println("|---".repeat(6) + "|");
        steady.forEach(System.out::println);
        System.exit(0);
    }

    private void run(int size, Path data, List<String> rows, List<String> steady) throws Exception {
        Map<String, String> settings =
                Map.of("SIMULATE", "true", "SIMULATE_FPS", "0.1", "MAX_WORKERS", String.valueOf(Math.max(size, 1_000)));
        try (Installation installation = new Installation(root, data, settings);
                Connection database = installation.database()) {
            Fleet fleet = new Fleet(
                    installation.start("api", "api", Map.of(), "-Xmx512m"),
                    installation.start("orchestrator", "orchestrator", Map.of(), "-Xmx512m"),
                    List.of(
                            installation.start("runner", "runner-1", Map.of("RUNNER_ID", "runner-1"), "-Xmx512m"),
                            installation.start("runner", "runner-2", Map.of("RUNNER_ID", "runner-2"), "-Xmx512m")));
            execute(database, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
            // One by one at first: latency without a queue, and the code is compiled when the burst comes.
            List<Double> paced = paced(installation.api(), database, 500);
            execute(database, "SELECT pg_stat_statements_reset()");
            long firstId = number(database, "SELECT coalesce(max(id), 0) FROM scenarios");
            Meter before = meter(fleet, database);
            long begin = System.nanoTime();
            create(installation.api(), size);
            double accepting = (System.nanoTime() - begin) / 1e9;
            awaitActive(database, firstId, size);
            Meter after = meter(fleet, database);
            rows.add(row(size, firstId, accepting, paced, before, after, fleet, database));
            steady.add(steady(size + paced.size(), fleet, database));
        }
    }

    private List<Double> paced(String api, Connection database, int count) throws Exception {
        long firstId = number(database, "SELECT coalesce(max(id), 0) FROM scenarios");
        long begin = System.nanoTime();
        for (int i = 0; i < count; i++) {
            long due = begin + i * 20_000_000L;
            while (System.nanoTime() < due) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            http.send(request(api, i), HttpResponse.BodyHandlers.ofString());
        }
        awaitActive(database, firstId, count);
        // The first half compiles the code.
        return latencies(database, firstId + count / 2).stream()
                .map(s -> s * 1_000)
                .toList();
    }

    private void create(String api, int size) throws Exception {
        Semaphore free = new Semaphore(CONNECTIONS);
        AtomicInteger refused = new AtomicInteger();
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            free.acquire();
            all.add(http.sendAsync(request(api, i), HttpResponse.BodyHandlers.ofString())
                    .thenAccept(answer -> {
                        if (answer.statusCode() != 201) {
                            refused.incrementAndGet();
                        }
                    })
                    .whenComplete((v, e) -> free.release()));
        }
        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).join();
        if (refused.get() > 0) {
            throw new IllegalStateException(refused.get() + " of " + size + " creates were refused");
        }
    }

    private static HttpRequest request(String api, int camera) {
        String body = "{\"camera_url\":\"rtsp://127.0.0.1:1/cam-" + camera + "\",\"model\":\"mock\"}";
        return HttpRequest.newBuilder(URI.create(api + "/api/v1/scenario/init"))
                .header("Content-Type", "application/json")
                .timeout(Duration.ofSeconds(30))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    /** Looks five times a second: more would be a part of what is measured. */
    private static void awaitActive(Connection database, long afterId, int count) throws SQLException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        String active = OWN + "SELECT count(*) FROM scenarios WHERE status = 'active' AND id > " + afterId;
        while (number(database, active) < count) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException(number(database, active) + " of " + count + " active in time");
            }
            LockSupport.parkNanos(200_000_000L);
        }
    }

    /** Seconds from the accepted create to {@code active}, by the database's clock. */
    private static List<Double> latencies(Connection database, long afterId) throws SQLException {
        List<Double> all = new ArrayList<>();
        try (Statement statement = database.createStatement();
                ResultSet rows = statement.executeQuery("SELECT extract(epoch FROM min(e.at) FILTER"
                        + " (WHERE e.to_status = 'active') - s.created_at)::float8 FROM scenarios s"
                        + " JOIN scenario_events e USING (scenario_uuid) WHERE s.id > " + afterId
                        + " GROUP BY s.scenario_uuid")) {
            while (rows.next()) {
                all.add(rows.getDouble(1));
            }
        }
        return all;
    }

    private static String row(
            int size,
            long firstId,
            double accepting,
            List<Double> paced,
            Meter before,
            Meter after,
            Fleet fleet,
            Connection database)
            throws SQLException {
        List<Double> latencies = latencies(database, firstId);
        double seconds = real(
                database,
                "SELECT extract(epoch FROM max(e.at) - min(s.created_at))::float8 FROM scenarios s"
                        + " JOIN scenario_events e USING (scenario_uuid) WHERE e.to_status = 'active' AND s.id > "
                        + firstId);
        return Figures.row(
                size,
                Figures.number(size / accepting, 0),
                Figures.number(size / seconds, 0),
                Figures.number(Figures.percentile(latencies, 0.5), 2),
                Figures.number(Figures.percentile(latencies, 0.99), 2),
                Figures.number(Figures.percentile(paced, 0.5), 0),
                Figures.number(Figures.percentile(paced, 0.99), 0),
                Figures.number(1_000 * (after.orchestrator() - before.orchestrator()) / size, 2),
                Figures.number(1_000 * (after.api() - before.api()) / size, 2),
                Figures.number(1_000 * (after.runners() - before.runners()) / size, 2),
                Figures.number(1_000 * (after.postgres() - before.postgres()) / size, 2),
                Figures.number((after.statements() - before.statements()) / (double) size, 2),
                fleet.orchestrator().residentMegabytes());
    }

    private static String steady(int active, Fleet fleet, Connection database) throws Exception {
        Meter before = meter(fleet, database);
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < STEADY_SECONDS * 1_000_000_000L) {
            LockSupport.parkNanos(STEADY_SECONDS * 1_000_000_000L);
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        Meter after = meter(fleet, database);
        return Figures.row(
                active,
                Figures.number(100 * (after.orchestrator() - before.orchestrator()) / seconds, 1),
                Figures.number(100 * (after.api() - before.api()) / seconds, 1),
                Figures.number(100 * (after.runners() - before.runners()) / seconds, 1),
                Figures.number(100 * (after.postgres() - before.postgres()) / seconds, 1),
                fleet.orchestrator().residentMegabytes());
    }

    private static Meter meter(Fleet fleet, Connection database) throws Exception {
        return new Meter(
                fleet.api().cpuSeconds(),
                fleet.orchestrator().cpuSeconds(),
                fleet.runners().stream().mapToDouble(ServiceProcess::cpuSeconds).sum(),
                Machine.postgresCpuSeconds(),
                number(
                        database,
                        OWN + "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements WHERE query NOT LIKE '"
                                + OWN + "%'"));
    }

    private static void execute(Connection database, String sql) throws SQLException {
        try (Statement statement = database.createStatement()) {
            statement.execute(sql);
        }
    }

    private static long number(Connection database, String sql) throws SQLException {
        return (long) real(database, sql);
    }

    private static double real(Connection database, String sql) throws SQLException {
        try (Statement statement = database.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getDouble(1);
        }
    }
}
