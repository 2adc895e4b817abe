package dev.vap.system;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vap.testing.Await;
import dev.vap.testing.ServiceProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A host of its own for one process of a cluster, on this machine: a network namespace, in which all other processes are
 * reached through a {@link Gate} on the same addresses as outside, and the other way round. So it can be cut off.
 */
final class IsolatedHost implements AutoCloseable {

    private final ServiceProcess inside;
    private final Gate outside;
    private final boolean userNamespace;

    private IsolatedHost(ServiceProcess inside, Gate outside, boolean userNamespace) {
        this.inside = inside;
        this.outside = outside;
        this.userNamespace = userNamespace;
    }

    /** For the process of that name, or the end of the test as skipped where namespaces can't be made. */
    static IsolatedHost assume(Cluster cluster, String name) throws IOException {
        List<String> unshare = List.of("unshare", "-n");
        boolean root = works(unshare);
        if (!root) {
            unshare = List.of("unshare", "-rn");
            assumeTrue(works(unshare), "needs unshare, ip and the right to make a network namespace: skipped");
        }
        Path directory = Files.createTempDirectory("vap-gate-");
        Path in = directory.resolve("in");
        Path out = directory.resolve("out");
        List<Integer> portsInside = new ArrayList<>();
        List<Integer> portsOutside =
                new ArrayList<>(List.of(Infra.get().postgresPort(), Infra.get().kafkaPort()));
        for (Cluster.Slot slot : cluster.slots()) {
            List<Integer> side = slot.name().equals(name) ? portsInside : portsOutside;
            side.add(slot.hazelcastPort());
            side.add(slot.busPort());
        }
        List<String> gate =
                ServiceProcess.java(64, "-cp", classes(), Gate.class.getName(), in.toString(), out.toString());
        portsOutside.forEach(port -> gate.add(port.toString()));
        List<String> command = new ArrayList<>(unshare);
        command.addAll(List.of("sh", "-c", "ip link set lo up && exec \"$@\"", "sh"));
        command.addAll(gate);
        ServiceProcess inside = ServiceProcess.start("gate", command, Map.of(), cluster.log("gate"));
        Gate outside = Gate.open(out, in, portsInside);
        Await.until("the gate is open", Cluster.SOON, () -> inside.printed("the gate is open"));
        return new IsolatedHost(inside, outside, !root);
    }

    /** Put before a command, makes it run on this host. */
    List<String> prefix() {
        List<String> prefix = new ArrayList<>(List.of("nsenter", "-t", String.valueOf(inside.pid()), "-n"));
        if (userNamespace) {
            prefix.addAll(List.of("-U", "--preserve-credentials"));
        }
        return prefix;
    }

    /** From now on, nothing goes in or out. */
    void cut() {
        outside.cut();
    }

    void heal() {
        outside.heal();
    }

    @Override
    public void close() {
        outside.close();
        inside.kill();
    }

    private static boolean works(List<String> unshare) {
        List<String> command = Stream.concat(unshare.stream(), Stream.of("ip", "link", "set", "lo", "up"))
                .toList();
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted", e);
        }
    }

    /** Where this test's classes are. */
    private static String classes() {
        try {
            return Path.of(Gate.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (java.net.URISyntaxException e) {
            throw new UncheckedIOException(new IOException(e));
        }
    }
}
