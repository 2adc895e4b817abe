package dev.vap.embedded;

import java.nio.file.Path;

/** A run in a JVM of its own: starts both servers, says so, and closes them at the end of its input. */
final class ChildRun {
    private ChildRun() {}

    public static void main(String[] args) throws Exception {
        Path dataDir = Path.of(args[0]);
        EmbeddedOptions options = EmbeddedOptions.in(dataDir);
        if (args.length > 1) {
            options = options.withPostgres(options.postgres().withPrograms(Path.of(args[1])));
        }
        try (EmbeddedServers servers = EmbeddedServers.start(options)) {
            System.out.println("READY " + servers.databaseUrl() + " " + servers.kafkaBootstrap());
            while (System.in.read() >= 0) {
                // Until the parent closes its end, or dies.
            }
        }
    }
}
