package dev.vap.embedded;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A server that starts on a thread of its own. Exactly one of {@link #await}'s caller and {@link #abandon} owns it. */
final class Starting<T extends AutoCloseable> {
    private static final Logger log = LoggerFactory.getLogger(Starting.class);
    private static final Duration ABANDON = Duration.ofSeconds(60);

    private final String name;
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private final Thread thread;

    private Starting(String name, Callable<T> start) {
        this.name = name;
        this.thread = new Thread(() -> run(start), "vap-start-" + name);
        thread.setDaemon(true);
    }

    static <T extends AutoCloseable> Starting<T> begin(String name, Callable<T> start) {
        Starting<T> starting = new Starting<>(name, start);
        starting.thread.start();
        return starting;
    }

    private void run(Callable<T> start) {
        try {
            result.complete(start.call());
        } catch (Throwable e) {
            result.completeExceptionally(e);
        }
    }

    /** @throws EmbeddedServerException if it failed or is not there in time */
    T await(Duration deadline) throws InterruptedException {
        try {
            return result.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new EmbeddedServerException(
                    "%s is not ready after %d s; its log may say why.".formatted(name, deadline.toSeconds()), e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof EmbeddedServerException known) {
                throw known;
            }
            throw new EmbeddedServerException(
                    "%s could not be started: %s".formatted(name, e.getCause()), e.getCause());
        }
    }

    /**
     * Waits until the start has ended, and closes what came of it.
     *
     * @param hurry whether to interrupt a start that is under way
     */
    void abandon(boolean hurry) {
        if (hurry) {
            thread.interrupt();
        }
        boolean interrupted = Thread.interrupted();
        try {
            result.get(ABANDON.toMillis(), TimeUnit.MILLISECONDS).close();
        } catch (ExecutionException e) {
            log.debug("{} did not start, so there is nothing to stop", name, e);
        } catch (InterruptedException e) {
            interrupted = true;
        } catch (Exception e) {
            log.warn("{} could not be stopped", name, e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
