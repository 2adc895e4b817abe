package dev.vap.standalone.command;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code vap}: nothing without a command. */
@Command(
        name = "vap",
        description = "Watches videos and cameras, detects objects, stores and streams what it finds.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {
            DemoCommand.class,
            UpCommand.class,
            ServiceCommands.Api.class,
            ServiceCommands.Orchestrator.class,
            ServiceCommands.Runner.class,
            ServiceCommands.Inference.class,
            InfraCommand.class,
            ScenarioCommand.class,
            PredictionsCommand.class,
            ProbeCommand.class,
            DiscoverCommand.class,
            MediaCommand.class,
            ClusterCommand.class,
            ModelsCommand.class,
            WarmUpCommand.class,
            CommandLine.HelpCommand.class
        },
        commandListHeading = "%nCommands:%n",
        footer = {
            "",
            "Begin with `vap demo`. Every command has --help.",
            "Exit codes: 0 done, 1 failed, 2 used wrongly."
        })
final class VapCommand implements Runnable {

    @Spec
    CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Give a command, such as `vap demo`.");
    }
}
