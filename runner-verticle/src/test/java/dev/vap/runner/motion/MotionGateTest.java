package dev.vap.runner.motion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.domain.MotionOptions;
import dev.vap.shared.domain.MotionOptions.Point;
import dev.vap.shared.domain.MotionOptions.Region;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MotionGateTest {

    private static final long FRAME_MILLIS = 100;
    private static final double SENSOR_NOISE = 8;

    private MotionGate gate = new MotionGate(options(List.of()));
    private final Scene scene = new Scene(SENSOR_NOISE);
    private long now = 40;

    @AfterEach
    void close() {
        gate.close();
    }

    private static MotionOptions options(List<Region> ignore) {
        return new MotionOptions(true, 20, 0.001, 1, 5, 0.5, ignore);
    }

    @Test
    void passesAllFramesUntilTheBackgroundHasSettledAndNoneOfAStillSceneAfterwards() {
        for (int i = 0; i < 10; i++) {
            assertThat(look(scene.empty())).isEqualTo(Verdict.SETTLING);
        }
        for (int i = 0; i < 30; i++) {
            assertThat(look(scene.empty())).isEqualTo(Verdict.GATED);
        }
    }

    @Test
    void passesWhatMovesAndAMomentAfterwards() {
        settle();
        for (int x = 100; x < 200; x += 20) {
            assertThat(look(scene.with(x, 100, 40))).isEqualTo(Verdict.MOTION);
        }
        for (int i = 0; i < 4; i++) {
            assertThat(look(scene.empty())).isEqualTo(Verdict.HOLD);
        }
        assertThat(look(scene.empty())).isEqualTo(Verdict.GATED);
    }

    @Test
    void passesAFrameNowAndThenWhileNothingMoves() {
        settle();
        int passed = 0;
        for (int i = 0; i < 200; i++) {
            Verdict verdict = look(scene.empty());
            assertThat(verdict).isIn(Verdict.GATED, Verdict.RECHECK);
            passed += verdict.passes() ? 1 : 0;
        }
        assertThat(passed).isBetween(3, 4);
    }

    @Test
    void settlesAnewWhenTheWholeSceneChanges() {
        settle();
        scene.brighter(80);
        for (int i = 0; i < 10; i++) {
            assertThat(look(scene.empty())).isEqualTo(Verdict.SETTLING);
        }
        assertThat(look(scene.empty())).isEqualTo(Verdict.GATED);
    }

    @Test
    void followsLightThatChangesSlowly() {
        settle();
        for (int i = 0; i < 60; i++) {
            assertThat(look(scene.brighter(i % 3 == 0 ? 1 : 0).empty())).isIn(Verdict.GATED, Verdict.RECHECK);
        }
    }

    @Test
    void ignoresMotionInTheRegionsToIgnore() {
        gate = new MotionGate(options(
                List.of(new Region(List.of(new Point(0, 0), new Point(0.5, 0), new Point(0.5, 1), new Point(0, 1))))));
        settle();
        assertThat(look(scene.with(100, 100, 60))).isEqualTo(Verdict.GATED);
        assertThat(look(scene.with(500, 100, 60))).isEqualTo(Verdict.MOTION);
    }

    @Test
    void learnsWhatHasCometoStay() {
        settle();
        for (int i = 0; i < 10; i++) {
            assertThat(look(scene.with(300, 100, 60))).isEqualTo(Verdict.MOTION);
        }
        Verdict last = Verdict.MOTION;
        for (int i = 0; i < 600 && last == Verdict.MOTION; i++) {
            last = look(scene.with(300, 100, 60));
        }
        assertThat(last).isNotEqualTo(Verdict.MOTION);
    }

    @Test
    void beginsAnewWhenTheSizeOrTheStreamDoes() {
        settle();
        now += FRAME_MILLIS;
        assertThat(gate.look(scene.empty(), Scene.WIDTH / 2, Scene.HEIGHT, now)).isEqualTo(Verdict.SETTLING);
        now = 0;
        assertThat(look(scene.empty())).isEqualTo(Verdict.SETTLING);
    }

    @Test
    void passesTheNextFrameOnDemand() {
        settle();
        assertThat(look(scene.empty())).isEqualTo(Verdict.GATED);
        gate.demand();
        assertThat(look(scene.empty())).isEqualTo(Verdict.RECHECK);
        assertThat(look(scene.empty())).isEqualTo(Verdict.GATED);
    }

    private void settle() {
        for (int i = 0; i < 10; i++) {
            look(scene.empty());
        }
    }

    private Verdict look(MotionGate.Picture picture) {
        Verdict verdict = gate.look(picture, Scene.WIDTH, Scene.HEIGHT, now);
        now += FRAME_MILLIS;
        return verdict;
    }
}
