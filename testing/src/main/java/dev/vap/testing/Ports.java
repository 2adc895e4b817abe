package dev.vap.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for processes that are started, killed and started again on the same one: below those that the system gives to
 * outgoing connections, so that none of these takes one in between, and above those of which the embedded PostgreSQL and
 * Kafka take theirs, which start when ports have been given out already.
 */
public final class Ports {

    private static final int FIRST = 30_000;
    private static final int LAST = 32_767;
    private static final Set<Integer> TAKEN = new HashSet<>();

    private Ports() {}

    /** One that is free now, and that nobody else in this JVM was given. */
    public static synchronized int take() {
        for (int i = 0; i < 1_000; i++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, LAST);
            if (!TAKEN.contains(port) && isFree(port)) {
                TAKEN.add(port);
                return port;
            }
        }
        throw new IllegalStateException("no free port from " + FIRST + " to " + LAST);
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
