"""Tests of cases that a random search would seldom find, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dara.core.errors import BackendFailed
from dara.core.persistence import changelog
from dara.core.persistence.stores import bound
from tests.proof.browsers import Browsers
from tests.proof.disk import DiskBackend, FeedBackend, RememberingDiskBackend
from tests.proof.server import LIMITS, REFUSED
from tests.proof.test_nothing_is_lost import Adding
from tests.proof.world import World
from tests.tab import remove, replace, splice


@pytest.fixture
def world(browsers: Browsers) -> Iterator[World]:
    """Two people who are connected, and an empty list."""
    world = World(browsers, [])
    for _ in range(2):
        world.connect(world.open_tab(with_value=True))
    world.flow()
    yield world
    world.close()


def add(text: str) -> dict[str, Any]:
    return {'op': 'add', 'path': [0], 'value': text}


def test_nobody_writes_without_the_right_to(world: World) -> None:
    """S24: the right has ended, and the tab does not know it yet."""
    ann, _ = world.tabs
    world.access.may_write = False
    world.edit(ann, add('x'))
    world.settle()
    assert world.stored == []
    assert ann.notices == ['You may not change this.']


def test_what_is_acknowledged_is_stored(world: World) -> None:
    """S18: while the disk is slow the edit shows, and is unsent; nobody else sees it."""
    ann, ben = world.tabs
    world.disk.hold()
    world.edit(ann, add('x'))
    world.flow()
    assert ann.view == ['x']
    assert ann.has_unsent
    assert ben.view == []
    world.disk.let_go()
    world.flow()
    assert ben.view == world.stored == ['x']
    assert not ann.has_unsent


def test_a_refused_edit_that_is_sent_again_stays_refused(world: World) -> None:
    """S2, I3: it used up its number, and the tab that did not hear of it hears of it once."""
    ann, _ = world.tabs
    world.edit(ann, add(REFUSED))
    world.pass_up(ann)
    world.cut(ann, heard=0, straggles=False)
    world.settle()
    assert world.stored == []
    assert len(ann.notices) == 1


def test_an_edit_on_an_old_base_comes_to_its_place(browsers: Browsers) -> None:
    """S17: the log does not reach back to the base of the edit, so its tab makes it again on the present value."""
    world = World(browsers, ['a', 'b'], log_edits=2)
    ann, ben = (world.open_tab(with_value=True) for _ in range(2))
    for tab in (ann, ben):
        world.connect(tab)
    world.flow()
    world.edit(ann, replace('B', 1))
    for i in range(5):
        world.edit(ben, add(f'{i}'))
        world.pass_up(ben)
        world.pass_down(ben)
    world.settle()
    assert world.stored == ['4', '3', '2', '1', '0', 'a', 'B']
    world.close()


def test_who_stops_reading_costs_the_server_nothing(world: World) -> None:
    """I8, S23: the queue is bounded; afterwards the tab shows the value of everybody."""
    ann, ben = world.tabs
    assert ben.line
    ben.line.stall()
    for i in range(100):
        world.edit(ann, add(f'{i}'))
        world.pass_up(ann)
        world.pass_down(ann)
    ben.line.flow()
    world.run()
    assert len(ben.line.down) <= LIMITS.outbox_changes + 2
    world.settle()
    assert len(world.stored) == 100  # type: ignore[arg-type]


def test_an_exact_edit_loses_against_whoever_was_first(world: World) -> None:
    """S7: it is for the value as it was seen, or not at all."""
    ann, ben = world.tabs
    world.edit(ben, add('first'))
    world.edit(ann, add('second'), is_exact=True)
    world.pass_up(ben)
    world.settle()
    assert world.stored == ['first']
    assert len(ann.notices) == 1


def test_undo_takes_back_ones_own(world: World) -> None:
    """Whatever somebody else did since stays."""
    ann, ben = world.tabs
    world.edit(ann, add('Ann'))
    world.flow()
    world.edit(ben, add('Ben'))
    world.flow()
    world.undo(ann)
    world.settle()
    assert world.stored == ['Ben']


def test_what_was_taken_out_before_a_crash_stays_out(browsers: Browsers) -> None:
    """S17: only the log tells that each letter is the one that was there; the text alone could be another one."""
    world = World(browsers, 'aaaaaaaa', backend=RememberingDiskBackend)
    ann, ben = (world.open_tab(with_value=True) for _ in range(2))
    world.connect(ben)
    world.edit(ann, splice(4, 1, ''))
    for i in range(8):
        world.edit(ben, splice(4 * i, 0, 'b-c'))
    world.edit(ben, splice(31, 1, ''))
    while ben.has_unsent:
        world.flow()
        world.pass_time(100)
    world.kill_server(lands=True)
    world.start_server()
    world.settle()
    assert world.stored == 'b-ca' * 4 + 'b-c' + 'b-ca' * 2 + 'b-c'
    world.close()


def test_a_tab_knows_its_own_after_a_crash(browsers: Browsers) -> None:
    """S11, I7: it was stored, and its tab did not hear of it; nor does it take for another's what it still shows."""
    world = World(browsers, '', backend=RememberingDiskBackend)
    ann, ben = (world.open_tab(with_value=True) for _ in range(2))
    world.connect(ann)
    world.connect(ben)
    world.flow()
    world.edit(ben, splice(0, 0, 'Ben'))
    world.pass_up(ben)
    world.kill_server(lands=True)
    world.start_server()
    world.on_told = lambda _, view: told.append(view)
    told: list[Any] = []
    world.connect(ben)
    world.flow()
    world.settle()
    assert world.stored == 'Ben'
    assert set(told) == {'Ben'}
    world.close()


def test_two_may_begin_a_text(browsers: Browsers) -> None:
    """S6: where there was nothing yet each begins a text, and both type into one."""
    world = World(browsers, None)
    ann, ben = (world.open_tab(with_value=True) for _ in range(2))
    beginning = {'op': 'add', 'path': [], 'value': ''}
    world.edit(ann, beginning, splice(0, 0, 'Ann'))
    world.edit(ben, beginning, splice(0, 0, 'Ben'))
    world.settle()
    assert world.stored in ('AnnBen', 'BenAnn')
    world.close()


@pytest.mark.parametrize('backend', [DiskBackend, RememberingDiskBackend])
def test_a_write_whose_end_is_unknown_shows_when_its_record_has_left_memory(
    browsers: Browsers, backend: type[DiskBackend]
) -> None:
    """S21, I1: it has happened, the disk says otherwise and cannot be read; and nobody uses the record then."""
    world = World(browsers, [], backend=backend)
    tab = world.open_tab(with_value=False)
    world.disk.faults.append('goes blind')
    with pytest.raises(BackendFailed):
        world.do(world.server.store.write(['x']))
    bound(world.server.store).core.open_records().evict_idle(0)
    world.connect(tab)
    world.flow()
    world.settle()
    assert tab.view == ['x']
    world.close()


def test_what_is_refused_takes_nothing_else_along(browsers: Browsers) -> None:
    """S13: offline as online; the rest of an edit is stored, and the reason names the refused part."""
    world = World(browsers, {})
    ann = world.open_tab(with_value=True)
    for i in range(8):
        world.edit(ann, replace(REFUSED if i in (2, 3, 7) else f'{i}', f'{i}'))
    world.settle()
    assert world.stored == {f'{i}': f'{i}' for i in (0, 1, 4, 5, 6)}
    assert all('there is no place for that' in told.lower() for told in ann.notices)
    assert ann.lost == [REFUSED] * 3
    world.close()


def test_what_was_one_edit_of_the_users_is_refused_as_one(browsers: Browsers) -> None:
    """S13: the parts of one action stay together, and a test guards all that was made with it."""
    world = World(browsers, {'a': 0})
    ann, ben = (world.open_tab(with_value=True) for _ in range(2))
    world.edit(ann, replace('kept', 'x'))
    world.edit(ann, replace('half', 'y'), replace(REFUSED, 'z'))
    world.edit(ann, {'op': 'test', 'path': ['a'], 'value': 0}, replace('no', 'guarded'))
    world.edit(ben, replace('other', 'a'))
    world.connect(ben)
    world.flow()
    world.settle()
    assert world.stored == {'a': 'other', 'x': 'kept'}
    assert len(ann.notices) == 2
    world.close()


@pytest.mark.parametrize('is_online', [True, False])
def test_text_in_an_item_that_another_removes_is_told(browsers: Browsers, is_online: bool) -> None:
    """I3: it has no place any more, so its author is told, with the text; what else they wrote is stored."""
    world = World(browsers, {'cards': [{'text': ''}, {'text': 'b'}], 'title': ''})
    ann, ben = (world.open_tab(with_value=True) for _ in range(2))
    world.connect(ben)
    if is_online:
        world.connect(ann)
        world.flow()
    typed = splice(0, 0, 'an hour of work', 'cards', 0, 'text')
    world.edit(ben, remove('cards', 0))
    world.edit(ann, typed)
    world.edit(ann, splice(0, 0, 'title', 'title'))
    world.pass_up(ben)
    world.settle()
    assert world.stored == {'cards': [{'text': 'b'}], 'title': 'title'}
    assert ben.notices == []
    assert ann.notices == ['Somebody removed what you were changing, so this was not saved.']
    assert ann.lost == ['an hour of work']
    world.close()


def test_removing_what_another_has_removed_is_told_to_nobody(world: World) -> None:
    """Only a written text is missed."""
    ann, ben = world.tabs
    world.edit(ann, add('x'))
    world.flow()
    for tab in (ann, ben):
        world.edit(tab, remove(0))
    world.settle()
    assert world.stored == []
    assert ann.notices == ben.notices == []


@pytest.mark.parametrize('backend', [DiskBackend, FeedBackend, RememberingDiskBackend])
def test_an_edit_goes_on_though_its_record_left_memory(browsers: Browsers, backend: type[DiskBackend]) -> None:
    """S12: the server has every receipt, whatever another program wrote meanwhile, so it knows that it never had it."""
    world = World(browsers, {'text': '', 'lines': []}, backend=backend)
    ann, ben = (world.open_tab(with_value=True) for _ in range(2))
    for tab in (ann, ben):
        world.connect(tab)
    world.flow()
    world.disk.faults.append('refuses')
    world.edit(ann, splice(0, 0, 'kept', 'text'))
    world.pass_up(ann)
    for tab in (ann, ben):
        world.cut(tab, heard=0, straggles=False)
    for outside in ('a', 'b'):
        bound(world.server.store).core.open_records().evict_idle(0)
        world.disk.write_from_outside('global', {'text': outside, 'lines': []})
        world.do(world.server.store.read())
    world.settle()
    assert ann.notices == []
    assert world.stored in ({'text': 'keptb', 'lines': []}, {'text': 'bkept', 'lines': []})
    world.close()


@pytest.mark.parametrize('backend', [DiskBackend, FeedBackend, RememberingDiskBackend])
@pytest.mark.parametrize('receipts', [1, changelog.MAX_WRITERS])
def test_an_edit_is_applied_once_after_any_absence(
    browsers: Browsers, backend: type[DiskBackend], receipts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S2: a receipt that is gone is said to be gone."""
    monkeypatch.setattr(changelog, 'MAX_WRITERS', receipts)
    world = World(browsers, {'a': 'value', 'b': ''}, backend=backend)
    ann, ben = (world.open_tab(with_value=True) for _ in range(2))
    for tab in (ann, ben):
        world.connect(tab)
    world.flow()
    world.edit(ann, splice(0, 0, 'hello ', 'a'))
    world.pass_up(ann)
    world.cut(ann, heard=0, straggles=False)
    world.flow()
    world.edit(ben, replace('other', 'b'))
    world.flow()
    world.settle()
    assert world.stored == {'a': 'hello value', 'b': 'other'}
    assert ann.notices == []
    world.close()


def test_the_lines_of_a_slow_tab_keep_their_order(browsers: Browsers) -> None:
    """I6, S23: a tab that takes nothing is told later of each change that it missed, and not only of the last value."""
    world = World(browsers, {'text': '', 'lines': ['b']})
    ann, ben = (world.open_tab(with_value=True) for _ in range(2))
    for tab in (ann, ben):
        world.connect(tab)
    world.flow()
    assert ann.line
    ann.line.stall()
    world.edit(ben, replace('what the line has room for', 'text'))
    world.flow()
    for i in range(12):
        world.edit(ben, {'op': 'add', 'path': ['lines', 1 + i], 'value': f'{i}'})
        world.pass_up(ben)
        world.pass_down(ben)
    world.edit(ann, {'op': 'add', 'path': ['lines', 1], 'value': 'second'})  # on its way
    world.edit(ann, {'op': 'add', 'path': ['lines', 1], 'value': 'first'})  # waits for that
    ann.line.flow()
    world.run()
    world.pass_down(ann, 100)
    world.settle()
    lines = world.stored['lines']  # type: ignore[index,call-overload]
    assert ann.author
    assert ben.author
    anns, bens = ['first', 'second'], [f'{i}' for i in range(12)]
    assert lines == ['b', *(anns + bens if ann.author < ben.author else bens + anns)]
    world.close()


def test_an_edit_whose_write_may_have_happened_is_not_sent_blindly(browsers: Browsers) -> None:
    """S12, S21: the disk has it, could not say so, and the record left memory before it could be looked up."""
    world = World(browsers, {'a': '', 'lines': []})
    ann = world.open_tab(with_value=True)
    world.connect(ann)
    world.flow()
    world.disk.faults.append('goes blind')
    world.edit(ann, {'op': 'add', 'path': ['lines', 0], 'value': 'once'})
    world.pass_up(ann)
    world.cut(ann, heard=0, straggles=False)
    bound(world.server.store).core.open_records().evict_idle(0)
    world.settle()
    assert world.stored == {'a': '', 'lines': ['once']}
    assert ann.notices == []
    world.close()


def test_an_edit_beside_one_whose_write_may_have_happened_is_not_lost(browsers: Browsers) -> None:
    """I2, S21: the record left memory before it could be looked up; another tab's edit had not arrived at all."""
    world = World(browsers, {'text': ''})
    ann, ben = (world.open_tab(with_value=False) for _ in range(2))
    for tab in (ann, ben):
        world.connect(tab)
    world.flow()
    world.disk.faults.append('goes blind')
    world.edit(ann, splice(0, 0, 'a', 'text'))
    world.edit(ben, splice(0, 0, 'b', 'text'))
    world.pass_up(ben)
    world.cut(ben, heard=0, straggles=False)
    world.cut(ann, heard=0, straggles=False)
    bound(world.server.store).core.open_records().evict_idle(0)
    world.settle()
    assert world.stored in ({'text': 'ab'}, {'text': 'ba'})
    assert ann.notices == ben.notices == []
    world.close()


def test_what_a_slow_tab_adds_keeps_its_order_though_some_is_rejected(browsers: Browsers) -> None:
    """I6, S17, S22: the tab catches up while its edit is on its way, so sends it again; that costs no snapshot.

    The steps were found by a random search.
    """
    found = Adding(browsers)
    found.start(DiskBackend, with_value=True, connected=2)
    found.something_else_adds(is_outside=False, place=30)
    found.trouble(kind='slow disk')
    found.something_else_adds(is_outside=False, place=0)
    found.somebody_adds_a_line(is_bad=0, person=2, place=25)
    found.somebody_adds_a_line(is_bad=9, person=1, place=42)
    found.wire(frames=2, kind='stall', person=1)
    found.somebody_types(count=4, person=0, place=23)
    found.somebody_adds_a_line(is_bad=4, person=1, place=7)
    found.somebody_adds_a_line(is_bad=9, person=1, place=30)
    found.trouble(kind='disk goes on')
    found.somebody_adds_a_line(is_bad=6, person=1, place=6)
    found.somebody_types(count=3, person=0, place=47)
    found.everything_passes()
    found.somebody_adds_a_line(is_bad=4, person=0, place=30)
    found.somebody_adds_a_line(is_bad=6, person=2, place=41)
    found.everything_passes()
    found.something_else_adds(is_outside=False, place=33)
    found.something_else_adds(is_outside=True, place=10)
    found.teardown()
