package dev.vap.standalone.platform;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Work on a daemon thread of its own, waited for with a deadline.
 *
 * @param name for messages: "NAME is not ready after 9 s"
 */
public record Background<T>(String name, CompletableFuture<T> result, Thread thread) {

    public static <T> Background<T> start(String name, Callable<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        result.complete(work.call());
                    } catch (Throwable e) {
                        result.completeExceptionally(e);
                    }
                },
                "vap-" + name.replace(' ', '-'));
        thread.setDaemon(true);
        thread.start();
        return new Background<>(name, result, thread);
    }

    /**
     * @throws ExecutionException if the work threw
     * @throws TimeoutException if it is not done in time; it goes on
     */
    public T await(Duration deadline) throws InterruptedException, ExecutionException, TimeoutException {
        return result.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
    }
}
