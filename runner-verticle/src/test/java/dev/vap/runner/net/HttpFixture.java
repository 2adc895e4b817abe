package dev.vap.runner.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vap.runner.decode.ByteStream;
import dev.vap.runner.decode.Cancellation;
import dev.vap.runner.decode.MediaException;
import dev.vap.shared.domain.AddressRules;
import dev.vap.shared.domain.SourceFault;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;

/** Servers that are closed after each test, and the client. */
abstract class HttpFixture {

    static final Duration LONG = Duration.ofSeconds(30);
    static final Duration SHORT = Duration.ofMillis(300);

    final Cancellation cancellation = new Cancellation();
    /** For handlers to wait on; falls when the test is over. */
    final CountDownLatch over = new CountDownLatch(1);

    private final AddressGuard guard = new AddressGuard(AddressRules.allowing(List.of()));
    private final List<TinyHttp> servers = new ArrayList<>();
    final HttpStreams http = new HttpStreams(guard, null);

    @AfterEach
    void closeAll() throws IOException {
        over.countDown();
        for (TinyHttp server : servers) {
            server.close();
        }
        http.close();
        guard.close();
    }

    TinyHttp serve(TinyHttp.Handler handler) {
        try {
            TinyHttp server = new TinyHttp(handler);
            servers.add(server);
            return server;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    static long in(Duration duration) {
        return System.nanoTime() + duration.toNanos();
    }

    ByteStream open(String url) {
        return http.open(url, false, in(LONG), cancellation);
    }

    byte[] fetch(String url) {
        return http.fetch(url, 10_000_000, false, in(LONG), cancellation);
    }

    static byte[] readAll(ByteStream stream) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] buffer = new byte[10_000];
        for (int n = stream.read(buffer, 0, 10_000, in(LONG)); n >= 0; n = stream.read(buffer, 0, 10_000, in(LONG))) {
            assertThat(n).isPositive();
            all.write(buffer, 0, n);
        }
        return all.toByteArray();
    }

    static MediaException failure(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        MediaException e = catchThrowableOfType(MediaException.class, call);
        assertThat(e).as("a fault").isNotNull();
        assertThat(e.getMessage()).doesNotContain("secret", "s3cret").endsWith(".");
        return e;
    }

    void assertFault(String url, SourceFault fault, String message) {
        MediaException e = failure(() -> fetch(url));
        assertThat(e.fault()).as(e.getMessage()).isEqualTo(fault);
        assertThat(e).hasMessage(message);
    }
}
