package dev.vap.standalone;

import dev.vap.api.ApiMain;
import dev.vap.inference.InferenceMain;
import dev.vap.orchestrator.OrchestratorMain;
import dev.vap.runner.RunnerMain;
import dev.vap.standalone.command.CommandLines;
import dev.vap.standalone.terminal.Console;
import java.util.Arrays;

/** The {@code vap} command: 0 if it did what was asked, 1 if it failed, 2 if it was used wrongly. */
public final class VapMain {

    private VapMain() {}

    public static void main(String[] args) {
        String[] rest = args.length == 0 ? args : Arrays.copyOfRange(args, 1, args.length);
        switch (args.length == 0 ? "" : args[0]) {
            // The script starts these from fat jars of their own; this jar holds them all as well.
            case "api" -> ApiMain.main(rest);
            case "orchestrator" -> OrchestratorMain.main(rest);
            case "runner" -> RunnerMain.main(rest);
            case "inference" -> InferenceMain.main(rest);
            default -> System.exit(CommandLines.run(Console.system(System.getenv()), System.getenv(), args));
        }
    }
}
