package dev.vap.inference.batch;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** The frames of one run, of one model. */
final class Batch {

    final ModelQueue queue;
    final List<Job> jobs;
    final long begunNanos;
    /** What the queue was charged for it, until the real time is known. */
    final long estimatedNanos;
    /** Nobody waits for it any more: it took too long. Guarded by the lock of the {@link InferencePool}. */
    boolean abandoned;

    /** By frame: 1 once its outcome is somebody's to tell. The thread that runs them and the one that looks after it race. */
    private final AtomicIntegerArray settled;

    Batch(ModelQueue queue, List<Job> jobs, long begunNanos, long estimatedNanos) {
        this.queue = queue;
        this.jobs = jobs;
        this.settled = new AtomicIntegerArray(jobs.size());
        this.begunNanos = begunNanos;
        this.estimatedNanos = estimatedNanos;
    }

    /** Whether the caller is the one to tell the outcome of that frame; true once. Safe for any thread. */
    boolean claim(int job) {
        return settled.compareAndSet(job, 0, 1);
    }

    /** Under the pool's lock: gives the run up. The frames whose outcome nobody has told, which the caller has to. */
    List<Job> abandon() {
        abandoned = true;
        List<Job> left = new ArrayList<>();
        for (int i = 0; i < jobs.size(); i++) {
            if (claim(i)) {
                left.add(jobs.get(i));
            }
        }
        return left;
    }
}
