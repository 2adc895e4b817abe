package dev.vap.runner.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Tests of sessions with a harness of their own each, after which no source is open. */
abstract class OnHarness {

    SessionHarness harness;

    @BeforeEach
    void open() throws Exception {
        harness = new SessionHarness();
        harness.inference.up();
    }

    @AfterEach
    void close() throws Exception {
        harness.close();
        assertThat(FakeSource.OPEN.get()).isZero();
    }
}
