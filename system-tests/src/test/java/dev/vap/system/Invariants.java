package dev.vap.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.testing.Await;
import java.sql.SQLException;
import java.util.List;

/**
 * What holds whatever fails, as queries for rows that violate it: at most one live worker per scenario, results of at
 * most one epoch at a time, every frame of a file stored exactly once, no accepted command lost.
 */
final class Invariants {

    private static final String LIVE = "('pending', 'starting', 'running', 'stopping')";

    private final Store store;

    Invariants(Store store) {
        this.store = store;
    }

    /** At any time: one owner, in what was stored as in what was assigned. */
    void oneOwner(List<String> scenarios) throws SQLException {
        assertThat(store.rows(
                        "SELECT w.scenario_uuid, w.epoch, w.runner_id, w.status, w.updated_at, n.epoch AS next_epoch,"
                                + " n.runner_id AS next_runner, n.created_at AS next_created"
                                + " FROM workers w JOIN workers n ON n.scenario_uuid = w.scenario_uuid"
                                + " AND n.epoch > w.epoch"
                                + " WHERE w.scenario_uuid = ANY(?::uuid[]) AND (w.status IN " + LIVE
                                + " OR w.updated_at > n.created_at) LIMIT 5",
                        scenarios))
                .as("workers of one scenario that lived at the same time")
                .isEmpty();
        assertThat(store.rows(
                        "SELECT * FROM (SELECT scenario_uuid, frame_number, epoch, stored_at,"
                                + " lag(epoch) OVER (PARTITION BY scenario_uuid ORDER BY frame_number) AS by_frame,"
                                + " lag(epoch) OVER (PARTITION BY scenario_uuid ORDER BY stored_at, frame_number)"
                                + " AS by_time FROM scenario_results WHERE scenario_uuid = ANY(?::uuid[])) r"
                                + " WHERE by_frame > epoch OR by_time > epoch LIMIT 5",
                        scenarios))
                .as("results of an epoch after those of a newer one")
                .isEmpty();
        assertThat(store.rows(
                        "SELECT scenario_uuid, frame_number, count(*) FROM scenario_results"
                                + " WHERE scenario_uuid = ANY(?::uuid[]) GROUP BY 1, 2 HAVING count(*) > 1 LIMIT 5",
                        scenarios))
                .as("frames stored twice")
                .isEmpty();
        assertThat(store.rows(
                        "SELECT DISTINCT r.scenario_uuid, r.epoch FROM scenario_results r"
                                + " WHERE r.scenario_uuid = ANY(?::uuid[]) AND NOT EXISTS (SELECT 1 FROM workers w"
                                + " WHERE w.scenario_uuid = r.scenario_uuid AND w.epoch = r.epoch) LIMIT 5",
                        scenarios))
                .as("results of an epoch nobody was given")
                .isEmpty();
    }

    /** In the end: frames 0 to n - 1 of each, once, and the reason says so. Waits for the last ones. */
    void everyFrameOnce(List<String> files, int frames) throws SQLException {
        Await.until("the last frames are stored", Cluster.SOON, () -> store.rows(
                        "SELECT 1 FROM result_cursors WHERE scenario_uuid = ANY(?::uuid[])" + " AND last_frame < ?",
                        files,
                        frames - 1)
                .isEmpty());
        assertThat(store.rows(
                        "SELECT s.scenario_uuid, count(r.frame_number) AS frames, min(r.frame_number) AS first,"
                                + " max(r.frame_number) AS last, count(DISTINCT r.frame_number) AS different"
                                + " FROM scenarios s LEFT JOIN scenario_results r USING (scenario_uuid)"
                                + " WHERE s.scenario_uuid = ANY(?::uuid[]) GROUP BY 1"
                                + " HAVING count(r.frame_number) <> ? OR count(DISTINCT r.frame_number) <> ?"
                                + " OR min(r.frame_number) <> 0 OR max(r.frame_number) <> ? LIMIT 5",
                        files,
                        frames,
                        frames,
                        frames - 1))
                .as("files whose frames are not 0 to " + (frames - 1) + ", each once")
                .isEmpty();
        assertThat(store.rows(
                        "SELECT scenario_uuid, status, status_reason FROM scenarios WHERE scenario_uuid = ANY(?::uuid[])"
                                + " AND (status <> 'inactive' OR status_reason IS DISTINCT FROM 'end of file')",
                        files))
                .as("files that did not end as files end")
                .isEmpty();
    }

    /** In the end: every accepted scenario is there, is where it should be, and nothing waits to be said. */
    void nothingLost(List<String> accepted, String status) throws SQLException {
        assertThat(store.rows(
                        "SELECT a.id, s.status, s.status_reason FROM unnest(?::uuid[]) AS a (id)"
                                + " LEFT JOIN scenarios s ON s.scenario_uuid = a.id"
                                + " WHERE s.status IS DISTINCT FROM ? LIMIT 5",
                        accepted,
                        status))
                .as("accepted scenarios that are not " + status)
                .isEmpty();
        Await.value(
                "nothing waits in the outbox",
                Cluster.SOON,
                () -> store.rows(
                        "SELECT id, topic, created_at FROM outbox_scenario WHERE NOT published ORDER BY id LIMIT 5"),
                List::isEmpty);
    }

    /** Nothing was started again: each has the epoch it had. */
    void sameEpochs(Fault before) throws SQLException {
        assertThat(before.epochsNow())
                .as("scenarios with a new epoch though no runner failed")
                .isEqualTo(before.epochs());
    }
}
