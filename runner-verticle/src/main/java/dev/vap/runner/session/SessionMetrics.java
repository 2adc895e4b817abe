package dev.vap.runner.session;

import dev.vap.shared.domain.SourceFault;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Meters of all sessions of a process, looked up once. Thread-safe, no allocation per frame. */
public final class SessionMetrics {

    private final MeterRegistry registry;
    private final Counter decoded;
    private final Counter analysed;
    private final Counter published;
    private final Counter acknowledged;
    private final Counter resent;
    private final Counter gated;
    private final Timer decoding;
    private final Timer letterboxing;
    private final Timer gating;
    private final Timer roundTrip;
    private final Counter previews;
    private final Timer previewing;
    private final Map<String, Counter> crops = new ConcurrentHashMap<>();
    private final Map<String, Counter> dropped = new ConcurrentHashMap<>();

    public SessionMetrics(MeterRegistry registry) {
        this.registry = registry;
        this.decoded = stage("decoded");
        this.analysed = stage("analysed");
        this.published = stage("published");
        this.acknowledged = stage("acknowledged");
        this.resent = stage("sent_again");
        this.gated = stage("gated");
        this.decoding = timer("vap_frame_decode", "decoding one frame, sampled out or not");
        this.letterboxing = timer("vap_frame_letterbox", "converting one frame to BGR and scaling it for the model");
        this.gating = timer("vap_frame_gate", "making a small grey picture of one frame and looking for motion in it");
        this.roundTrip = timer("vap_frame_inference", "from sending a frame to its detections, tries included");
        this.previews = Counter.builder("vap_preview_encoded")
                .description("pictures made for those who watch")
                .register(registry);
        this.previewing = timer("vap_preview_encode", "scaling and encoding one picture for those who watch");
    }

    private Counter stage(String name) {
        return Counter.builder("vap_frames")
                .description("frames by the stage they have passed")
                .tag("stage", name)
                .register(registry);
    }

    private Timer timer(String name, String description) {
        return Timer.builder(name).description(description).register(registry);
    }

    void decoded(long nanos) {
        decoded.increment();
        decoding.record(nanos, TimeUnit.NANOSECONDS);
    }

    void letterboxed(long nanos) {
        letterboxing.record(nanos, TimeUnit.NANOSECONDS);
    }

    void gateLooked(long nanos) {
        gating.record(nanos, TimeUnit.NANOSECONDS);
    }

    void analysed(long nanos) {
        analysed.increment();
        roundTrip.record(nanos, TimeUnit.NANOSECONDS);
    }

    void previewEncoded(long nanos) {
        previews.increment();
        previewing.record(nanos, TimeUnit.NANOSECONDS);
    }

    void sentAgain() {
        resent.increment();
    }

    void gated(long frames) {
        gated.increment((double) frames);
    }

    void published() {
        published.increment();
    }

    public void acknowledged() {
        acknowledged.increment();
    }

    /** A live source failed, or could not be opened. */
    void sourceFailed(SourceFault fault) {
        Counter.builder("vap_source_faults")
                .description("failures of live sources, and of attempts to open them, by what was wrong")
                .tag("fault", fault.wire())
                .register(registry)
                .increment();
    }

    /**
     * @param outcome {@code analysed}, or why not
     */
    void crop(String outcome) {
        crops.computeIfAbsent(outcome, o -> Counter.builder("vap_crops")
                        .description("objects that further models were to look at, by what became of it")
                        .tag("outcome", o)
                        .register(registry))
                .increment();
    }

    void dropped(String cause, long frames) {
        Counter counter = dropped.get(cause);
        if (counter == null) {
            counter = dropped.computeIfAbsent(cause, c -> Counter.builder("vap_frames_dropped")
                    .description("frames not analysed, or results not stored, by cause")
                    .tag("cause", c)
                    .register(registry));
        }
        counter.increment((double) frames);
    }
}
