package dev.vap.runner.control;

import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.protocol.SessionReport.SourceReport;
import dev.vap.shared.protocol.SessionReport.State;
import java.util.Map;

/** Reports of workers that have no session: not yet, or never. */
final class Reports {

    private Reports() {}

    static SessionReport without(Slot slot, State state, String reason) {
        return new SessionReport(
                slot.scenario,
                slot.workerId,
                slot.epoch,
                state,
                -1,
                0,
                -1,
                0,
                null,
                SourceReport.of(state.isTerminal() ? "ended" : "connecting", reason),
                reason,
                Map.of());
    }
}
