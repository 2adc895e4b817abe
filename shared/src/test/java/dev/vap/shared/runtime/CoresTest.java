package dev.vap.shared.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CoresTest {

    @TempDir
    Path root;

    @ParameterizedTest
    @CsvSource({
        "max 100000, 8, 8, 8",
        "150000 100000, 8, 1.5, 2",
        "110000 100000, 8, 1.1, 1",
        "20000 100000, 8, 0.2, 1",
        "25000 50000, 8, 0.5, 1",
        "400000 100000, 2, 2, 2",
        "390000 100000, 8, 3.9, 4",
        "nonsense, 8, 8, 8"
    })
    void readsTheQuotaOfVersionTwo(String max, int processors, double limit, int count) throws IOException {
        write("proc/self/cgroup", "0::/\n");
        write("sys/fs/cgroup/cpu.max", max + "\n");

        Cores cores = Cores.read(root, processors);

        assertThat(cores.limit()).isEqualTo(limit);
        assertThat(cores.count()).isEqualTo(count);
    }

    @Test
    void takesTheTightestOfAllGroupsItIsIn() throws IOException {
        write("proc/self/cgroup", "0::/pods/pod7/main\n");
        write("sys/fs/cgroup/pods/cpu.max", "600000 100000\n");
        write("sys/fs/cgroup/pods/pod7/cpu.max", "250000 100000\n");
        write("sys/fs/cgroup/pods/pod7/main/cpu.max", "max 100000\n");

        assertThat(Cores.read(root, 16)).isEqualTo(new Cores(16, 2.5));
    }

    @Test
    void readsTheQuotaOfVersionOne() throws IOException {
        write("proc/self/cgroup", "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n3:cpuset:/docker/abc\n");
        write("sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us", "350000\n");
        write("sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us", "100000\n");

        assertThat(Cores.read(root, 16)).isEqualTo(new Cores(16, 3.5));
    }

    @Test
    void readsTheQuotaOfVersionOneInAContainerThatSeesItsOwnGroupAsTheRoot() throws IOException {
        write("proc/self/cgroup", "4:cpu,cpuacct:/docker/abc\n");
        write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "200000\n");
        write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");

        assertThat(Cores.read(root, 16).count()).isEqualTo(2);
    }

    @Test
    void knowsNoQuotaWhereThereIsNone() throws IOException {
        assertThat(Cores.read(root, 4)).isEqualTo(new Cores(4, 4)).hasToString("4");

        write("proc/self/cgroup", "4:cpu:/\n0::/../../escape\n");
        write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
        write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");

        assertThat(Cores.read(root, 4)).isEqualTo(new Cores(4, 4));
    }

    @Test
    void knowsThisMachine() {
        Cores cores = Cores.available();

        assertThat(cores.count()).isBetween(1, Runtime.getRuntime().availableProcessors());
        assertThat(cores.limit()).isPositive().isLessThanOrEqualTo(cores.processors());
    }

    private void write(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
