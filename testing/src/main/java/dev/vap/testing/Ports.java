package dev.vap.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for processes that are started, killed and started again on the same one: below those that the system gives to
 * outgoing connections, so that none of these takes one in between, and above those of which the embedded PostgreSQL and
 * Kafka take theirs, which start when ports have been given out already.
 */
public final class Ports {

    private static final int FIRST = 30_000;
    private static final int LAST = 32_767;
    /** Of this JVM, with the files that say so to others: tests run in several at once. */
    private static final Map<Integer, FileLock> TAKEN = new HashMap<>();

    private static final Path CLAIMS = Path.of(System.getProperty("java.io.tmpdir"), "vap-test-ports");

    private Ports() {}

    /** One that is free now, and that nobody else on this machine was given, as long as this JVM lives. */
    public static synchronized int take() {
        for (int i = 0; i < 1_000; i++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, LAST);
            if (!TAKEN.containsKey(port) && isFree(port) && claim(port)) {
                return port;
            }
        }
        throw new IllegalStateException("no free port from " + FIRST + " to " + LAST);
    }

    /** The lock goes with the process, however that ends. */
    private static boolean claim(int port) {
        try {
            Files.createDirectories(CLAIMS);
            FileChannel channel = FileChannel.open(
                    CLAIMS.resolve(String.valueOf(port)), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock();
            if (lock == null) {
                channel.close();
                return false;
            }
            TAKEN.put(port, lock);
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
