-- Names, and what may be searched -------------------------------------------------------------------------------------

ALTER TABLE scenarios
    ADD COLUMN name text,
    -- The source without credentials, written beside camera_url; what the search of the list reads.
    ADD COLUMN shown_url text NOT NULL DEFAULT '';

-- More careful than the service is: everything between the scheme and the last @ goes, and every parameter.
UPDATE scenarios SET shown_url =
    CASE WHEN camera_url ~ '^[a-zA-Z][a-zA-Z0-9+.-]*://'
         THEN regexp_replace(
                  regexp_replace(camera_url, '^([a-zA-Z][a-zA-Z0-9+.-]*://).*@', '\1***@'), '[?#&;].*$', '')
         ELSE regexp_replace(camera_url, '[?#&;].*$', '')
    END;

-- A page of the list is read from its beginning, whichever filter few or none fit.
CREATE INDEX scenarios_by_status ON scenarios (status, id);
CREATE INDEX scenarios_by_model ON scenarios (model, id);

-- Creates that may be repeated ----------------------------------------------------------------------------------------

-- Written with the scenario, and kept when it is deleted: the same key has the same answer for a day.
CREATE TABLE idempotency_keys (
    key            text PRIMARY KEY,
    request_hash   text        NOT NULL,
    scenario_uuid  uuid        NOT NULL,
    answer         jsonb       NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Counts by minute ----------------------------------------------------------------------------------------------------

-- The minute that a scenario's newest result belongs to is counted in its cursor, which every batch of results writes anyway:
-- {"minute": since the epoch, "classes": {class: [frames, gated, detections, most, first_frame, last_frame]}}.
ALTER TABLE result_cursors
    ADD COLUMN open_minute json,
    -- When the newest result was stored.
    ADD COLUMN stored_at timestamptz;
UPDATE result_cursors c SET stored_at = r.stored_at
FROM (SELECT scenario_uuid, max(stored_at) AS stored_at FROM scenario_results GROUP BY 1) r
WHERE r.scenario_uuid = c.scenario_uuid;

-- What was seen in each minute of the frames' own time, written in the transaction of the results, under the lock on the
-- scenario's cursor. Also the way from an instant to the frame numbers around it. No foreign key: it would lock the row of
-- the scenario, which whoever deletes it locks first.
CREATE TABLE result_minutes (
    scenario_uuid  uuid        NOT NULL,
    minute         timestamptz NOT NULL,
    class          text        NOT NULL,   -- '' for all frames of the minute
    frames         bigint      NOT NULL,   -- analysed ones; with an object of the class
    gated          bigint      NOT NULL,
    detections     bigint      NOT NULL,
    most           integer     NOT NULL,   -- in one frame
    first_frame    bigint      NOT NULL,
    last_frame     bigint      NOT NULL,
    -- Of the newest result in it: pruned when the last partition that can hold it is gone.
    stored_at      timestamptz NOT NULL,
    PRIMARY KEY (scenario_uuid, minute, class)
) WITH (fillfactor = 70);
-- Leaves updates in place, where a B-tree would not.
CREATE INDEX result_minutes_by_age ON result_minutes USING brin (stored_at) WITH (autosummarize = on);

-- The open minute and those before it; a minute may be in both.
CREATE VIEW result_counts AS
SELECT scenario_uuid, minute, class, frames, gated, detections, most, first_frame, last_frame FROM result_minutes
UNION ALL
SELECT c.scenario_uuid, to_timestamp((c.open_minute ->> 'minute')::bigint * 60), e.key, (e.value ->> 0)::bigint,
       (e.value ->> 1)::bigint, (e.value ->> 2)::bigint, (e.value ->> 3)::integer, (e.value ->> 4)::bigint,
       (e.value ->> 5)::bigint
FROM result_cursors c, json_each(c.open_minute -> 'classes') e;

INSERT INTO result_minutes
SELECT scenario_uuid, date_trunc('minute', timestamp, 'UTC'), '', count(*) FILTER (WHERE NOT gated),
       count(*) FILTER (WHERE gated), sum(jsonb_array_length(detections)), max(jsonb_array_length(detections)),
       min(frame_number), max(frame_number), max(stored_at)
FROM scenario_results GROUP BY 1, 2;

INSERT INTO result_minutes
SELECT scenario_uuid, minute, class, count(*), 0, sum(n), max(n), min(frame_number), max(frame_number), max(stored_at)
FROM (SELECT r.scenario_uuid, date_trunc('minute', r.timestamp, 'UTC') AS minute, left(d ->> 'class', 200) AS class,
             r.frame_number, r.stored_at, count(*) AS n
      FROM scenario_results r, jsonb_array_elements(r.detections) d
      WHERE d ->> 'class' <> ''
      GROUP BY 1, 2, 3, 4, 5) f
GROUP BY 1, 2, 3;

-- As text: what is shown is shown as it was written, and making text of jsonb was most of what a page of results cost the
-- database. Filters on detections parse the rows they look at.
ALTER TABLE scenario_results ALTER COLUMN detections TYPE json;
