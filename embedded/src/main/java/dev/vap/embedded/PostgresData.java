package dev.vap.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of a PostgreSQL server: {@code postgres} in the data directory. Its {@code postgresql.conf} ends by including
 * {@code vap.conf}, which every start writes anew; what a user adds below that line wins.
 */
final class PostgresData {
    private static final Logger log = LoggerFactory.getLogger(PostgresData.class);
    private static final String SETTINGS_FILE = "vap.conf";

    private final PostgresOptions options;
    private final PostgresPrograms programs;
    private final Path directory;

    PostgresData(PostgresOptions options, PostgresPrograms programs) {
        this.options = options;
        this.programs = programs;
        this.directory = directory(options.dataDir());
    }

    static Path directory(Path dataDir) {
        return dataDir.resolve("postgres");
    }

    boolean exists() {
        return Files.exists(directory.resolve("PG_VERSION"));
    }

    /** A data directory belongs to one major version; the server would only say so in its log. */
    void requireVersion() throws IOException {
        String found = Files.readString(directory.resolve("PG_VERSION")).strip();
        int ours = programs.majorVersion();
        if (!found.equals(Integer.toString(ours))) {
            throw new EmbeddedServerException(
                    "The data in %s was written by PostgreSQL %s, but this build brings PostgreSQL %d: move that directory away to start with an empty database, or run PostgreSQL %s yourself and give its address with --database-url."
                            .formatted(directory, found, ours, found));
        }
    }

    /** Appears by one rename, so that a run killed in between leaves nothing that looks like data. */
    void create(Duration deadline) throws IOException, InterruptedException {
        long started = System.nanoTime();
        Path unfinished = options.dataDir().resolve("postgres.new");
        if (Files.exists(unfinished)) {
            FileTrees.delete(unfinished);
        }
        List<String> arguments = new ArrayList<>(List.of(
                "-D",
                unfinished.toString(),
                "-U",
                LocalPostgres.USER,
                "--auth=trust",
                "--encoding=UTF8",
                // The same order and case rules on every machine.
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8"));
        if ("off".equals(options.settings().get("fsync"))) {
            arguments.add("--no-sync");
        }
        if (programs.run("initdb", arguments, deadline) != 0) {
            throw new IOException(programs.outputTail());
        }
        Files.writeString(
                unfinished.resolve("postgresql.conf"),
                "\ninclude_if_exists = '" + SETTINGS_FILE + "'\n",
                StandardOpenOption.APPEND);
        Files.move(unfinished, directory);
        log.info("Created {} in {} ms", directory, (System.nanoTime() - started) / 1_000_000);
    }

    void writeSettings(int port) throws IOException {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("listen_addresses", FreePort.HOST);
        settings.put("port", Integer.toString(port));
        settings.put("unix_socket_directories", "");
        settings.put("max_connections", "200");
        settings.put("shared_buffers", "128MB");
        settings.put("jit", "off");
        settings.put("timezone", "UTC");
        settings.put("log_timezone", "UTC");
        settings.putAll(options.settings());
        StringBuilder file = new StringBuilder("# Written at every start; set your own in postgresql.conf.\n");
        settings.forEach((name, value) -> file.append(name)
                .append(" = '")
                .append(value.replace("'", "''"))
                .append("'\n"));
        Files.writeString(directory.resolve(SETTINGS_FILE), file);
    }
}
