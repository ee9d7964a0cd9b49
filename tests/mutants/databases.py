"""Breaks of the parts in databases, and of the ways out when these fail."""

from __future__ import annotations

from typing import Final

from tests.mutants.changes import Always, DropCall, Never, Replace, ReplaceText
from tests.mutants.mutant import Mutant

PERSISTENCE: Final = 'src/dara/core/persistence'
DATABASES: Final = f'{PERSISTENCE}/databases'
LUA: Final = f'{DATABASES}/redis.lua'
SQL: Final = f'{DATABASES}/postgres.sql'
EXCHANGE: Final = 'src/dara/core/_sync/presence_exchange.py'
REDIS: Final = 'tests/server/test_redis.py'
POSTGRES: Final = 'tests/server/postgres/test_postgres.py'
SQLITE: Final = 'tests/server/sqlite/test_sqlite.py'
PRESENCE: Final = 'tests/unit/test_presence_exchange.py'
LISTENERS: Final = 'tests/unit/test_listeners.py'

DATABASE: Final = (
    # Lua.
    Mutant(
        'Redis stores a commit after another one than it expects',
        LUA,
        'refuse',
        ReplaceText('base == record.tip and not is_anothers', 'not is_anothers'),
        f'{REDIS}::TestRedis::test_one_of_concurrent_commits_is_stored',
    ),
    Mutant(
        'Redis goes on with an epoch in which commits may have been lost',
        LUA,
        'renew',
        ReplaceText("record.tip == '' or record.instance == record.present", 'true'),
        'tests/server/test_redis_faults.py::test_a_replica_that_is_behind_takes_over',
    ),
    Mutant(
        'Redis keeps a value that was deleted',
        LUA,
        'commit',
        ReplaceText("stores == 'absence'", 'false'),
        f'{REDIS}::TestRedis::test_a_deletion_is_a_version_and_null_a_value',
    ),
    Mutant(
        'another program writes what is no JSON to Redis',
        f'{DATABASES}/redis_write.lua',
        'is_json',
        ReplaceText('not pcall(cjson.decode, text) or not is_utf8(text)', 'not pcall(cjson.decode, text)'),
        f'{REDIS}::test_another_program_cannot_write_what_is_no_json',
    ),
    # SQL.
    Mutant(
        'Postgres stores a commit after another one than it expects',
        SQL,
        'commit',
        ReplaceText('r.tip = p.base AND NOT is_anothers_turn', 'NOT is_anothers_turn'),
        f'{POSTGRES}::TestPostgres::test_one_of_concurrent_commits_is_stored',
    ),
    Mutant(
        'Postgres goes on with an epoch in which commits may have been lost',
        SQL,
        'renew',
        ReplaceText('r.instance <> dara.instance()', 'false'),
        f'{POSTGRES}::TestEpochs::test_a_commit_begins_one_first',
    ),
    Mutant(
        'another program overwrites edits that its row does not have',
        SQL,
        'before_foreign',
        ReplaceText('OLD.snapshot_version < OLD.version THEN\n        RAISE', 'false THEN\n        RAISE'),
        f'{POSTGRES}::TestOtherPrograms::test_a_value_that_is_being_edited_is_not_overwritten',
    ),
    Mutant(
        'a snapshot of Postgres takes the place of a later value',
        SQL,
        'snapshot',
        ReplaceText(' AND tip = of_tip', ''),
        f'{POSTGRES}::TestPostgres::test_a_large_value_need_not_be_stored_with_each_edit',
    ),
    # Poison.
    Mutant(
        'a value that Postgres refuses fails all that are stored with it',
        f'{DATABASES}/postgres.py',
        'PostgresBackend._commit',
        Always('REFUSED_CLASSES'),
        f'{POSTGRES}::TestRefusals::test_a_value_that_is_refused_fails_alone',
    ),
    Mutant(
        'a value that SQLite refuses fails all that are stored with it',
        f'{DATABASES}/sqlite_tables.py',
        'Tables._answer',
        Never('is_about_values'),
        f'{SQLITE}::test_a_poisoned_proposal_fails_alone',
    ),
    Mutant(
        'a value that Redis refuses counts as stored',
        f'{DATABASES}/redis.py',
        'RedisBackend.commit',
        Replace(
            'answer if isinstance(answer, Exception) else _conflict(answer)',
            'None if isinstance(answer, Exception) else _conflict(answer)',
        ),
        f'{REDIS}::test_a_poisoned_proposal_fails_alone',
    ),
    # Full disks.
    Mutant(
        'an SQLite database that is full is one that is wrong',
        f'{DATABASES}/sqlite_library.py',
        'trouble',
        Never('FULL'),
        'tests/server/sqlite/test_sqlite_files.py::test_a_full_disk_fails_writes_and_loses_nothing',
    ),
    Mutant(
        'a full disk takes the rest of a file that is written in place',
        f'{PERSISTENCE}/files.py',
        'InPlace._overwrite',
        Replace('_overwrite(handle, self._former())', 'None'),
        'tests/unit/test_files.py::test_a_file_with_two_names_keeps_its_content_if_the_disk_is_full',
    ),
    # TLS.
    Mutant(
        'the certificate of Redis is not checked',
        f'{DATABASES}/redis_link.py',
        'Address.connection',
        Replace(
            '{**self._options, **OPTIONS}',
            "{**self._options, **OPTIONS, 'ssl_cert_reqs': 'none', 'ssl_check_hostname': False}",
        ),
        f'{REDIS}::test_a_connection_with_tls_checks_the_certificate',
    ),
    # Presence.
    Mutant(
        'a server tells others of no tab',
        EXCHANGE,
        'PresenceExchange._tell',
        DropCall('start'),
        f'{PRESENCE}::test_a_tab_that_moves_to_another_server_stays_present',
    ),
    Mutant(
        'a tab that has moved to another server is told to have left',
        EXCHANGE,
        'PresenceExchange._note',
        Never('is_disconnected'),
        f'{PRESENCE}::test_a_tab_that_moves_to_another_server_stays_present',
    ),
    # Listeners.
    Mutant(
        'every server tells its listeners of what another program writes',
        f'{PERSISTENCE}/outside_commits.py',
        '_claimed',
        Never('tip', 'claims'),
        f'{LISTENERS}::test_a_write_by_another_program_is_told_once',
    ),
    Mutant(
        'a listener hears of a change in a file only if its value is in memory',
        f'{PERSISTENCE}/external.py',
        'ExternalChanges._read_changed',
        Never('_notes_keys'),
        f'{LISTENERS}::test_a_listener_hears_of_a_key_that_nobody_has_read',
    ),
)
