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
