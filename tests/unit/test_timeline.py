"""Tests of the rules of a record, without an event loop."""

from __future__ import annotations

import pytest

from dara.core._edits import Applied, Replace, Splice
from dara.core._slices import finish
from dara.core.persistence.changelog import Mark, Receipt, Writer
from dara.core.persistence.checkpoints import Checkpoint
from dara.core.persistence.draft import Draft
from dara.core.persistence.edit import Edit, OutOfOrder, Rejected, Settled
from dara.core.persistence.timeline import Ahead, Timeline

ANN = Writer('ann', 'tab', 'note')
BEN = Writer('ben', 'tab', 'note')


def timeline(value: object = 'abc') -> Timeline:
    made = Timeline('memory', 'e')
    made.load(value, None)  # type: ignore[arg-type]
    return made


def edit(writer: Writer, n: int, *ops: Replace | Splice, base: int = 0, epoch: str = 'e', exact: bool = False) -> Edit:
    return Edit(writer, 1 if writer is ANN else 2, n, epoch, base, ops, exact)


def commit(line: Timeline, *edits: Edit) -> None:
    """Commit edits together, as a record does."""
    line.commit(draft_of(line, *edits))


def draft_of(line: Timeline, *edits: Edit) -> Draft:
    """Return the draft of edits."""
    draft = Draft(line.mark, line.value)
    for each in edits:
        missed = line.decide(each, draft, is_rewritten=False)
        assert isinstance(missed, list)
        applied = finish(line.draft(each, missed, draft))
        assert isinstance(applied, Applied)
        line.accept(each, applied, draft)
    return draft


def insert(at: int, text: str) -> Splice:
    return Splice((), at, 0, text)


def test_concurrent_edits_of_one_commit_are_rebased_over_each_other() -> None:
    line = timeline()
    commit(line, edit(ANN, 1, insert(1, 'x')), edit(BEN, 1, insert(1, 'y')))
    assert (line.value, line.mark) == ('axybc', Mark('e', 1))
    assert line.receipt(BEN, Mark('e', 0)) == Receipt(1, 'applied', 1, None, 2, 'e')


def test_an_edit_that_arrives_twice_is_settled() -> None:
    line = timeline()
    commit(line, edit(ANN, 1, insert(0, 'x')))
    assert line.decide(edit(ANN, 1, insert(0, 'x')), Draft(line.mark, line.value), is_rewritten=False) == Settled()


def test_a_decision_changes_nothing() -> None:
    """A tab ahead of the record asks for a new epoch; the record starts it once the present draft is stored."""
    line = timeline()
    draft = Draft(line.mark, line.value)
    assert line.decide(edit(ANN, 1, insert(0, 'x'), base=7), draft, is_rewritten=False) == Ahead()
    assert line.mark == Mark('e', 0)
    assert isinstance(line.decide(edit(ANN, 3), _after(line), is_rewritten=False), OutOfOrder)


def _after(line: Timeline) -> Draft:
    commit(line, edit(ANN, 1, insert(0, 'x')))
    return Draft(line.mark, line.value)


def test_an_exact_edit_is_rejected_after_a_change() -> None:
    line = timeline()
    commit(line, edit(BEN, 1, insert(0, 'x')))
    outcome = line.decide(edit(ANN, 1, Replace((), 'z'), exact=True), Draft(line.mark, line.value), is_rewritten=False)
    assert isinstance(outcome, Rejected)
    assert outcome.code == 'conflict'


def test_a_checkpoint_resumes_with_its_change_log_if_the_value_is_the_same() -> None:
    line = timeline()
    commit(line, edit(ANN, 1, insert(0, 'x')))
    commit(line, edit(BEN, 1, insert(0, 'y'), base=1))
    resumed = _resume(line.checkpoint(None), line.value)
    assert resumed.mark == line.mark
    assert [change.version for change in resumed.changes_since(Mark('e', 0)) or ()] == [1, 2]


def test_a_checkpoint_of_another_value_keeps_only_the_receipts() -> None:
    line = timeline()
    commit(line, edit(ANN, 1, insert(0, 'x')))
    resumed = _resume(line.checkpoint(None), 'changed by another program')
    assert resumed.mark == Mark('f', 0)
    assert resumed.changes_since(Mark('e', 0)) is None
    assert resumed.receipt(ANN, Mark('e', 0)) == line.receipt(ANN, None)


@pytest.mark.parametrize(
    ('stored', 'mark', 'receipt'),
    [
        ('xabc', Mark('e', 1), Receipt(1, 'applied', 1, None, 1, 'e')),
        ('abc', Mark('e', 0), Receipt()),
        ('changed by another program', Mark('f', 0), None),
    ],
)
def test_a_checkpoint_tells_by_the_value_whether_an_uncertain_commit_was_stored(
    stored: str, mark: Mark, receipt: Receipt | None
) -> None:
    line = timeline()
    draft = draft_of(line, edit(ANN, 1, insert(0, 'x')))
    resumed = _resume(line.checkpoint(draft), stored)
    assert (resumed.mark, resumed.receipt(ANN, Mark('e', 0))) == (mark, receipt)


def _resume(checkpoint: Checkpoint, value: object) -> Timeline:
    resumed = Timeline('memory', 'f')
    resumed.load(value, checkpoint)  # type: ignore[arg-type]
    return resumed
