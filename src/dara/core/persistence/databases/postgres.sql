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
CREATE INDEX log_chg ON dara.log (chg);             -- for sweeps

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
CREATE FUNCTION dara.instance() RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN  -- in plpgsql plans are kept
    RETURN (
        SELECT concat_ws('/', system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8), d.oid,
            'dara.record'::regclass::oid)
        FROM pg_catalog.pg_control_system(), pg_catalog.pg_database AS d WHERE datname = current_database()
    );
END $$;

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

-- Begins a new epoch of those keys whose latest commit was made in another instance, which may have lost commits.
CREATE FUNCTION dara.renew(of_store text, keys text[]) RETURNS void LANGUAGE plpgsql
SET dara.writer = 'server' SET lock_timeout = '2s'
AS $$
DECLARE
    here text := dara.instance();
    r record;
    next_tip text;
    next_epoch text;
    next_content json;
BEGIN
    FOR r IN
        SELECT key, tip, version FROM dara.record WHERE store = of_store AND key = ANY(keys) AND instance <> here
        ORDER BY key FOR NO KEY UPDATE
    LOOP
        next_tip := 'epoch:' || gen_random_uuid();
        next_epoch := gen_random_uuid();
        next_content := json_build_array(
            r.tip, next_tip, json_build_array(next_epoch, r.version + 1), '[]'::json, '[]'::json
        );
        UPDATE dara.record SET
            epoch = next_epoch, version = version + 1, tip = next_tip, instance = here,
            snapshot_version = snapshot_version + (snapshot_version = version)::int
        WHERE store = of_store AND key = r.key;
        INSERT INTO dara.log (store, key, version, base, content, size)
        VALUES (of_store, r.key, r.version + 1, r.tip, next_content, octet_length(next_content::text));
        PERFORM dara.announce(of_store, r.key, r.version + 1);
    END LOOP;
END $$;

-- Commits proposals of different keys, each by itself. Returns those that are not stored: in conflict or locked.
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
    held text[] := keys;
    accepted int[];
    is_renewed boolean;
BEGIN
    IF current_setting('synchronous_commit') = 'off' THEN
        PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
    IF '' = ANY(bases) AND here = of_instance THEN
        INSERT INTO dara.record (store, key, epoch, version, tip, snapshot_version, instance)
        SELECT of_store, p.key, p.epoch, 0, '', 0, here FROM unnest(keys, bases, epochs) AS p(key, base, epoch)
        WHERE p.base = '' ORDER BY p.key ON CONFLICT DO NOTHING;
    END IF;
    IF NOT is_patient THEN
        held := ARRAY(
            SELECT key FROM dara.record WHERE store = of_store AND key = ANY(keys)
            ORDER BY key FOR NO KEY UPDATE SKIP LOCKED
        );
    END IF;
    LOOP
        SELECT
            coalesce(array_agg(l.place) FILTER (
                WHERE l.tip = l.base AND (l.turn = server OR l.turn_until <= clock_timestamp())
            ), '{}'),
            coalesce(bool_or(l.instance <> here), false)
        INTO accepted, is_renewed
        FROM (
            SELECT p.place, p.base, r.tip, r.turn, r.turn_until, r.instance
            FROM unnest(keys, bases) WITH ORDINALITY AS p(key, base, place)
            JOIN dara.record AS r ON r.store = of_store AND r.key = p.key
            WHERE p.key = ANY(held) ORDER BY r.key FOR NO KEY UPDATE OF r
        ) AS l;
        EXIT WHEN NOT is_renewed;
        PERFORM dara.renew(of_store, held);
    END LOOP;
    WITH stored AS (
        UPDATE dara.record AS r SET
            epoch = p.epoch, version = p.version, tip = p.tip, turn = '', turn_until = '-infinity',
            value = CASE WHEN p.is_snapshot THEN p.value::json ELSE r.value END,
            snapshot_version = CASE WHEN p.is_snapshot THEN p.version ELSE r.snapshot_version END
        FROM unnest(keys, epochs, versions, tips, are_snapshots, new_values)
            WITH ORDINALITY AS p(key, epoch, version, tip, is_snapshot, value, place)
        WHERE r.store = of_store AND r.key = p.key AND p.place = ANY(accepted)
    ), logged AS (
        INSERT INTO dara.log (store, key, version, base, content, size)
        SELECT of_store, p.key, p.version, p.base, p.content::json, p.size
        FROM unnest(keys, versions, bases, contents, sizes)
            WITH ORDINALITY AS p(key, version, base, content, size, place)
        WHERE p.place = ANY(accepted)
    )
    INSERT INTO dara.receipt (store, key, writer, content)
    SELECT of_store, keys[p.owner], p.writer, p.content::json
    FROM unnest(owners, writers, receipts) AS p(owner, writer, content)
    WHERE p.owner = ANY(accepted) ORDER BY 2, 3
    ON CONFLICT (store, key, writer) DO UPDATE SET content = excluded.content, at = excluded.at;
    FOR i IN 1 .. cardinality(keys) LOOP
        IF (versions[i] % 50 = 0 OR sizes[i] > 16384) AND i = ANY(accepted) THEN
            PERFORM dara.trim(of_store, keys[i]);
        END IF;
    END LOOP;
    IF cardinality(accepted) = cardinality(keys) THEN
        RETURN;
    END IF;
    IF true = ANY(have_turns) THEN
        UPDATE dara.record AS r SET turn = server, turn_until = clock_timestamp() + interval '50 ms'
        FROM unnest(keys, have_turns) WITH ORDINALITY AS p(key, has_turn, place)
        WHERE r.store = of_store AND r.key = p.key AND p.has_turn AND p.key = ANY(held) AND p.place <> ALL(accepted)
        AND (r.turn = server OR r.turn_until <= clock_timestamp());
    END IF;
    RETURN QUERY
    SELECT p.place::int, r.key IS NOT NULL AND p.key <> ALL(held),
        coalesce(r.turn <> server AND r.turn_until > clock_timestamp(), false),
        CASE WHEN r.key IS NOT NULL THEN dara.since(of_store, p.key, p.base) END
    FROM unnest(keys, bases) WITH ORDINALITY AS p(key, base, place)
    LEFT JOIN dara.record AS r ON r.store = of_store AND r.key = p.key
    WHERE p.place <> ALL(accepted);
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
    r.epoch := CASE WHEN r.instance = here THEN r.epoch ELSE gen_random_uuid()::text END;
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
