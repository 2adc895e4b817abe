-- The text search of the list -----------------------------------------------------------------------------------------

-- Finds a text anywhere in the name or the source, by its runs of up to three characters. Needs no extension, and knows the
-- letters of every language as lower() does. A row a scenario, but not at once: with the index written beside it, creating a
-- scenario costs the server 140 us instead of 100, so it is written in batches by those who search, see index_scenarios.
CREATE TABLE scenario_search (
    scenario_id    bigint PRIMARY KEY,
    text           text NOT NULL
);

-- Scenarios up to this number are in scenario_search; those after it are looked through one by one.
CREATE TABLE scenario_search_state (
    one            boolean PRIMARY KEY DEFAULT true CHECK (one),
    up_to          bigint NOT NULL
);
INSERT INTO scenario_search_state (up_to) VALUES (0);

CREATE FUNCTION text_grams(text text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10000 AS $$
    SELECT coalesce(array_agg(substr(text, i, n)), '{}')
    FROM generate_series(1, length(text)) i, generate_series(1, 3) n
$$;

-- What text_grams of a text has if the wanted one, of at least one character, is in it; both in lower case.
CREATE FUNCTION wanted_grams(wanted text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg(substr(wanted, i, least(length(wanted), 3)))
    FROM generate_series(1, greatest(length(wanted) - 2, 1)) i
$$;

CREATE INDEX scenario_search_by_grams ON scenario_search USING gin (text_grams(text));
-- It is always the way to look; what is common in it is costly to find out.
ALTER INDEX scenario_search_by_grams ALTER COLUMN 1 SET STATISTICS 0;

CREATE FUNCTION scenario_search_text(name text, shown_url text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT lower(concat_ws(E'\n', name, shown_url))
$$;

-- Brings at most so many scenarios into scenario_search, if at least so many are not in it; returns how many. No scenario of
-- the last minute: another one with a smaller number may not have been committed yet.
CREATE FUNCTION index_scenarios(at_least integer, at_most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    done bigint;
    last bigint;
    found integer;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('vap_scenario_search')) THEN
        RETURN 0;
    END IF;
    SELECT up_to INTO done FROM scenario_search_state;
    SELECT count(*), max(id) INTO found, last FROM (
        SELECT id, bool_and(created_at < now() - interval '1 minute') OVER (ORDER BY id) AS settled
        FROM (SELECT id, created_at FROM scenarios WHERE id > done ORDER BY id LIMIT at_most) next
    ) s WHERE settled;
    IF found < greatest(at_least, 1) THEN
        RETURN 0;
    END IF;
    -- One that was changed just now is in it already, with what it was changed to.
    INSERT INTO scenario_search
    SELECT id, scenario_search_text(name, shown_url) FROM scenarios WHERE id > done AND id <= last
    ON CONFLICT DO NOTHING;
    UPDATE scenario_search_state SET up_to = last;
    -- Or those who search would read the list of what is not in its place yet.
    PERFORM gin_clean_pending_list('scenario_search_by_grams');
    RETURN found;
END $$;

-- By triggers, so that a process of an older version can't leave behind what is no longer so. No foreign key: it would lock the
-- row of the scenario, which whoever changes it locks first.
CREATE FUNCTION scenario_search_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM scenario_search WHERE scenario_id = OLD.id;
    ELSE
        INSERT INTO scenario_search VALUES (NEW.id, scenario_search_text(NEW.name, NEW.shown_url))
        ON CONFLICT (scenario_id) DO UPDATE SET text = EXCLUDED.text;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER scenario_search_changed AFTER UPDATE OF name, shown_url ON scenarios FOR EACH ROW
    WHEN (OLD.name IS DISTINCT FROM NEW.name OR OLD.shown_url IS DISTINCT FROM NEW.shown_url)
    EXECUTE FUNCTION scenario_search_follow();
CREATE TRIGGER scenario_search_deleted AFTER DELETE ON scenarios FOR EACH ROW EXECUTE FUNCTION scenario_search_follow();
