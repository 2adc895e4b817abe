-- A runner is a process, not a name: another process under the same id has none of the sessions of the one before it.
ALTER TABLE runners
    ADD COLUMN instance uuid,
    -- The newest message version it reads; nothing is placed on a runner that can't read what it is sent.
    ADD COLUMN protocol integer NOT NULL DEFAULT 1,
    ADD COLUMN version  text;
ALTER TABLE workers ADD COLUMN runner_instance uuid;

-- With all that the load of a runner and the digest of its assignments need, so that they come from the index alone.
DROP INDEX workers_live_by_runner;
CREATE INDEX workers_live_by_runner ON workers (runner_id, runner_instance) INCLUDE (worker_id, status)
    WHERE status IN ('pending', 'starting', 'running', 'stopping');

-- What the monitor looks for twice a second; the many that simply run are in neither.
CREATE INDEX workers_pending ON workers (created_at) WHERE status = 'pending';
CREATE INDEX workers_stopping ON workers (updated_at) WHERE status = 'stopping';
CREATE INDEX workers_lost ON workers (updated_at) WHERE status = 'lost';

-- Whether the scenario has a live worker: written with the worker, so that what waits for one is found without looking at
-- the thousands that have one.
ALTER TABLE scenarios ADD COLUMN placed boolean NOT NULL DEFAULT false;
UPDATE scenarios s SET placed = EXISTS (
    SELECT 1 FROM workers w WHERE w.scenario_uuid = s.scenario_uuid
    AND w.status IN ('pending', 'starting', 'running', 'stopping'));
DROP INDEX scenarios_in_transit;
CREATE INDEX scenarios_to_place ON scenarios (requested_at, id)
    WHERE status IN ('init_startup', 'in_startup_processing') AND NOT placed;
CREATE INDEX scenarios_to_end ON scenarios (requested_at, id)
    WHERE status = 'init_shutdown' OR (status = 'in_shutdown_processing' AND NOT placed);
