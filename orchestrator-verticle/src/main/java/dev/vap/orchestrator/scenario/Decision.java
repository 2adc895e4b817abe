package dev.vap.orchestrator.scenario;

import dev.vap.shared.domain.ScenarioStatus;
import java.time.Duration;
import java.util.List;

/**
 * What is to be done about a {@link Trigger}.
 *
 * @param next null if the status stays
 * @param reason words for the new status; with {@code next == null}: the new words for the present one, or null to keep
 *     them
 * @param attempt failed starts in a row; null to keep
 * @param delay before the scenario may be placed again; null to keep
 * @param effects in this order, after the change
 */
public record Decision(
        ScenarioStatus next,
        String reason,
        boolean newEpoch,
        Integer attempt,
        Duration delay,
        List<Effect> effects,
        String rejection) {

    public Decision {
        effects = List.copyOf(effects);
    }

    static Decision become(ScenarioStatus next, String reason, Effect... effects) {
        return new Decision(next, reason, false, null, null, List.of(effects), null);
    }

    static Decision stay(Effect... effects) {
        return new Decision(null, null, false, null, null, List.of(effects), null);
    }

    static Decision explain(String words) {
        return new Decision(null, words, false, null, null, List.of(), null);
    }

    /** Nothing is done; the words are for logs and tests. */
    static Decision reject(String why) {
        return new Decision(null, null, false, null, null, List.of(), why);
    }

    Decision inNewEpoch() {
        return new Decision(next, reason, true, attempt, delay, effects, rejection);
    }

    Decision attempt(int value) {
        return new Decision(next, reason, newEpoch, value, delay, effects, rejection);
    }

    Decision after(Duration value) {
        return new Decision(next, reason, newEpoch, attempt, value, effects, rejection);
    }

    public boolean rejected() {
        return rejection != null;
    }
}
