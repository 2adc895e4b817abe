package dev.vap.inference.batch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Frames that wait, a lane for each stream: lanes are served in turn, a lane's frames in their order. So streams get equal
 * shares of a model that can't serve them all, however many frames each has waiting. Not thread-safe; all operations but
 * {@link #removeExpired} take constant time, {@link #evictFor} looks at each lane.
 */
final class FairQueue {

    private static final class Lane {
        final String stream;
        final ArrayDeque<Job> jobs = new ArrayDeque<>(4);

        Lane(String stream) {
            this.stream = stream;
        }
    }

    private final Map<String, Lane> lanes = new HashMap<>();
    /** Lanes with frames; the next to be served first. */
    private final ArrayDeque<Lane> turns = new ArrayDeque<>();

    private int size;

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** Streams that wait. */
    int streams() {
        return turns.size();
    }

    void add(Job job) {
        Lane lane = lanes.computeIfAbsent(job.request().stream(), Lane::new);
        if (lane.jobs.isEmpty()) {
            turns.add(lane);
        }
        lane.jobs.add(job);
        size++;
    }

    /** The next frame; null if none waits. */
    Job poll() {
        Lane lane = turns.poll();
        if (lane == null) {
            return null;
        }
        Job job = lane.jobs.remove();
        size--;
        if (lane.jobs.isEmpty()) {
            lanes.remove(lane.stream);
        } else {
            turns.add(lane);
        }
        return job;
    }

    /** When the frame that has waited longest arrived, among those that are first in their lanes. */
    long oldestArrival() {
        long oldest = Long.MAX_VALUE;
        for (Lane lane : turns) {
            oldest = Math.min(oldest, lane.jobs.element().arrivedNanos());
        }
        return oldest;
    }

    /**
     * Makes room for a frame of that stream, if another stream has so many waiting that it would still have no fewer
     * afterwards: the newest frame of the longest lane goes, since those before it are due earlier.
     *
     * @return what was taken out; null if the stream has its share already
     */
    Job evictFor(String stream) {
        Lane own = lanes.get(stream);
        int mine = own == null ? 0 : own.jobs.size();
        Lane longest = null;
        for (Lane lane : turns) {
            if (longest == null || lane.jobs.size() > longest.jobs.size()) {
                longest = lane;
            }
        }
        if (longest == null || longest.jobs.size() < mine + 2) {
            return null;
        }
        size--;
        return longest.jobs.removeLast();
    }

    /** Takes out all whose deadlines have passed. */
    List<Job> removeExpired(long now) {
        List<Job> expired = new ArrayList<>();
        for (Iterator<Lane> i = turns.iterator(); i.hasNext(); ) {
            Lane lane = i.next();
            lane.jobs.removeIf(job -> {
                boolean late = job.request().expired(now);
                if (late) {
                    expired.add(job);
                }
                return late;
            });
            if (lane.jobs.isEmpty()) {
                i.remove();
                lanes.remove(lane.stream);
            }
        }
        size -= expired.size();
        return expired;
    }

    /** Takes out all. */
    List<Job> clear() {
        List<Job> all = new ArrayList<>(size);
        turns.forEach(lane -> all.addAll(lane.jobs));
        turns.clear();
        lanes.clear();
        size = 0;
        return all;
    }
}
