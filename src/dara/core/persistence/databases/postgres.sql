-- The schema of PostgresBackend, version 1.
--
-- Servers commit through dara.commit(). What other programs write to dara.record becomes a commit through triggers,
-- which the setting dara.writer turns off for our own functions.

CREATE SCHEMA IF NOT EXISTS dara;

CREATE TABLE dara.schema (version int NOT NULL);
INSERT INTO dara.schema VALUES (1);

-- The present state of each key. Only the primary key is indexed, so that updates are HOT.
CREATE TABLE dara.record (
    store text COLLATE "C" NOT NULL DEFAULT 'dara' CHECK (store ~ '^[A-Za-z0-9_.~-]{1,50}$'),
    key text COLLATE "C" NOT NULL,
    value json,                                     -- NULL: absent
    epoch text NOT NULL,
    version bigint NOT NULL,
    tip text NOT NULL,
    snapshot_version bigint NOT NULL,               -- the version of `value`; the log has the edits since
    instance text NOT NULL,                         -- where the latest commit was made: see dara.instance()
    turn text NOT NULL DEFAULT '',                  -- the server for which others wait
    turn_until timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (store, key)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

-- The latest commits of each key, as `rows.dump_update` encodes them.
CREATE TABLE dara.log (
    store text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    base text NOT NULL,
    content json NOT NULL,
    size int NOT NULL,
    chg xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (store, key, version)
) WITH (autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX log_chg ON dara.log (store, chg);      -- for sweeps

-- The receipt of each writer's latest edit. A writer is a hash, which names nobody.
CREATE TABLE dara.receipt (
    store text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    writer bytea NOT NULL,
    content json NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store, key, writer)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

-- Identifies the history of this database: a promoted replica, a restored or a copied database is another one.
-- It is the same for a whole session, which ends at the latest with the server process, and is kept there.
CREATE FUNCTION dara.instance() RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    place text := '/' || 'dara.record'::regclass::oid;
    known text := current_setting('dara.instance', true);
BEGIN
    IF right(known, length(place)) = place THEN
        RETURN known;
    END IF;
    RETURN set_config('dara.instance', concat_ws('/',
        (SELECT system_identifier FROM pg_catalog.pg_control_system()),
        left(pg_walfile_name(pg_current_wal_lsn()), 8),
        (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
    ) || place, false);
END $$;

-- The epoch of a key that has never been written.
CREATE FUNCTION dara.first_epoch(of_store text, of_key text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT left(encode(sha256(convert_to(concat_ws(' ', dara.instance(), of_store, of_key), 'UTF8')), 'hex'), 32)
$$;

CREATE FUNCTION dara.announce(of_store text, of_key text, of_version bigint) RETURNS void LANGUAGE sql AS $$
    SELECT pg_notify('dara.' || of_store, json_build_array(json_build_array(of_key, of_version))::text)
$$;

-- All commits since a tip; NULL if the log does not reach back to it.
CREATE FUNCTION dara.since(of_store text, of_key text, of_tip text) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF coalesce((SELECT tip FROM dara.record WHERE store = of_store AND key = of_key), '') = of_tip THEN
        RETURN '{}';
    END IF;
    RETURN (
        SELECT array_agg(content::text ORDER BY version) FROM dara.log
        WHERE store = of_store AND key = of_key AND version >= (
            SELECT version FROM dara.log WHERE store = of_store AND key = of_key AND base = of_tip
            ORDER BY version DESC LIMIT 1
        )
    );
END $$;

-- Removes what is older than the snapshot, and beyond 1000 commits or 256 KiB.
CREATE FUNCTION dara.trim(of_store text, of_key text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM dara.log WHERE store = of_store AND key = of_key AND version <= (
        SELECT snapshot_version FROM dara.record WHERE store = of_store AND key = of_key
    ) AND version <= (
        SELECT max(version) FROM (
            SELECT version, row_number() OVER newest AS number, sum(size) OVER newest AS total
            FROM dara.log WHERE store = of_store AND key = of_key WINDOW newest AS (ORDER BY version DESC)
        ) AS l WHERE number > 1000 OR (total > 262144 AND number > 1)
    );
END $$;

-- Begins a new epoch of a key whose latest commit was made in another instance, which may have lost commits.
CREATE FUNCTION dara.renew(of_store text, of_key text) RETURNS void LANGUAGE plpgsql
SET dara.writer = 'server' SET lock_timeout = '2s'
AS $$
DECLARE
    r dara.record;
    base text;
    content text;
    value_version text;
BEGIN
    SELECT * INTO r FROM dara.record WHERE store = of_store AND key = of_key FOR NO KEY UPDATE;
    IF r.instance <> dara.instance() THEN
        -- It is the last number of an edit that has one. The operators of json refuse \u0000, so it is read as text.
        SELECT substring(l.content::text FROM '\](,\d+)\]$') INTO value_version FROM dara.log AS l
        WHERE l.store = of_store AND l.key = of_key AND l.version = r.version;
        base := r.tip;
        r.tip := 'epoch:' || gen_random_uuid();
        r.epoch := gen_random_uuid();
        r.version := r.version + 1;
        UPDATE dara.record SET
            epoch = r.epoch, version = r.version, tip = r.tip, instance = dara.instance(),
            snapshot_version = snapshot_version + (snapshot_version = version)::int
        WHERE store = of_store AND key = of_key;
        content := format('[%s,%s,[%s,%s],[],[]%s]',
            to_json(base), to_json(r.tip), to_json(r.epoch), r.version, value_version);
        INSERT INTO dara.log (store, key, version, base, content, size)
        VALUES (of_store, of_key, r.version, base, content::json, octet_length(content));
        PERFORM dara.announce(of_store, of_key, r.version);
    END IF;
END $$;

-- Commits proposals, each by itself, and returns those that are not stored: in conflict or locked. They are sorted by
-- key, so that servers do not wait for each other in a circle. A statement for each key needs no planner's guess.
CREATE FUNCTION dara.commit(
    of_store text, of_instance text, is_patient boolean,
    keys text[], bases text[], tips text[], epochs text[], versions bigint[], contents text[], sizes int[],
    are_snapshots boolean[], new_values text[], have_turns boolean[],
    owners int[], writers bytea[], receipts text[]
) RETURNS TABLE (place int, is_locked boolean, is_anothers_turn boolean, updates text[]) LANGUAGE plpgsql
SET dara.writer = 'server' SET lock_timeout = '2s'
AS $$
#variable_conflict use_column
DECLARE
    here text := dara.instance();
    server text := split_part(tips[1], ':', 1);
    accepted int[] := '{}';
    p record;
    r record;
BEGIN
    IF current_setting('synchronous_commit') = 'off' THEN
        PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
    FOR p IN
        SELECT * FROM unnest(
            keys, bases, tips, epochs, versions, contents, sizes, are_snapshots, new_values, have_turns
        ) WITH ORDINALITY AS p(key, base, tip, epoch, version, content, size, is_snapshot, value, has_turn, place)
    LOOP
        IF p.base = '' AND here = of_instance THEN
            INSERT INTO dara.record (store, key, epoch, version, tip, snapshot_version, instance)
            VALUES (of_store, p.key, p.epoch, 0, '', 0, here) ON CONFLICT DO NOTHING;
        END IF;
        IF is_patient THEN
            SELECT tip, turn, turn_until, instance INTO r FROM dara.record
            WHERE store = of_store AND key = p.key FOR NO KEY UPDATE;
        ELSE
            SELECT tip, turn, turn_until, instance INTO r FROM dara.record
            WHERE store = of_store AND key = p.key FOR NO KEY UPDATE SKIP LOCKED;
        END IF;
        place := p.place;
        is_locked := NOT FOUND AND EXISTS (SELECT FROM dara.record WHERE store = of_store AND key = p.key);
        is_anothers_turn := r.turn <> server AND r.turn_until > clock_timestamp();
        updates := NULL;
        IF r.instance <> here THEN
            PERFORM dara.renew(of_store, p.key);
            updates := dara.since(of_store, p.key, p.base);
            RETURN NEXT;
        ELSIF r.tip = p.base AND NOT is_anothers_turn THEN
            accepted := accepted || place;
            UPDATE dara.record SET
                epoch = p.epoch, version = p.version, tip = p.tip, turn = '', turn_until = '-infinity',
                value = CASE WHEN p.is_snapshot THEN p.value::json ELSE value END,
                snapshot_version = CASE WHEN p.is_snapshot THEN p.version ELSE snapshot_version END
            WHERE store = of_store AND key = p.key;
            INSERT INTO dara.log (store, key, version, base, content, size)
            VALUES (of_store, p.key, p.version, p.base, p.content::json, p.size);
            IF p.version % 50 = 0 OR p.size > 16384 THEN
                PERFORM dara.trim(of_store, p.key);
            END IF;
        ELSE
            IF p.has_turn AND NOT is_anothers_turn THEN
                UPDATE dara.record SET turn = server, turn_until = clock_timestamp() + interval '50 ms'
                WHERE store = of_store AND key = p.key;
            END IF;
            IF r.tip IS NOT NULL THEN
                updates := dara.since(of_store, p.key, p.base);
            END IF;
            RETURN NEXT;
        END IF;
    END LOOP;
    INSERT INTO dara.receipt (store, key, writer, content)
    SELECT of_store, keys[p.owner], p.writer, p.content::json
    FROM unnest(owners, writers, receipts) AS p(owner, writer, content)
    WHERE p.owner = ANY(accepted) ORDER BY 2, 3
    ON CONFLICT (store, key, writer) DO UPDATE SET content = excluded.content, at = excluded.at;
END $$;

-- Stores the value of the present tip.
CREATE FUNCTION dara.snapshot(of_store text, of_key text, of_tip text, new_value json) RETURNS void LANGUAGE sql
SET dara.writer = 'server' SET lock_timeout = '2s'
AS $$
    UPDATE dara.record SET value = new_value, snapshot_version = version
    WHERE store = of_store AND key = of_key AND tip = of_tip
$$;

-- Adds the commit of a whole value to the log, and announces it.
CREATE FUNCTION dara.log_whole(r dara.record, base text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    content text := format('[%s,%s,[%s,%s],%s,[]]', to_json(base), to_json(r.tip), to_json(r.epoch), r.version,
        CASE WHEN r.value IS NULL THEN '{}' ELSE '{"value":' || r.value || '}' END);
BEGIN
    INSERT INTO dara.log (store, key, version, base, content, size)
    VALUES (r.store, r.key, r.version, base, content::json, octet_length(content));
    PERFORM dara.trim(r.store, r.key);
    PERFORM dara.announce(r.store, r.key, r.version);
END $$;

-- Returns the row after a commit of a whole value by another program.
CREATE FUNCTION dara.next_row(r dara.record, new_value json) RETURNS dara.record LANGUAGE plpgsql AS $$
DECLARE
    here text := dara.instance();
BEGIN
    -- Refuses a lone surrogate, which jsonb does, too; it refuses \u0000 as well, which is fine here.
    PERFORM replace(new_value::text, '\u0000', '\u0001')::jsonb;
    r.value := new_value;
    r.epoch := CASE r.instance = here WHEN true THEN r.epoch WHEN false THEN gen_random_uuid()::text
        ELSE dara.first_epoch(r.store, r.key) END;
    r.version := coalesce(r.version, 0) + 1;
    r.tip := 'sql:' || gen_random_uuid();
    r.snapshot_version := r.version;
    r.instance := here;
    r.turn := '';
    r.turn_until := '-infinity';
    RETURN r;
END $$;

CREATE FUNCTION dara.before_foreign() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET dara.writer = 'server'
AS $$
DECLARE
    r dara.record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        r.store := NEW.store;
        r.key := NEW.key;
        RETURN CASE WHEN NEW.value IS NOT NULL THEN dara.next_row(r, NEW.value) END;
    ELSIF TG_OP = 'DELETE' THEN
        IF OLD.value IS NOT NULL OR OLD.snapshot_version < OLD.version THEN
            r := dara.next_row(OLD, NULL);
            UPDATE dara.record SET
                value = NULL, epoch = r.epoch, version = r.version, tip = r.tip, snapshot_version = r.version,
                instance = r.instance, turn = r.turn, turn_until = r.turn_until
            WHERE store = r.store AND key = r.key;
            PERFORM dara.log_whole(r, OLD.tip);
        END IF;
        RETURN NULL;  -- the row stays, without a value
    ELSIF (NEW.store, NEW.key) <> (OLD.store, OLD.key) THEN
        RAISE EXCEPTION 'The key % cannot be renamed', OLD.key
            USING ERRCODE = 'feature_not_supported', HINT = 'Insert the new key, then delete the old one.';
    ELSIF OLD.snapshot_version < OLD.version THEN
        RAISE EXCEPTION 'The value of the key % is being edited, and the row does not have the latest edits', OLD.key
            USING ERRCODE = 'object_in_use', HINT = 'Try again in two seconds.';
    ELSIF NEW.value::text IS NOT DISTINCT FROM OLD.value::text THEN
        RETURN OLD;
    END IF;
    RETURN dara.next_row(OLD, NEW.value);
END $$;

CREATE FUNCTION dara.after_foreign() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET dara.writer = 'server'
AS $$
BEGIN
    IF NEW.tip IS DISTINCT FROM OLD.tip THEN
        PERFORM dara.log_whole(NEW, coalesce(OLD.tip, ''));
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION dara.around_truncate() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET dara.writer = 'server'
AS $$
DECLARE
    r dara.record;
    absent dara.record;
BEGIN
    IF TG_TABLE_NAME = 'log' THEN
        RAISE EXCEPTION 'dara.log cannot be truncated: versions would be used twice'
            USING ERRCODE = 'feature_not_supported', HINT = 'DROP SCHEMA dara CASCADE removes all data.';
    ELSIF TG_WHEN = 'BEFORE' THEN
        CREATE TEMPORARY TABLE dara_truncated (LIKE dara.record) ON COMMIT DROP;
        FOR r IN SELECT * FROM dara.record LOOP
            absent := dara.next_row(r, NULL);
            INSERT INTO pg_temp.dara_truncated VALUES (absent.*);
            PERFORM dara.log_whole(absent, r.tip);
        END LOOP;
    ELSE
        INSERT INTO dara.record SELECT * FROM pg_temp.dara_truncated;
        DROP TABLE pg_temp.dara_truncated;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER before_foreign BEFORE INSERT OR UPDATE OR DELETE ON dara.record FOR EACH ROW
WHEN (current_setting('dara.writer', true) IS DISTINCT FROM 'server') EXECUTE FUNCTION dara.before_foreign();
CREATE TRIGGER after_foreign AFTER INSERT OR UPDATE ON dara.record FOR EACH ROW
WHEN (current_setting('dara.writer', true) IS DISTINCT FROM 'server') EXECUTE FUNCTION dara.after_foreign();
CREATE TRIGGER before_truncate BEFORE TRUNCATE ON dara.record EXECUTE FUNCTION dara.around_truncate();
CREATE TRIGGER after_truncate AFTER TRUNCATE ON dara.record EXECUTE FUNCTION dara.around_truncate();
CREATE TRIGGER before_truncate BEFORE TRUNCATE ON dara.log EXECUTE FUNCTION dara.around_truncate();
