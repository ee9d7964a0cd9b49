"""Breaks of the Python side."""

from __future__ import annotations

from typing import Final

from tests.mutants.changes import Always, Assign, DropCall, MoveCall, Never, Replace, ReplaceCall, Return, Together
from tests.mutants.mutant import Mutant

PERSISTENCE: Final = 'src/dara/core/persistence'
TIMELINE: Final = f'{PERSISTENCE}/timeline.py'
ACCESS: Final = f'{PERSISTENCE}/access.py'
SYNC: Final = 'src/dara/core/_sync'
EDITS: Final = 'src/dara/core/_edits'
REPEATED: Final = 'tests/server/test_protocol.py::test_an_edit_that_is_sent_again_is_applied_once'
ADDED: Final = 'tests/proof/test_nothing_is_lost.py::test_what_is_added_is_there_once'
DIRECTED: Final = 'tests/proof/test_directed.py'
FORGETTING: Final = 'tests/proof/test_forgetting.py'
STORED: Final = 'tests/proof/test_convergence.py::test_all_see_what_is_stored'
TWINS: Final = 'tests/proof/test_twins.py::test_edits_come_to_the_same_here_and_there'
DIFFERENCE: Final = 'tests/proof/test_twins.py::test_a_difference_is_the_same_here_and_there'
MEETING: Final = 'tests/unit/test_edits.py::test_two_concurrent_edits_converge'
OUTAGES: Final = 'tests/server/test_outages.py'

SERVER: Final = (
    Mutant(
        'a write starts before the one that timed out has ended',
        f'{PERSISTENCE}/bulkhead.py',
        'Bulkhead.within',
        DropCall('update'),
        'tests/unit/test_bulkheads.py::test_a_late_write_replaces_no_acknowledged_value',
    ),
    Mutant(
        'the function of modify runs on the event loop',
        f'{PERSISTENCE}/commit_queue.py',
        '_decide_transaction',
        Never('threads'),
        'tests/unit/test_app_code.py::test_a_slow_function_of_modify_delays_no_other_key',
    ),
    Mutant(
        'a failure of can_read revokes the right',
        ACCESS,
        'Check.__call__',
        Return('False', instead_of='CheckFailed'),
        f'{OUTAGES}::test_a_recheck_during_an_outage_takes_nothing_away[sync]',
    ),
    Mutant(
        'a failure of can_read grants the right',
        ACCESS,
        'Check.__call__',
        Return('True', instead_of='CheckFailed'),
        f'{OUTAGES}::test_a_subscription_during_an_outage_is_refused_for_the_moment[sync]',
    ),
    Mutant(
        'one user occupies all checks of rights',
        f'{SYNC}/rights.py',
        '',
        Assign('CHECKS_PER_USER', '1000'),
        f'{OUTAGES}::test_one_user_with_many_rooms_holds_up_nobody[stuck]',
    ),
    Mutant(
        'failed logins are forgotten after many others',
        'src/dara/core/_server/throttle.py',
        'Throttle._store',
        ReplaceCall('_add_to_sketch', '{1}'),
        'tests/unit/auth/test_throttle.py::test_guesses_between_floods_of_other_names_still_have_to_wait',
    ),
    Mutant(
        'an acknowledged edit is applied again',
        TIMELINE,
        'Timeline.decide',
        Assign('last', 'None'),
        REPEATED,
    ),
    Mutant(
        'a rejected edit does not use up its number',
        TIMELINE,
        'Timeline.reject',
        DropCall('_receipt_for'),
        STORED,
    ),
    Mutant(
        'a version of another epoch is taken for one of this epoch',
        TIMELINE,
        'Timeline.changes_since',
        Together(Never('epoch'), Replace('mark == self.mark', 'mark.version == self.mark.version')),
        f'{FORGETTING}::test_it_comes_back_with_what_was_typed_meanwhile',
    ),
    Mutant(
        'a crash loses the change log',
        TIMELINE,
        'Timeline.resume',
        Replace('checkpoint.log', 'self._log'),
        f'{DIRECTED}::test_what_was_taken_out_before_a_crash_stays_out',
    ),
    Mutant(
        'an edit is not rebased',
        TIMELINE,
        'Timeline.draft',
        DropCall('rebase_steps'),
        ADDED,
    ),
    Mutant(
        'an edit on a base before the change log is not rebased',
        TIMELINE,
        'Timeline.decide',
        ReplaceCall('changes_since', '{call} or []'),
        f'{DIRECTED}::test_an_edit_on_an_old_base_comes_to_its_place',
    ),
    Mutant(
        'a change is published before it is stored',
        f'{PERSISTENCE}/committer.py',
        'Committer._store',
        MoveCall('_finish', before='store'),
        f'{DIRECTED}::test_what_is_acknowledged_is_stored',
    ),
    Mutant(
        'a write that raised is assumed not to have happened',
        f'{PERSISTENCE}/storage.py',
        'OwnStorage._has_happened',
        Return('False', instead_of='json_equal'),
        ADDED,
    ),
    Mutant(
        'a reported change is forgotten if it cannot be read at once',
        f'{PERSISTENCE}/external.py',
        'ExternalChanges._on_value',
        DropCall('hear'),
        'tests/unit/test_feeds.py::test_a_change_announced_while_the_end_of_a_write_is_unknown_is_not_missed',
    ),
    Mutant(
        'what cannot be read is not tried again',
        f'{PERSISTENCE}/external.py',
        'ExternalChanges._read_again',
        DropCall('_later'),
        'tests/unit/test_feeds.py::test_a_change_that_cannot_be_read_when_it_is_announced_is_shown_as_soon_as_it_can',
    ),
    Mutant(
        'an exact edit is rebased like any other',
        TIMELINE,
        'Timeline.decide',
        Never('exact'),
        f'{DIRECTED}::test_an_exact_edit_loses_against_whoever_was_first',
    ),
    Mutant(
        'a user without the right to write may write',
        f'{SYNC}/rights.py',
        'right_to_write',
        ReplaceCall('may_write', 'True'),
        f'{DIRECTED}::test_nobody_writes_without_the_right_to',
    ),
    Mutant(
        'a dropped receipt goes unnoticed',
        f'{PERSISTENCE}/changelog.py',
        'Receipts.drop_oldest',
        DropCall('_uncover'),
        f'{DIRECTED}::test_an_edit_is_applied_once_after_any_absence',
    ),
    Mutant(
        'every new epoch makes the earlier receipts uncertain',
        f'{PERSISTENCE}/changelog.py',
        'Receipts.begin',
        Always('version'),
        f'{DIRECTED}::test_an_edit_goes_on_though_its_record_left_memory',
    ),
    Mutant(
        'a slow tab gets a snapshot instead of the missed changes',
        f'{SYNC}/subscriptions.py',
        'Subscriptions.resync',
        Assign('since', 'None'),
        f'{DIRECTED}::test_the_lines_of_a_slow_tab_keep_their_order',
    ),
    Mutant(
        'the changes for a slow tab do not collapse',
        f'{SYNC}/outbox.py',
        'Outbox.put_change',
        DropCall('_collapse'),
        'tests/unit/test_outbox.py::test_too_many_changes_of_a_key_collapse_to_one_message',
    ),
    Mutant(
        'a tab may send without a limit',
        f'{SYNC}/token_bucket.py',
        'TokenBucket.take',
        Never('_tokens'),
        'tests/unit/test_outbox.py::test_a_bucket_allows_a_burst_and_then_a_rate',
    ),
    Mutant(
        'of two insertions at one index both move',
        f'{EDITS}/rebase.py',
        '_shifted',
        Never('left'),
        MEETING,
    ),
    Mutant(
        'elements after a removed one keep their index',
        f'{EDITS}/rebase.py',
        '_shifted',
        Replace('index - 1', 'index'),
        MEETING,
    ),
    Mutant(
        'of two insertions at one position each comes first',
        f'{EDITS}/rebase.py',
        '_rebase_splice',
        Replace('left', 'True'),
        'tests/unit/test_edits.py::test_a_late_edit_keeps_its_place',
    ),
    Mutant(
        'a deletion removes text that was inserted inside it',
        f'{EDITS}/rebase.py',
        '_rebase_splice',
        Always('grown'),
        'tests/unit/test_edits.py::test_text_that_is_inserted_inside_a_concurrent_deletion_stays',
    ),
    Mutant(
        'an edit of a moved item is lost',
        f'{EDITS}/rebase.py',
        '_rebase_over_move',
        Return('()', instead_of='replace'),
        TWINS,
    ),
    Mutant(
        'splices that do not touch are joined',
        f'{EDITS}/compose.py',
        '_joined_splices',
        Never('end'),
        'tests/unit/test_edits.py::test_waiting_edits_are_composed_into_one',
    ),
    Mutant(
        'a difference ignores the keys of items',
        f'{EDITS}/diff.py',
        '_Difference._compare_elements',
        Never('_keys'),
        DIFFERENCE,
    ),
    Mutant(
        'a restored value replaces one written since the start',
        TIMELINE,
        'Timeline.decide',
        Never('is_rewritten'),
        f'{FORGETTING}::test_what_is_written_while_it_is_on_its_way_stays',
    ),
    Mutant(
        'a process takes the epochs of another for its own',
        f'{PERSISTENCE}/volatile.py',
        'VolatileBackend._has_forgotten',
        Always('startswith'),
        f'{FORGETTING}::test_it_comes_back_with_what_was_typed_meanwhile',
    ),
    Mutant(
        'a logout is answered before it is stored',
        'src/dara/core/_server/login.py',
        'Login._end',
        DropCall('store_ended'),
        'tests/server/test_restarts.py::test_an_ended_session_stays_ended',
    ),
    Mutant(
        'each op of an edit has its own effort bound',
        f'{EDITS}/apply.py',
        'Application.do',
        Replace('self._effort', 'Effort()'),
        'tests/unit/test_effort.py::test_all_texts_of_an_edit_are_compared_with_one_effort',
    ),
    Mutant(
        'a value inside a published op is changed in place',
        f'{EDITS}/apply.py',
        'Application.do',
        Never('Move'),
        'tests/unit/test_effort.py::test_a_value_moved_to_the_root_is_published_as_it_was',
    ),
    Mutant(
        'a commit overwrites the change of another process',
        f'{PERSISTENCE}/file.py',
        'FileBackend._write_values.change',
        Assign('is_outdated', 'False'),
        'tests/server/test_files.py::test_two_scripts_that_count_in_one_file_lose_no_step',
    ),
    Mutant(
        'a file that changed since it was read is replaced',
        f'{PERSISTENCE}/files.py',
        'Replacement.write',
        Together(
            Never('stamp_of', 'expected'),
            ReplaceCall('_put_in_place', 'bool(self._temporary.replace(self._target))'),
        ),
        'tests/server/test_files.py::test_a_program_that_ignores_the_lock_loses_nothing_to_a_busy_server',
    ),
    Mutant(
        'an exchanged file is not checked',
        f'{PERSISTENCE}/files.py',
        'Replacement._put_in_place',
        Always('_is_temporary', 'expected'),
        'tests/unit/test_files.py::test_a_change_between_the_last_check_and_the_rename_is_not_lost',
    ),
    Mutant(
        'a deleted file counts as empty',
        f'{PERSISTENCE}/datafile.py',
        'DataFile._accept_absence',
        ReplaceCall('_restore', 'self.document, self.stamp = Document(), None'),
        'tests/unit/test_files.py::test_a_deleted_file_is_restored_with_all_its_keys',
    ),
    Mutant(
        'a write interrupted by a crash is not completed',
        f'{PERSISTENCE}/datafile.py',
        'DataFile._try_read',
        Never('_finish_interrupted_write'),
        'tests/server/test_files.py::test_killed_during_a_write_in_place_a_process_loses_nothing',
    ),
    Mutant(
        'a member that begins like a known one is taken for it',
        f'{PERSISTENCE}/document.py',
        '_Scan._known_member',
        Never('end'),
        'tests/unit/test_document.py::test_a_change_changes_one_value_and_no_other',
    ),
    Mutant(
        'keys that are only read get checkpoints like others',
        f'{PERSISTENCE}/journal.py',
        'Journal.resume',
        Return('self._checkpoints.advance(self._unwritten.setdefault(key, step))', instead_of='start'),
        'tests/unit/journal/test_limits.py::test_keys_that_are_only_read_cost_nothing_and_evict_nothing',
    ),
)
