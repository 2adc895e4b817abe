package dev.vap.inference.batch;

import java.time.Duration;

/**
 * What is done about runs that do not come back.
 *
 * @param limit after so long a run counts as stuck: its frames are failed, and another thread takes the place of its own
 * @param hopeless called once, on the thread that looks after them, when so many runs are stuck that no further thread is
 *     started: this process can't be trusted any more
 */
public record Watch(Duration limit, Runnable hopeless) {

    public Watch {
        if (limit.isNegative() || limit.isZero()) {
            throw new IllegalArgumentException("a limit of " + limit + " for a run");
        }
    }
}
