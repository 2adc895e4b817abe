package dev.vap.inference.head;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.inference.fixture.Requests;
import dev.vap.shared.domain.BoundingBox;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.InferenceRequest;
import java.util.List;
import org.junit.jupiter.api.Test;

class CandidatesTest {

    private static final List<String> LABELS = List.of("cat", "dog");
    private static final InferenceRequest FRAME =
            Requests.picture(1, 1, 1).source(1000, 1000, 1).build();

    private final Candidates candidates = new Candidates();

    @Test
    void dropsTheWeakerOfTwoThatOverlap() {
        candidates.add(0, 0, 100, 100, 0.6f, 0);
        candidates.add(10, 0, 110, 100, 0.9f, 0);

        assertThat(best(0.45f)).extracting(Detection::confidence).containsExactly(0.9f);
    }

    @Test
    void keepsBothAtExactlyTheThreshold() {
        // Shared 5,000 of 10,000 + 10,000 - 5,000: a third.
        candidates.add(0, 0, 100, 100, 0.9f, 0);
        candidates.add(50, 0, 150, 100, 0.8f, 0);

        assertThat(best(1f / 3)).hasSize(2);
        assertThat(best(0.333f)).hasSize(1);
    }

    @Test
    void comparesWithThoseKeptOnly() {
        // The second is dropped for the first; the third overlaps the second alone, so it stays.
        candidates.add(0, 0, 100, 100, 0.9f, 0);
        candidates.add(40, 0, 140, 100, 0.8f, 0);
        candidates.add(80, 0, 180, 100, 0.7f, 0);

        assertThat(best(0.4f)).extracting(Detection::confidence).containsExactly(0.9f, 0.7f);
    }

    @Test
    void classesDoNotCompete() {
        candidates.add(0, 0, 100, 100, 0.5f, 0);
        candidates.add(0, 0, 100, 100, 0.6f, 1);

        assertThat(best(0.45f)).extracting(Detection::label).containsExactly("dog", "cat");
    }

    @Test
    void equalConfidencesKeepTheirOrder() {
        candidates.add(0, 0, 100, 100, 0.5f, 0);
        candidates.add(1, 0, 101, 100, 0.5f, 0);

        assertThat(best(0.45f)).extracting(d -> d.box().xMin()).containsExactly(0f);
    }

    @Test
    void scalesBackAndClipsToTheSource() {
        InferenceRequest letterboxed =
                Requests.picture(416, 416, 3).source(832, 468, 0.5).build();
        candidates.add(-10, 50, 100, 300, 0.5f, 0);

        List<Detection> found = candidates.best(new Thresholds(0.3f, 0.45f, List.of()), LABELS, letterboxed);

        assertThat(found).extracting(Detection::box).containsExactly(new BoundingBox(0, 100, 200, 468));
    }

    @Test
    void leavesOutWhatLiesInThePadding() {
        InferenceRequest letterboxed =
                Requests.picture(416, 416, 3).source(832, 468, 0.5).build();
        candidates.add(10, 300, 100, 400, 0.5f, 0);

        assertThat(candidates.best(new Thresholds(0.3f, 0.45f, List.of()), LABELS, letterboxed))
                .isEmpty();
    }

    @Test
    void reportsNoMoreThanTheLimit() {
        for (int i = 0; i < 2 * Candidates.MOST; i++) {
            candidates.add(i, 0, i + 0.5f, 1, (float) i / 1000, 0);
        }

        List<Detection> found = best(0.45f);

        assertThat(found).hasSize(Candidates.MOST);
        assertThat(found.get(0).confidence()).isEqualTo(0.599f);
    }

    @Test
    void onlyTheBestTakePartInTheSuppression() {
        // All in one place but the weakest, which would have been kept.
        for (int i = 0; i < Candidates.CONSIDERED; i++) {
            candidates.add(0, 0, 100, 100, 0.9f, 0);
        }
        candidates.add(500, 500, 600, 600, 0.1f, 0);

        assertThat(best(0.45f)).extracting(Detection::confidence).containsExactly(0.9f);
    }

    @Test
    void whatIsChosenAlreadyIsNotSuppressed() {
        candidates.add(0, 0, 100, 100, 0.6f, 0);
        candidates.add(0, 0, 100, 100, 0.9f, 0);

        assertThat(candidates.ranked(LABELS, FRAME))
                .extracting(Detection::confidence)
                .containsExactly(0.9f, 0.6f);
    }

    @Test
    void aCornerThatIsNoNumberIsAnError() {
        assertThatThrownBy(() -> candidates.add(0, Float.NaN, 1, 1, 0.5f, 0))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INFERENCE_FAILED));
        assertThatThrownBy(() -> candidates.addCentred(0, 0, Float.POSITIVE_INFINITY, 1, 0.5f, 0))
                .isInstanceOf(VapException.class);
    }

    private List<Detection> best(float iou) {
        return candidates.best(new Thresholds(0, iou, List.of()), LABELS, FRAME);
    }
}
