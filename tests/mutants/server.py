"""Breaks of the Python side."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

RECORD: Final = 'src/dara/core/persistence/record.py'
STORAGE: Final = 'src/dara/core/persistence/storage.py'
PERSISTENCE: Final = 'src/dara/core/persistence'
HUB: Final = 'src/dara/core/_sync/hub.py'
OUTBOX: Final = 'src/dara/core/_sync/outbox.py'
TOKEN_BUCKET: Final = 'src/dara/core/_sync/token_bucket.py'
EDITS: Final = 'src/dara/core/_edits'
REPEATED: Final = 'tests/server/test_protocol.py::test_an_edit_that_is_sent_again_is_applied_once'
ADDED: Final = 'tests/proof/test_nothing_is_lost.py::test_what_is_added_is_there_once'
RESTARTED: Final = (
    'tests/proof/test_nothing_is_lost.py::test_after_a_restart_nothing_is_there_twice_and_nobody_is_left_in_the_dark'
)
DIRECTED: Final = 'tests/proof/test_directed.py'
FORGETTING: Final = 'tests/proof/test_forgetting.py'
STORED: Final = 'tests/proof/test_convergence.py::test_all_see_what_is_stored'
TWINS: Final = 'tests/proof/test_twins.py::test_edits_come_to_the_same_here_and_there'
DIFFERENCE: Final = 'tests/proof/test_twins.py::test_a_difference_is_the_same_here_and_there'
MEETING: Final = 'tests/unit/test_edits.py::test_two_edits_at_once_end_in_one_value'

ACCESS: Final = 'src/dara/core/persistence/access.py'
RIGHTS: Final = 'src/dara/core/_sync/rights.py'
THROTTLE: Final = 'src/dara/core/_server/throttle.py'
OUTAGES: Final = 'tests/server/test_outages.py'

SERVER: Final = (
    Mutant(
        'a write begins before the one that ran out of time is over',
        'src/dara/core/persistence/bulkhead.py',
        'self._overdue.setdefault(key, set()).update((task, *in_threads))',
        'pass',
        'tests/unit/test_bulkheads.py::test_what_lands_late_replaces_nothing_that_was_acknowledged',
    ),
    Mutant(
        'the function of modify runs on the event loop',
        RECORD,
        'made = await job.threads.run(job.context.run, change) if job.threads else job.context.run(change)',
        'made = job.context.run(change)',
        'tests/unit/test_app_code.py::test_a_function_of_modify_that_takes_its_time_holds_up_no_other_key',
    ),
    Mutant(
        'an outage of can_read is taken for a no',
        ACCESS,
        'raise CheckFailed(_CHECK_FAILED[self._name]) from error',
        'return False',
        f'{OUTAGES}::test_a_recheck_during_an_outage_takes_nothing_away[sync]',
    ),
    Mutant(
        'an outage of can_read is taken for a yes',
        ACCESS,
        'raise CheckFailed(_CHECK_FAILED[self._name]) from error',
        'return True',
        f'{OUTAGES}::test_who_comes_during_an_outage_is_asked_to_come_again[sync]',
    ),
    Mutant(
        'one user takes all turns',
        RIGHTS,
        'CHECKS_PER_USER: Final = 16',
        'CHECKS_PER_USER: Final = 1000',
        f'{OUTAGES}::test_one_user_with_many_rooms_holds_up_nobody[stuck]',
    ),
    Mutant(
        'failed log-ins are forgotten because of others',
        THROTTLE,
        'self._add_to_sketch(oldest, self._failures.pop(oldest), now)',
        'self._failures.pop(oldest)',
        'tests/unit/test_auth.py::test_guesses_between_floods_of_other_names_have_to_wait_all_the_same',
    ),
    Mutant(
        'an edit that was settled is taken again',
        RECORD,
        """        if last and edit.n <= last.n:
            return OutOfStep('settled')
        if edit.writer in draft.settled:""",
        """        last = None
        if edit.writer in draft.settled:""",
        REPEATED,
    ),
    Mutant(
        'a refused edit does not use up its number',
        RECORD,
        "draft.settled[edit.writer] = self._receipt(edit, 'rejected', self.version, outcome.message)",
        'pass',
        STORED,
    ),
    Mutant(
        'another epoch is taken for this one',
        RECORD,
        'if epoch != self.epoch or version > self.version:',
        'if version > self.version:',
        RESTARTED,
    ),
    Mutant(
        'a crash forgets what changed of late',
        RECORD,
        'self._receipts, self._log = stored.receipts, stored.log',
        'self._receipts = stored.receipts',
        f'{DIRECTED}::test_what_was_taken_out_before_a_crash_stays_out',
    ),
    Mutant(
        'a crash gives the numbers of authors to others',
        RECORD,
        """            self._authors = Authors(self._receipts, self._log)
            return""",
        '            return',
        f'{DIRECTED}::test_a_tab_knows_its_own_after_a_crash',
    ),
    Mutant(
        'an edit is not rebased',
        RECORD,
        'ops = await slices.run(rebase_steps(ops, entry.ops, effort, left=edit.author < entry.author))',
        'pass',
        ADDED,
    ),
    Mutant(
        'an old base is taken for a new one',
        RECORD,
        """        if changes is None:
            return OutOfStep('stale')
        return list(_entries(changes, draft))""",
        '        return list(_entries(changes or [], draft))',
        f'{DIRECTED}::test_an_edit_on_an_old_base_comes_to_its_place',
    ),
    Mutant(
        'a change is told of before it is stored',
        RECORD,
        """        is_new = draft.value is not self.value
        if is_new or""",
        """        is_new = draft.value is not self.value
        self._finish(draft)
        draft = Draft(self.version, draft.value)
        if is_new or""",
        f'{DIRECTED}::test_what_is_acknowledged_is_stored',
    ),
    Mutant(
        'a write that raised is taken for one that did not happen',
        STORAGE,
        'return held is value if ABSENT in (held, value) else json_equal(held, value)',
        'return False',
        ADDED,
    ),
    Mutant(
        'exact edits are as any other',
        RECORD,
        'if is_over or (edit.exact and (edit.base < self.version or draft.entries)):',
        'if is_over:',
        f'{DIRECTED}::test_an_exact_edit_loses_against_whoever_was_first',
    ),
    Mutant(
        'who may not write is not stopped',
        'src/dara/core/_sync/rights.py',
        'return Rights(True, await store.access.may_write(user, key))',
        'return Rights(True, True)',
        f'{DIRECTED}::test_nobody_writes_without_the_right_to',
    ),
    Mutant(
        'a receipt that is gone is not noticed',
        'src/dara/core/persistence/changelog.py',
        '        self._miss(settled)\n\n    def forget(',
        '\n    def forget(',
        f'{DIRECTED}::test_an_edit_is_applied_once_after_any_absence',
    ),
    Mutant(
        'receipts end with the epoch',
        'src/dara/core/persistence/changelog.py',
        '        if version:\n            self._covered.clear()\n',
        '        self._covered.clear()\n',
        f'{DIRECTED}::test_an_edit_goes_on_though_its_record_left_memory',
    ),
    Mutant(
        'a slow reader is told only what the value has come to',
        HUB,
        'since = None if version is None else protocol.Since(epoch, version)',
        'since = None',
        f'{DIRECTED}::test_the_lines_of_a_slow_tab_keep_their_order',
    ),
    Mutant(
        'a slow reader is not collapsed',
        OUTBOX,
        '            self._collapse(channel, next(item.base for item in self._items if item.channel == channel))\n',
        '            pass\n',
        'tests/unit/test_outbox.py::test_too_many_changes_of_a_key_collapse_to_one_message',
    ),
    Mutant(
        'anybody may send as much as they like',
        TOKEN_BUCKET,
        'if self._tokens < 1:',
        'if False:',
        'tests/unit/test_outbox.py::test_a_bucket_lets_a_burst_through_and_then_a_rate',
    ),
    Mutant(
        'what comes before an insertion moves, and what comes after does not',
        f'{EDITS}/rebase.py',
        'moves = index > shifted or (index == shifted and not (is_gap and left))',
        'moves = index >= shifted',
        MEETING,
    ),
    Mutant(
        'elements behind one that was removed stay where they were',
        f'{EDITS}/rebase.py',
        'return (*path[:depth], index - 1, *path[depth + 1 :]) if index > shifted else path',
        'return path',
        MEETING,
    ),
    Mutant(
        'two insertions at one place: each thinks that it is the first',
        f'{EDITS}/rebase.py',
        'is_before = op.delete == 0 if (op.delete == 0) != (over.delete == 0) else left',
        'is_before = True',
        'tests/unit/test_edits.py::test_a_late_edit_keeps_its_place',
    ),
    Mutant(
        'a deletion takes what was inserted inside it along',
        f'{EDITS}/rebase.py',
        'if behind == 0 or grown == 0:',
        'if True:',
        MEETING,
    ),
    Mutant(
        'an edit does not follow the item that was moved',
        f'{EDITS}/rebase.py',
        """    if is_inside:
        return (replace(op, path=over.path + op.path[len(over.source) :]),)""",
        '    if is_inside:\n        return ()',
        TWINS,
    ),
    Mutant(
        'splices that do not touch become one',
        f'{EDITS}/compose.py',
        'if then.at > end or then.at + then.delete < first.at:',
        'if then.at + then.delete < first.at:',
        'tests/unit/test_edits.py::test_edits_that_wait_leave_as_one',
    ),
    Mutant(
        'a difference does not know what an item is told by',
        f'{EDITS}/diff.py',
        'key = self._key_at(path) if self._keys else None\n',
        'key = None\n',
        DIFFERENCE,
    ),
    Mutant(
        'a tab brings back what was written over since the start',
        RECORD,
        'is_over = edit.restores is not None and self._storage.written_by is not None',
        'is_over = False',
        f'{FORGETTING}::test_what_is_written_while_it_is_on_its_way_stays',
    ),
    Mutant(
        'a process takes the epochs of another for its own',
        'src/dara/core/persistence/volatile.py',
        'if seen.epoch.startswith(self._process):',
        'if True:',
        f'{FORGETTING}::test_it_comes_back_with_what_was_typed_meanwhile',
    ),
    Mutant(
        'a log-out is answered before it is kept',
        'src/dara/core/_server/login.py',
        """            await self._sessions.store_ended()
        response = _redirect(_base(request) + LOGIN)""",
        '        response = _redirect(_base(request) + LOGIN)',
        'tests/server/test_restarts.py::test_who_has_logged_out_stays_so',
    ),
    Mutant(
        'each op of an edit has an effort of its own',
        f'{EDITS}/apply.py',
        'effective = _effect_of(self.value, op, self._default, self._effort)',
        'effective = _effect_of(self.value, op, self._default, Effort())',
        'tests/unit/test_effort.py::test_all_texts_of_an_edit_are_compared_with_one_effort',
    ),
    Mutant(
        'what an op tells of is changed in place',
        f'{EDITS}/apply.py',
        'if isinstance(op, Move) and not op.path:',
        'if False:',
        'tests/unit/test_effort.py::test_what_was_moved_to_the_root_is_told_as_it_was_then',
    ),
    Mutant(
        'a commit does not look whether another process has changed the value',
        f'{PERSISTENCE}/file.py',
        'each.is_outdated = each.expected is not ANYTHING and not document.holds(each.key, each.expected)',
        'each.is_outdated = False',
        'tests/server/test_files.py::test_of_two_scripts_that_count_in_one_file_every_step_counts',
    ),
    Mutant(
        'a file is replaced whatever has become of it since it was read',
        f'{PERSISTENCE}/files.py',
        """            before()
            if stamp_of(self._target) != expected:
                return
            self.is_done = self._put_in_place(expected, written)""",
        """            before()
            self._temporary.replace(self._target)
            self.is_done = True""",
        'tests/server/test_files.py::test_a_program_that_knows_of_no_lock_loses_nothing_to_a_server_that_writes_all_the_time',
    ),
    Mutant(
        'nobody looks at what a file has changed places with',
        f'{PERSISTENCE}/files.py',
        'if self._is_temporary(expected):',
        'if True:',
        'tests/unit/test_files.py::test_what_is_written_between_the_last_look_and_the_renaming_is_not_lost',
    ),
    Mutant(
        'a file that is gone is taken for an empty one',
        f'{PERSISTENCE}/datafile.py',
        '        self._restore()\n        return True',
        '        self.document, self.stamp = Document(), None\n        return True',
        'tests/unit/test_files.py::test_a_deleted_file_is_put_back_with_all_its_keys',
    ),
    Mutant(
        'what a crash cut short stays as it is',
        f'{PERSISTENCE}/datafile.py',
        'if not (is_patient and is_fresh) and not self._finish_interrupted_write():',
        'if not (is_patient and is_fresh):',
        'tests/server/test_files.py::test_killed_in_the_middle_of_a_write_in_place_nothing_is_lost',
    ),
    Mutant(
        'a key that begins as one that is known is taken for it',
        f'{PERSISTENCE}/document.py',
        "if not self._content.startswith(member.text, at) or self._content[end : end + 1] not in (b',', b'}'):",
        'if not self._content.startswith(member.text, at):',
        'tests/unit/test_document.py::test_a_change_is_that_change_and_no_other',
    ),
    Mutant(
        'keys that are only read are remembered like others',
        f'{PERSISTENCE}/journal.py',
        """step = self._provisional_epoch(key, digest)
            return Checkpoint.start(step.commit.mark, digest)""",
        """step = self._unwritten[key] = self._provisional_epoch(key, digest)
            return self._checkpoints.advance(step)""",
        'tests/unit/test_journal.py::test_keys_that_are_only_read_cost_nothing_and_push_nothing_out',
    ),
)
