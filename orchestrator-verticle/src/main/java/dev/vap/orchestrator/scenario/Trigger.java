package dev.vap.orchestrator.scenario;

/** What may happen to a scenario, seen from the orchestrator. */
public sealed interface Trigger {

    /** A runner with room was chosen. */
    record RunnerChosen(String runnerId) implements Trigger {}

    /**
     * No runner has room.
     *
     * @param inWords what the user reads meanwhile
     */
    record NoCapacity(String inWords) implements Trigger {}

    /**
     * The session processed its first frame.
     *
     * @param pid of the runner
     */
    record FirstFrame(long epoch, long pid) implements Trigger {}

    /** The file was read to its end and every result is safe. */
    record EndOfFile(long epoch) implements Trigger {}

    /**
     * The session failed.
     *
     * @param retryable false if trying again can't help
     */
    record SessionFailed(long epoch, String reason, boolean retryable) implements Trigger {}

    /**
     * The runner's lease ran out, or another process took its id.
     *
     * @param recentLosses of this scenario within ten minutes, this one included
     */
    record RunnerLost(long epoch, String runnerId, int recentLosses) implements Trigger {}

    /** The session ended without failing: it was told to, or its runner hands it over. */
    record SessionStopped(long epoch, String runnerId) implements Trigger {}

    /** A stop was asked for and is to be carried out. */
    record BeginShutdown() implements Trigger {}

    /**
     * The user changed the source or the options, which are in the scenario's row already.
     *
     * @param epoch of the scenario then: a later worker was assigned with what is new
     * @param what was changed, in words
     * @param live a worker that is there can go on with what is new
     */
    record Updated(long epoch, String what, boolean live) implements Trigger {}

    /** The runner has not confirmed the stop in time. */
    record StopOverdue(long epoch) implements Trigger {}
}
