package dev.vap.standalone.command;

import picocli.CommandLine.Command;

/** In the list of commands only: {@code VapMain} hands these over to the services before the command line is read. */
final class ServiceCommands {

    private ServiceCommands() {}

    @Command(name = "api", description = "The API service alone, as a process of a cluster.")
    static final class Api implements Runnable {
        @Override
        public void run() {}
    }

    @Command(name = "orchestrator", description = "The orchestrator alone, as a process of a cluster.")
    static final class Orchestrator implements Runnable {
        @Override
        public void run() {}
    }

    @Command(name = "runner", description = "A runner alone, as a process of a cluster.")
    static final class Runner implements Runnable {
        @Override
        public void run() {}
    }

    @Command(name = "inference", description = "Inference alone, as a process of a cluster.")
    static final class Inference implements Runnable {
        @Override
        public void run() {}
    }
}
