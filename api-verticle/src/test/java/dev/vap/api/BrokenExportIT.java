package dev.vap.api;

import static dev.vap.api.ApiFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.domain.BoundingBox;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.protocol.ResultMessage;
import dev.vap.testing.Await;
import dev.vap.testing.TestServers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What those who fetch all results get when the database fails them midway: never something that looks whole. */
class BrokenExportIT {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int FRAMES = 10_000;

    /** How a body in chunks ends if it is whole. */
    private static final String WHOLE = "\r\n0\r\n\r\n";

    private static final String OF_THE_EXPORT = " FROM pg_stat_activity WHERE datname = current_database()"
            + " AND pid <> pg_backend_pid() AND query LIKE '%scenario_results%'";

    private static ApiFixture api;
    private static String database;
    private static UUID scenario;

    @BeforeAll
    static void start(@TempDir Path media) {
        database = TestServers.get().newDatabase();
        api = ApiFixture.start(ApiFixture.settings(media, Map.of("DATABASE_URL", database, "DATABASE_POOL_SIZE", "4")));
        scenario = api.createLive();
        Random random = new Random(1);
        for (int begin = 0; begin < FRAMES; begin += 1_000) {
            List<ResultMessage> batch = new ArrayList<>();
            for (int i = begin; i < begin + 1_000; i++) {
                batch.add(result(i, random));
            }
            await(api.results.store(batch));
        }
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    /** More often than there may be exports and connections at the same time: what one of them kept would be missed. */
    @Test
    void oneThatEndsMidwayIsCutAndKeepsNothing() throws Exception {
        for (int i = 0; i < 20; i++) {
            String fault = i % 2 == 0 ? "pg_cancel_backend" : "pg_terminate_backend";
            String type = i % 4 < 2 ? "application/x-ndjson" : "text/csv";
            String encoding = i % 8 < 4 ? "identity" : "gzip";
            String come = cut(fault, type, encoding);

            assertThat(come)
                    .as("%s, %s, %s", fault, type, encoding)
                    .startsWith("HTTP/1.1 200 OK")
                    .containsIgnoringCase("transfer-encoding: chunked")
                    .doesNotEndWith(WHOLE);
        }

        try (Connection connection = connect()) {
            Await.until("nothing is held", SOON, () -> pids(connection, OF_THE_EXPORT + " AND state <> 'idle'")
                    .isEmpty());
        }
        List<Socket> all = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            all.add(request("?after_frame=9000", "application/x-ndjson", "identity"));
        }
        for (Socket socket : all) {
            assertThat(rest(socket)).startsWith("HTTP/1.1 200 OK").endsWith(WHOLE);
        }
    }

    /** Begins to fetch all, lets its next statement wait for a lock, and ends that one. Returns what the client gets. */
    private static String cut(String fault, String type, String encoding) throws Exception {
        try (Socket slow = request("", type, encoding);
                Connection lock = connect();
                Connection other = connect()) {
            byte[] begin = slow.getInputStream().readNBytes(15);
            lock.setAutoCommit(false);
            try (Statement statement = lock.createStatement()) {
                statement.execute("LOCK TABLE scenario_results IN ACCESS EXCLUSIVE MODE");
            }
            Reader reader = new Reader(slow);
            reader.start();
            List<Integer> waiting = Await.value(
                    "a page is waited for",
                    SOON,
                    () -> pids(other, OF_THE_EXPORT + " AND wait_event_type = 'Lock'"),
                    pids -> !pids.isEmpty());
            for (int pid : waiting) {
                try (Statement statement = other.createStatement()) {
                    statement.execute("SELECT " + fault + "(" + pid + ")");
                }
            }
            reader.join(SOON.toMillis());
            assertThat(reader.isAlive()).as("the client waits in vain").isFalse();
            lock.rollback();
            return new String(begin, StandardCharsets.ISO_8859_1) + reader.come();
        }
    }

    private static final class Reader extends Thread {
        private final Socket socket;
        private volatile String come = "";

        Reader(Socket socket) {
            super("reader");
            this.socket = socket;
        }

        @Override
        public void run() {
            try {
                come = rest(socket);
            } catch (IOException e) {
                come = "failed: " + e;
            }
        }

        String come() {
            return come;
        }
    }

    /** Until the server ends it, one way or the other; or until the body is whole. */
    private static String rest(Socket socket) throws IOException {
        ByteArrayOutputStream come = new ByteArrayOutputStream();
        byte[] buffer = new byte[64 * 1024];
        try {
            for (int n = socket.getInputStream().read(buffer);
                    n >= 0;
                    n = socket.getInputStream().read(buffer)) {
                come.write(buffer, 0, n);
            }
        } catch (SocketException e) {
            // A reset: as good a way to say that this is not all.
            return come.toString(StandardCharsets.ISO_8859_1);
        }
        return come.toString(StandardCharsets.ISO_8859_1);
    }

    private static Socket request(String query, String type, String encoding) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4_096);
        socket.setSoTimeout((int) SOON.toMillis());
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), api.port()));
        socket.getOutputStream()
                .write(("GET /api/v1/scenarios/" + scenario + "/predictions" + query
                                + " HTTP/1.1\r\nHost: x\r\nAccept: " + type + "\r\nAccept-Encoding: " + encoding
                                + "\r\nConnection: close\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static Connection connect() throws SQLException {
        URI uri = URI.create(database);
        String[] login = uri.getUserInfo().split(":", 2);
        return DriverManager.getConnection(
                "jdbc:postgresql://" + uri.getHost() + ":" + uri.getPort() + uri.getPath(),
                login[0],
                login.length > 1 ? login[1] : "");
    }

    private static List<Integer> pids(Connection connection, String which) throws SQLException {
        List<Integer> pids = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT pid" + which)) {
            while (rows.next()) {
                pids.add(rows.getInt(1));
            }
        }
        return pids;
    }

    /** Of numbers that can't be compressed, so that all of them are more than the buffers of a connection hold. */
    private static ResultMessage result(long frame, Random random) {
        List<Detection> seen = Stream.generate(() -> new Detection(
                        "person",
                        0,
                        random.nextFloat(),
                        new BoundingBox(
                                random.nextFloat() * 100,
                                random.nextFloat() * 100,
                                100 + random.nextFloat() * 500,
                                100 + random.nextFloat() * 300)))
                .limit(40)
                .toList();
        return new ResultMessage(
                UUID.randomUUID(),
                scenario,
                1,
                frame,
                Instant.parse("2026-03-01T12:00:00Z").plusMillis(frame * 40),
                0,
                frame,
                768,
                432,
                "mock",
                "mock",
                1,
                seen,
                false);
    }
}
