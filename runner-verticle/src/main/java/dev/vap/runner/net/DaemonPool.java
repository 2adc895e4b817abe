package dev.vap.runner.net;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Small pools of named daemon threads, which go when they have nothing to do. */
final class DaemonPool {
    private static final long IDLE_SECONDS = 30;

    private DaemonPool() {}

    /** Refuses work that finds {@code waiting} tasks waiting. */
    static ThreadPoolExecutor refusing(String name, int threads, int waiting) {
        return pool(name, threads, new ArrayBlockingQueue<>(waiting));
    }

    /** Takes all work; for tasks that are short and bounded otherwise. */
    static ThreadPoolExecutor queueing(String name, int threads) {
        return pool(name, threads, new LinkedBlockingQueue<>());
    }

    private static ThreadPoolExecutor pool(String name, int threads, BlockingQueue<Runnable> queue) {
        AtomicInteger numbers = new AtomicInteger();
        ThreadPoolExecutor pool =
                new ThreadPoolExecutor(threads, threads, IDLE_SECONDS, TimeUnit.SECONDS, queue, task -> {
                    Thread thread = new Thread(task, name + "-" + numbers.getAndIncrement());
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }
}
