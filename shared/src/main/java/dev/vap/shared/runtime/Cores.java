package dev.vap.shared.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The processor time this process may really use. The JVM knows the quota of its cgroup too, but rounds it up: with 1.1 cores
 * it says 2, and two busy threads are then held for nearly half of every period. The cpuset and the affinity of the process
 * are in {@link Runtime#availableProcessors()} already.
 *
 * @param processors that it may run on
 * @param limit of processor time, in processors; at most {@code processors}
 */
public record Cores(int processors, double limit) {

    /** A fraction below is not worth a thread of its own. */
    private static final double WORTH = 0.3;

    /** Of this process, now. */
    public static Cores available() {
        return read(Path.of("/"), Runtime.getRuntime().availableProcessors());
    }

    /**
     * @param root of the file system to look at
     */
    static Cores read(Path root, int processors) {
        double limit = processors;
        for (String line : lines(root.resolve("proc/self/cgroup"))) {
            // hierarchy:controllers:path; a line without controllers is version 2's.
            String[] parts = line.split(":", 3);
            if (parts.length == 3 && parts[1].isEmpty()) {
                limit = Math.min(limit, tightest(root.resolve("sys/fs/cgroup"), parts[2], Cores::quotaV2));
            } else if (parts.length == 3 && List.of(parts[1].split(",", -1)).contains("cpu")) {
                limit = Math.min(limit, tightest(root.resolve("sys/fs/cgroup/cpu"), parts[2], Cores::quotaV1));
                limit = Math.min(limit, tightest(root.resolve("sys/fs/cgroup/" + parts[1]), parts[2], Cores::quotaV1));
            }
        }
        return new Cores(processors, limit);
    }

    /** How many threads keep them busy: at least 1. */
    public int count() {
        return Math.max(1, Math.min(processors, (int) Math.ceil(limit - WORTH)));
    }

    @Override
    public String toString() {
        return limit < processors ? String.format(Locale.ROOT, "%.1f of %d", limit, processors) : "" + processors;
    }

    private interface Quota {
        /** Empty if the directory sets none. */
        Optional<Double> in(Path directory);
    }

    /** A group is held to the quotas of all groups it is in. In a container its own is often mounted as the root. */
    private static double tightest(Path mount, String group, Quota quota) {
        double limit = Double.MAX_VALUE;
        Path directory = mount.resolve(group.replaceFirst("^/+", "")).normalize();
        for (Path at = directory.startsWith(mount) ? directory : mount; at.startsWith(mount); at = at.getParent()) {
            limit = Math.min(limit, quota.in(at).orElse(Double.MAX_VALUE));
        }
        return limit;
    }

    /** {@code cpu.max}: microseconds, or {@code max}, of a period. */
    private static Optional<Double> quotaV2(Path directory) {
        List<String> lines = lines(directory.resolve("cpu.max"));
        if (lines.isEmpty()) {
            return Optional.empty();
        }
        String[] parts = lines.get(0).strip().split("\\s+", -1);
        return ratio(parts[0], parts.length > 1 ? parts[1] : "100000");
    }

    /** {@code -1} stands for no quota. */
    private static Optional<Double> quotaV1(Path directory) {
        List<String> quota = lines(directory.resolve("cpu.cfs_quota_us"));
        List<String> period = lines(directory.resolve("cpu.cfs_period_us"));
        return quota.isEmpty() || period.isEmpty() ? Optional.empty() : ratio(quota.get(0), period.get(0));
    }

    private static Optional<Double> ratio(String quota, String period) {
        try {
            double cores = (double) Long.parseLong(quota.strip()) / Long.parseLong(period.strip());
            return cores > 0 && Double.isFinite(cores) ? Optional.of(cores) : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.isRegularFile(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            return List.of();
        }
    }
}
