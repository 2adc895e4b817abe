package dev.vap.runner.net;

import dev.vap.runner.decode.Cancellation;
import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The body of an answer, read by the thread that wants it while the HTTP client's threads bring a few buffers ahead of it:
 * a reader that does not read stops the server. One thread reads; {@link #close()} may come from any, even before the
 * answer.
 */
final class HttpBody implements BodySubscriber<HttpBody>, AutoCloseable {
    /** Buffers of up to 16 KiB. */
    private static final int AHEAD = 8;

    /** What the client brought; without buffers it is the end, or the failure that ended it. */
    private record Part(List<ByteBuffer> buffers, Throwable failure) {}

    private final String subject;
    /** Has room for all that was asked for, and the end. */
    private final BlockingQueue<Part> parts = new ArrayBlockingQueue<>(AHEAD + 1);

    private Part current = new Part(List.of(), null);
    private int index;
    private Part end;

    private Flow.Subscription subscription;
    private boolean closed;

    /**
     * @param subject starts the message if reading is stopped
     */
    HttpBody(String subject) {
        this.subject = subject;
    }

    /** The body is there at once, so that an answer counts as come when its head has. */
    @Override
    public CompletionStage<HttpBody> getBody() {
        return CompletableFuture.completedFuture(this);
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        boolean tooLate;
        synchronized (this) {
            subscription = given;
            tooLate = closed;
        }
        if (tooLate) {
            given.cancel();
        } else {
            given.request(AHEAD);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        put(new Part(buffers, null));
    }

    @Override
    public void onError(Throwable failure) {
        put(new Part(null, failure));
    }

    @Override
    public void onComplete() {
        put(new Part(null, null));
    }

    private synchronized void put(Part part) {
        if (!closed) {
            parts.add(part);
        }
    }

    /**
     * Reads at least one byte, unless {@code length} is 0.
     *
     * @return how many; -1 at the end
     * @throws TimeoutException at the deadline; reading may go on
     * @throws IOException if the connection broke, the answer is malformed or shorter than it said
     * @throws dev.vap.runner.decode.MediaException {@code INTERRUPTED}
     */
    int read(byte[] target, int offset, int length, long deadlineNanos, Cancellation cancellation)
            throws IOException, TimeoutException {
        if (length == 0) {
            return 0;
        }
        while (end == null) {
            for (; index < current.buffers().size(); index++) {
                ByteBuffer buffer = current.buffers().get(index);
                if (buffer.hasRemaining()) {
                    int count = Math.min(length, buffer.remaining());
                    buffer.get(target, offset, count);
                    return count;
                }
            }
            next(deadlineNanos, cancellation);
        }
        if (end.failure() != null) {
            throw new IOException(end.failure());
        }
        return -1;
    }

    private void next(long deadlineNanos, Cancellation cancellation) throws TimeoutException {
        Part part = null;
        while (part == null) {
            long slice = Waiting.slice(subject, deadlineNanos, cancellation);
            requireOpen();
            try {
                part = parts.poll(slice, TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                throw Waiting.interrupted(subject, e);
            }
        }
        if (part.buffers() == null) {
            end = part;
            return;
        }
        current = part;
        index = 0;
        subscription.request(1);
    }

    private synchronized void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the body is closed");
        }
    }

    /** Drops what was not read, with its connection. Harmless when repeated. */
    @Override
    public void close() {
        Flow.Subscription given;
        synchronized (this) {
            closed = true;
            parts.clear();
            given = subscription;
        }
        if (given != null) {
            given.cancel();
        }
    }
}
