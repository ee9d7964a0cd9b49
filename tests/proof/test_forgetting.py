"""Tests of values that a server had in memory alone: after a restart tabs restore them, or tell of the loss [S40]."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dara.core._json import Json
from tests.proof.browsers import Browsers
from tests.proof.disk import ForgettingDiskBackend
from tests.proof.server import REFUSED
from tests.proof.world import Tab, World
from tests.tab import replace, splice

DEFAULT = 'Untitled'
FORGOTTEN = 'The server has restarted and forgotten what was here.'


@pytest.fixture
def world(browsers: Browsers) -> Iterator[World]:
    """Two people in one text, in which one of them has written 'Hello'."""
    world = World(browsers, DEFAULT, backend=ForgettingDiskBackend)
    for _ in range(2):
        world.connect(world.open_tab(with_value=True))
    world.flow()
    write(world, world.tabs[0], 'Hello')
    world.flow()
    yield world
    world.close()


def write(world: World, tab: Tab, value: Json) -> None:
    world.edit(tab, replace(value))


def restart(world: World) -> None:
    world.kill_server(lands=True)
    world.start_server()
    assert world.stored == DEFAULT


def bring_back(world: World, *tabs: Tab) -> None:
    """Let them connect, and hear that the server has forgotten; their answers are on the way."""
    for tab in tabs:
        world.connect(tab)
    for _ in range(2):
        for tab in tabs:
            world.pass_up(tab, 100)
            world.pass_down(tab, 100)
    assert all(tab.has_unsent for tab in tabs)


def test_it_comes_back_with_what_was_typed_meanwhile(world: World) -> None:
    """Each letter in its place, for everybody; nothing flickers on the way."""
    ann, ben = world.tabs
    world.kill_server(lands=True)
    world.edit(ann, splice(5, 0, ' world'))
    world.edit(ben, splice(0, 0, '> '))
    told: list[Json] = []
    world.on_told = lambda _, view: told.append(view)
    world.start_server()
    world.settle()
    assert world.stored == '> Hello world'
    assert not any(DEFAULT in str(view) for view in told)
    assert ann.notices == ben.notices == []


def test_of_several_tabs_one_brings_it_back(world: World) -> None:
    """The others asked at the same time, are refused, and take the restored value."""
    ann, ben = world.tabs
    restart(world)
    world.edit(ben, splice(5, 0, '!'))
    bring_back(world, ann, ben)
    world.pass_up(ann, 100)
    world.settle()
    assert world.stored == 'Hello!'
    assert world.server.record.version == 2
    assert ann.notices == ben.notices == []


def test_what_was_on_its_way_is_there_once(world: World) -> None:
    """The server had it, and had not said so; its end has cost that as well."""
    ann, _ = world.tabs
    world.edit(ann, splice(5, 0, '?'))
    world.pass_up(ann)
    restart(world)
    world.settle()
    assert world.stored == 'Hello?'
    assert ann.notices == []


@pytest.mark.parametrize('has_arrived', [False, True])
def test_a_second_restart_on_the_way_costs_nothing(world: World, has_arrived: bool) -> None:
    ann, ben = world.tabs
    world.edit(ann, splice(5, 0, '?'))
    restart(world)
    bring_back(world, ann)
    if has_arrived:
        world.pass_up(ann, 100)
    restart(world)
    world.settle()
    assert world.stored == 'Hello?'
    assert ann.notices == ben.notices == []


def test_a_line_that_breaks_on_the_way_costs_nothing(world: World) -> None:
    ann, _ = world.tabs
    restart(world)
    for heard in (0, 1):
        bring_back(world, ann)
        world.cut(ann, heard=heard, straggles=True)
    world.settle()
    assert world.stored == 'Hello'
    assert ann.notices == []


def test_who_was_refused_and_cut_off_takes_what_is_there(world: World) -> None:
    """It learns of both only when it is back, from a server that knows what it has done."""
    ann, ben = world.tabs
    restart(world)
    bring_back(world, ann, ben)
    world.pass_up(ann, 100)
    world.edit(ben, splice(5, 0, '!'))
    world.cut(ben, heard=100, straggles=False)
    world.settle()
    assert world.stored == 'Hello!'
    assert ann.notices == ben.notices == []


@pytest.mark.parametrize('value', ['Plan', DEFAULT, None])
def test_what_was_written_since_the_start_stays(world: World, value: Json) -> None:
    """Also if that was the default, or a reset; the page says what is lost."""
    ann, ben = world.tabs
    restart(world)
    store = world.server.store
    world.do(store.delete() if value is None else store.write(value))
    world.settle()
    assert world.stored == (DEFAULT if value is None else value)
    assert ann.notices == ben.notices == [FORGOTTEN]
    assert ann.lost == ben.lost == ['Hello']


def test_what_is_written_while_it_is_on_its_way_stays(world: World) -> None:
    """Though that made no version: it was what the server had."""
    ann, _ = world.tabs
    restart(world)
    bring_back(world, ann)
    world.do(world.server.store.write(DEFAULT))
    world.settle()
    assert world.stored == DEFAULT
    assert (ann.notices, ann.lost) == ([FORGOTTEN], ['Hello'])


def test_what_nobody_has_changed_is_not_sent(browsers: Browsers) -> None:
    """The app may have another default by then, and it counts."""
    world = World(browsers, DEFAULT, backend=ForgettingDiskBackend)
    ann = world.open_tab(with_value=True)
    world.connect(ann)
    world.flow()
    world.kill_server(lands=True)
    world.default = 'Another default'
    world.start_server()
    world.settle()
    assert world.server.record.version == 0
    assert world.stored == 'Another default'
    assert ann.notices == []
    world.close()


def test_whoever_may_not_write_waits_for_others(world: World) -> None:
    """Somebody who may brings it back; where nobody does, the page says what is lost."""
    world.access.may_write = False
    restart(world)
    ann, ben = world.tabs
    world.connect(ann)
    world.flow()
    world.pass_time(2000)
    world.access.may_write = True
    world.connect(ben)
    world.flow()
    world.pass_time(10_000)
    world.settle()
    assert world.stored == 'Hello'
    assert ann.notices == []
    world.access.may_write = False
    restart(world)
    world.settle()
    world.pass_time(10_000)
    world.settle()
    assert world.stored == DEFAULT
    assert ann.notices == ben.notices == [FORGOTTEN]
    assert ann.lost == ben.lost == ['Hello']


def test_what_may_not_be_brought_back_after_all_is_told(world: World) -> None:
    ann, ben = world.tabs
    restart(world)
    bring_back(world, ann)
    world.access.may_write = False
    world.settle()
    assert world.stored == DEFAULT
    assert ann.notices == [f'{FORGOTTEN} You may not change this.']
    world.pass_time(10_000)
    assert len(ben.notices) == 1


def test_a_later_tab_that_had_seen_more_says_so(world: World) -> None:
    """The first to come brings back what it had; of the rest the user is told."""
    ann, ben = world.tabs
    world.cut(ben, heard=0, straggles=False)
    world.edit(ann, splice(5, 0, ' Ann'))
    world.flow()
    restart(world)
    world.connect(ben)
    world.flow()
    world.settle()
    assert world.stored == 'Hello'
    assert (ann.notices, ann.lost) == ([FORGOTTEN], ['Hello Ann'])
    assert ben.notices == []


@pytest.mark.parametrize('may_write', [False, True])
def test_of_what_code_alone_has_written_nobody_is_told(browsers: Browsers, may_write: bool) -> None:
    """It is written anew after each start, and a page that may not change it never says a word."""
    world = World(browsers, DEFAULT, backend=ForgettingDiskBackend)
    ann = world.open_tab(with_value=True)
    world.connect(ann)
    world.flow()
    for count in range(3):
        world.do(world.server.store.write(f'Measured {count}'))
        world.access.may_write = may_write
        world.settle()
        restart(world)
        if count:
            world.do(world.server.store.write('Measured before anybody was back'))
        world.settle()
        world.pass_time(10_000)
    assert ann.notices == []
    world.close()


def test_a_value_larger_than_an_edit_comes_back(browsers: Browsers) -> None:
    world = World(browsers, '', backend=ForgettingDiskBackend)
    ann, ben = (world.open_tab(with_value=True) for _ in range(2))
    text = 'ä' * 500_000
    world.do(world.server.store.write(text))
    for tab in (ann, ben):
        world.connect(tab)
    world.flow()
    world.kill_server(lands=True)
    world.start_server()
    world.settle()
    assert world.stored == text
    assert ann.notices == ben.notices == []
    world.close()


def test_a_refused_value_is_refused_for_good(world: World) -> None:
    """A restored value is checked by the type, as any edit is."""
    ann, _ = world.tabs
    world.edit(ann, replace(REFUSED))
    restart(world)
    world.settle()
    assert world.stored == 'Hello'
    assert len(ann.notices) == 1
