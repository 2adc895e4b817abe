package dev.vap.runner.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vap.runner.net.AddressGuard;
import dev.vap.runner.net.HttpStreams;
import dev.vap.shared.domain.AddressRules;
import dev.vap.shared.domain.SourceFault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sources that keep the reader waiting: servers on the loopback interface that answer late, little or nothing. */
@Timeout(60)
class DeadlineTest {
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Duration SHORT = Duration.ofMillis(300);

    @TempDir
    Path folder;

    private ServerSocket server;
    private AddressGuard guard;
    private HttpStreams streams;
    private ExecutorService threads;

    @BeforeEach
    void start() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        server.setSoTimeout(30_000);
        guard = new AddressGuard(AddressRules.allowing(List.of()));
        streams = new HttpStreams(guard, null);
        threads = Executors.newCachedThreadPool();
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
        streams.close();
        guard.close();
        threads.shutdownNow();
        assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    private ReaderOptions options() {
        String url = "http://" + server.getInetAddress().getHostAddress() + ":" + server.getLocalPort() + "/clip.mp4";
        return ReaderOptions.of(SourceKind.HTTP, url)
                .withNetwork(new ReaderOptions.Network(null, false, null, streams));
    }

    @Test
    void openingEndsInTimeWhenNobodyAnswers() {
        long start = System.nanoTime();
        MediaException failure = catchThrowableOfType(
                MediaException.class, () -> VideoReader.open(options().withTimeouts(SHORT, LONG)));
        assertThat(failure.fault()).isEqualTo(SourceFault.TIMEOUT);
        assertThat(failure).hasMessageContaining("did not answer in time");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(SHORT, SHORT.plusSeconds(20));
    }

    @Test
    void openingIsCancelledFromAnotherThread() throws Exception {
        Cancellation cancellation = new Cancellation();
        CompletableFuture<MediaException> failure = CompletableFuture.supplyAsync(
                () -> catchThrowableOfType(
                        MediaException.class, () -> VideoReader.open(options().withTimeouts(LONG, LONG), cancellation)),
                threads);
        try (Socket client = server.accept()) {
            assertThat(client.isConnected()).isTrue();
            cancellation.cancel();
            assertThat(failure.get(20, TimeUnit.SECONDS).fault()).isEqualTo(SourceFault.INTERRUPTED);
        }
    }

    @Test
    void readingEndsInTimeWhenTheSourceFallsSilent() throws Exception {
        CompletableFuture<Socket> client = sendHalfAClip();
        try (VideoReader reader = VideoReader.open(options().withTimeouts(LONG, SHORT))) {
            MediaException failure = catchThrowableOfType(MediaException.class, () -> readOn(reader));
            assertThat(failure.fault()).as(failure.getMessage()).isEqualTo(SourceFault.TIMEOUT);
            assertThat(failure.fault().retryable()).isTrue();
        } finally {
            client.get(20, TimeUnit.SECONDS).close();
        }
    }

    @Test
    void readingIsInterruptedFromAnotherThread() throws Exception {
        CompletableFuture<Socket> client = sendHalfAClip();
        try (VideoReader reader = VideoReader.open(options().withTimeouts(LONG, LONG))) {
            assertThat(reader.next()).isTrue();
            CompletableFuture<MediaException> failure = CompletableFuture.supplyAsync(
                    () -> catchThrowableOfType(MediaException.class, () -> readOn(reader)), threads);
            reader.interrupt();
            assertThat(failure.get(20, TimeUnit.SECONDS).fault()).isEqualTo(SourceFault.INTERRUPTED);
        } finally {
            client.get(20, TimeUnit.SECONDS).close();
        }
    }

    @Test
    void interruptedReaderOfAFileReadsNoMore() {
        Path file = TestClips.plain(folder.resolve("clip.mp4"), 400);
        try (VideoReader reader = VideoReader.open(ReaderOptions.file(file))) {
            assertThat(reader.next()).isTrue();
            reader.interrupt();
            reader.interrupt();
            assertThat(catchThrowableOfType(MediaException.class, reader::next).fault())
                    .isEqualTo(SourceFault.INTERRUPTED);
            assertThat(catchThrowableOfType(MediaException.class, () -> reader.skipTo(390)))
                    .hasMessage("The file clip.mp4 is no longer read: it was stopped.");
        }
    }

    @Test
    void cancelledBeforeOpeningOpensNothing() {
        Cancellation cancellation = new Cancellation();
        cancellation.cancel();
        MediaException failure =
                catchThrowableOfType(MediaException.class, () -> VideoReader.open(options(), cancellation));
        assertThat(failure.fault()).isEqualTo(SourceFault.INTERRUPTED);
    }

    @Test
    void manyReadersWaitAtOnce() throws Exception {
        // JavaCPP holds ten callbacks of a kind: more readers than that prove that they share one.
        Cancellation cancellation = new Cancellation();
        List<CompletableFuture<MediaException>> failures = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            Duration limit = i % 2 == 0 ? SHORT : LONG;
            failures.add(CompletableFuture.supplyAsync(
                    () -> catchThrowableOfType(
                            MediaException.class,
                            () -> VideoReader.open(options().withTimeouts(limit, LONG), cancellation)),
                    threads));
        }
        for (int i = 0; i < failures.size(); i += 2) {
            assertThat(failures.get(i).get(30, TimeUnit.SECONDS).fault()).isEqualTo(SourceFault.TIMEOUT);
        }
        cancellation.cancel();
        for (int i = 1; i < failures.size(); i += 2) {
            assertThat(failures.get(i).get(30, TimeUnit.SECONDS).fault()).isEqualTo(SourceFault.INTERRUPTED);
        }
    }

    @Test
    void redirectToAFileIsRefused() throws Exception {
        Path file = TestClips.plain(folder.resolve("private.mp4"), 5);
        CompletableFuture<Void> answered = CompletableFuture.runAsync(
                () -> {
                    try (Socket client = server.accept()) {
                        answer(client, "302 Found\r\nLocation: file://" + file, new byte[0]);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                threads);
        MediaException failure = catchThrowableOfType(
                MediaException.class,
                () -> VideoReader.open(options().withTimeouts(Duration.ofSeconds(10), Duration.ofSeconds(10))));
        answered.get(20, TimeUnit.SECONDS);
        assertThat(failure.fault()).isIn(SourceFault.NOT_ALLOWED, SourceFault.IO);
    }

    private CompletableFuture<Socket> sendHalfAClip() throws IOException {
        Path file = TestClips.clip(ClipOptions.of(folder.resolve("clip.mp4"), 320, 240, 25), 500);
        byte[] all = Files.readAllBytes(file);
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        Socket client = server.accept();
                        answer(client, "200 OK\r\nContent-Type: video/mp4", Arrays.copyOf(all, all.length / 2));
                        return client;
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                threads);
    }

    private static void answer(Socket client, String head, byte[] body) throws IOException {
        client.getOutputStream().write(("HTTP/1.1 " + head + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
        client.getOutputStream().write(body);
        client.getOutputStream().flush();
    }

    private static void readOn(VideoReader reader) {
        while (reader.next()) {
            assertThat(reader.frameNumber()).isNotNegative();
        }
    }
}
