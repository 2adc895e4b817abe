package dev.vap.orchestrator.scenario;

/** What is written in the same transaction as the change of the scenario. */
public sealed interface Effect {

    /** A pending worker of the new epoch, and the message that deploys it. */
    record Assign(String runnerId) implements Effect {}

    /** The live worker is stopping, and its runner is told. */
    record TellRunnerToStop() implements Effect {}

    /** The live worker goes on with the options that the scenario has now, and its runner is told. */
    record TellRunnerOfOptions() implements Effect {}

    /** The live worker is not waited for any more: it has ended, and its runner is told to stop what is left of it. */
    record DismissWorker(String reason) implements Effect {}

    /**
     * The live worker runs.
     *
     * @param pid of its runner
     */
    record WorkerRuns(long pid) implements Effect {}

    /** The live worker has ended. */
    record EndWorker(End how, String reason) implements Effect {}

    /** How a worker ends. */
    enum End {
        STOPPED,
        FAILED,
        LOST
    }
}
