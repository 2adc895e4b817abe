package dev.vap.runner.motion;

/** What the gate says of a frame. */
public enum Verdict {
    /** The background is not known yet: at the start, or after the whole scene has changed. */
    SETTLING,
    /** Something moves. */
    MOTION,
    /** Something moved a moment ago. */
    HOLD,
    /** Nothing moves, but what stands still has to be looked at now and then. */
    RECHECK,
    /** Nothing moves: not worth analysing. */
    GATED;

    public boolean passes() {
        return this != GATED;
    }
}
