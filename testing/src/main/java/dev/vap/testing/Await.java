package dev.vap.testing;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * Waits for what other threads or processes do, by looking every few milliseconds. A look that throws counts as "not
 * yet", assertions included, so that conditions may be written with them. A look that blocks is not interrupted: give it
 * a deadline of its own.
 */
public final class Await {
    private static final long FIRST_PARK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LONGEST_PARK_NANOS = TimeUnit.MILLISECONDS.toNanos(25);

    private Await() {}

    /** Something that holds sooner or later. */
    @FunctionalInterface
    public interface Condition {
        boolean holds() throws Exception;
    }

    /** Something that stops throwing sooner or later. */
    @FunctionalInterface
    public interface Assertion {
        void check() throws Exception;
    }

    /** @throws AssertionError if it does not hold in time, naming {@code what} */
    public static void until(String what, Duration deadline, Condition condition) {
        value(what, deadline, condition::holds, holds -> holds);
    }

    /** @throws AssertionError if it still throws when time is up, naming {@code what}, with its last complaint as cause */
    public static void untilAsserted(String what, Duration deadline, Assertion assertion) {
        value(
                what,
                deadline,
                () -> {
                    assertion.check();
                    return "passed";
                },
                passed -> true);
    }

    /**
     * Returns the first value the predicate accepts; null may be one.
     *
     * @throws AssertionError if there is none in time, naming {@code what} and the last value seen
     */
    public static <T> T value(String what, Duration deadline, Callable<T> look, Predicate<? super T> accepted) {
        long started = System.nanoTime();
        long park = FIRST_PARK_NANOS;
        while (true) {
            String last;
            Throwable complaint = null;
            try {
                T value = look.call();
                if (accepted.test(value)) {
                    return value;
                }
                last = "last value: " + value;
            } catch (Exception | AssertionError e) {
                rethrowInterrupt(what, e);
                last = "last look failed: " + e;
                complaint = e;
            }
            long left = deadline.toNanos() - (System.nanoTime() - started);
            if (left <= 0) {
                throw new AssertionError(
                        "Waited %d ms in vain for %s; %s".formatted(deadline.toMillis(), what, last), complaint);
            }
            LockSupport.parkNanos(Math.min(park, left));
            if (Thread.currentThread().isInterrupted()) {
                throw new AssertionError("Interrupted while waiting for %s; %s".formatted(what, last), complaint);
            }
            park = Math.min(park * 2, LONGEST_PARK_NANOS);
        }
    }

    private static void rethrowInterrupt(String what, Throwable e) {
        if (e instanceof InterruptedException) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted while waiting for " + what, e);
        }
    }
}
