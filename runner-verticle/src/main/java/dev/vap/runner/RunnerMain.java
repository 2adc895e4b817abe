package dev.vap.runner;

import dev.vap.shared.runtime.Services;

/** A runner as a process of a cluster. */
public final class RunnerMain {

    private RunnerMain() {}

    public static void main(String[] args) {
        Services.main(RunnerMain.class, "runner", args, RunnerVerticle::new);
    }
}
