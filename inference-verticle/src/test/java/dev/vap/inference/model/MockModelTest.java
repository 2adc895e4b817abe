package dev.vap.inference.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.inference.fixture.Requests;
import dev.vap.shared.domain.Detection;
import java.util.List;
import org.junit.jupiter.api.Test;

class MockModelTest {

    private final Detector mock = new MockModel().newDetector();

    @Test
    void dependsOnTheFrameNumberAlone() {
        List<Detection> once =
                mock.detect(Requests.picture(64, 36, 1).stream("a").frame(7).build());
        List<Detection> again = new MockModel()
                .newDetector()
                .detect(Requests.picture(64, 36, 1).stream("b").frame(7).build());

        assertThat(once).isEqualTo(again).isNotEmpty();
        assertThat(mock.detect(Requests.picture(64, 36, 1).frame(8).build())).isNotEqualTo(once);
    }

    @Test
    void staysInsideTheSource() {
        for (int n = 0; n < 200; n++) {
            List<Detection> found = mock.detect(
                    Requests.picture(64, 36, 1).frame(n).source(640, 360, 0.1).build());
            assertThat(found).hasSize(n % 3 == 0 ? 2 : 1).allSatisfy(d -> {
                assertThat(d.box().xMin()).isGreaterThanOrEqualTo(0);
                assertThat(d.box().xMax()).isLessThanOrEqualTo(640);
                assertThat(d.box().yMax()).isLessThanOrEqualTo(360);
                assertThat(Labels.COCO.get(d.classId())).isEqualTo(d.label());
            });
        }
    }

    @Test
    void mindsConfidenceAndClasses() {
        assertThat(mock.detect(
                        Requests.picture(64, 36, 1).frame(3).classes("car").build()))
                .extracting(Detection::label)
                .containsExactly("car");
        assertThat(mock.detect(
                        Requests.picture(64, 36, 1).frame(3).confidence(0.7).build()))
                .extracting(Detection::label)
                .containsExactly("person");
    }
}
