package dev.vap.shared.runtime;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A program for {@link SupervisorIT}: {@code FILE ENDING…}, of which every life takes the next ending. */
final class SupervisedMain {

    private SupervisedMain() {}

    public static void main(String[] args) throws Exception {
        if (!Supervisor.isChild()) {
            System.exit(Supervisor.run("test", SupervisedMain.class, args));
        }
        Supervisor.endWithParent();
        Path lives = Path.of(args[0]);
        List<String> before = Files.exists(lives) ? Files.readAllLines(lives) : List.of();
        String ending = args[1 + before.size()];
        Files.write(
                lives,
                List.of(String.valueOf(ProcessHandle.current().pid())),
                java.nio.file.StandardOpenOption.CREATE,
                java.nio.file.StandardOpenOption.APPEND);
        System.out.println("life " + (before.size() + 1));
        if (ending.equals("wait")) {
            new CountDownLatch(1).await();
        }
        Runtime.getRuntime().halt(Integer.parseInt(ending));
    }
}
