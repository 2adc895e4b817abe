package dev.vap.inference.batch;

import dev.vap.inference.model.Detector;
import dev.vap.inference.model.Model;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.InferenceRequest;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The frames that wait for one model, at most {@code capacity}, fair between streams ({@link FairQueue}); and its detectors
 * that are not at work. Its state is guarded by the lock of its {@link InferencePool}; {@link #submit} may be called on any
 * thread, event loops included: it never waits for an analysis.
 */
public final class ModelQueue {

    /** Weight of the newest run in the mean. */
    private static final double NEWEST = 0.1;

    private final InferencePool pool;
    private final Model model;
    private final Batching batching;
    private final ModelMetrics metrics;

    private final FairQueue waiting = new FairQueue();
    private final ArrayDeque<Detector> idle = new ArrayDeque<>();
    private int running;
    private int stuck;
    private boolean closed;

    /** Time of threads that each stream of this model has had, on the average; the pool serves who has had least. */
    private double servedNanos;

    private double meanRunNanos;

    /** Read without the lock. */
    private volatile int depth;

    private volatile boolean healthy = true;

    ModelQueue(InferencePool pool, Model model, Batching batching, MeterRegistry registry) {
        this.pool = pool;
        this.model = model;
        this.batching = batching;
        this.metrics = new ModelMetrics(registry, model.info(), () -> depth);
    }

    /**
     * Takes a frame, or refuses it at once: {@code inference_busy} if the queue is full, {@code inference_expired} if its
     * deadline has passed, {@code inference_unavailable} after a stop, {@code invalid_value} if its picture is not what the
     * model wants. A full queue still takes the frame of a stream that has fewer waiting than others; the newest frame of
     * the one that has most is refused in its place. Retains the pixels while it needs them; the caller's own reference
     * stays the caller's.
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
        Dropped dropped = new Dropped();
        VapException refusal = pool.offer(this, job, now, dropped);
        dropped.expired.forEach(old -> expire(old, true));
        if (dropped.evicted != null) {
            metrics.refused.increment();
            dropped.evicted.request().pixels().release();
            pool.tell(dropped.evicted, null, full());
        }
        if (refusal != null) {
            replyTo.fail(refusal);
        }
    }

    /** Frames that wait now. */
    public int depth() {
        return depth;
    }

    public int capacity() {
        return batching.capacity();
    }

    /** False while a run hangs. */
    public boolean healthy() {
        return healthy;
    }

    /** What left the queue so that another frame could enter. */
    static final class Dropped {
        List<Job> expired = List.of();
        Job evicted;
    }

    /**
     * Under the pool's lock.
     *
     * @return why it was not taken, or null
     */
    VapException add(Job job, long now, Dropped dropped) {
        if (closed) {
            return stopping();
        }
        if (waiting.size() >= batching.capacity()) {
            dropped.expired = waiting.removeExpired(now);
        }
        if (waiting.size() >= batching.capacity()) {
            dropped.evicted = waiting.evictFor(job.request().stream());
            if (dropped.evicted == null) {
                metrics.refused.increment();
                return full();
            }
        }
        if (waiting.isEmpty() && running == 0) {
            // Whoever had nothing to do must not make up for it now.
            servedNanos = Math.max(servedNanos, pool.leastServed());
        }
        job.request().pixels().retain();
        waiting.add(job);
        depth = waiting.size();
        return null;
    }

    /** Under the pool's lock. */
    boolean isBusy() {
        return running > 0 || !waiting.isEmpty();
    }

    /** Under the pool's lock: see {@link #servedNanos}. */
    double served() {
        return servedNanos;
    }

    /**
     * Under the pool's lock: when its next run may begin; {@link Long#MAX_VALUE} if there is nothing to run, or no more may
     * run at once.
     */
    long readyAt(long now) {
        if (waiting.isEmpty() || running >= model.parallelism()) {
            return Long.MAX_VALUE;
        }
        if (batching.maxDelay().isZero() || waiting.size() >= model.maxBatch()) {
            return now;
        }
        return waiting.oldestArrival() + batching.maxDelay().toNanos();
    }

    /**
     * Under the pool's lock: the next frames, and with them the right to run.
     *
     * @param expired gets those that were too late
     * @return null if all were
     */
    Batch take(long now, List<Job> expired) {
        List<Job> jobs = new ArrayList<>(Math.min(model.maxBatch(), waiting.size()));
        int streams = Math.max(1, waiting.streams());
        while (jobs.size() < model.maxBatch() && !waiting.isEmpty()) {
            Job job = waiting.poll();
            (job.request().expired(now) ? expired : jobs).add(job);
        }
        depth = waiting.size();
        if (jobs.isEmpty()) {
            return null;
        }
        running++;
        long estimate = (long) (meanRunNanos / streams);
        servedNanos += estimate;
        return new Batch(this, jobs, now, estimate);
    }

    /** Under the pool's lock; null if a new one must be made. */
    Detector takeDetector() {
        return idle.poll();
    }

    /** Under the pool's lock: a run is over, or nobody waits for it any more. */
    void over(Batch batch, long now) {
        running--;
        long took = now - batch.begunNanos;
        int streams = Math.max(1, waiting.streams() + running);
        servedNanos += (double) took / streams - batch.estimatedNanos;
        meanRunNanos = meanRunNanos == 0 ? took : meanRunNanos + NEWEST * (took - meanRunNanos);
    }

    /** Under the pool's lock. */
    void giveBack(Detector detector) {
        if (detector != null) {
            idle.push(detector);
        }
    }

    /** Under the pool's lock: a run is given up, though it has not returned. */
    void stuck(Batch batch, long now) {
        over(batch, now);
        stuck++;
        healthy = false;
        metrics.stuck.increment();
    }

    /** Under the pool's lock: a run that was given up has returned after all. */
    void unstuck() {
        stuck--;
        healthy = stuck == 0;
    }

    /** Under the pool's lock: takes no more; returns what waited. */
    List<Job> shut() {
        closed = true;
        depth = 0;
        return waiting.clear();
    }

    /** Under the pool's lock: a native call may be using the model. */
    boolean isRunning() {
        return running > 0 || stuck > 0;
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
        VapException late = new VapException(
                ErrorCode.INFERENCE_EXPIRED,
                "The frame waited past its deadline for model " + model.info().name()
                        + ": more frames come than can be analysed.");
        pool.tell(job, null, late);
    }

    private VapException full() {
        return new VapException(
                ErrorCode.INFERENCE_BUSY,
                "The queue of model " + model.info().name() + " is full (" + batching.capacity()
                        + " frames): try again later.");
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
}
