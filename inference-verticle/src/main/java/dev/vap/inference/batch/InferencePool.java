package dev.vap.inference.batch;

import dev.vap.inference.batch.ModelQueue.Job;
import dev.vap.inference.model.Detector;
import dev.vap.inference.model.Model;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.InferenceReply;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that analyse frames, shared by all models. A free thread takes the oldest frame of the next model in turn, so
 * that no model waits for ever behind another; it goes from one frame to the next without a detour over an event loop.
 *
 * <p>A detector is used by one thread at a time, and handed from thread to thread under the lock.
 */
public final class InferencePool {

    private static final Logger LOG = LoggerFactory.getLogger(InferencePool.class);
    private static final long LOG_EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final MeterRegistry registry;
    private final LongSupplier nanoTime;
    private final List<Thread> threads = new ArrayList<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition done = lock.newCondition();
    private final List<ModelQueue> queues = new ArrayList<>();
    private int turn;
    private boolean closed;

    private long lastLoggedNanos;
    private long unlogged;

    /**
     * @param nanoTime what deadlines are compared with: {@link System#nanoTime()}
     */
    public InferencePool(int threadCount, MeterRegistry registry, LongSupplier nanoTime) {
        this.registry = registry;
        this.nanoTime = nanoTime;
        this.lastLoggedNanos = nanoTime.getAsLong() - LOG_EVERY_NANOS;
        for (int i = 0; i < threadCount; i++) {
            Thread thread = new Thread(this::work, "vap-inference-" + i);
            thread.setDaemon(true);
            threads.add(thread);
        }
        threads.forEach(Thread::start);
    }

    /**
     * Begins to serve a model, which the pool owns and closes from here on.
     *
     * @param capacity frames that may wait
     * @throws VapException {@code inference_unavailable} after a stop; the model stays the caller's then
     */
    public ModelQueue add(Model model, int capacity) {
        lock.lock();
        try {
            if (closed) {
                throw ModelQueue.stopping();
            }
            ModelQueue queue = new ModelQueue(this, model, capacity, registry);
            queues.add(queue);
            return queue;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Fails what waits, waits for what runs, frees all models and ends the threads. Blocks for at most {@code drain}. A
     * second call returns at once.
     *
     * @return false if a native call still runs; its model is not freed then, because that would crash the process
     */
    public boolean close(Duration drain) throws InterruptedException {
        List<Job> left = new ArrayList<>();
        lock.lock();
        try {
            if (closed) {
                return true;
            }
            closed = true;
            queues.forEach(queue -> left.addAll(queue.shut()));
            work.signalAll();
        } finally {
            lock.unlock();
        }
        for (Job job : left) {
            job.request().pixels().release();
            job.replyTo().fail(ModelQueue.stopping());
        }
        return freeWhenDone(drain);
    }

    private boolean freeWhenDone(Duration drain) throws InterruptedException {
        lock.lock();
        try {
            long nanos = drain.toNanos();
            while (queues.stream().anyMatch(ModelQueue::isRunning) && nanos > 0) {
                nanos = done.awaitNanos(nanos);
            }
            boolean all = true;
            for (ModelQueue queue : queues) {
                if (queue.isRunning()) {
                    all = false;
                    LOG.error(
                            "model {} still runs after {} ms: its memory is not freed",
                            queue.model().info().name(),
                            drain.toMillis());
                } else {
                    queue.free();
                }
            }
            queues.clear();
            return all;
        } finally {
            lock.unlock();
        }
    }

    long now() {
        return nanoTime.getAsLong();
    }

    VapException offer(ModelQueue queue, Job job, long now, List<Job> dropped) {
        lock.lock();
        try {
            VapException refusal = queue.add(job, now, dropped);
            if (refusal == null) {
                work.signal();
            }
            return refusal;
        } finally {
            lock.unlock();
        }
    }

    private void work() {
        while (true) {
            Job job;
            Detector detector;
            lock.lock();
            try {
                job = next();
                while (job == null) {
                    if (closed) {
                        return;
                    }
                    work.awaitUninterruptibly();
                    job = next();
                }
                detector = job.queue().takeDetector();
            } finally {
                lock.unlock();
            }
            Detector used = run(job, detector);
            lock.lock();
            try {
                job.queue().giveBack(used);
                done.signalAll();
                if (job.queue().hasWaiting()) {
                    // This thread may go on with another model, and nobody was woken for a model that was at its limit.
                    work.signal();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    private Job next() {
        for (int i = 0; i < queues.size(); i++) {
            turn = (turn + 1) % queues.size();
            Job job = queues.get(turn).take();
            if (job != null) {
                return job;
            }
        }
        return null;
    }

    /**
     * @param idle null if a detector must be made first
     * @return the detector, null if none could be made
     */
    private Detector run(Job job, Detector idle) {
        ModelQueue queue = job.queue();
        long begun = now();
        if (job.request().expired(begun)) {
            queue.expire(job, true);
            return idle;
        }
        Detector detector = idle;
        InferenceReply reply = null;
        VapException failure = null;
        try {
            if (detector == null) {
                detector = queue.model().newDetector();
            }
            List<Detection> found = detector.detect(job.request());
            long ended = now();
            queue.metrics().wait.record(begun - job.arrivedNanos(), TimeUnit.NANOSECONDS);
            queue.metrics().run.record(ended - begun, TimeUnit.NANOSECONDS);
            reply = new InferenceReply(
                    found, queue.model().info().detector(), micros(begun - job.arrivedNanos()), micros(ended - begun));
        } catch (RuntimeException | Error e) {
            queue.metrics().failed.increment();
            failure = explained(queue, e);
        } finally {
            job.request().pixels().release();
        }
        tell(job, reply, failure);
        return detector;
    }

    private void tell(Job job, InferenceReply reply, VapException failure) {
        try {
            if (failure == null) {
                job.replyTo().succeed(reply);
            } else {
                job.replyTo().fail(failure);
            }
        } catch (RuntimeException e) {
            logSometimes(job.queue(), e);
        }
    }

    private VapException explained(ModelQueue queue, Throwable e) {
        logSometimes(queue, e);
        return e instanceof VapException known
                ? known
                : new VapException(
                        ErrorCode.INFERENCE_FAILED,
                        "The model " + queue.model().info().name() + " failed on a frame; the service's log says more.",
                        e);
    }

    /** One line a second at most. */
    private void logSometimes(ModelQueue queue, Throwable e) {
        long more;
        lock.lock();
        try {
            if (now() - lastLoggedNanos < LOG_EVERY_NANOS) {
                unlogged++;
                return;
            }
            lastLoggedNanos = now();
            more = unlogged;
            unlogged = 0;
        } finally {
            lock.unlock();
        }
        LOG.warn(
                "model {} failed on a frame ({} more since the last line)",
                queue.model().info().name(),
                more,
                e);
    }

    private static long micros(long nanos) {
        return TimeUnit.NANOSECONDS.toMicros(nanos);
    }
}
