package dev.vap.orchestrator.placement;

import dev.vap.shared.protocol.Protocol;
import dev.vap.shared.storage.Runners.Runner;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;

/**
 * The places of the fleet while one batch is placed: the next one is always at the runner with the lowest share of its capacity
 * in use, the first by name among equals. Runners that drain, or can't read the messages of this version, get nothing.
 */
final class Capacity {

    private final PriorityQueue<Seat> seats = new PriorityQueue<>(Comparator.comparingDouble(Seat::share)
            .thenComparing(s -> s.runner().runnerId()));

    private int runners;
    private int outdated;
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
     */
    Capacity(List<Runner> alive) {
        for (Runner runner : alive) {
            if (runner.draining() || runner.instance() == null) {
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

    /** A place, which is taken by that; empty if there is none. */
    Optional<Runner> take() {
        Seat seat = seats.poll();
        if (seat == null) {
            return Optional.empty();
        }
        used++;
        offer(new Seat(seat.runner(), seat.load() + 1));
        return Optional.of(seat.runner());
    }

    int free() {
        return seats.stream().mapToInt(s -> s.runner().capacity() - s.load()).reduce(0, (a, b) ->
                (int) Math.min(Integer.MAX_VALUE, (long) a + b));
    }

    /** What a scenario that waits is told. */
    String inWords() {
        String old = outdated == 0 ? "" : "; " + outdated + " too old for this cluster, update them";
        if (runners == 0) {
            return "waiting for capacity: no runner is up" + old;
        }
        return "waiting for capacity: " + runners + (runners == 1 ? " runner, " : " runners, ") + used + "/" + places
                + " workers" + old;
    }
}
