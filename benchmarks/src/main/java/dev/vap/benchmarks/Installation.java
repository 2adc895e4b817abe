package dev.vap.benchmarks;

import dev.vap.embedded.KafkaOptions;
import dev.vap.embedded.LocalKafka;
import dev.vap.embedded.LocalPostgres;
import dev.vap.embedded.PostgresOptions;
import dev.vap.testing.Await;
import dev.vap.testing.Ports;
import dev.vap.testing.ServiceProcess;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * PostgreSQL and Kafka of this process's own, and services from their fat jars as processes in one cluster. Closing ends all
 * of them.
 */
final class Installation implements AutoCloseable {

    private static final Duration START = Duration.ofSeconds(90);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final Path root;
    private final Path data;
    private final LocalPostgres postgres;
    private final LocalKafka kafka;
    private final Map<String, String> environment = new HashMap<>();
    private final List<ServiceProcess> processes = new ArrayList<>();
    private final int httpPort = Ports.take();

    /**
     * @param root of the project, whose jars are built
     * @param data an empty directory
     */
    Installation(Path root, Path data, Map<String, String> settings) throws Exception {
        this.root = root;
        this.data = data;
        this.postgres = LocalPostgres.start(PostgresOptions.in(data.resolve("postgres"))
                .withSettings(
                        Map.of("shared_preload_libraries", "pg_stat_statements", "pg_stat_statements.max", "1000")));
        this.kafka = LocalKafka.start(KafkaOptions.in(data.resolve("kafka")));
        int cluster = Ports.take();
        environment.put("DATABASE_URL", postgres.databaseUrl());
        environment.put("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers());
        environment.put("CLUSTER_NAME", "benchmark-" + cluster);
        environment.put("CLUSTER_PORT", String.valueOf(cluster));
        environment.put("CLUSTER_MEMBERS", "127.0.0.1:" + cluster);
        environment.put("HTTP_PORT", String.valueOf(httpPort));
        environment.put("DATA_DIR", data.toString());
        environment.put("LOG_LEVEL", "warn");
        environment.put("QUARANTINE_AFTER", "1000000");
        environment.putAll(settings);
    }

    /** Returns once it is up. */
    ServiceProcess start(String service, String name, Map<String, String> different, String... jvm) throws IOException {
        ServiceProcess process = launch(service, name, different, jvm);
        awaitUp(process);
        return process;
    }

    ServiceProcess launch(String service, String name, Map<String, String> different, String... jvm)
            throws IOException {
        Path jar = root.resolve(service + "-verticle").resolve("target").resolve(service + "-fat.jar");
        if (!Files.isRegularFile(jar)) {
            throw new IOException(jar + " is missing: run `mvn package` first");
        }
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC"));
        command.addAll(List.of(jvm));
        command.addAll(List.of("-jar", jar.toString()));
        Map<String, String> all = new HashMap<>(environment);
        // "is up after" is a line of this level.
        all.put("LOG_LEVEL", "info");
        all.putAll(different);
        ServiceProcess process =
                ServiceProcess.start(name, command, all, data.resolve("logs").resolve(name + ".log"));
        processes.add(process);
        return process;
    }

    static void awaitUp(ServiceProcess process) {
        Await.until(process + " is up", START, () -> {
            if (!process.alive()) {
                throw new AssertionError(process.toString());
            }
            return process.printed("is up after");
        });
    }

    /**
     * Asks the API.
     *
     * @param body null for none
     * @throws IllegalStateException with its answer if the status is another one than expected
     */
    JsonObject call(String method, String path, JsonObject body, int expected) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(api() + path))
                .header("Content-Type", "application/json")
                .timeout(Duration.ofSeconds(20))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.encode()))
                .build();
        try {
            HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
            if (answer.statusCode() != expected) {
                throw new IllegalStateException(method + " " + path + ": " + answer.body());
            }
            return new JsonObject(answer.body());
        } catch (IOException e) {
            throw new IllegalStateException(method + " " + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    String api() {
        return "http://127.0.0.1:" + httpPort;
    }

    Connection database() throws SQLException {
        Connection connection = DriverManager.getConnection(jdbc(postgres.databaseUrl()));
        connection.setAutoCommit(true);
        return connection;
    }

    /** Another database of the same server, which must exist. */
    Connection database(String name) throws SQLException {
        Connection connection = DriverManager.getConnection(jdbc(databaseUrl(name)));
        connection.setAutoCommit(true);
        return connection;
    }

    String databaseUrl(String name) {
        return postgres.databaseUrl().replaceAll("/[^/]*$", "/" + name);
    }

    /** As JDBC wants it: the user is a parameter there. */
    private static String jdbc(String url) {
        String user = url.replaceAll("^postgresql://([^@:]+)@.*", "$1");
        return "jdbc:" + url.replaceAll("//[^@]+@", "//") + "?user=" + user;
    }

    @Override
    public void close() {
        for (int i = processes.size() - 1; i >= 0; i--) {
            processes.get(i).askToStop();
        }
        for (ServiceProcess process : processes) {
            process.terminate();
        }
        kafka.close();
        postgres.close();
    }
}
