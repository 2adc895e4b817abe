package dev.vap.runner.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.decode.ByteStream;
import dev.vap.runner.decode.MediaException;
import dev.vap.shared.domain.SourceFault;
import dev.vap.testing.Await;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpRangeTest extends HttpFixture {

    private final byte[] content = new byte[500_000];

    @BeforeEach
    void fill() {
        new Random(7).nextBytes(content);
    }

    private TinyHttp ranges() {
        return serve((request, out) -> {
            if (request.target().equals("/moved")) {
                TinyHttp.send(out, "302 Found", "Location: /clip\r\n", "");
            } else {
                part(request, out);
            }
        });
    }

    private void part(TinyHttp.Request request, OutputStream out) throws Exception {
        String range = request.header("Range");
        if (range == null) {
            TinyHttp.send(out, "200 OK", "Accept-Ranges: bytes\r\n", content);
            return;
        }
        int from = Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
        TinyHttp.send(
                out,
                "206 Partial Content",
                "Content-Range: bytes " + from + "-" + (content.length - 1) + "/" + content.length + "\r\n",
                Arrays.copyOfRange(content, from, content.length));
    }

    private void assertReads(ByteStream stream, int from, int length) {
        byte[] read = new byte[length];
        int at = 0;
        while (at < length) {
            int n = stream.read(read, at, length - at, in(LONG));
            assertThat(n).isPositive();
            at += n;
        }
        assertThat(read).isEqualTo(Arrays.copyOfRange(content, from, from + length));
    }

    @Test
    void goesBackAndFarForwardByAskingAgain() {
        TinyHttp server = ranges();
        try (ByteStream stream = open(server.url("/moved"))) {
            assertThat(stream.seekable()).isTrue();
            assertThat(stream.size()).isEqualTo(content.length);
            assertReads(stream, 0, 1000);
            stream.seek(400_000);
            stream.seek(300_000);
            assertReads(stream, 300_000, 70_000);
            stream.seek(10);
            assertReads(stream, 10, 100);
            assertThat(stream.address()).isEqualTo(server.url("/clip"));
        }
        assertThat(server.requests().stream().map(r -> r.header("Range")))
                .containsExactly(null, null, "bytes=300000-", "bytes=300000-", "bytes=10-", "bytes=10-");
        Await.until("all connections to be closed", LONG, () -> server.openConnections() == 0);
    }

    @Test
    void readsOnForAShortWayAndToTheSamePlace() {
        TinyHttp server = ranges();
        try (ByteStream stream = open(server.url("/clip"))) {
            stream.seek(50_000);
            assertReads(stream, 50_000, 10);
            stream.seek(0);
            stream.seek(50_010);
            assertReads(stream, 50_010, 10);
        }
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void beyondTheEndIsTheEnd() {
        TinyHttp server = ranges();
        try (ByteStream stream = open(server.url("/clip"))) {
            stream.seek(content.length);
            assertThat(stream.read(new byte[5], 0, 5, in(LONG))).isEqualTo(-1);
            stream.seek(Long.MAX_VALUE - 1);
            assertThat(stream.read(new byte[5], 0, 5, in(LONG))).isEqualTo(-1);
            stream.seek(content.length - 1);
            assertReads(stream, content.length - 1, 1);
            assertThat(stream.read(new byte[5], 0, 5, in(LONG))).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200 OK | X: y | sent another one than asked for",
                "206 Partial | Content-Range: bytes 0-9/500000 | sent another one than asked for",
                "206 Partial | X: y | sent another one than asked for",
                "206 Partial | Content-Range: bytes 400000-400009/400010 | changed while it was read",
                "416 Range Not Satisfiable | X: y | answered 416 (Range Not Satisfiable)"
            })
    void saysThatTheServerBreaksItsWord(String status, String header, String words) {
        TinyHttp server = serve((request, out) -> {
            if (request.header("Range") == null) {
                TinyHttp.send(out, "200 OK", "Accept-Ranges: bytes\r\n", content);
            } else {
                TinyHttp.send(out, status, header + "\r\n", "0123456789");
            }
        });
        try (ByteStream stream = open(server.url("/"))) {
            stream.seek(400_000);
            for (int i = 0; i < 2; i++) {
                MediaException e = failure(() -> stream.read(new byte[5], 0, 5, in(LONG)));
                assertThat(e.fault()).isEqualTo(SourceFault.IO);
                assertThat(e.getMessage()).contains(words);
            }
        }
        Await.until("all connections to be closed", LONG, () -> server.openConnections() == 0);
    }

    @Test
    void aFailedRequestMayBeRepeatedAndLeadsBackAsWell() {
        TinyHttp server = serve((request, out) -> {
            if ("bytes=400000-".equals(request.header("Range"))) {
                TinyHttp.send(out, "503 Busy", "", "");
            } else {
                part(request, out);
            }
        });
        try (ByteStream stream = open(server.url("/"))) {
            assertReads(stream, 0, 10);
            stream.seek(400_000);
            assertThat(failure(() -> stream.read(new byte[5], 0, 5, in(LONG))).fault())
                    .isEqualTo(SourceFault.IO);
            stream.seek(10);
            assertReads(stream, 10, 10);
        }
    }

    @Test
    void serversWithoutRangesOrWithoutALengthCannotBeSought() {
        TinyHttp server = serve((request, out) -> {
            switch (request.target()) {
                case "/none" -> TinyHttp.send(out, "200 OK", "Accept-Ranges: none\r\n", "x");
                case "/endless" -> TinyHttp.write(out, "HTTP/1.1 200 OK\r\nAccept-Ranges: bytes\r\n\r\nx");
                default -> TinyHttp.send(out, "206 Partial", "Content-Range: bytes 0-0/9\r\n", "x");
            }
        });
        for (String path : new String[] {"/none", "/endless", "/partial"}) {
            try (ByteStream stream = open(server.url(path))) {
                assertThat(stream.seekable()).as(path).isEqualTo(path.equals("/partial"));
                assertThat(stream.size()).isEqualTo(path.equals("/none") ? 1 : path.equals("/partial") ? 9 : -1);
            }
        }
    }
}
