package dev.vap.standalone.command;

import dev.vap.shared.config.ConfigException;
import dev.vap.shared.domain.Redact;
import dev.vap.standalone.CommandException;
import dev.vap.standalone.source.LocalSources;
import dev.vap.standalone.terminal.Console;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.UnmatchedArgumentException;

/** Puts the commands together, runs one, and turns what it throws into one line and an exit code. */
public final class CommandLines {

    static final int FAILED = 1;
    static final int USAGE = 2;
    static final int INTERRUPTED = 130;

    private CommandLines() {}

    /**
     * @return the exit code
     */
    public static int run(Console console, Map<String, String> environment, String... args) {
        return run(context(console, environment), args);
    }

    private static Context context(Console console, Map<String, String> environment) {
        return new Context(
                console, environment, LocalSources.prober(environment), LocalSources.discoverer(environment));
    }

    static int run(Context context, String... args) {
        Console console = context.console();
        int code = create(context).execute(args);
        console.out().flush();
        return code;
    }

    static CommandLine create(Console console, Map<String, String> environment) {
        return create(context(console, environment));
    }

    private static CommandLine create(Context context) {
        Console console = context.console();
        Map<String, String> environment = context.environment();
        CommandLine line = new CommandLine(new VapCommand(), new Factory(context));
        SettingOptions.addTo(line.getSubcommands().get("demo").getCommandSpec());
        SettingOptions.addTo(line.getSubcommands().get("up").getCommandSpec());
        line.setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8));
        line.setColorScheme(CommandLine.Help.defaultColorScheme(
                console.outTerminal() ? CommandLine.Help.Ansi.AUTO : CommandLine.Help.Ansi.OFF));
        line.setUsageHelpAutoWidth(false);
        line.setUsageHelpWidth(Math.min(120, Math.max(80, console.columns())));
        line.setParameterExceptionHandler(CommandLines::wrongUsage);
        line.setExecutionExceptionHandler((e, command, parsed) -> failed(e, command, environment));
        return line;
    }

    /** Picocli's sentence and where to read on; the whole help would push the sentence off the screen. */
    private static int wrongUsage(CommandLine.ParameterException e, String[] args) {
        CommandLine command = e.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("vap: " + Redact.url(e.getMessage()));
        if (e instanceof UnmatchedArgumentException unmatched) {
            UnmatchedArgumentException.printSuggestions(unmatched, err);
        }
        err.println("`" + command.getCommandSpec().qualifiedName() + " --help` says more.");
        return USAGE;
    }

    private static int failed(Exception e, CommandLine command, Map<String, String> environment) {
        PrintWriter err = command.getErr();
        if (e instanceof InterruptedException) {
            return INTERRUPTED;
        }
        if (e instanceof ConfigException config) {
            config.problems().forEach(problem -> err.println("vap: " + problem));
            return USAGE;
        }
        if (e instanceof CommandException) {
            err.println("vap: " + e.getMessage());
        } else {
            err.println("vap: something unexpected went wrong (" + Redact.url(String.valueOf(e))
                    + "); LOG_LEVEL=debug shows where.");
        }
        String level = environment.getOrDefault("LOG_LEVEL", "");
        if (level.equalsIgnoreCase("debug") || level.equalsIgnoreCase("trace")) {
            e.printStackTrace(err);
        }
        return FAILED;
    }

    /** Gives the commands what they work with, through their constructors. */
    private record Factory(Context context) implements CommandLine.IFactory {
        @Override
        public <K> K create(Class<K> type) throws Exception {
            for (var constructor : type.getDeclaredConstructors()) {
                if (constructor.getParameterCount() == 1 && constructor.getParameterTypes()[0] == Context.class) {
                    return type.cast(constructor.newInstance(context));
                }
            }
            return CommandLine.defaultFactory().create(type);
        }
    }
}
