package dev.vap.runner.net;

import dev.vap.runner.decode.Cancellation;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;

/** Connects to the very addresses that the guard has checked. Thread-safe. */
final class Connector implements AutoCloseable {
    private final AddressGuard guard;
    private final SSLContext verifying;
    private final SSLContext trusting = Tls.trusting();
    private final Watchdog watchdog = new Watchdog();

    /**
     * @param guard stays the caller's
     * @throws IllegalArgumentException if the file can't be used
     */
    Connector(AddressGuard guard, Path caFile) {
        this.guard = guard;
        this.verifying = Tls.verifying(caFile);
    }

    /**
     * @throws dev.vap.runner.decode.MediaException saying why there is no connection
     */
    Connection connect(HttpTarget target, boolean tlsVerify, long deadlineNanos, Cancellation cancellation) {
        List<InetAddress> addresses = guard.check(target.host(), deadlineNanos, cancellation);
        try {
            return first(addresses, target, tlsVerify, deadlineNanos, cancellation);
        } catch (IOException e) {
            throw HttpFaults.noAnswer(target, e);
        } catch (TimeoutException e) {
            throw HttpFaults.tooSlow(target, e);
        }
    }

    /** The first address that answers; each may take its share of the time. */
    private Connection first(
            List<InetAddress> addresses,
            HttpTarget target,
            boolean tlsVerify,
            long deadlineNanos,
            Cancellation cancellation)
            throws IOException, TimeoutException {
        for (int i = 0; ; i++) {
            boolean last = i == addresses.size() - 1;
            long share = (deadlineNanos - System.nanoTime()) / (addresses.size() - i);
            long until = last ? deadlineNanos : System.nanoTime() + share;
            Connection connection = new Connection(target.shown(), watchdog, cancellation);
            boolean done = false;
            try {
                connection.connect(addresses.get(i), target.port(), until);
                if (target.isSecure()) {
                    connection.encrypt(tlsVerify ? verifying : trusting, target.host(), tlsVerify, deadlineNanos);
                }
                done = true;
                return connection;
            } catch (IOException | TimeoutException e) {
                if (last) {
                    throw e;
                }
            } finally {
                if (!done) {
                    connection.close();
                }
            }
        }
    }

    @Override
    public void close() {
        watchdog.close();
    }
}
