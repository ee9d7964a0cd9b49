"""Breaks of what many servers share."""

from __future__ import annotations

from typing import Final

from tests.mutants.changes import Assign, DropCall, Never, Replace, ReplaceCall
from tests.mutants.mutant import Mutant

PERSISTENCE: Final = 'src/dara/core/persistence'
DATABASES: Final = f'{PERSISTENCE}/databases'
TIMELINE: Final = f'{PERSISTENCE}/timeline.py'
COMMITTER: Final = f'{PERSISTENCE}/committer.py'
STORAGE: Final = f'{PERSISTENCE}/shared_storage.py'
SHARED: Final = 'tests/unit/test_shared_backends.py'
SERVERS: Final = f'{SHARED}::test_every_edit_is_there_once_whichever_server_commits_it'
PROOF: Final = 'tests/proof/test_fleet.py'
FLEET: Final = f'{PROOF}::test_what_is_added_is_there_once_whichever_server_commits_it'
PROCESSES: Final = 'tests/server/test_fleet.py'
REDIS: Final = 'tests/server/test_redis_faults.py'
POSTGRES: Final = 'tests/server/postgres/test_postgres_faults.py'
FILES: Final = 'tests/server/sqlite/test_sqlite_files.py'

FLEETS: Final = (
    Mutant(
        'a commit with an unknown outcome is assumed not to have happened on a shared backend',
        STORAGE,
        'SharedStorage.holds',
        Assign('has_happened', 'False'),
        SERVERS,
    ),
    Mutant(
        'a gap in the feed is not noticed',
        STORAGE,
        'SharedStorage._next_heard',
        Replace('each.base == tip', 'True'),
        SERVERS,
    ),
    Mutant(
        'commits of others are adopted before the outcome of an own one is known',
        COMMITTER,
        'Committer.catch_up',
        DropCall('resolve'),
        f'{SHARED}::test_the_feed_brings_a_commit_whose_answer_was_lost',
    ),
    Mutant(
        'receipts that other servers have given are not adopted',
        TIMELINE,
        'Timeline.add_receipts',
        Replace('known is None or known.n < receipt.n', 'False'),
        FLEET,
    ),
    Mutant(
        'a commit with an unknown outcome is assumed to have happened',
        STORAGE,
        'SharedStorage.holds',
        Assign('has_happened', 'True'),
        SERVERS,
    ),
    Mutant(
        'a tab that moves hears of an edit that is not shown yet',
        COMMITTER,
        'Committer.prepare_for_tab',
        Never('lacks_latest_edit'),
        f'{SHARED}::test_a_receipt_of_another_server_comes_with_its_edit',
    ),
    Mutant(
        'the commit that begins an epoch is adopted like any other',
        STORAGE,
        'SharedStorage._is_beyond',
        Replace('update.mark.epoch != self._mark.epoch', 'False'),
        f'{SHARED}::test_an_epoch_that_begins_is_no_change',
    ),
    Mutant(
        'after a failover that lost an edit the next one is a protocol error',
        TIMELINE,
        'Timeline.decide',
        Replace('last.epoch == self.mark.epoch', 'True'),
        f'{PROOF}::test_a_failover_loses_what_the_replica_lacks_and_nothing_else',
    ),
    Mutant(
        'a writer has another author number in each process',
        f'{PERSISTENCE}/changelog.py',
        'Writer.author',
        Replace('repr(self)', "repr((self, __import__('os').getpid()))"),
        f'{PROCESSES}::test_an_edit_that_is_sent_to_two_servers_is_applied_once',
    ),
    Mutant(
        'a listener of changes runs on every server',
        COMMITTER,
        'Committer._adopt_updates',
        ReplaceCall('publish', '{call}, self.on_commit()'),
        f'{PROCESSES}::test_a_listener_of_changes_runs_once',
    ),
    Mutant(
        'a log-out counts on one server',
        'src/dara/core/_server/sessions.py',
        'Sessions.is_over',
        Assign('is_ended_elsewhere', 'False'),
        f'{PROCESSES}::test_a_log_out_counts_on_every_server',
    ),
    Mutant(
        'a value is read without asking the database',
        STORAGE,
        'SharedStorage.is_outdated',
        Replace('True', 'False'),
        'tests/histories/test_histories.py::test_what_was_acknowledged_is_there_once_on_all_servers',
    ),
    Mutant(
        'a copy of a database goes on with the epochs of the original',
        f'{DATABASES}/sqlite_tables.py',
        'Tables._renewed',
        Never('file', '_file'),
        f'{FILES}::test_a_copy_begins_new_epochs',
    ),
    Mutant(
        'a turn lasts until a clock that was set has come there again',
        f'{DATABASES}/sqlite_tables.py',
        'Tables._conflict',
        Replace('now < row.turn_ends <= now + TURN_SECONDS', 'now < row.turn_ends'),
        f'{FILES}::test_a_turn_of_a_clock_that_was_set_ends',
    ),
    Mutant(
        'a feed of Redis that was lost does not tell of it',
        f'{DATABASES}/redis_feed.py',
        'Feed._take',
        Never('_is_behind'),
        f'{REDIS}::test_a_feed_that_hears_nothing_is_made_anew',
    ),
    Mutant(
        'a commit on an old connection may follow the question whether it was made',
        f'{DATABASES}/redis_setup.py',
        'Setup._end_last',
        Never('last_run'),
        f'{REDIS}::test_a_new_connection_ends_the_one_before',
    ),
    Mutant(
        'a commit that no replica has counts as replicated',
        f'{DATABASES}/redis.py',
        'RedisBackend._call_durably',
        Never('count'),
        f'{REDIS}::test_what_no_replica_has_does_not_count',
    ),
    Mutant(
        'a lost announcement is not found by the sweep',
        f'{DATABASES}/postgres_feed.py',
        'Feed._keep',
        DropCall('_note'),
        f'{POSTGRES}::test_a_lost_announcement_is_found',
    ),
    Mutant(
        'a pooler that swallows notifications is accepted',
        f'{DATABASES}/postgres_feed.py',
        'Feed._start',
        DropCall('_hear_ourselves'),
        f'{POSTGRES}::test_a_pooler_needs_a_second_address',
    ),
    Mutant(
        'a commit that waits for a standby is taken for lost',
        f'{DATABASES}/postgres.py',
        'PostgresBackend.receipts',
        DropCall('_wait_for_commits'),
        f'{POSTGRES}::test_a_commit_that_waits_for_a_standby_is_not_taken_for_lost',
    ),
    Mutant(
        'a function does not see what its tab has seen',
        'src/dara/core/_sync/evaluator.py',
        'Evaluator._resolve_stored',
        Never('version'),
        f'{PROCESSES}::test_a_function_sees_what_its_tab_has_seen',
    ),
    Mutant(
        'all workers end if one ends before any serves',
        'src/dara/cli/workers.py',
        '_Supervisor._handle_end',
        Replace('self._has_served', 'worker.serves'),
        'tests/server/test_workers.py::test_workers_that_are_killed_before_any_serves_are_replaced',
    ),
)
