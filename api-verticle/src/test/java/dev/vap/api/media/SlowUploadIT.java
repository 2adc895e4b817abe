package dev.vap.api.media;

import static dev.vap.api.ApiFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.net.NetSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An upload of which a byte comes now and then. */
class SlowUploadIT {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Duration PATIENCE = Duration.ofMillis(300);
    private static final int ALL = 1_000_000;

    @Test
    void doesNotHoldItsConnectionForEver(@TempDir Path folder) {
        Vertx vertx = Vertx.vertx();
        try {
            MediaStore store = new MediaStore(folder, 2L * ALL);
            AtomicReference<Future<MediaFile>> upload = new AtomicReference<>();
            HttpServer server = await(vertx.createHttpServer()
                    .requestHandler(request -> upload.set(
                            Upload.receive(vertx.getOrCreateContext(), request, store, "slow.mp4", PATIENCE)))
                    .listen(0, "127.0.0.1"));
            NetSocket socket = await(vertx.createNetClient().connect(server.actualPort(), "127.0.0.1"));
            await(socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + ALL + "\r\n\r\n"));
            await(socket.write("a".repeat(1_000)));

            Await.until("it is given up", SOON, () -> {
                socket.write("a");
                return upload.get() != null && upload.get().failed();
            });
            assertThat(upload.get().cause())
                    .isInstanceOfSatisfying(
                            VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.REQUEST_TIMEOUT))
                    .hasMessageContaining("ask how much of the file is there, and go on from there");
        } finally {
            await(vertx.close());
        }
    }
}
