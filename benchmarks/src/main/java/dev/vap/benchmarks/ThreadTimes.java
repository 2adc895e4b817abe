package dev.vap.benchmarks;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * CPU seconds of every thread of this JVM by what it does, from {@code /proc/self/task}: native threads too (compiler,
 * collector, ONNX Runtime's own). Linux shows the first fifteen characters of a name.
 */
final class ThreadTimes {

    static final String INFERENCE = "inference";
    static final String SESSIONS = "sessions: decode, letterbox";
    static final String COMPILER = "JIT compiler";

    private static final double TICKS = 100;

    /** What a thread belongs to, by the beginning of its name; the first that fits. */
    private static final List<Map.Entry<String, String>> GROUPS = List.of(
            Map.entry("vap-inference", INFERENCE),
            Map.entry("vap-session", SESSIONS),
            Map.entry("vert.x-eventloo", "event loops"),
            Map.entry("vert.x-acceptor", "event loops"),
            Map.entry("vert.x-worker", "Vert.x workers"),
            Map.entry("vert.x-internal", "Vert.x workers"),
            Map.entry("C1 Compiler", COMPILER),
            Map.entry("C2 Compiler", COMPILER),
            Map.entry("GC Thread", "garbage collector"),
            Map.entry("G1 ", "garbage collector"),
            Map.entry("VM Thread", "JVM"),
            Map.entry("VM Periodic", "JVM"),
            Map.entry("Monitor Deflati", "JVM"),
            Map.entry("kafka-producer", "Kafka clients"),
            Map.entry("api-", "Kafka clients"),
            Map.entry("orchestrator-", "Kafka clients"),
            Map.entry("runner-", "Kafka clients"),
            Map.entry("tail-", "Kafka clients"),
            Map.entry("kafka-coordinat", "Kafka clients"),
            Map.entry("data-plane-kafk", "Kafka broker"),
            Map.entry("controller-", "Kafka broker"),
            Map.entry("quorum-", "Kafka broker"),
            Map.entry("raft-", "Kafka broker"),
            Map.entry("group-coordinat", "Kafka broker"),
            Map.entry("executor-", "Kafka broker"),
            Map.entry("kafka-", "Kafka broker"));

    private final Map<Long, Double> before = new HashMap<>();

    /** Begins to count. */
    ThreadTimes() {
        read((id, name, seconds) -> before.put(id, seconds));
    }

    /** CPU seconds since the beginning, by group; a thread of no group under its own name. */
    Map<String, Double> since() {
        Map<String, Double> out = new TreeMap<>();
        read((id, name, seconds) -> out.merge(group(name), seconds - before.getOrDefault(id, 0.0), Double::sum));
        return out;
    }

    private static String group(String name) {
        return GROUPS.stream()
                .filter(group -> name.startsWith(group.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(name.replaceAll("[-#]?\\d+$", ""));
    }

    @FunctionalInterface
    private interface Visitor {
        void thread(long id, String name, double cpuSeconds);
    }

    private static void read(Visitor visitor) {
        List<Path> tasks = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            all.forEach(tasks::add);
        } catch (IOException | DirectoryIteratorException e) {
            throw new IllegalStateException("Linux's /proc is needed", e);
        }
        for (Path task : tasks) {
            try {
                String stat = Files.readString(task.resolve("stat"));
                int open = stat.indexOf('(');
                int close = stat.lastIndexOf(')');
                String[] fields = stat.substring(close + 2).split(" ", -1);
                double ticks = Double.parseDouble(fields[11]) + Double.parseDouble(fields[12]);
                visitor.thread(
                        Long.parseLong(task.getFileName().toString()), stat.substring(open + 1, close), ticks / TICKS);
            } catch (IOException e) {
                // It has ended.
            }
        }
    }
}
