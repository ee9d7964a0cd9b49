"""What a random search would seldom come upon, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dara.core.errors import BackendFailed
from tests.proof.browsers import Browsers
from tests.proof.disk import DiskBackend, RememberingDiskBackend
from tests.proof.world import LIMITS, REFUSED, World


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


def splice(at: int, *, delete: int = 0, insert: str = '') -> dict[str, Any]:
    return {'op': 'splice', 'path': [], 'at': at, 'delete': delete, 'insert': insert}


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
    """S17: the log does not reach back to what the edit was made on, so its tab makes it again on what is there."""
    world = World(browsers, ['a', 'b'], log_edits=2)
    ann, ben = (world.open_tab(with_value=True) for _ in range(2))
    for tab in (ann, ben):
        world.connect(tab)
    world.flow()
    world.edit(ann, {'op': 'replace', 'path': [1], 'value': 'B'})
    for i in range(5):
        world.edit(ben, add(f'{i}'))
        world.pass_up(ben)
        world.pass_down(ben)
    world.settle()
    assert world.stored == ['4', '3', '2', '1', '0', 'a', 'B']
    world.close()


def test_who_stops_reading_costs_a_snapshot_and_no_more(world: World) -> None:
    """I8, S23: what waits is bounded; then it is where everybody is."""
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
    world.edit(ann, splice(4, delete=1))
    for i in range(8):
        world.edit(ben, splice(4 * i, insert='b-c'))
    world.edit(ben, splice(31, delete=1))
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
    world.edit(ben, splice(0, insert='Ben'))
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
    world.edit(ann, beginning, splice(0, insert='Ann'))
    world.edit(ben, beginning, splice(0, insert='Ben'))
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
    world.server.store.keep_open().forget_idle(0)
    world.connect(tab)
    world.flow()
    world.settle()
    assert tab.view == ['x']
    world.close()
