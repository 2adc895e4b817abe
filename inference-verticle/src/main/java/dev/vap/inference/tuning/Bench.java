package dev.vap.inference.tuning;

import dev.vap.inference.model.Model;
import dev.vap.inference.model.Tuning;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Finds how a network runs best here: first how the cores are shared out, then whether batches or fewer optimisations improve
 * on that. Candidates take turns, so that whatever else the machine does hits all alike, and the median of their rounds
 * counts. Blocks; one thread at a time.
 */
public final class Bench {

    /** Of the time for the first question; the rest is for the second. */
    private static final double FIRST = 0.6;

    private static final int ROUNDS = 5;
    private static final Duration LEAST_ROUND = Duration.ofMillis(100);

    /** Less is noise: what is more complicated must gain more. */
    private static final double WORTH = 1.03;

    private final Function<Tuning, Model> loader;
    private final Tuning base;
    private final int cores;
    private final boolean device;
    private final LongSupplier nanoTime;
    private final Rounds rounds;

    /** Runs one round of a candidate. */
    @FunctionalInterface
    interface Rounds {
        Sample run(Model model, Candidate candidate, Duration length);
    }

    /**
     * What came out.
     *
     * @param results by candidate, in the order in which they were first measured
     */
    public record Outcome(Map<Candidate, Sample> results, Candidate best) {

        public TuningFile.Best remembered() {
            return new TuningFile.Best(
                    best.workers(),
                    best.intraThreads(),
                    best.batch(),
                    best.optimisation(),
                    results.get(best).framesPerSecond());
        }
    }

    /**
     * @param loader opens the network anew; the bench closes what it is given
     * @param base whose provider is measured
     * @param device whether that is something else than the cores
     */
    public Bench(Function<Tuning, Model> loader, Tuning base, int cores, boolean device) {
        this(loader, base, cores, device, System::nanoTime, Load::run);
    }

    Bench(
            Function<Tuning, Model> loader,
            Tuning base,
            int cores,
            boolean device,
            LongSupplier nanoTime,
            Rounds rounds) {
        this.loader = loader;
        this.base = base;
        this.cores = cores;
        this.device = device;
        this.nanoTime = nanoTime;
        this.rounds = rounds;
    }

    /**
     * @param time in all; opening the network counts, and a run that was begun is finished
     * @param progress told of each candidate as its turn comes in the first round
     * @throws VapException if the network can't be opened or run, or the time is too short for a single round of each share
     */
    public Outcome run(Duration time, Consumer<Candidate> progress) {
        long start = nanoTime.getAsLong();
        Map<Candidate, Sample> results = new LinkedHashMap<>();
        try (Opened opened = new Opened()) {
            List<Candidate> shares = Candidate.sharesOf(cores, device);
            long end = start + time.toNanos();
            results.putAll(measure(opened, shares, start + (long) (time.toNanos() * FIRST), end, progress));
            if (results.size() < shares.size()) {
                throw new VapException(
                        ErrorCode.INVALID_VALUE,
                        "The time is too short to measure each way once: give more with --seconds.");
            }
            Candidate best = best(results);
            int maxBatch = opened.maxBatch(best);
            List<Candidate> variants = best.variants(maxBatch);
            results.putAll(measure(opened, variants, end, end, progress));
            return new Outcome(results, best(results));
        }
    }

    /**
     * @param end when to stop
     * @param hardEnd when to stop even in the first round, without which there is nothing to compare
     */
    private Map<Candidate, Sample> measure(
            Opened opened, List<Candidate> candidates, long end, long hardEnd, Consumer<Candidate> progress) {
        Map<Candidate, List<Sample>> samples = new LinkedHashMap<>();
        int turns = candidates.size() * ROUNDS;
        for (int round = 0; round < ROUNDS; round++) {
            for (Candidate candidate : candidates) {
                long last = round == 0 ? hardEnd : end;
                if (last - nanoTime.getAsLong() < LEAST_ROUND.toNanos()) {
                    return medians(samples);
                }
                if (round == 0) {
                    progress.accept(candidate);
                }
                Model model = opened.model(candidate);
                long share = (end - nanoTime.getAsLong()) / turns--;
                Duration length = Duration.ofNanos(Math.max(LEAST_ROUND.toNanos(), share));
                samples.computeIfAbsent(candidate, c -> new ArrayList<>())
                        .add(opened.use(model, () -> rounds.run(model, candidate, length)));
            }
        }
        return medians(samples);
    }

    private static Map<Candidate, Sample> medians(Map<Candidate, List<Sample>> samples) {
        Map<Candidate, Sample> out = new LinkedHashMap<>();
        samples.forEach((candidate, all) -> out.put(candidate, Sample.median(all)));
        return out;
    }

    /** The quickest, unless one that was measured before, and so is simpler, is as quick but for noise. */
    private static Candidate best(Map<Candidate, Sample> results) {
        double most = results.values().stream()
                .mapToDouble(Sample::framesPerSecond)
                .max()
                .orElseThrow();
        return results.entrySet().stream()
                .filter(e -> e.getValue().framesPerSecond() * WORTH >= most)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
    }

    /** Networks in memory: one for each number of threads and each level of optimisation. */
    private final class Opened implements AutoCloseable {

        private static final int FOR_BATCHES = 8;

        private final Map<List<Object>, Model> models = new LinkedHashMap<>();

        Model model(Candidate c) {
            // Batches may cost some runs when opened, and the first question asks for none.
            int batch = c.batch() > 1 ? FOR_BATCHES : 1;
            return models.computeIfAbsent(
                    List.of(c.intraThreads(), c.optimisation(), batch),
                    key -> loader.apply(
                            new Candidate(c.workers(), c.intraThreads(), batch, c.optimisation()).on(base)));
        }

        int maxBatch(Candidate c) {
            return model(new Candidate(c.workers(), c.intraThreads(), FOR_BATCHES, c.optimisation()))
                    .maxBatch();
        }

        /** What hangs in native code is not freed: the process ends soon. */
        Sample use(Model model, Supplier<Sample> round) {
            try {
                return round.get();
            } catch (Load.HangingException e) {
                models.values().remove(model);
                throw e;
            }
        }

        @Override
        public void close() {
            models.values().forEach(Model::close);
        }
    }
}
