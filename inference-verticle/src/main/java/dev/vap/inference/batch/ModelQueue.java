package dev.vap.inference.batch;

import dev.vap.inference.model.Detector;
import dev.vap.inference.model.Model;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.InferenceRequest;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * The frames that wait for one model, oldest first, at most {@code capacity}; and its detectors that are not at work. Its
 * state is guarded by the lock of its {@link InferencePool}; {@link #submit} may be called on any thread, event loops
 * included: it never waits for an analysis.
 */
public final class ModelQueue {

    private final InferencePool pool;
    private final Model model;
    private final int capacity;
    private final ModelMetrics metrics;

    private final ArrayDeque<Job> waiting = new ArrayDeque<>();
    private final ArrayDeque<Detector> idle = new ArrayDeque<>();
    private int running;
    private boolean closed;

    /** Read by the gauge without the lock. */
    private volatile int depth;

    ModelQueue(InferencePool pool, Model model, int capacity, MeterRegistry registry) {
        this.pool = pool;
        this.model = model;
        this.capacity = capacity;
        this.metrics = new ModelMetrics(registry, model.info().name(), () -> depth);
    }

    /**
     * Takes a frame, or refuses it at once: {@code inference_busy} if the queue is full, {@code inference_expired} if its
     * deadline has passed, {@code inference_unavailable} after a stop, {@code invalid_value} if its picture is not what the
     * model wants. Retains the pixels while it needs them; the caller's own reference stays the caller's.
     */
    public void submit(InferenceRequest request, ReplyTo replyTo) {
        metrics.requests.increment();
        long now = pool.now();
        String unfit = Pictures.problem(request, model.info());
        if (unfit != null) {
            metrics.failed.increment();
            replyTo.fail(new VapException(ErrorCode.INVALID_VALUE, unfit));
            return;
        }
        Job job = new Job(this, request, replyTo, now);
        if (request.expired(now)) {
            expire(job, false);
            return;
        }
        List<Job> dropped = new ArrayList<>(0);
        VapException refusal = pool.offer(this, job, now, dropped);
        dropped.forEach(old -> expire(old, true));
        if (refusal != null) {
            replyTo.fail(refusal);
        }
    }

    /**
     * Under the pool's lock.
     *
     * @param dropped gets those that made room because their deadlines had passed
     * @return why it was not taken, or null
     */
    VapException add(Job job, long now, List<Job> dropped) {
        if (closed) {
            return stopping();
        }
        if (waiting.size() >= capacity) {
            removeExpired(now, dropped);
        }
        if (waiting.size() >= capacity) {
            metrics.refused.increment();
            return new VapException(
                    ErrorCode.INFERENCE_BUSY,
                    "The queue of model " + model.info().name() + " is full (" + capacity
                            + " frames): try again later.");
        }
        job.request().pixels().retain();
        waiting.add(job);
        depth = waiting.size();
        return null;
    }

    private void removeExpired(long now, List<Job> dropped) {
        for (Iterator<Job> i = waiting.iterator(); i.hasNext(); ) {
            Job job = i.next();
            if (job.request().expired(now)) {
                i.remove();
                dropped.add(job);
            }
        }
        depth = waiting.size();
    }

    /** Under the pool's lock: the next frame, and with it the right to run; null if there is none or no more may run. */
    Job take() {
        if (waiting.isEmpty() || running >= model.parallelism()) {
            return null;
        }
        running++;
        Job job = waiting.poll();
        depth = waiting.size();
        return job;
    }

    /** Under the pool's lock; null if a new one must be made. */
    Detector takeDetector() {
        return idle.poll();
    }

    /** Under the pool's lock: a run is over. */
    void giveBack(Detector detector) {
        running--;
        if (detector != null) {
            idle.push(detector);
        }
    }

    /** Under the pool's lock: takes no more; returns what waited. */
    List<Job> shut() {
        closed = true;
        List<Job> left = new ArrayList<>(waiting);
        waiting.clear();
        depth = 0;
        return left;
    }

    /** Under the pool's lock. */
    boolean hasWaiting() {
        return !waiting.isEmpty();
    }

    /** Under the pool's lock. */
    boolean isRunning() {
        return running > 0;
    }

    Model model() {
        return model;
    }

    ModelMetrics metrics() {
        return metrics;
    }

    void expire(Job job, boolean retained) {
        metrics.expired.increment();
        if (retained) {
            job.request().pixels().release();
        }
        job.replyTo()
                .fail(new VapException(
                        ErrorCode.INFERENCE_EXPIRED,
                        "The frame waited past its deadline for model "
                                + model.info().name() + ": more frames come than can be analysed."));
    }

    static VapException stopping() {
        return new VapException(ErrorCode.INFERENCE_UNAVAILABLE, "This inference service is stopping: try again.");
    }

    /** Frees the detectors and the model; nothing runs any more. */
    void free() {
        idle.forEach(Detector::close);
        idle.clear();
        model.close();
        metrics.close();
    }

    /**
     * A frame on its way.
     *
     * @param arrivedNanos by the pool's clock
     */
    record Job(ModelQueue queue, InferenceRequest request, ReplyTo replyTo, long arrivedNanos) {}
}
