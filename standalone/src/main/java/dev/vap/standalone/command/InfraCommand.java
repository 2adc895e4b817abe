package dev.vap.standalone.command;

import dev.vap.embedded.EmbeddedOptions;
import dev.vap.embedded.EmbeddedServerException;
import dev.vap.embedded.EmbeddedServers;
import dev.vap.embedded.KafkaOptions;
import dev.vap.embedded.PostgresOptions;
import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import dev.vap.shared.runtime.Logging;
import dev.vap.standalone.CommandException;
import dev.vap.standalone.platform.QuietLibraries;
import dev.vap.standalone.terminal.Screen;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code vap infra}: what a cluster on one machine needs beside its services. */
@Command(
        name = "infra",
        description = {
            "Only the embedded PostgreSQL and Kafka, until Ctrl-C: a cluster on one machine without containers.",
            "Prints two lines for the shells that start the services."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class InfraCommand implements Callable<Integer> {

    private final Context context;

    @Option(names = "--data-dir", paramLabel = "DIR", description = "where the data are kept (DATA_DIR) [~/.vap]")
    String dataDir;

    @Option(
            names = "--postgres-port",
            paramLabel = "N",
            defaultValue = "0",
            description = "port of PostgreSQL; 0, the default, takes a free one")
    int postgresPort;

    @Option(
            names = "--kafka-port",
            paramLabel = "N",
            defaultValue = "0",
            description = "port of Kafka; 0, the default, takes a free one")
    int kafkaPort;

    InfraCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InterruptedException {
        Map<String, String> options = new HashMap<>();
        if (dataDir != null) {
            options.put(VapSettings.DATA_DIR.key(), dataDir);
        }
        Settings settings = Settings.load(context.environment(), Optional.empty(), options);
        Logging.setLevel(settings.get(VapSettings.LOG_LEVEL));
        QuietLibraries.atStart();
        Path directory = settings.get(VapSettings.DATA_DIR);
        EmbeddedOptions servers = embedded(directory);
        return Stoppable.run(
                context.console(), new Screen(context.console(), true, System::nanoTime), () -> serve(servers));
    }

    private EmbeddedOptions embedded(Path directory) {
        try {
            return EmbeddedOptions.in(directory)
                    .withPostgres(PostgresOptions.in(directory).withPort(postgresPort))
                    .withKafka(KafkaOptions.in(directory).withPort(kafkaPort));
        } catch (IllegalArgumentException e) {
            throw new CommandException("A port is a number from 0 to 65535: give another one.", e);
        }
    }

    private int serve(EmbeddedOptions options) throws InterruptedException {
        try (EmbeddedServers servers = EmbeddedServers.start(options)) {
            PrintStream out = context.console().out();
            out.println("export DATABASE_URL=" + servers.databaseUrl());
            out.println("export KAFKA_BOOTSTRAP_SERVERS=" + servers.kafkaBootstrap());
            out.flush();
            new CountDownLatch(1).await();
            return 0;
        } catch (EmbeddedServerException e) {
            throw new CommandException(e.getMessage(), e);
        }
    }
}
