package dev.vap.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What Linux says of this process and of the whole machine. */
final class Machine {

    private static final double TICKS = 100;
    private static final Pattern SPACES = Pattern.compile("\\s+");

    private Machine() {}

    static int cores() {
        return Runtime.getRuntime().availableProcessors();
    }

    /** CPU seconds of this JVM so far. */
    static double ownCpuSeconds() {
        var bean = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return bean.getProcessCpuTime() / 1e9;
    }

    /** Core-seconds that the machine has been busy, whoever with. */
    static double busySeconds() throws IOException {
        String[] v = SPACES.split(
                Files.readString(Path.of("/proc/stat")).lines().findFirst().orElseThrow());
        double ticks = 0;
        for (int i : new int[] {1, 2, 3, 6, 7, 8}) {
            ticks += Double.parseDouble(v[i]);
        }
        return ticks / TICKS;
    }

    /** CPU seconds of this JVM's child processes that still run, and of theirs. */
    static double childrenCpuSeconds() throws IOException {
        double ticks = 0;
        for (long pid : children()) {
            try {
                String stat = Files.readString(Path.of("/proc", String.valueOf(pid), "stat"));
                String[] v = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
                ticks += Double.parseDouble(v[11]) + Double.parseDouble(v[12]);
            } catch (IOException e) {
                continue; // It ended meanwhile.
            }
        }
        return ticks / TICKS;
    }

    /** Resident memory of this JVM, MB. */
    static double residentMb() throws IOException {
        return field(Path.of("/proc/self/status"), "VmRSS:") / 1024.0;
    }

    /** Proportional memory of the child processes (PostgreSQL), MB: shared buffers are counted once. */
    static double childrenMb() throws IOException {
        double kb = 0;
        for (long pid : children()) {
            try {
                kb += (double) field(Path.of("/proc", String.valueOf(pid), "smaps_rollup"), "Pss:");
            } catch (IOException e) {
                continue; // It ended meanwhile.
            }
        }
        return kb / 1024;
    }

    private static long field(Path file, String name) throws IOException {
        return Files.readString(file)
                .lines()
                .filter(line -> line.startsWith(name))
                .map(line -> SPACES.split(line)[1])
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElse(0);
    }

    private static Set<Long> children() throws IOException {
        Map<Long, Long> parents = new HashMap<>();
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            for (Path p : (Iterable<Path>) processes::iterator) {
                String name = p.getFileName().toString();
                if (!name.chars().allMatch(Character::isDigit)) {
                    continue;
                }
                try {
                    String stat = Files.readString(p.resolve("stat"));
                    String[] v = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
                    parents.put(Long.parseLong(name), Long.parseLong(v[1]));
                } catch (IOException e) {
                    continue; // It ended meanwhile.
                }
            }
        }
        Set<Long> family = new HashSet<>();
        long self = ProcessHandle.current().pid();
        boolean grew = true;
        while (grew) {
            grew = false;
            for (var entry : parents.entrySet()) {
                if ((entry.getValue() == self || family.contains(entry.getValue())) && family.add(entry.getKey())) {
                    grew = true;
                }
            }
        }
        return family;
    }
}
