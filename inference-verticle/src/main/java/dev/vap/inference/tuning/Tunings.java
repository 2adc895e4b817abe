package dev.vap.inference.tuning;

import dev.vap.inference.model.CatalogEntry;
import dev.vap.inference.model.Provider;
import dev.vap.inference.model.RunSpec;
import dev.vap.inference.model.Tuning;
import dev.vap.inference.model.Tuning.Optimisation;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * How each model is to be run: what the catalogue says of it, else what the settings say, else what was measured, else what
 * suits most. Blocks (reads the model's file when it has changed). Thread-safe.
 */
public final class Tunings {

    /** Runs that keep a device busy while the next pictures are copied to it. */
    private static final int DEVICE_WORKERS = 2;

    private static final int DEVICE_BATCH = 8;

    private final Defaults defaults;
    private final TuningFile remembered;
    private final Checksums checksums;
    private final Supplier<Conditions> conditions;

    /**
     * What the settings say.
     *
     * @param maxBatch 0 for what suits the provider
     */
    public record Defaults(int cores, String provider, boolean fallback, int maxBatch, Duration maxDelay) {}

    /**
     * @param conditions asked only if something is remembered: it loads ONNX Runtime
     */
    public Tunings(Defaults defaults, TuningFile remembered, Checksums checksums, Supplier<Conditions> conditions) {
        this.defaults = defaults;
        this.remembered = remembered;
        this.checksums = checksums;
        this.conditions = conditions;
    }

    /** How the model in that file is run. */
    public Tuning of(CatalogEntry entry, Path file) {
        return of(entry.run(), remembered(entry, file));
    }

    /** What was measured of it, if it is still to be run by that provider on this machine with this ONNX Runtime. */
    public Optional<TuningFile.Best> remembered(CatalogEntry entry, Path file) {
        try {
            if (remembered.all().isEmpty()) {
                return Optional.empty();
            }
            return remembered.find(conditions.get().key(checksums.of(file), provider(entry.run())));
        } catch (IOException e) {
            // Whoever loads the file says what is wrong with it.
            return Optional.empty();
        }
    }

    /** What it is to run on. */
    public String provider(RunSpec run) {
        return run.provider() != null ? run.provider() : defaults.provider();
    }

    Tuning of(RunSpec run, Optional<TuningFile.Best> measured) {
        String provider = provider(run);
        boolean device = Provider.parse(provider).map(Provider.Choice::isDevice).orElse(false);
        int intra = first(run.intraThreads(), measured.map(TuningFile.Best::intraThreads), 1);
        int suiting = device ? DEVICE_WORKERS : Math.max(1, defaults.cores() / intra);
        // A measured number of workers goes with the measured number of threads, and with no other.
        boolean sameThreads = measured.isPresent() && measured.get().intraThreads() == intra;
        int workers =
                first(run.workers(), sameThreads ? measured.map(TuningFile.Best::workers) : Optional.empty(), suiting);
        Integer wanted = run.maxBatch() != null ? run.maxBatch() : defaults.maxBatch() > 0 ? defaults.maxBatch() : null;
        int batch = first(wanted, measured.map(TuningFile.Best::batch), device ? DEVICE_BATCH : 1);
        Duration delay = run.maxDelay() != null ? run.maxDelay() : defaults.maxDelay();
        return new Tuning(
                workers,
                intra,
                batch,
                batch == 1 ? Duration.ZERO : delay,
                provider,
                run.fallback() != null ? run.fallback() : defaults.fallback(),
                measured.map(TuningFile.Best::optimisation).orElse(Optimisation.ALL));
    }

    private static int first(Integer said, Optional<Integer> measured, int suiting) {
        return said != null ? said : measured.orElse(suiting);
    }
}
