package dev.vap.shared.storage;

import dev.vap.shared.protocol.ResultMessage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Which results of a batch are to be stored. Not thread-safe.
 *
 * <p>The results of a scenario come through one Kafka partition, in order of frames within an epoch. A new epoch starts at
 * the first frame not stored when it was assigned, so whatever is not past the newest frame was stored before, by this
 * owner or by the former one.
 */
final class ResultFilter {

    private final Map<UUID, State> cursors;
    private final List<ResultMessage> accepted = new ArrayList<>();
    private int unknown;

    /** The cursor of one scenario while a batch is applied. */
    static final class State {
        final UUID scenario;
        long epoch;
        long lastFrame;
        int stored;
        int stale;
        int repeated;
        /** As it was read; null if there is none. */
        String openMinute;

        private MinuteCounts minutes;

        State(UUID scenario, long epoch, long lastFrame) {
            this.scenario = scenario;
            this.epoch = epoch;
            this.lastFrame = lastFrame;
        }

        private void count(ResultMessage result) {
            if (minutes == null) {
                minutes = new MinuteCounts(scenario, openMinute);
            }
            minutes.add(result);
        }

        /** To be kept in the cursor. */
        String openMinute() {
            return minutes == null ? openMinute : minutes.open();
        }
    }

    ResultFilter(Map<UUID, State> cursors) {
        this.cursors = cursors;
    }

    void offer(ResultMessage result) {
        State state = cursors.get(result.scenario());
        if (state == null) {
            unknown++;
        } else if (result.epoch() < state.epoch) {
            state.stale++;
        } else if (result.frameNumber() <= state.lastFrame) {
            state.epoch = result.epoch();
            state.repeated++;
        } else {
            state.epoch = result.epoch();
            state.lastFrame = result.frameNumber();
            state.stored++;
            accepted.add(result);
            state.count(result);
        }
    }

    List<ResultMessage> accepted() {
        return accepted;
    }

    /** Counts of minutes that are over, in an order that all processes share. */
    List<MinuteCounts.Count> closed() {
        List<MinuteCounts.Count> out = new ArrayList<>();
        for (State state : cursors.values()) {
            if (state.minutes != null) {
                state.minutes.closed(out);
            }
        }
        out.sort(Comparator.comparing(c -> c.key));
        return out;
    }

    List<State> changed() {
        return cursors.values().stream()
                .filter(s -> s.stored + s.stale + s.repeated > 0)
                .toList();
    }

    Results.Outcome outcome() {
        int stored = cursors.values().stream().mapToInt(s -> s.stored).sum();
        int stale = cursors.values().stream().mapToInt(s -> s.stale).sum();
        int repeated = cursors.values().stream().mapToInt(s -> s.repeated).sum();
        return new Results.Outcome(stored, stale, repeated, unknown);
    }
}
