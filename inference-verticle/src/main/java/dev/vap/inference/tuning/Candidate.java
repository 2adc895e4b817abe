package dev.vap.inference.tuning;

import dev.vap.inference.model.Tuning;
import dev.vap.inference.model.Tuning.Optimisation;
import java.util.ArrayList;
import java.util.List;

/**
 * A way to run a network that is to be measured.
 *
 * @param workers runs side by side
 * @param intraThreads threads within a run
 * @param batch pictures in a run
 */
public record Candidate(int workers, int intraThreads, int batch, Optimisation optimisation) {

    private static final int MAX_BATCH = 8;

    /**
     * Every way to share the cores out between runs and threads within a run, and one run alone on one thread, which is what
     * the others are to be compared with.
     *
     * @param device whether something else than these cores does the work
     */
    static List<Candidate> sharesOf(int cores, boolean device) {
        List<Candidate> out = new ArrayList<>();
        if (device) {
            for (int workers = 1; workers <= 4; workers++) {
                out.add(new Candidate(workers, 1, 1, Optimisation.ALL));
            }
            return out;
        }
        for (int threads = 1; threads <= cores; threads *= 2) {
            out.add(new Candidate(cores / threads, threads, 1, Optimisation.ALL));
        }
        if (Integer.bitCount(cores) > 1) {
            out.add(new Candidate(1, cores, 1, Optimisation.ALL));
        }
        if (cores > 1) {
            out.add(new Candidate(1, 1, 1, Optimisation.ALL));
        }
        return out;
    }

    /** What may improve on the best share. */
    List<Candidate> variants(int maxBatch) {
        List<Candidate> out = new ArrayList<>();
        for (int size = 2; size <= Math.min(maxBatch, MAX_BATCH); size *= 2) {
            out.add(new Candidate(workers, intraThreads, size, optimisation));
        }
        out.add(new Candidate(workers, intraThreads, batch, Optimisation.EXTENDED));
        out.add(new Candidate(workers, intraThreads, batch, Optimisation.BASIC));
        return out;
    }

    /** The same as a tuning, on the provider of another. */
    Tuning on(Tuning base) {
        return new Tuning(
                workers, intraThreads, batch, base.maxDelay(), base.provider(), base.fallback(), optimisation);
    }
}
