package dev.vap.runner.net;

import dev.vap.runner.decode.Cancellation;
import java.io.Closeable;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Closes sockets in the middle of calls that last too long or were cancelled: neither a blocking connect nor a TLS handshake
 * ends by itself then. One daemon thread for all, which looks every few milliseconds as long as there is a connection.
 * Thread-safe.
 */
final class Watchdog implements AutoCloseable {
    private static final long LOOK_MILLIS = 40;

    private final Set<Watch> watches = ConcurrentHashMap.newKeySet();
    private Thread thread;
    private boolean closed;

    /** Starts watching a connection, until {@link Watch#close()}. */
    synchronized Watch watch(Closeable socket, Cancellation cancellation) {
        Watch watch = new Watch(socket, cancellation);
        watches.add(watch);
        if (thread == null && !closed) {
            thread = new Thread(this::run, "vap-net-watch");
            thread.setDaemon(true);
            thread.start();
        }
        notifyAll();
        return watch;
    }

    private void run() {
        try {
            while (true) {
                synchronized (this) {
                    while (watches.isEmpty()) {
                        wait();
                    }
                    wait(LOOK_MILLIS);
                }
                watches.forEach(Watch::look);
            }
        } catch (InterruptedException e) {
            // Closed.
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (thread != null) {
            thread.interrupt();
        }
    }

    /** One connection. Its calls are made by one thread at a time. */
    final class Watch implements AutoCloseable {
        private final Closeable socket;
        private final Cancellation cancellation;

        /** Null between calls. */
        private volatile Thread caller;

        private volatile long limitNanos;
        private volatile boolean timedOut;

        private Watch(Closeable socket, Cancellation cancellation) {
            this.socket = socket;
            this.cancellation = cancellation;
        }

        /**
         * Before each call.
         *
         * @param limit of {@link System#nanoTime()}, when the socket is closed if the call has not ended
         */
        void begin(long limit) {
            limitNanos = limit;
            caller = Thread.currentThread();
        }

        /** After each call. */
        void end() {
            caller = null;
        }

        /** Whether the call was given up, or is to be. */
        boolean isStopped() {
            return cancellation.isCancelled() || Thread.currentThread().isInterrupted();
        }

        boolean isTimedOut() {
            return timedOut;
        }

        private void look() {
            Thread waiting = caller;
            if (waiting == null) {
                return;
            }
            boolean late = System.nanoTime() - limitNanos > 0;
            if (late || cancellation.isCancelled() || waiting.isInterrupted()) {
                timedOut |= late;
                try {
                    socket.close();
                } catch (IOException e) {
                    // It does not work any more, which is what is wanted.
                }
            }
        }

        @Override
        public void close() {
            watches.remove(this);
        }
    }
}
