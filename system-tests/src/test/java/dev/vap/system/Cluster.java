package dev.vap.system;

import dev.vap.testing.Await;
import dev.vap.testing.Ports;
import dev.vap.testing.ServiceProcess;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A cluster of service processes over {@link Infra}. Register it as an extension: it starts before the first test of the
 * first class that uses it, and runs until a class with another one comes. Every process has ports of its own, which it
 * keeps when it is started again. After each test everything is put back: servers and services that a test has ended run
 * again, and all its scenarios are stopped; runners are each test's own affair ({@link #exactlyRunners}). When a test
 * fails, the end of every process's log is printed; the logs lie in {@code target/system-tests/<name of the cluster>}.
 */
final class Cluster implements BeforeAllCallback, BeforeEachCallback, AfterTestExecutionCallback, AfterEachCallback {

    /** Within it, everything that does not wait for something else has happened, on the slowest machine. */
    static final Duration SOON = Duration.ofSeconds(45);

    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(Cluster.class);
    private static final String HOST = "127.0.0.1";
    private static Cluster running;

    private final ClusterPlan plan;
    private final List<Slot> slots;
    private final Map<String, ServiceProcess> processes = new LinkedHashMap<>();
    private final Set<String> special = new HashSet<>();
    private final Map<String, String> environment = new LinkedHashMap<>();
    private Store store;
    private Api api;

    /** A place for one process: its name and its ports. */
    record Slot(Service service, String name, int hazelcastPort, int busPort, int httpPort) {}

    Cluster(ClusterPlan plan) {
        this.plan = plan;
        this.slots = plan.slots();
    }

    // --- What tests use
    // -----------------------------------------------------------------------------------------------

    Store store() {
        return store;
    }

    Api api() {
        return api;
    }

    /** Where a browser finds the first API. */
    String address() {
        return "http://" + HOST + ":" + slot("api-1").httpPort();
    }

    Invariants invariants() {
        return new Invariants(store);
    }

    /** The settings all processes of this cluster have in common. */
    Map<String, String> environment() {
        return environment;
    }

    List<Slot> slots() {
        return slots;
    }

    Slot slot(String name) {
        return slots.stream()
                .filter(slot -> slot.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** The newest process of that name. */
    ServiceProcess process(String name) {
        return processes.get(name);
    }

    /** The processes that have not ended. */
    List<ServiceProcess> alive(Service service) {
        return slots.stream()
                .filter(slot -> slot.service() == service)
                .map(slot -> processes.get(slot.name()))
                .filter(process -> process != null && process.alive())
                .toList();
    }

    /** Starts or ends runners, as far as it takes, so that so many of the usual kind run. */
    List<ServiceProcess> exactlyRunners(int count) {
        endSpecialRunners();
        List<ServiceProcess> alive = new ArrayList<>(alive(Service.RUNNER));
        while (alive.size() > count) {
            alive.remove(alive.size() - 1).terminate();
        }
        while (alive.size() < count) {
            alive.add(startRunner());
        }
        awaitUp(alive);
        return alive;
    }

    /** Starts a runner of the usual kind if none runs. */
    void atLeastOneRunner() {
        exactlyRunners(Math.max(1, alive(Service.RUNNER).size()));
    }

    /** A runner more, of the usual kind; not waited for. */
    ServiceProcess startRunner() {
        String name = freeRunner();
        special.remove(name);
        return start(name, Map.of(), List.of());
    }

    /** A runner more that is somehow different, and ended after the test; not waited for. */
    ServiceProcess startSpecialRunner(Map<String, String> different) {
        return startSpecialRunner(freeRunner(), different, List.of());
    }

    /**
     * @param prefix put before the command
     */
    ServiceProcess startSpecialRunner(String name, Map<String, String> different, List<String> prefix) {
        special.add(name);
        return start(name, different, prefix);
    }

    /** The name of a runner that does not run. */
    String freeRunner() {
        return slots.stream()
                .filter(slot -> slot.service() == Service.RUNNER)
                .map(Slot::name)
                .filter(name ->
                        !processes.containsKey(name) || !processes.get(name).alive())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("all runners of the plan run"));
    }

    /** Starts the process of that name, which has ended, again; not waited for. */
    ServiceProcess start(String name) {
        return start(name, Map.of(), List.of());
    }

    /** The same with other settings; it stays as it is until it ends. */
    ServiceProcess start(String name, Map<String, String> different) {
        return start(name, different, List.of());
    }

    void awaitUp(List<ServiceProcess> started) {
        for (ServiceProcess process : started) {
            Await.until(process.name() + " is up", SOON, () -> {
                if (!process.alive()) {
                    throw new IllegalStateException("It ended: " + process);
                }
                return process.printed("is up after");
            });
        }
    }

    /** Asks for so many analyses of one clip; all are accepted. */
    List<String> createFiles(int count, String clip, JsonObject options) {
        return Stream.generate(() -> api.create(clip, options)).limit(count).toList();
    }

    /** Asks for so many live scenarios, which only simulated runners can run; all are accepted. */
    List<String> createLive(int count) {
        return Stream.iterate(1, n -> n + 1)
                .limit(count)
                .map(n -> api.create("rtsp://127.0.0.1:1/cam-" + n, new JsonObject()))
                .toList();
    }

    void awaitStatus(List<String> scenarios, String status, Duration deadline) {
        Await.value(
                "all " + scenarios.size() + " scenarios are " + status,
                deadline,
                () -> store.rows(
                        "SELECT scenario_uuid, status, status_reason FROM scenarios"
                                + " WHERE scenario_uuid = ANY(?::uuid[]) AND status <> ? LIMIT 5",
                        scenarios,
                        status),
                List::isEmpty);
    }

    /** So many results of each are stored. */
    void awaitResults(List<String> scenarios, int count) {
        Await.value(
                count + " results of each",
                SOON,
                () -> store.row(
                                "SELECT count(*) AS n FROM result_cursors WHERE scenario_uuid = ANY(?::uuid[])"
                                        + " AND stored >= ?",
                                scenarios,
                                count)
                        .getInteger("n"),
                reached -> reached == scenarios.size());
    }

    // --- Life
    // -----------------------------------------------------------------------------------------------------------

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        context.getRoot()
                .getStore(NAMESPACE)
                .getOrComputeIfAbsent("last", key -> (AutoCloseable) Cluster::closeRunning, AutoCloseable.class);
        if (running != this) {
            closeRunning();
            running = this;
            start();
        }
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        System.out.println(
                "[" + plan.name() + "] " + context.getRequiredTestMethod().getName());
    }

    @Override
    public void afterTestExecution(ExtensionContext context) {
        if (context.getExecutionException()
                .filter(e -> !(e instanceof org.opentest4j.TestAbortedException))
                .isPresent()) {
            processes.values().forEach(System.out::println);
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        Infra.get().restore();
        processes.values().stream().filter(ServiceProcess::alive).forEach(ServiceProcess::resume);
        List<ServiceProcess> again = slots.stream()
                .filter(slot -> slot.service() != Service.RUNNER)
                .filter(slot -> !processes.get(slot.name()).alive())
                .map(slot -> start(slot.name()))
                .toList();
        awaitUp(again);
        stopScenarios();
        endSpecialRunners();
    }

    private void stopScenarios() {
        Await.value(
                "the test's scenarios have ended",
                SOON,
                () -> {
                    List<JsonObject> left = store.rows("SELECT scenario_uuid, status, status_reason FROM scenarios"
                            + " WHERE status <> 'inactive' ORDER BY id LIMIT 1000");
                    left.stream()
                            .filter(s -> !s.getString("status").contains("shutdown"))
                            .forEach(s -> api.stop(s.getString("scenario_uuid")));
                    return left.size();
                },
                left -> left == 0);
    }

    private void endSpecialRunners() {
        List<ServiceProcess> ending = special.stream().map(processes::get).toList();
        ending.forEach(ServiceProcess::askToStop);
        ending.forEach(ServiceProcess::terminate);
        special.clear();
    }

    private void start() throws IOException {
        Infra infra = Infra.get();
        infra.restore();
        String id = plan.name().toLowerCase(Locale.ROOT) + "_" + Ports.take();
        String database = infra.newDatabase(id);
        Path directory = Files.createTempDirectory("vap-system-test-");
        Path media = Files.createDirectories(directory.resolve("media"));
        for (Map.Entry<String, Integer> clip : plan.clips().entrySet()) {
            Clips.draw(media.resolve(clip.getKey()), clip.getValue());
        }
        environment.put("DATABASE_URL", database);
        // Many processes share one small server.
        environment.put("DATABASE_POOL_SIZE", "4");
        environment.put("KAFKA_BOOTSTRAP_SERVERS", infra.kafka().bootstrapServers());
        environment.put("KAFKA_TOPIC_PREFIX", id + ".");
        environment.put("CLUSTER_NAME", id);
        environment.put(
                "CLUSTER_MEMBERS",
                String.join(
                        ",",
                        slots.stream()
                                .map(slot -> HOST + ":" + slot.hazelcastPort())
                                .toList()));
        environment.put("MEDIA_ROOT", media.toString());
        environment.put("DATA_DIR", directory.toString());
        environment.putAll(plan.environment());
        store = new Store(database);
        api = new Api(slots.stream()
                .filter(slot -> slot.service() == Service.API)
                .map(slot -> "http://" + HOST + ":" + slot.httpPort())
                .toList());
        long started = System.nanoTime();
        List<ServiceProcess> first = Stream.concat(
                        slots.stream().filter(slot -> slot.service() != Service.RUNNER),
                        slots.stream()
                                .filter(slot -> slot.service() == Service.RUNNER)
                                .limit(plan.runnersAtStart()))
                .map(slot -> start(slot.name()))
                .toList();
        awaitUp(first);
        Measured.print(
                "%d processes of cluster %s started together: all up after %.2f s",
                first.size(), plan.name(), (System.nanoTime() - started) / 1e9);
    }

    private ServiceProcess start(String name, Map<String, String> different, List<String> prefix) {
        Slot slot = slot(name);
        Map<String, String> own = new LinkedHashMap<>(environment);
        own.put("CLUSTER_PORT", String.valueOf(slot.hazelcastPort()));
        own.put("EVENT_BUS_PORT", String.valueOf(slot.busPort()));
        if (slot.service() == Service.API) {
            own.put("HTTP_PORT", String.valueOf(slot.httpPort()));
        }
        if (slot.service() == Service.RUNNER) {
            own.put("RUNNER_ID", name);
        }
        own.putAll(different);
        List<String> command = new ArrayList<>(prefix);
        command.addAll(ServiceProcess.java(256, "-jar", slot.service().jar().toString()));
        try {
            ServiceProcess process = ServiceProcess.start(name, command, own, log(name));
            processes.put(name, process);
            return process;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where what that process prints is kept. */
    Path log(String name) {
        return Path.of("target", "system-tests", plan.name(), name + ".log");
    }

    private static void closeRunning() {
        if (running != null) {
            running.close();
            running = null;
        }
    }

    private void close() {
        List<ServiceProcess> alive =
                processes.values().stream().filter(ServiceProcess::alive).toList();
        Measured.print(
                "cluster %s in the end: %s",
                plan.name(),
                String.join(
                        ", ",
                        alive.stream()
                                .map(p -> String.format(
                                        Locale.ROOT,
                                        "%s %.1f CPU s %d MB",
                                        p.name(),
                                        p.cpuSeconds(),
                                        p.residentMegabytes()))
                                .toList()));
        // Runners first: their last words need the others.
        List<ServiceProcess> runners = alive(Service.RUNNER);
        runners.forEach(ServiceProcess::askToStop);
        runners.forEach(ServiceProcess::terminate);
        alive.forEach(ServiceProcess::askToStop);
        alive.forEach(ServiceProcess::terminate);
        if (store != null) {
            store.close();
        }
    }
}
