package dev.vap.runner.net;

import dev.vap.runner.decode.Cancellation;
import dev.vap.runner.decode.MediaException;
import dev.vap.shared.domain.SourceFault;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * A TCP connection, with TLS or without, whose calls block within a deadline and end when they are cancelled. Owned by one
 * thread at a time; it may be closed from any.
 */
final class Connection implements AutoCloseable {
    private static final int BUFFER = 16 * 1024;

    /**
     * A read ends at its deadline by itself and may be repeated then, but not after it was ended from outside. So that comes late
     * for TLS, which waits for whole records however slowly they come, and never for what is not encrypted.
     */
    private static final long TLS_GRACE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long PLAIN_GRACE_NANOS = TimeUnit.HOURS.toNanos(1);

    /** What may block. */
    @FunctionalInterface
    private interface Call {
        int run() throws IOException;
    }

    /** TLS or not: closing it wakes whoever waits in it, while closing what lies above may wait itself. */
    private final Socket raw = new Socket(Proxy.NO_PROXY);

    private final String subject;
    private final Watchdog.Watch watch;
    private Socket socket = raw;
    private final byte[] buffer = new byte[BUFFER];
    private int next;
    private int filled;

    /**
     * @param subject starts the message if it is stopped
     */
    Connection(String subject, Watchdog watchdog, Cancellation cancellation) {
        this.subject = subject;
        this.watch = watchdog.watch(raw, cancellation);
    }

    /**
     * @throws TimeoutException at the deadline
     * @throws MediaException {@code INTERRUPTED}, as of all calls
     */
    void connect(InetAddress address, int port, long deadlineNanos) throws IOException, TimeoutException {
        bounded(deadlineNanos, 0, () -> {
            raw.connect(new InetSocketAddress(address, port), millisTo(deadlineNanos));
            raw.setTcpNoDelay(true);
            return 0;
        });
    }

    /**
     * Encrypts from now on.
     *
     * @param verifyHost whether the certificate must be made out to the host
     */
    void encrypt(SSLContext tls, String host, boolean verifyHost, long deadlineNanos)
            throws IOException, TimeoutException {
        bounded(deadlineNanos, 0, () -> {
            raw.setSoTimeout(millisTo(deadlineNanos));
            SSLSocket secure = (SSLSocket) tls.getSocketFactory().createSocket(raw, host, raw.getPort(), false);
            if (verifyHost) {
                SSLParameters parameters = secure.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                secure.setSSLParameters(parameters);
            }
            secure.startHandshake();
            socket = secure;
            return 0;
        });
    }

    void write(byte[] bytes, long deadlineNanos) throws IOException, TimeoutException {
        bounded(deadlineNanos, 0, () -> {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
            return 0;
        });
    }

    /**
     * The next byte.
     *
     * @return -1 at the end
     */
    int read(long deadlineNanos) throws IOException, TimeoutException {
        if (next == filled && !fill(deadlineNanos)) {
            return -1;
        }
        return buffer[next++] & 0xff;
    }

    /**
     * Reads at least one byte, unless {@code length} is 0. After a {@link TimeoutException} reading may go on, if the other
     * side was silent; one that sends half a TLS record and no more has lost the connection.
     *
     * @return how many; -1 at the end
     */
    int read(byte[] target, int offset, int length, long deadlineNanos) throws IOException, TimeoutException {
        if (next == filled && length >= BUFFER) {
            return readSocket(target, offset, length, deadlineNanos);
        }
        if (next == filled && !fill(deadlineNanos)) {
            return -1;
        }
        int count = Math.min(length, filled - next);
        System.arraycopy(buffer, next, target, offset, count);
        next += count;
        return count;
    }

    private boolean fill(long deadlineNanos) throws IOException, TimeoutException {
        int count = readSocket(buffer, 0, BUFFER, deadlineNanos);
        next = 0;
        filled = Math.max(count, 0);
        return count > 0;
    }

    private int readSocket(byte[] target, int offset, int length, long deadlineNanos)
            throws IOException, TimeoutException {
        return bounded(deadlineNanos, socket == raw ? PLAIN_GRACE_NANOS : TLS_GRACE_NANOS, () -> {
            InputStream in = socket.getInputStream();
            socket.setSoTimeout(millisTo(deadlineNanos));
            return in.read(target, offset, length);
        });
    }

    private int bounded(long deadlineNanos, long graceNanos, Call call) throws IOException, TimeoutException {
        watch.begin(deadlineNanos + graceNanos);
        try {
            requireGoingOn();
            if (deadlineNanos - System.nanoTime() <= 0) {
                throw new TimeoutException();
            }
            return call.run();
        } catch (IOException e) {
            requireGoingOn();
            if (watch.isTimedOut() || e instanceof SocketTimeoutException) {
                TimeoutException timeout = new TimeoutException();
                timeout.initCause(e);
                throw timeout;
            }
            throw e;
        } finally {
            watch.end();
        }
    }

    private void requireGoingOn() {
        if (watch.isStopped()) {
            throw new MediaException(SourceFault.INTERRUPTED, subject + " is no longer read: it was stopped.");
        }
    }

    /** At least 1, since 0 is for ever. */
    private static int millisTo(long deadlineNanos) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime()) + 1;
        return (int) Math.max(1, Math.min(Integer.MAX_VALUE, left));
    }

    /** Harmless when repeated. Says nothing to the other side but that it is over. */
    @Override
    public void close() {
        watch.close();
        try {
            raw.close();
        } catch (IOException e) {
            // Nothing can be done, and nothing is lost.
        }
    }
}
