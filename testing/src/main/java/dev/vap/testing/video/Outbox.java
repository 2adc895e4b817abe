package dev.vap.testing.video;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Everything that goes out on one connection, in order, written by a thread of its own, so that a client that does not
 * read holds up nobody. What does not fit is dropped. Safe for any thread.
 */
final class Outbox implements AutoCloseable {
    private static final int CAPACITY = 8192;
    private static final long FLUSH_MILLIS = 500;

    /** Something to write; it may take its time. */
    @FunctionalInterface
    interface Chunk {
        void writeTo(OutputStream out) throws IOException, InterruptedException;
    }

    private static final Chunk END = out -> {};

    private final BlockingQueue<Chunk> queue = new ArrayBlockingQueue<>(CAPACITY);
    private final OutputStream out;
    private final Runnable broken;
    private final Thread thread;

    /** @param broken is called when writing fails */
    Outbox(String name, OutputStream out, Runnable broken) {
        this.out = new BufferedOutputStream(out, 16_384);
        this.broken = broken;
        this.thread = new Thread(this::write, name);
        thread.setDaemon(true);
        thread.start();
    }

    void add(byte[] bytes) {
        add(target -> target.write(bytes));
    }

    /** False if it was dropped. */
    boolean add(Chunk chunk) {
        return queue.offer(chunk);
    }

    private void write() {
        try {
            for (Chunk chunk = queue.take(); chunk != END; chunk = queue.take()) {
                chunk.writeTo(out);
                if (queue.isEmpty()) {
                    out.flush();
                }
            }
            out.flush();
        } catch (IOException e) {
            broken.run();
        } catch (InterruptedException e) {
            // Closed.
        }
    }

    /** Writes what is waiting, unless that takes long. */
    @Override
    public void close() {
        add(END);
        try {
            if (thread != Thread.currentThread()) {
                thread.join(FLUSH_MILLIS);
                thread.interrupt();
                // A thread that is stuck in writing gets out when the socket is closed, which is next.
                thread.join(1);
            }
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
    }

    /** Writes byte by byte. */
    static Chunk dripping(byte[] bytes, int everyMillis) {
        return target -> {
            for (byte one : bytes) {
                target.write(one);
                target.flush();
                TimeUnit.MILLISECONDS.sleep(everyMillis);
            }
        };
    }
}
