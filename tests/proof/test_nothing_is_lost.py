"""Everybody only adds: whatever breaks, all of it is there in the end, and none of it twice [I2, I3]."""

from __future__ import annotations

from asyncio import CancelledError
from collections import Counter
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dara.core import _edits
from dara.core._json import Json, fresh
from dara.core.errors import DaraError
from tests.proof.browsers import Browsers
from tests.proof.conftest import examples
from tests.proof.world import KEY, REFUSED, Tab, World

DEFAULT: Final[Json] = {'text': '', 'lines': []}
FAULTS: Final = st.sampled_from(['refuses', 'forgets to answer', 'goes blind'])
places = st.integers(0, 60)
people = st.integers(0, 2)


class Adding(RuleBasedStateMachine):
    """Three tabs, server code and another program add to a text and to a list."""

    restarts = False

    def __init__(self, browsers: Browsers) -> None:
        super().__init__()
        self._browsers = browsers
        self.written: dict[str, int | None] = {}  # by whom
        self.unknown: set[str] = set()  # of these not even who wrote them knows
        self.shown: dict[int, set[str]] = {}
        self.vanished: set[str] = set()

    @initialize(has_feed=st.booleans(), with_value=st.booleans())
    def begin(self, has_feed: bool, with_value: bool) -> None:
        self.world = World(self._browsers, DEFAULT, has_feed=has_feed)
        self.world.on_told = self.check_nothing_vanishes
        for _ in range(3):
            self.world.open_tab(with_value=with_value)
        self.world.flow()

    def token(self, by: Tab | None) -> str:
        """A character of its own, every other one outside the basic plane."""
        count = len(self.written)
        character = chr((0x4E00 if count % 2 else 0x20000) + count)
        self.written[character] = by.id if by else None
        return character

    def tab(self, person: int) -> Tab:
        return self.world.tabs[person]

    @rule(person=people, place=places, is_bad=st.integers(0, 9))
    def add_line(self, person: int, place: int, is_bad: int) -> None:
        tab = self.tab(person)
        end = len(tab.view['lines'])  # type: ignore[index, call-overload, arg-type]
        line = self.token(tab) + (REFUSED if is_bad == 9 else '')
        if not self.world.edit(tab, {'op': 'add', 'path': ['lines', place % (end + 1)], 'value': line}):
            del self.written[line[0]]

    @precondition(lambda _: hasattr(_edits, 'Splice'))
    @rule(person=people, place=places, count=st.integers(1, 4))
    def type(self, person: int, place: int, count: int) -> None:
        tab = self.tab(person)
        end = len(tab.view['text'])  # type: ignore[index, call-overload, arg-type]
        typed = ''.join(self.token(tab) for _ in range(count))
        splice = {'op': 'splice', 'path': ['text'], 'at': place % (end + 1), 'delete': 0, 'insert': typed}
        if not self.world.edit(tab, splice):
            for character in typed:
                del self.written[character]

    @rule(place=places)
    def server_code_adds(self, place: int) -> None:
        token = self.token(None)

        async def add() -> None:
            try:
                await self.world.server.store.modify(lambda value: _with(value, place, token))
            except (DaraError, CancelledError):
                self.unknown.add(token)

        self.world.do(add())

    @precondition(lambda self: not self.world.disk.is_held)  # what is written at the same moment wins over it
    @rule(place=places)
    def another_program_adds(self, place: int) -> None:
        self.world.disk.write_from_outside(KEY, _with(self.world.stored, place, self.token(None)))
        self.world.run()

    # What happens on the way.

    @rule()
    def everything_passes(self) -> None:
        self.world.flow()

    @rule(person=people, frames=st.integers(1, 3))
    def the_server_hears(self, person: int, frames: int) -> None:
        self.world.pass_up(self.tab(person), frames)

    @rule(person=people, frames=st.integers(1, 3))
    def a_tab_hears(self, person: int, frames: int) -> None:
        self.world.pass_down(self.tab(person), frames)

    @rule(person=people)
    def a_tab_connects(self, person: int) -> None:
        self.world.connect(self.tab(person))

    @rule(person=people, heard=st.integers(0, 3), straggles=st.booleans())
    def a_line_is_cut(self, person: int, heard: int, straggles: bool) -> None:
        self.world.cut(self.tab(person), heard=heard, straggles=straggles)

    @rule(frames=st.integers(0, 3))
    def what_was_under_way_arrives_late(self, frames: int) -> None:
        self.world.straggle(frames)

    @rule(person=people)
    def a_tab_reads_no_more(self, person: int) -> None:
        if line := self.tab(person).line:
            line.stall()

    @rule(person=people)
    def a_tab_reads_again(self, person: int) -> None:
        if line := self.tab(person).line:
            line.flow()
            self.world.run()

    @rule(ms=st.sampled_from([300, 1000, 6000]))
    def time_passes(self, ms: int) -> None:
        self.world.pass_time(ms)

    # What happens to the server.

    @rule()
    def the_disk_is_slow(self) -> None:
        self.world.disk.hold()

    @rule()
    def the_disk_goes_on(self) -> None:
        self.world.disk.let_go()
        self.world.run()

    @rule(fault=FAULTS)
    def the_disk_fails(self, fault: Any) -> None:
        self.world.disk.faults.append(fault)

    @rule()
    def what_nobody_uses_leaves_memory(self) -> None:
        self.world.server.store.keep_open().forget_idle(0)

    @precondition(lambda self: self.restarts)
    @rule(lands=st.booleans())
    def the_server_is_killed(self, lands: bool) -> None:
        self.world.kill_server(lands=lands)
        self.world.disk.be_well()
        self.world.start_server()

    # What must hold.

    def check_nothing_vanishes(self, tab: Tab, view: Json) -> None:
        """What a tab has once shown of its own it shows for good: it never flickers [I7]."""
        own = {each for each in _characters(view) if self.written.get(each) == tab.id}
        self.vanished |= self.shown.get(tab.id, set()) - own
        self.shown[tab.id] = own

    def teardown(self) -> None:
        if not hasattr(self, 'world'):
            return
        try:
            self.world.settle()
            self.check_all_is_there()
        finally:
            self.world.close()

    def check_all_is_there(self) -> None:
        counts = Counter(each for each in _characters(self.world.stored) if each in self.written)
        twice = {each for each, count in counts.items() if count > 1}
        assert not twice, f'{twice} is there twice [I3]'
        refused = {each for tab, n in self.world.rejected for each in _characters(self.tab(tab).sent.get(n, []))}
        assert not refused & set(counts), 'what was refused is there all the same [I3]'
        excused = refused | self.unknown | self.excused()
        lost = set(self.written) - set(counts) - excused
        assert not lost, f'{lost} is lost [I2]'
        assert self.vanished <= excused, f'{self.vanished - excused} was shown, and then not [I7]'

    def excused(self) -> set[str]:
        """What may be lost because its writer was told so."""
        if not self.restarts:
            return set()
        return {each for each, by in self.written.items() if by is not None and self.tab(by).notices}


class AddingThroughRestarts(Adding):
    """The same, and the server is killed; its backend remembers values, and nothing of whose edits it has."""

    restarts = True


def test_what_is_added_is_there_once(browsers: Browsers) -> None:
    """I1-I4, I7, I9: through lines that break and stall, and a disk that fails."""
    run_state_machine_as_test(lambda: Adding(browsers), settings=examples(200))  # type: ignore[no-untyped-call]


def test_after_a_restart_nothing_is_there_twice_and_nobody_is_left_in_the_dark(browsers: Browsers) -> None:
    """S12: where the server cannot know what it has, nothing is applied twice, and who lost something is told."""
    run_state_machine_as_test(lambda: AddingThroughRestarts(browsers), settings=examples(100))  # type: ignore[no-untyped-call]


def _with(value: Any, place: int, token: str) -> Json:
    """What another program makes of the document."""
    changed = fresh(value)
    if place % 2:
        changed['lines'].insert(place % (len(changed['lines']) + 1), token)
    else:
        at = place % (len(changed['text']) + 1)
        changed['text'] = changed['text'][:at] + token + changed['text'][at:]
    return changed  # type: ignore[no-any-return]


def _characters(value: Any) -> str:
    """All that is written anywhere in a value."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return ''.join(map(_characters, value.values()))
    return ''.join(map(_characters, value)) if isinstance(value, list) else ''
