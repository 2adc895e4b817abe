package dev.vap.standalone.command;

import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.SourceUrl;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.ProbeReport;
import dev.vap.shared.protocol.ProbeRequest;
import dev.vap.standalone.CommandException;
import io.vertx.core.json.JsonObject;
import java.io.PrintStream;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code vap probe}: in this process, or by a runner of a running VAP. */
@Command(
        name = "probe",
        description = {
            "Opens a source once and tells what it is, or what is wrong with it (exit code 1).",
            "Looks from this machine, without a server; with --url or VAP_URL a runner of that VAP looks."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class ProbeCommand implements Callable<Integer> {

    private static final Duration LONGEST = Duration.ofSeconds(30);

    private final Context context;

    @Spec
    CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "SOURCE",
            description = "rtsp://…, onvif://…, http://… and so on, v4l2:/dev/video0, or a video file")
    String source;

    @Mixin
    StreamOptions stream;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "10s",
            description = "until the first frame has to be there [10s]")
    String timeout;

    @Option(names = "--json", description = "print the report as the API gives it")
    boolean json;

    @Mixin
    ConnectionOptions connection;

    ProbeCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InterruptedException {
        Duration time = Times.parse(spec, "--timeout", timeout, LONGEST);
        JsonObject options = new JsonObject();
        stream.addTo(options);
        ProbeReport report = connection.isGiven(context.environment())
                ? connection.client(context.environment()).probe(source, options, time)
                : context.prober().probe(new ProbeRequest(local(source), checked(options), time.toMillis()));
        PrintStream out = context.console().out();
        if (json) {
            out.println(report.toJson().encode());
        } else if (report.ok()) {
            ProbeWords.of(Redact.url(source), report).forEach(out::println);
        } else {
            throw new CommandException(report.reason() + " (" + report.fault().wire() + ")");
        }
        return report.ok() ? 0 : CommandLines.FAILED;
    }

    /** A file is one of this machine, wherever it lies. */
    private static String local(String text) {
        try {
            SourceUrl url = SourceUrl.parse(text);
            return url.isFile() ? "file:" + Path.of(url.path()).toAbsolutePath().normalize() : url.raw();
        } catch (VapException e) {
            throw new CommandException(e.getMessage().replace("\"camera_url\"", "SOURCE"), e);
        } catch (InvalidPathException e) {
            throw new CommandException("\"" + Redact.shorten(text) + "\" is no path this system can have.", e);
        }
    }

    private static ScenarioOptions checked(JsonObject options) {
        try {
            return ScenarioOptions.fromJson(options);
        } catch (VapException e) {
            throw new CommandException(e.getMessage(), e);
        }
    }
}
