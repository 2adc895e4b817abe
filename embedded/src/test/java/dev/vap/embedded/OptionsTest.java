package dev.vap.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class OptionsTest {
    @TempDir
    Path temporary;

    @Test
    void defaultsToFreePortsBelowOneDirectory() {
        EmbeddedOptions options = EmbeddedOptions.in(temporary);

        assertThat(options.databaseUrl()).isEmpty();
        assertThat(options.kafkaBootstrap()).isEmpty();
        assertThat(options.postgres()).isEqualTo(PostgresOptions.in(temporary));
        assertThat(options.kafka()).isEqualTo(new KafkaOptions(temporary, 0, 0, Map.of(), Duration.ofMinutes(2)));
    }

    @Test
    void changesOnePartAtATime() {
        Duration deadline = Duration.ofSeconds(9);
        PostgresOptions postgres = PostgresOptions.in(temporary)
                .withPort(5432)
                .withPrograms(temporary.resolve("p"))
                .withSettings(Map.of("fsync", "off"))
                .withStartDeadline(deadline);
        KafkaOptions kafka = KafkaOptions.in(temporary)
                .withPort(9092)
                .withControllerPort(9093)
                .withSettings(Map.of("num.io.threads", "1"))
                .withStartDeadline(deadline);

        assertThat(postgres)
                .isEqualTo(new PostgresOptions(
                        temporary, 5432, Optional.of(temporary.resolve("p")), Map.of("fsync", "off"), deadline));
        assertThat(kafka).isEqualTo(new KafkaOptions(temporary, 9092, 9093, Map.of("num.io.threads", "1"), deadline));
        assertThat(EmbeddedOptions.in(temporary)
                        .withPostgres(postgres)
                        .withKafka(kafka)
                        .withDatabaseUrl(Optional.of("d"))
                        .withKafkaBootstrap(Optional.of("k")))
                .isEqualTo(new EmbeddedOptions(temporary, Optional.of("d"), Optional.of("k"), postgres, kafka));
    }

    @Test
    void refusesPortsThatDoNotExist() {
        assertThatThrownBy(() -> PostgresOptions.in(temporary).withPort(65_536))
                .hasMessage("port must be between 0 and 65535, but is 65536");
        assertThatThrownBy(() -> KafkaOptions.in(temporary).withControllerPort(-1))
                .hasMessage("controllerPort must be between 0 and 65535, but is -1");
    }

    @Test
    void unpacksProgramsIntoTheCacheOfTheUser() {
        Path home = temporary.resolve("home");
        Path cache = temporary.resolve("cache");

        assertThat(ProgramCache.directory(temporary, null, home.toString())).isEqualTo(home.resolve(".cache/vap"));
        assertThat(ProgramCache.directory(temporary, cache.toString(), home.toString()))
                .isEqualTo(cache.resolve("vap"));
        assertThat(ProgramCache.directory(temporary, "not/absolute", home.toString()))
                .isEqualTo(home.resolve(".cache/vap"));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void unpacksProgramsBelowTheDataWhereThereIsNoCache() {
        assertThat(ProgramCache.directory(temporary, null, "/proc/self")).isEqualTo(temporary.resolve("programs"));
    }
}
