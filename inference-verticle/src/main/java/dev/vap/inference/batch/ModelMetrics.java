package dev.vap.inference.batch;

import dev.vap.shared.protocol.ModelInfo;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/** What is counted of one model. Thread-safe. */
final class ModelMetrics {

    private static final Duration[] BUCKETS = {
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(20),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(200),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5),
    };

    private final MeterRegistry registry;
    final Counter requests;
    final Counter refused;
    final Counter expired;
    final Counter failed;
    final Counter stuck;
    final DistributionSummary batch;
    final Timer wait;
    final Timer run;
    private final Gauge depth;
    private final Gauge loaded;

    ModelMetrics(MeterRegistry registry, ModelInfo info, Supplier<Number> queued) {
        this.registry = registry;
        String model = info.name();
        requests = counter("requests", "frames received", model);
        refused = counter("refused", "frames refused because the queue was full", model);
        expired = counter("expired", "frames dropped because their deadline had passed", model);
        failed = counter("failed", "frames whose analysis failed", model);
        stuck = counter("stuck", "runs that were given up because they did not come back", model);
        batch = DistributionSummary.builder("vap.inference.batch")
                .description("frames of a run")
                .tag("model", model)
                .register(registry);
        wait = timer("queue.wait", "time from the arrival of a frame to its analysis", model);
        run = timer("run", "analysis of a frame: preprocessing, model, post-processing", model);
        depth = Gauge.builder("vap.inference.queue.depth", queued)
                .description("frames waiting")
                .tag("model", model)
                .register(registry);
        loaded = Gauge.builder("vap.inference.model.loaded", () -> 1)
                .description("1 for each model in memory; what really executes it is a label")
                .tag("model", model)
                .tag("provider", provider(info))
                .register(registry);
    }

    private static String provider(ModelInfo info) {
        return info.details() == null || info.details().provider() == null
                ? "none"
                : info.details().provider();
    }

    private Counter counter(String name, String description, String model) {
        return Counter.builder("vap.inference." + name)
                .description(description)
                .tag("model", model)
                .register(registry);
    }

    private Timer timer(String name, String description, String model) {
        return Timer.builder("vap.inference." + name)
                .description(description)
                .tag("model", model)
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }

    /** Takes them out of the registry, so that a later model of the same name begins anew. */
    void close() {
        for (Meter meter : List.of(requests, refused, expired, failed, stuck, batch, wait, run, depth, loaded)) {
            registry.remove(meter);
        }
    }
}
