package dev.vap.shared.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import io.vertx.core.VertxException;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is an outage of PostgreSQL, which waits and tries again help, and what is a bug, which the log has to tell of. */
class DatabaseErrorsTest {

    static Stream<Throwable> outages() {
        return Stream.of(
                new ConnectException("Connection refused"),
                new ClosedChannelException(),
                new TimeoutException("timeout"),
                ClosedConnectionException.INSTANCE,
                new VertxException("Timeout waiting for connection"),
                new VertxException("Pool closed"),
                new RuntimeException(new IOException("Connection reset by peer")),
                new PgException("terminating connection", "FATAL", "57P01", null),
                new PgException("too many connections", "FATAL", "53300", null));
    }

    static Stream<Throwable> bugs() {
        return Stream.of(
                new NullPointerException("ours"),
                new IllegalStateException("ours"),
                new ClassCastException("ours"),
                new VertxException("Parameter at position[0] with class = [java.lang.String] can not be coerced"),
                new PgException("syntax error", "ERROR", "42601", null));
    }

    @ParameterizedTest
    @MethodSource("outages")
    void anOutageIsOne(Throwable e) {
        assertThat(Database.explain(e)).isInstanceOfSatisfying(VapException.class, v -> assertThat(v.code())
                .isEqualTo(ErrorCode.STORE_UNAVAILABLE));
    }

    @ParameterizedTest
    @MethodSource("bugs")
    void aBugComesAsItIs(Throwable e) {
        assertThat(Database.explain(e)).isSameAs(e);
    }
}
