package dev.vap.runner.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.Deployments;
import dev.vap.shared.protocol.Heartbeat;
import dev.vap.shared.protocol.SessionReport.State;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RosterTest {

    private static final long REPEAT = 500;
    private static final int MAX_ENDS = 50;

    private final Roster roster = new Roster(REPEAT, MAX_ENDS);
    private long now;

    @Test
    void tellsTheOldestChangeFirstAndNoMoreThanFits() {
        List<Slot> slots = add(30);
        assertThat(roster.takeDue(10, now)).isEqualTo(slots.subList(0, 10));
        assertThat(roster.takeDue(10, now)).isEqualTo(slots.subList(10, 20));
        assertThat(roster.hasDue(now)).isTrue();
        assertThat(roster.takeDue(10, now)).isEqualTo(slots.subList(20, 30));
        assertThat(roster.hasDue(now)).isFalse();
        assertThat(roster.takeDue(10, now)).isEmpty();
    }

    @Test
    void repeatsWhatIsNotNotedWhenItsTimeHasCome() {
        List<Slot> slots = add(3);
        roster.takeDue(10, now);
        roster.noted(slots.get(1).workerId, State.STARTING);
        now += REPEAT - 1;
        assertThat(roster.takeDue(10, now)).isEmpty();
        now++;
        assertThat(roster.takeDue(10, now)).containsExactly(slots.get(0), slots.get(2));
    }

    @Test
    void doesNotTakeAnOlderStateForTheNewOne() {
        Slot slot = add(1).get(0);
        roster.takeDue(10, now);
        run(slot);
        roster.noted(slot.workerId, State.STARTING);
        assertThat(roster.takeDue(10, now)).containsExactly(slot);
        roster.noted(slot.workerId, State.RUNNING);
        now += REPEAT;
        assertThat(roster.hasDue(now)).isFalse();
    }

    @Test
    void tellsAnEndUntilItIsForgotten() {
        Slot slot = add(1).get(0);
        end(slot);
        assertThat(roster.takeDue(10, now)).containsExactly(slot);
        roster.noted(slot.workerId, State.STOPPED);
        now += REPEAT;
        assertThat(roster.takeDue(10, now)).containsExactly(slot);
        roster.forget(slot.workerId);
        now += REPEAT;
        assertThat(roster.hasDue(now)).isFalse();
        assertThat(roster.find(slot.workerId)).isNull();
    }

    @Test
    void endsThatNobodyNotesDoNotHoldUpNewChanges() {
        List<Slot> ended = add(20);
        ended.forEach(this::end);
        roster.takeDue(20, now);
        now += REPEAT - 1;
        List<Slot> fresh = add(5);
        now += 10;
        // The repetitions are due as well by now, but the changes have waited longer.
        assertThat(roster.takeDue(10, now))
                .startsWith(fresh.toArray(Slot[]::new))
                .hasSize(10);
    }

    @Test
    void canBeToldToRepeatEverythingAtOnce() {
        List<Slot> slots = add(5);
        roster.takeDue(3, now);
        roster.noted(slots.get(0).workerId, State.STARTING);
        now++;
        roster.repeatAll(now);
        assertThat(roster.takeDue(10, now)).containsExactlyInAnyOrderElementsOf(slots.subList(1, 5));
    }

    @Test
    void letsTheOthersTakeTurns() {
        List<Slot> slots = add(10);
        List<Slot> changed = slots.subList(0, 2);
        Set<Slot> seen = new HashSet<>(roster.takeTurns(4, changed));
        assertThat(seen).hasSize(4).doesNotContainAnyElementsOf(changed);
        seen.addAll(roster.takeTurns(4, changed));
        assertThat(seen).hasSize(8);
        assertThat(roster.takeTurns(100, List.of())).containsExactlyInAnyOrderElementsOf(slots);
        end(slots.get(9));
        assertThat(roster.takeTurns(100, List.of())).hasSize(9).doesNotContain(slots.get(9));
    }

    @Test
    void keepsABoundedNumberOfEndsNobodyNotes() {
        List<Slot> slots = add(MAX_ENDS + 10);
        slots.forEach(this::end);
        assertThat(roster.takeDue(1_000, now)).isEqualTo(slots.subList(10, MAX_ENDS + 10));
        assertThat(roster.find(slots.get(0).workerId)).isNull();
        assertThat(roster.notEnded()).isZero();
    }

    @Test
    void keepsItsCountsAndDigestThroughEveryChange() {
        List<Slot> slots = add(100);
        slots.subList(0, 30).forEach(roster::stopping);
        slots.subList(20, 40).forEach(this::end);
        end(new Slot(Deployments.of("never.mp4").command(), now));
        assertThat(roster.live()).isEqualTo(60);
        assertThat(roster.notEnded()).isEqualTo(80);
        assertThat(roster.digest())
                .isEqualTo(Heartbeat.digest(slots.subList(40, 100).stream()
                        .map(slot -> slot.workerId)
                        .toList()));
    }

    private List<Slot> add(int count) {
        List<Slot> slots = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Slot slot = new Slot(Deployments.of("x.mp4").command(), now);
            roster.add(slot, now);
            slots.add(slot);
        }
        return slots;
    }

    private void run(Slot slot) {
        FakeSession session = new FakeSession(slot.command, () -> roster.changed(slot, now));
        slot.session = session;
        session.start();
    }

    private void end(Slot slot) {
        roster.ended(slot, Reports.without(slot, State.STOPPED, "test"), now);
    }
}
