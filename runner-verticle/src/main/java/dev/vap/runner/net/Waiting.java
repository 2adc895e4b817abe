package dev.vap.runner.net;

import dev.vap.runner.decode.Cancellation;
import dev.vap.runner.decode.MediaException;
import dev.vap.shared.domain.SourceFault;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits with a deadline and an eye on a {@link Cancellation}, which tells nobody when it is cancelled. */
final class Waiting {
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(40);

    private Waiting() {}

    /**
     * @param subject starts the message if it was stopped
     * @throws TimeoutException when the deadline passed; the work goes on
     * @throws MediaException {@code INTERRUPTED} when cancelled, or when this thread was interrupted
     */
    static <T> T forResult(Future<T> work, String subject, long deadlineNanos, Cancellation cancellation)
            throws ExecutionException, TimeoutException {
        while (true) {
            long slice = slice(subject, deadlineNanos, cancellation);
            try {
                return work.get(slice, TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                // The slice is over: look again.
            } catch (InterruptedException e) {
                throw interrupted(subject, e);
            }
        }
    }

    /** How long to wait before looking again; throws if there is nothing more to wait for. */
    static long slice(String subject, long deadlineNanos, Cancellation cancellation) throws TimeoutException {
        if (cancellation.isCancelled()) {
            throw stopped(subject, null);
        }
        long left = deadlineNanos - System.nanoTime();
        if (left <= 0) {
            throw new TimeoutException();
        }
        return Math.min(left, LOOK_NANOS);
    }

    static MediaException interrupted(String subject, InterruptedException cause) {
        Thread.currentThread().interrupt();
        return stopped(subject, cause);
    }

    private static MediaException stopped(String subject, Throwable cause) {
        return new MediaException(SourceFault.INTERRUPTED, subject + " is no longer read: it was stopped.", cause);
    }
}
