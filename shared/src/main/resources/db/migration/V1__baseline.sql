-- Scenarios and their life ---------------------------------------------------------------------------------------------

CREATE TABLE scenarios (
    id             bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    scenario_uuid  uuid PRIMARY KEY,
    camera_url     text        NOT NULL,
    status         text        NOT NULL CHECK (status IN ('init_startup', 'in_startup_processing', 'active',
                                                          'init_shutdown', 'in_shutdown_processing', 'inactive')),
    status_reason  text,
    -- The fencing token: grows with every assignment to a runner.
    epoch          bigint      NOT NULL DEFAULT 0,
    -- Grows with every change; the guard of every update.
    version        bigint      NOT NULL DEFAULT 1,
    model          text        NOT NULL,
    options        jsonb       NOT NULL DEFAULT '{}',
    -- Starts that failed in a row; a processed frame sets it back.
    attempt        integer     NOT NULL DEFAULT 0,
    -- Not placed before this instant (backoff between attempts).
    not_before     timestamptz,
    -- What is waiting is placed in this order.
    requested_at   timestamptz NOT NULL DEFAULT now(),
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now()
);

-- What the orchestrator's timer looks for; active and inactive scenarios, the many, are not in it.
CREATE INDEX scenarios_in_transit ON scenarios (requested_at)
    WHERE status IN ('init_startup', 'in_startup_processing', 'init_shutdown', 'in_shutdown_processing');

CREATE TABLE scenario_events (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scenario_uuid  uuid        NOT NULL REFERENCES scenarios ON DELETE CASCADE,
    from_status    text,
    to_status      text        NOT NULL,
    actor          text        NOT NULL,
    reason         text,
    epoch          bigint      NOT NULL,
    at             timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX scenario_events_by_scenario ON scenario_events (scenario_uuid, id);

-- Messages out and in --------------------------------------------------------------------------------------------------

CREATE TABLE outbox_scenario (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id     uuid        NOT NULL UNIQUE,
    topic          text        NOT NULL,
    message_key    text        NOT NULL,
    scenario_uuid  uuid        NOT NULL,
    payload        jsonb       NOT NULL,
    published      boolean     NOT NULL DEFAULT false,
    created_at     timestamptz NOT NULL DEFAULT now(),
    published_at   timestamptz
);
CREATE INDEX outbox_unpublished ON outbox_scenario (id) WHERE NOT published;
CREATE INDEX outbox_published ON outbox_scenario (published_at) WHERE published;

CREATE TABLE inbox (
    message_id     uuid PRIMARY KEY,
    topic          text        NOT NULL,
    received_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX inbox_by_age ON inbox (received_at);

-- Runners and what they run --------------------------------------------------------------------------------------------

CREATE TABLE runners (
    runner_id      text PRIMARY KEY,
    host           text        NOT NULL,
    process_pid    bigint      NOT NULL,
    capacity       integer     NOT NULL,
    draining       boolean     NOT NULL DEFAULT false,
    -- By this database's clock only.
    lease_until    timestamptz NOT NULL,
    started_at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE workers (
    worker_id      uuid PRIMARY KEY,
    scenario_uuid  uuid        NOT NULL REFERENCES scenarios ON DELETE CASCADE,
    runner_id      text        NOT NULL,
    epoch          bigint      NOT NULL,
    camera_url     text        NOT NULL,   -- without credentials
    status         text        NOT NULL CHECK (status IN ('pending', 'starting', 'running', 'stopping',
                                                          'stopped', 'lost', 'failed')),
    reason         text,
    process_pid    bigint,
    attempt        integer     NOT NULL DEFAULT 0,
    start_frame    bigint      NOT NULL DEFAULT 0,
    last_frame     bigint      NOT NULL DEFAULT -1,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    UNIQUE (scenario_uuid, epoch)
);
-- The guarantee behind "one owner per scenario".
CREATE UNIQUE INDEX workers_one_live ON workers (scenario_uuid)
    WHERE status IN ('pending', 'starting', 'running', 'stopping');
CREATE INDEX workers_live_by_runner ON workers (runner_id)
    WHERE status IN ('pending', 'starting', 'running', 'stopping');

-- Results --------------------------------------------------------------------------------------------------------------

-- One row per scenario: the newest epoch and frame accepted. Results of one scenario arrive in order (one Kafka partition),
-- so "newer than the last" is what makes a frame unique per scenario, over all partitions of scenario_results.
CREATE TABLE result_cursors (
    scenario_uuid  uuid PRIMARY KEY REFERENCES scenarios ON DELETE CASCADE,
    epoch          bigint NOT NULL DEFAULT 0,
    last_frame     bigint NOT NULL DEFAULT -1,
    stored         bigint NOT NULL DEFAULT 0,
    stale          bigint NOT NULL DEFAULT 0,
    repeated       bigint NOT NULL DEFAULT 0
);

-- Partitioned by the day of storing, by this database's clock: a day is dropped, never deleted row by row.
CREATE TABLE scenario_results (
    scenario_uuid  uuid        NOT NULL,
    frame_number   bigint      NOT NULL,
    epoch          bigint      NOT NULL,
    timestamp      timestamptz NOT NULL,
    pts_ms         bigint      NOT NULL,
    width          integer     NOT NULL,
    height         integer     NOT NULL,
    model          text        NOT NULL,
    detector       text        NOT NULL,
    inference_ms   real        NOT NULL,
    detections     jsonb       NOT NULL,
    stored_at      timestamptz NOT NULL,
    PRIMARY KEY (scenario_uuid, frame_number, stored_at)
) PARTITION BY RANGE (stored_at);

-- Makes the partitions from today on; harmless to repeat, safe to call from several processes.
CREATE FUNCTION ensure_result_partitions(days_ahead integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    day date;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('vap_result_partitions'));
    FOR day IN SELECT (now() AT TIME ZONE 'UTC')::date + n FROM generate_series(0, days_ahead) n LOOP
        IF to_regclass('scenario_results_' || to_char(day, 'YYYYMMDD')) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF scenario_results FOR VALUES FROM (%L) TO (%L)',
                           'scenario_results_' || to_char(day, 'YYYYMMDD'),
                           to_char(day, 'YYYY-MM-DD') || ' 00:00:00+00',
                           to_char(day + 1, 'YYYY-MM-DD') || ' 00:00:00+00');
        END IF;
    END LOOP;
END $$;

-- Drops the partitions that ended more than so many days ago; returns how many.
CREATE FUNCTION drop_result_partitions(keep_days integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    part text;
    dropped integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('vap_result_partitions'));
    FOR part IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'scenario_results'::regclass
          AND c.relname ~ '^scenario_results_[0-9]{8}$'
          AND to_date(right(c.relname, 8), 'YYYYMMDD') < (now() AT TIME ZONE 'UTC')::date - keep_days
    LOOP
        EXECUTE format('DROP TABLE %I', part);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;

SELECT ensure_result_partitions(2);
