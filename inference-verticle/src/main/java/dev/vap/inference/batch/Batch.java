package dev.vap.inference.batch;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * The frames of one run, of one model. Guarded by the lock of the {@link InferencePool}, but for what is final.
 */
final class Batch {

    final ModelQueue queue;
    final List<Job> jobs;
    final long begunNanos;
    /** What the queue was charged for it, until the real time is known. */
    final long estimatedNanos;
    /** Nobody waits for it any more: it took too long. */
    boolean abandoned;

    private final BitSet settled = new BitSet();

    Batch(ModelQueue queue, List<Job> jobs, long begunNanos, long estimatedNanos) {
        this.queue = queue;
        this.jobs = jobs;
        this.begunNanos = begunNanos;
        this.estimatedNanos = estimatedNanos;
    }

    /** Whether the caller is the one to tell the outcome of that frame; true once. */
    boolean claim(int job) {
        boolean first = !settled.get(job);
        settled.set(job);
        return first;
    }

    /** Gives the run up: the frames whose outcome nobody has told, which the caller has to. */
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
