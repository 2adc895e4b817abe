package dev.vap.standalone.command;

import dev.vap.shared.protocol.DiscoverReport;
import dev.vap.shared.protocol.DiscoverRequest;
import dev.vap.standalone.terminal.Table;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code vap discover}: in this process, or by a runner of a running VAP. */
@Command(
        name = "discover",
        description = {
            "Looks for ONVIF cameras on the network and tells what to give as a source.",
            "Looks from this machine, without a server; with --url or VAP_URL a runner of that VAP looks."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class DiscoverCommand implements Callable<Integer> {

    private static final Duration LONGEST = Duration.ofSeconds(15);

    private final Context context;

    @Spec
    CommandSpec spec;

    @Option(
            names = "--wait",
            paramLabel = "TIME",
            defaultValue = "3s",
            description = "how long answers are waited for [3s]")
    String wait;

    @Option(names = "--json", description = "print the report as the API gives it")
    boolean json;

    @Mixin
    ConnectionOptions connection;

    DiscoverCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InterruptedException {
        Duration time = Times.parse(spec, "--wait", wait, LONGEST);
        DiscoverReport report = connection.isGiven(context.environment())
                ? connection.client(context.environment()).discover(time)
                : context.discoverer().discover(new DiscoverRequest(time.toMillis()));
        PrintStream out = context.console().out();
        if (json) {
            out.println(report.toJson().encode());
        } else if (report.devices().isEmpty()) {
            context.console()
                    .err()
                    .println("No ONVIF camera answered within " + wait
                            + ": they answer in their own network only, and where ONVIF is turned on.");
        } else {
            Table table = new Table("SOURCE", "NAME", "HARDWARE", "LOCATION");
            report.devices().forEach(d -> table.row(d.cameraUrl(), d.name(), d.hardware(), d.location()));
            table.lines().forEach(out::println);
        }
        return 0;
    }
}
