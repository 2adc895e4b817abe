package dev.vap.inference.tuning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.inference.model.Detector;
import dev.vap.inference.model.MockModel;
import dev.vap.inference.model.Model;
import dev.vap.inference.model.Tuning;
import dev.vap.inference.model.Tuning.Optimisation;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.ModelInfo;
import dev.vap.testing.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BenchTest {

    private static final Tuning BASE = Tuning.cpu(1);

    private final List<Fake> opened = new ArrayList<>();
    private final List<Candidate> turns = new ArrayList<>();
    private long now;

    @Test
    void sharesTheCoresOut() {
        assertThat(Candidate.sharesOf(1, false)).containsExactly(candidate(1, 1, 1, Optimisation.ALL));
        assertThat(Candidate.sharesOf(6, false))
                .containsExactly(
                        candidate(6, 1, 1, Optimisation.ALL),
                        candidate(3, 2, 1, Optimisation.ALL),
                        candidate(1, 4, 1, Optimisation.ALL),
                        candidate(1, 6, 1, Optimisation.ALL),
                        candidate(1, 1, 1, Optimisation.ALL));
        assertThat(Candidate.sharesOf(64, false))
                .allSatisfy(c -> assertThat(c.workers() * c.intraThreads()).isLessThanOrEqualTo(64));
        assertThat(Candidate.sharesOf(64, true)).extracting(Candidate::workers).containsExactly(1, 2, 3, 4);
    }

    @Test
    void choosesTheBestShareAndThenTheBestVariantOfIt() {
        Map<Candidate, Double> speeds = Map.of(
                candidate(2, 1, 1, Optimisation.ALL), 100.0,
                candidate(1, 2, 1, Optimisation.ALL), 120.0,
                candidate(1, 2, 4, Optimisation.ALL), 150.0);

        Bench.Outcome outcome = bench(speeds, 8).run(Duration.ofSeconds(10), c -> {});

        assertThat(outcome.best()).isEqualTo(candidate(1, 2, 4, Optimisation.ALL));
        assertThat(outcome.remembered()).isEqualTo(new TuningFile.Best(1, 2, 4, Optimisation.ALL, 150));
        assertThat(outcome.results())
                .containsOnlyKeys(
                        candidate(2, 1, 1, Optimisation.ALL),
                        candidate(1, 2, 1, Optimisation.ALL),
                        candidate(1, 1, 1, Optimisation.ALL),
                        candidate(1, 2, 2, Optimisation.ALL),
                        candidate(1, 2, 4, Optimisation.ALL),
                        candidate(1, 2, 8, Optimisation.ALL),
                        candidate(1, 2, 1, Optimisation.EXTENDED),
                        candidate(1, 2, 1, Optimisation.BASIC));
        assertThat(opened).isNotEmpty().allSatisfy(model -> assertThat(model.closed)
                .isTrue());
    }

    @Test
    void keepsTheSimplerWhereTheGainIsNoise() {
        Map<Candidate, Double> speeds =
                Map.of(candidate(2, 1, 1, Optimisation.ALL), 100.0, candidate(2, 1, 1, Optimisation.BASIC), 102.0);

        assertThat(bench(speeds, 1).run(Duration.ofSeconds(10), c -> {}).best())
                .isEqualTo(candidate(2, 1, 1, Optimisation.ALL));
    }

    @Test
    void triesNoBatchesWhereTheNetworkAllowsNone() {
        bench(Map.of(), 1).run(Duration.ofSeconds(10), c -> {});

        assertThat(turns).extracting(Candidate::batch).containsOnly(1);
    }

    @Test
    void takesTurnsAndKeepsTheTime() {
        bench(Map.of(), 1).run(Duration.ofSeconds(10), c -> {});

        assertThat(turns.subList(0, 3)).doesNotHaveDuplicates();
        assertThat(turns.subList(3, 6)).isEqualTo(turns.subList(0, 3));
        assertThat(Duration.ofNanos(now)).isBetween(Duration.ofSeconds(9), Duration.ofMillis(10_500));
    }

    @Test
    void saysThatTheTimeIsTooShort() {
        Bench bench = bench(Map.of(), 1);

        assertThatThrownBy(() -> bench.run(Duration.ofMillis(200), c -> {}))
                .isInstanceOf(VapException.class)
                .hasMessage("The time is too short to measure each way once: give more with --seconds.");
        assertThat(opened).allSatisfy(model -> assertThat(model.closed).isTrue());
    }

    @Test
    void theMedianForgetsTheRoundInWhichTheMachineWasBusy() {
        Sample median = Sample.median(List.of(new Sample(100, 10, 9), new Sample(3, 300, 9), new Sample(102, 9, 8)));

        assertThat(median).isEqualTo(new Sample(100, 10, 9));
        assertThat(Sample.median(new double[] {4, 1, 3, 2})).isEqualTo(2.5);
    }

    @Test
    void measuresAModel() {
        Sample sample = Load.run(new MockModel(), candidate(2, 1, 2, Optimisation.ALL), Duration.ofMillis(20));

        assertThat(sample.framesPerSecond()).isPositive();
        assertThat(sample.p50Millis()).isBetween(0.0, 20.0);
    }

    @Test
    void aRunThatFailsEndsTheMeasurement() {
        Fake broken = new Fake(1) {
            @Override
            public Detector newDetector() {
                return new Detector() {
                    @Override
                    public List<Detection> detect(InferenceRequest request) {
                        throw new IllegalStateException("broken");
                    }

                    @Override
                    public void close() {}
                };
            }
        };

        assertThatThrownBy(() -> Load.run(broken, candidate(1, 1, 1, Optimisation.ALL), Duration.ofMillis(20)))
                .isInstanceOf(VapException.class)
                .hasMessageContaining("broken");
    }

    @Test
    void aRunThatFailsIsNotToldBeforeTheOthersHaveReturned() throws Exception {
        AtomicInteger made = new AtomicInteger();
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger closedWhileInside = new AtomicInteger();
        Fake halfBroken = new Fake(1) {
            @Override
            public Detector newDetector() {
                boolean fails = made.getAndIncrement() == 0;
                return new Detector() {
                    private int runs;

                    @Override
                    public List<Detection> detect(InferenceRequest request) {
                        if (fails && ++runs > 1) {
                            // The other one is at work, as in native code that no interrupt ends.
                            Await.until("the other one runs", Duration.ofSeconds(10), () -> inside.get() > 0);
                            throw new IllegalStateException("broken");
                        }
                        if (!fails && ++runs > 1) {
                            inside.incrementAndGet();
                            long end = System.nanoTime() + 300_000_000;
                            while (System.nanoTime() < end) {
                                Thread.onSpinWait();
                            }
                            inside.decrementAndGet();
                        }
                        return List.of();
                    }

                    @Override
                    public void close() {
                        closedWhileInside.addAndGet(inside.get());
                    }
                };
            }
        };

        assertThatThrownBy(() -> Load.run(halfBroken, candidate(2, 1, 1, Optimisation.ALL), Duration.ofSeconds(20)))
                .hasMessageContaining("broken");

        assertThat(inside).as("runs in a model that the caller may close now").hasValue(0);
        assertThat(closedWhileInside).hasValue(0);
    }

    @Test
    void leavesAModelAloneInWhichARunHangs() {
        Bench bench = new Bench(
                tuning -> {
                    Fake model = new Fake(1);
                    opened.add(model);
                    return model;
                },
                BASE,
                2,
                false,
                () -> now,
                (model, candidate, length) -> {
                    if (candidate.equals(candidate(1, 2, 1, Optimisation.ALL))) {
                        throw new Load.HangingException(new VapException(ErrorCode.INFERENCE_FAILED, "x"));
                    }
                    now += length.toNanos();
                    return new Sample(1, 1, 1);
                });

        assertThatThrownBy(() -> bench.run(Duration.ofSeconds(10), c -> {}))
                .hasMessage("A run did not end within 2 minutes: this way hangs.");

        assertThat(opened).extracting(model -> model.closed).containsExactly(true, false);
    }

    private Bench bench(Map<Candidate, Double> speeds, int maxBatch) {
        return new Bench(
                tuning -> {
                    Fake model = new Fake(Math.min(maxBatch, tuning.maxBatch()));
                    opened.add(model);
                    return model;
                },
                BASE,
                2,
                false,
                () -> now,
                (model, candidate, length) -> {
                    turns.add(candidate);
                    now += length.toNanos();
                    return new Sample(speeds.getOrDefault(candidate, 10.0), 1, 1);
                });
    }

    private static Candidate candidate(int workers, int threads, int batch, Optimisation optimisation) {
        return new Candidate(workers, threads, batch, optimisation);
    }

    private static class Fake implements Model {

        private final int maxBatch;
        private boolean closed;

        Fake(int maxBatch) {
            this.maxBatch = maxBatch;
        }

        @Override
        public ModelInfo info() {
            return MockModel.INFO;
        }

        @Override
        public int parallelism() {
            return 1;
        }

        @Override
        public int maxBatch() {
            return maxBatch;
        }

        @Override
        public Detector newDetector() {
            return new MockModel().newDetector();
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
