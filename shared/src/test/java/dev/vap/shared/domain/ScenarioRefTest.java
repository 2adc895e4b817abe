package dev.vap.shared.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScenarioRefTest {

    @Test
    void takesNumbersAndUuids() {
        UUID uuid = UUID.randomUUID();
        assertThat(ScenarioRef.parse("17")).isEqualTo(new ScenarioRef(null, 17L));
        assertThat(ScenarioRef.parse(uuid.toString().toUpperCase(java.util.Locale.ROOT)))
                .isEqualTo(ScenarioRef.of(uuid));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "-1", "1.5", "x", "1 or 1=1", "99999999999999999999", "1-1-1-1-1"})
    void refusesTheRest(String text) {
        assertThatThrownBy(() -> ScenarioRef.parse(text))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ID));
    }
}
