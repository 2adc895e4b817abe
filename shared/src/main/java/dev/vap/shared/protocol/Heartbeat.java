package dev.vap.shared.protocol;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Runner → orchestrator, every 500 ms and at once on a change; published to {@link Addresses#RUNNERS} as well. Its size is
 * bounded however many sessions there are: what changed and is not noted yet comes first, the others take turns.
 *
 * @param instance of the process: another process under the same id is another runner
 * @param protocol the newest message version this runner reads
 * @param capacity {@code MAX_WORKERS}
 * @param draining true once the runner takes no new sessions
 * @param wantsSet asks for the assigned set: after a start, or when messages may have been missed
 * @param total sessions that run or are to run; those that are being stopped or have ended do not count
 * @param digest {@link #digest} of their worker ids
 * @param changed at most {@link #MAX_CHANGED}: their state is repeated until a reply says that it is noted
 * @param others at most {@link #MAX_OTHERS} of the rest, each in its turn; for people only
 */
public record Heartbeat(
        String runnerId,
        UUID instance,
        int protocol,
        String host,
        long pid,
        int capacity,
        boolean draining,
        boolean wantsSet,
        int total,
        long digest,
        List<SessionReport> changed,
        List<SessionReport> others) {

    public static final int MAX_CHANGED = 500;
    public static final int MAX_OTHERS = 200;

    public Heartbeat {
        changed = List.copyOf(changed);
        others = List.copyOf(others);
    }

    /** All reports in it. */
    public Stream<SessionReport> sessions() {
        return Stream.concat(changed.stream(), others.stream());
    }

    /**
     * A digest of a set of workers, whatever their order: the low halves of the ids, which are random, in exclusive or.
     * {@code storage.Workers} computes the same in SQL.
     */
    public static long digest(Collection<UUID> workers) {
        long digest = 0;
        for (UUID id : workers) {
            digest ^= id.getLeastSignificantBits();
        }
        return digest;
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("v", Protocol.VERSION)
                .put("runner_id", runnerId)
                .put("instance", instance.toString())
                .put("protocol", protocol)
                .put("host", host)
                .put("pid", pid)
                .put("capacity", capacity)
                .put("draining", draining)
                .put("wants_set", wantsSet)
                .put("total", total)
                // As text: JavaScript's numbers have 53 bits.
                .put("digest", Long.toHexString(digest))
                .put("changed", array(changed))
                .put("others", array(others));
    }

    public static Heartbeat fromJson(JsonObject json) {
        MessageReader in = MessageReader.of(json);
        return new Heartbeat(
                in.string("runner_id"),
                in.uuid("instance"),
                in.integer("protocol"),
                in.string("host"),
                in.number("pid"),
                in.integer("capacity"),
                in.flag("draining"),
                in.flag("wants_set"),
                in.integer("total"),
                in.converted("digest", text -> Long.parseUnsignedLong(text, 16)),
                reports(in.array("changed")),
                reports(in.array("others")));
    }

    private static JsonArray array(List<SessionReport> reports) {
        JsonArray array = new JsonArray();
        reports.forEach(s -> array.add(s.toJson()));
        return array;
    }

    private static List<SessionReport> reports(JsonArray array) {
        return array.stream().map(s -> SessionReport.fromJson((JsonObject) s)).toList();
    }
}
