package dev.vap.standalone.command;

import dev.vap.shared.config.Settings;
import dev.vap.standalone.demo.Demo;
import dev.vap.standalone.demo.DemoOptions;
import dev.vap.standalone.terminal.Screen;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code vap demo}. */
@Command(
        name = "demo",
        description = {
            "The whole platform in one process, and one scenario: prints what is found in every frame.",
            "Without SOURCE it takes a sample clip: a real one if it can be had, else one that it draws itself."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class DemoCommand implements Callable<Integer> {

    private static final double MAX_FPS = 1000;

    private final Context context;

    @Spec
    CommandSpec spec;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "SOURCE",
            description = "a video file anywhere, or a source such as rtsp://…, onvif://…, http://…, v4l2:/dev/video0")
    String source;

    @Option(
            names = "--model",
            paramLabel = "NAME",
            description = "see `vap models list` [yolox-nano if it can be had, else people or motion]")
    String model;

    @Mixin
    AnalysisOptions analysis;

    @Option(names = "--json", description = "a JSON line a frame on standard output, everything else on standard error")
    boolean json;

    @Option(names = "--output", paramLabel = "FILE", description = "write a JSON line for every frame to this file too")
    Path output;

    @Option(
            names = "--exit-on-eof",
            description = "end once the file has been analysed and stored: 0 if all went well, else 1")
    boolean exitOnEof;

    DemoCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (analysis.fps != null && !(analysis.fps >= 0 && analysis.fps <= MAX_FPS)) {
            throw new ParameterException(
                    spec.commandLine(), "Invalid value for option '--fps': give a number from 0 to 1000.");
        }
        if (analysis.loops() && exitOnEof) {
            throw new ParameterException(
                    spec.commandLine(), "--loop and --exit-on-eof exclude each other: a loop has no end.");
        }
        Settings settings = PlatformSettings.load(spec, context, Map.of());
        Screen screen = new Screen(context.console(), json, System::nanoTime);
        DemoOptions options = new DemoOptions(
                Optional.ofNullable(source),
                Optional.ofNullable(model),
                analysis.toJson(),
                analysis.loops(),
                json,
                Optional.ofNullable(output),
                exitOnEof);
        return Stoppable.run(context.console(), screen, () -> new Demo(settings, options, screen).run());
    }
}
