package dev.vap.orchestrator.placement;

import dev.vap.shared.protocol.Protocol;
import dev.vap.shared.storage.Runners.Runner;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * The places of the fleet while one batch is placed: the next one is always at the runner with the lowest share of its capacity
 * in use, the first by name among equals. Runners that drain, or can't read the messages of this version, get nothing.
 */
final class Capacity {

    private final PriorityQueue<Seat> seats = new PriorityQueue<>(Comparator.comparingDouble(Seat::share)
            .thenComparing(s -> s.runner().runnerId()));

    private int runners;
    private final Set<String> lastChances = new HashSet<>();
    private int outdated;
    private int unreachable;
    private int used;
    private int places;

    /** A runner and how many it will have. */
    private record Seat(Runner runner, int load) {
        double share() {
            return (double) load / runner.capacity();
        }
    }

    /**
     * @param alive those whose lease is valid
     * @param reachable whether that process of a runner is heard on the event bus
     */
    Capacity(List<Runner> alive, Predicate<UUID> reachable) {
        for (Runner runner : alive) {
            if (runner.draining() || runner.instance() == null) {
                continue;
            }
            if (!reachable.test(runner.instance())) {
                unreachable++;
                continue;
            }
            if (runner.protocol() < Protocol.VERSION) {
                outdated++;
                continue;
            }
            runners++;
            used += runner.load();
            places += runner.capacity();
            offer(new Seat(runner, runner.load()));
        }
    }

    private void offer(Seat seat) {
        if (seat.load() < seat.runner().capacity()) {
            seats.add(seat);
        }
    }

    /** The runner has a scenario that the next loss quarantines. */
    void hasLastChance(String runnerId) {
        lastChances.add(runnerId);
    }

    /** A place, which is taken by that; empty if there is none. */
    Optional<Runner> take() {
        return Optional.ofNullable(seats.poll()).map(this::taken);
    }

    /** The same, where possible at a runner that has no other scenario that the next loss quarantines. */
    Optional<Runner> takeApart() {
        Optional<Seat> apart = seats.stream()
                .filter(s -> !lastChances.contains(s.runner().runnerId()))
                .min(seats.comparator());
        apart.ifPresent(seats::remove);
        Optional<Runner> runner = apart.map(this::taken).or(this::take);
        runner.ifPresent(r -> hasLastChance(r.runnerId()));
        return runner;
    }

    private Runner taken(Seat seat) {
        used++;
        offer(new Seat(seat.runner(), seat.load() + 1));
        return seat.runner();
    }

    int free() {
        return seats.stream().mapToInt(s -> s.runner().capacity() - s.load()).reduce(0, (a, b) ->
                (int) Math.min(Integer.MAX_VALUE, (long) a + b));
    }

    /** What a scenario that waits is told. */
    String inWords() {
        String old = (outdated == 0 ? "" : "; " + outdated + " too old for this cluster, update them")
                + (unreachable == 0 ? "" : "; " + unreachable + " not heard on the event bus");
        if (runners == 0) {
            return "waiting for capacity: no runner is up" + old;
        }
        return "waiting for capacity: " + runners + (runners == 1 ? " runner, " : " runners, ") + used + "/" + places
                + " workers" + old;
    }
}
