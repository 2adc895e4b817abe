package dev.vap.api.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InstantTextTest {

    private static String text(Instant instant) {
        StringBuilder out = new StringBuilder();
        InstantText.append(out, instant);
        return out.toString();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-01-31T12:00:00Z",
                "2026-12-31T23:59:59.999999999Z",
                "2024-02-29T00:00:00.001Z",
                "1969-12-31T23:59:59.000001Z",
                "1000-01-01T00:00:00Z",
                "0999-12-31T23:59:59Z",
                "9999-12-31T23:59:59.120Z",
                "+10000-01-01T00:00:00Z",
                "-0001-01-01T00:00:00Z"
            })
    void isWhatJavaWrites(String iso) {
        Instant instant = Instant.parse(iso);

        assertThat(text(instant)).isEqualTo(instant.toString());
    }

    @Test
    void isWhatJavaWritesOfAnyInstant() {
        Random random = new Random(7);
        int[] units = {1, 1_000, 1_000_000, 1_000_000_000};
        for (int i = 0; i < 20_000; i++) {
            int unit = units[random.nextInt(units.length)];
            Instant instant = Instant.ofEpochSecond(
                    random.nextLong(-40_000_000_000L, 260_000_000_000L),
                    1L * unit * (random.nextInt(1_000_000_000) / unit));
            assertThat(text(instant)).isEqualTo(instant.toString());
        }
    }
}
