package dev.vap.benchmarks;

import dev.vap.shared.runtime.Cores;
import dev.vap.shared.runtime.NativeHeap;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.StringTokenizer;
import java.util.stream.Stream;
import javax.management.JMException;

/** What Linux says of this process and of the whole machine. */
final class Machine {

    private static final double TICKS = 100;

    private Machine() {}

    static int cores() {
        return Cores.available().count();
    }

    /** CPU seconds of this JVM so far. */
    static double ownCpuSeconds() {
        var bean = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return bean.getProcessCpuTime() / 1e9;
    }

    /** Core-seconds that the machine has been busy, whoever with: user, nice, system, irq, softirq, steal. */
    static double busySeconds() {
        List<String> v = words(read(Path.of("/proc/stat")).lines().findFirst().orElseThrow());
        double ticks = 0;
        for (int i : new int[] {1, 2, 3, 6, 7, 8}) {
            ticks += Double.parseDouble(v.get(i));
        }
        return ticks / TICKS;
    }

    /** CPU seconds of PostgreSQL's processes that run now. */
    static double postgresCpuSeconds() throws IOException {
        double ticks = 0;
        for (long pid : postgres()) {
            List<String> v = stat(pid);
            if (!v.isEmpty()) {
                ticks += Double.parseDouble(v.get(11)) + Double.parseDouble(v.get(12));
            }
        }
        return ticks / TICKS;
    }

    /** Resident memory of this JVM, MB. */
    static double residentMb() {
        return kilobytes(Path.of("/proc/self/status"), "VmRSS:") / 1024;
    }

    /** The same once all garbage is gone, on the heap and off it. */
    static double settledMb() {
        System.gc();
        try {
            NativeHeap.trim();
        } catch (JMException e) {
            System.err.println("this JVM can't give native memory back: its memory will look larger");
        }
        return residentMb();
    }

    /** Proportional memory of PostgreSQL's processes, MB: shared buffers are counted once. */
    static double postgresMb() throws IOException {
        double kb = 0;
        for (long pid : postgres()) {
            kb += kilobytes(Path.of("/proc", String.valueOf(pid), "smaps_rollup"), "Pss:");
        }
        return kb / 1024;
    }

    private static double kilobytes(Path file, String name) {
        return read(file)
                .lines()
                .filter(line -> line.startsWith(name))
                .mapToDouble(line -> Double.parseDouble(words(line).get(1)))
                .findFirst()
                .orElse(0);
    }

    /** PostgreSQL runs in a session of its own, so not its parent but its name tells it. */
    private static List<Long> postgres() throws IOException {
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            return processes
                    .map(p -> p.getFileName().toString())
                    .filter(name -> name.chars().allMatch(Character::isDigit))
                    .map(Long::parseLong)
                    .filter(pid ->
                            read(Path.of("/proc", String.valueOf(pid), "comm")).startsWith("postgres"))
                    .toList();
        }
    }

    /** The words after the name in {@code /proc/PID/stat}; empty if the process has ended. */
    private static List<String> stat(long pid) {
        String stat = read(Path.of("/proc", String.valueOf(pid), "stat"));
        return stat.isEmpty() ? List.of() : words(stat.substring(stat.lastIndexOf(')') + 1));
    }

    private static List<String> words(String line) {
        return Collections.list(new StringTokenizer(line)).stream()
                .map(String.class::cast)
                .toList();
    }

    /** Empty if there is no such file: a process may end between two looks. */
    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }
}
