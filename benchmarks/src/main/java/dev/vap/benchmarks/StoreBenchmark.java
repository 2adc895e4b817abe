package dev.vap.benchmarks;

import dev.vap.shared.config.Settings;
import dev.vap.shared.domain.BoundingBox;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.protocol.ResultMessage;
import dev.vap.shared.protocol.Topics;
import dev.vap.shared.storage.Database;
import dev.vap.shared.storage.Ids;
import dev.vap.shared.storage.Outbox;
import dev.vap.shared.storage.Results;
import dev.vap.shared.storage.Scenarios;
import dev.vap.testing.TestServers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Stores results as the API's inbox does, in batches of a thousand, and prints rows per second: from few scenarios, whose batches
 * hold many frames of each, to as many as there are rows in a batch.
 */
public final class StoreBenchmark {

    private static final int BATCH = 1_000;
    private static final int AT_ONCE = 2;
    private static final String[] CLASSES = {"person", "car", "bicycle"};

    private StoreBenchmark() {}

    /**
     * @param args seconds per line, and numbers of scenarios: {@code 5 8,100,1000}
     */
    public static void main(String[] args) throws Exception {
        Vertx vertx = Vertx.vertx();
        Database database = Database.open(
                vertx, Settings.of(Map.of("DATABASE_URL", TestServers.get().newDatabase())));
        database.prepare().await(60, TimeUnit.SECONDS);
        Scenarios scenarios = new Scenarios(database, new Outbox(database, new Topics("")));
        Results results = new Results(database);
        System.out.println(Figures.row("scenarios", "rows/s", "CPU µs a row, JVM", "PostgreSQL"));
        System.out.println("|---|---|---|---|");
        for (String size : args[1].split(",", -1)) {
            List<UUID> uuids = new ArrayList<>();
            for (int i = 0; i < Integer.parseInt(size); i++) {
                UUID uuid = Ids.next();
                scenarios
                        .create(uuid, "rtsp://h/" + i, "mock", ScenarioOptions.DEFAULTS)
                        .await(10, TimeUnit.SECONDS);
                uuids.add(uuid);
            }
            store(results, uuids, 2, 0);
            long seconds = Long.parseLong(args[0]);
            double jvm = Machine.ownCpuSeconds();
            double postgres = Machine.postgresCpuSeconds();
            long rows = store(results, uuids, seconds, 1);
            System.out.println(Figures.row(
                    size,
                    Figures.number(rows / (double) seconds, 0),
                    Figures.number(1e6 * (Machine.ownCpuSeconds() - jvm) / rows, 1),
                    Figures.number(1e6 * (Machine.postgresCpuSeconds() - postgres) / rows, 1)));
        }
        System.exit(0);
    }

    /** Half of the scenarios from each of two consumers, as two partitions of Kafka would bring them. */
    private static long store(Results results, List<UUID> uuids, long seconds, int round) throws Exception {
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        int half = Math.max(1, uuids.size() / AT_ONCE);
        List<Thread> threads = new ArrayList<>();
        long[] rows = new long[AT_ONCE];
        for (int t = 0; t < AT_ONCE; t++) {
            int n = t;
            List<UUID> own = uuids.subList(
                    Math.min(t * half, uuids.size() - half), Math.min(t * half, uuids.size() - half) + half);
            Thread thread = new Thread(() -> {
                long frame = 10_000_000L * round;
                while (System.nanoTime() < end) {
                    List<ResultMessage> batch = new ArrayList<>(BATCH);
                    while (batch.size() < BATCH) {
                        frame++;
                        for (int i = 0; i < own.size() && batch.size() < BATCH; i++) {
                            batch.add(result(own.get(i), frame));
                        }
                    }
                    Future<Results.Outcome> stored = results.store(batch);
                    try {
                        rows[n] += stored.await(60, TimeUnit.SECONDS).stored();
                    } catch (java.util.concurrent.TimeoutException e) {
                        throw new IllegalStateException(e);
                    }
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        long sum = 0;
        for (long n : rows) {
            sum += n;
        }
        return sum;
    }

    private static ResultMessage result(UUID scenario, long frame) {
        List<Detection> detections = new ArrayList<>(4);
        for (int i = 0; i < 4; i++) {
            detections.add(new Detection(
                    CLASSES[(int) ((frame + i) % CLASSES.length)], i, 0.8f, new BoundingBox(10 + i, 20, 110 + i, 220)));
        }
        return new ResultMessage(
                UUID.randomUUID(),
                scenario,
                1,
                frame,
                Instant.now(),
                20,
                frame * 66,
                1920,
                1080,
                "yolox_nano",
                "onnx",
                12.5,
                detections,
                false);
    }
}
