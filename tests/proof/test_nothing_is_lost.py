"""Proofs that nothing is lost: everybody adds, and takes back their own; all else is there once [I2, I3]."""

from __future__ import annotations

from asyncio import CancelledError
from collections import Counter
from itertools import chain, pairwise
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from dara.core._json import Json
from dara.core.errors import DaraError
from dara.core.persistence.changelog import LOG_EDITS
from tests.proof.browsers import Browsers
from tests.proof.conftest import examples
from tests.proof.disk import RememberingDiskBackend
from tests.proof.machine import Faults, people, places, prove
from tests.proof.server import KEY, REFUSED
from tests.proof.world import Tab
from tests.tab import splice


class Adding(Faults):
    """Three people, server code and another program add to a text and to a list."""

    default = {'text': '', 'lines': []}
    log_edits = LOG_EDITS
    has_outsiders = True
    takes_back = False
    """True if people take letters of theirs out again."""
    is_told = False
    """True if something may be lost, provided that its author is told."""

    def __init__(self, browsers: Browsers) -> None:
        super().__init__(browsers)
        self.written: dict[str, int | None] = {}  # by whom
        self.unknown: set[str] = set()  # of these not even who wrote them knows
        self.refused: set[str] = set()  # the type does not take them
        self.shown: dict[int, set[str]] = {}
        self.taken: set[str] = set()  # by whoever wrote it
        self.vanished: set[str] = set()
        self.doubled: set[str] = set()
        self.returned: set[str] = set()
        self.before: dict[str, list[tuple[str, str]]] = {}  # by what was written: what was in front of what

    def token(self, by: Tab | None) -> str:
        """Return a new character, every other one outside the basic plane."""
        count = len(self.written)
        character = chr((0x4E00 if count % 2 else 0x20000) + count)
        self.written[character] = by.id if by else None
        return character

    @rule(person=people, place=places, count=st.integers(1, 4))
    def somebody_types(self, person: int, place: int, count: int) -> None:
        tab = self.tab(person)
        typed = ''.join(self.token(tab) for _ in range(count))
        text = self.view(tab)['text']
        at = place % (len(text) + 1)
        self.note(text, at, typed)
        self.edit(tab, splice(at, 0, typed, 'text'), typed)

    @rule(person=people, place=places, is_bad=st.integers(0, 9))
    def somebody_adds_a_line(self, person: int, place: int, is_bad: int) -> None:
        tab = self.tab(person)
        lines = self.view(tab)['lines']
        at = place % (len(lines) + 1)
        line = self.token(tab)
        self.note(lines, at, line)
        if is_bad == 9:
            self.refused.add(line)
            line += REFUSED
        self.edit(tab, {'op': 'add', 'path': ['lines', at], 'value': line}, line)

    @precondition(lambda self: self.takes_back)
    @rule(person=people, place=places)
    def somebody_takes_a_letter_back(self, person: int, place: int) -> None:
        tab = self.tab(person)
        text = self.view(tab)['text']
        own = [at for at, each in enumerate(text) if self.written.get(each) == tab.id]
        if own:
            at = own[place % len(own)]
            if self.world.edit(tab, splice(at, 1, '', 'text')):
                self.taken.add(text[at])

    def edit(self, tab: Tab, op: dict[str, Any], written: str) -> None:
        if not self.world.edit(tab, op):
            for character in written:
                self.written.pop(character, None)

    def note(self, among: str | list[str], at: int, typed: str) -> None:
        """Take note of the neighbours of an insertion, as its author saw them.

        A function that `modify` calls again, since another server was first, inserts at another place: that one counts.
        """
        around = [each[0] for each in among[max(at - 1, 0) : at + 1]]
        in_front = 1 if at else 0
        self.before[typed] = list(pairwise([*around[:in_front], *typed, *around[in_front:]]))

    def view(self, tab: Tab) -> Any:
        return tab.view

    @rule(place=places, is_outside=st.booleans())
    def something_else_adds(self, place: int, is_outside: bool) -> None:
        if not is_outside or not self.has_outsiders:
            self.world.do(self.server_code_adds(place, self.token(None)))
        # What is written at that moment would win over it, and what may have been could not be told from it.
        elif not (self.world.disk.is_held or self.world.disk.is_in_doubt):
            self.world.disk.write_from_outside(KEY, self.with_one_more(self.world.stored, place, self.token(None)))
            self.world.run()

    async def server_code_adds(self, place: int, token: str) -> None:
        try:
            await self.world.server.store.modify(lambda value: self.with_one_more(value, place, token))
        except (DaraError, CancelledError):
            self.unknown.add(token)

    def with_one_more(self, value: Any, place: int, token: str) -> Json:
        """Return the document as server code, or another program, makes it."""
        lines, text = value['lines'], value['text']
        if place % 2:
            at = place % (len(lines) + 1)
            self.note(lines, at, token)
            return {'lines': [*lines[:at], token, *lines[at:]], 'text': text}
        at = place % (len(text) + 1)
        self.note(text, at, token)
        return {'lines': lines, 'text': text[:at] + token + text[at:]}

    def check_told(self, tab: Tab, view: Json) -> None:
        """Check that a tab shows its own text for good: it never flickers [I7]."""
        own = Counter(each for each in characters(view) if self.written.get(each) == tab.id)
        self.doubled |= {each for each, count in own.items() if count > 1}
        self.vanished |= self.shown.get(tab.id, set()) - set(own)
        self.returned |= self.taken & set(own)
        self.shown[tab.id] = set(own)

    def check_rest(self) -> None:
        counts = Counter(each for each in characters(self.world.stored) if each in self.written)
        twice = {each for each, count in counts.items() if count > 1}
        assert not twice, f'{twice} is there twice [I3]'
        assert not self.refused & set(counts), 'what was refused is there all the same [I3]'
        told = ''.join(text for tab in self.world.tabs for text in tab.lost)
        untold = {each for each in self.refused & set(self.written) if each not in told}
        assert not untold, f'{untold} was refused, and nobody told [I3]'
        excused = self.refused | self.unknown | self.excused()
        lost = set(self.written) - set(counts) - excused - self.taken
        assert not lost, f'{lost} is lost [I2]'
        vanished = self.vanished - self.taken - excused
        assert not vanished, f'{vanished} was shown, and then not [I7]'
        assert not self.doubled, f'{self.doubled} was shown twice [I7]'
        # Over a snapshot it is not known whose text comes first: a word may move, and leave its newest letter behind;
        # and what the whole text has become may hide that a letter was taken out of it.
        if self.log_edits < LOG_EDITS:
            return
        taken = {each for each in self.taken if not self.notices_of(each)}  # else it may have been refused
        assert not taken & set(counts), f'{taken & set(counts)} was taken out, and is there [I2]'
        assert not taken & self.returned, f'{taken & self.returned} was taken out, and was shown again [I7]'
        if self.takes_back:
            return  # of two letters that were written on two sides of one that is gone, nobody knows which was in front
        places = {each: place for place, each in enumerate(counts)}
        for first, then in chain.from_iterable(self.before.values()):
            if first in places and then in places:
                assert places[first] < places[then], f'{first} was written in front of {then} [I6]'

    def excused(self) -> set[str]:
        """Return the characters that may be lost because their author was told."""
        if not self.is_told:
            return set()
        return {each for each in self.written if self.notices_of(each)}

    def notices_of(self, character: str) -> list[str]:
        """Return the notices to the author of a character."""
        by = self.written[character]
        return [] if by is None else self.tab(by).notices


class AddingWithAShortLog(Adding):
    """The same, and a tab that was away, or is slow, gets a snapshot."""

    log_edits = 6


class AddingThroughRestarts(Adding):
    """The same, and the server is killed; its backend remembers values, and nothing of whose edits it has."""

    restarts = True
    is_told = True
    log_edits = 6


class AddingThroughCrashes(Adding):
    """The same, and its backend keeps where records stand: but for a pause nobody notices."""

    restarts = True
    backends = (RememberingDiskBackend,)
    has_outsiders = False  # nobody knows what another program wrote while the server was down


class TakingBack(Adding):
    """The same, and they take letters of theirs out again."""

    takes_back = True


class TakingBackThroughCrashes(AddingThroughCrashes):
    """The same, and the server is killed."""

    takes_back = True


def test_what_is_added_is_there_once(browsers: Browsers) -> None:
    """I1-I4, I7, I9: through lines that break and stall, and a disk that fails."""
    prove(lambda: Adding(browsers), examples(60))


def test_what_is_added_is_there_once_though_the_log_is_short(browsers: Browsers) -> None:
    """S17, S22: an edit with too old a base goes back to its tab, which sends it again over the present value."""
    prove(lambda: AddingWithAShortLog(browsers), examples(50))


def test_after_a_restart_nothing_is_there_twice_and_nobody_is_left_in_the_dark(browsers: Browsers) -> None:
    """S12: if the server cannot know what it has, nothing is applied twice, and authors are told of their losses."""
    prove(lambda: AddingThroughRestarts(browsers), examples(50))


def test_a_crash_is_but_a_pause_where_the_backend_remembers(browsers: Browsers) -> None:
    """I1-I4, I6, I7, I9: nothing is lost, and nothing is out of place; nor is anybody told anything."""
    prove(lambda: AddingThroughCrashes(browsers), examples(50))


def test_what_is_taken_out_stays_out(browsers: Browsers) -> None:
    """I2, I7: it is never shown again, and all else is there once."""
    prove(lambda: TakingBack(browsers), examples(50))


def test_what_is_taken_out_stays_out_through_crashes(browsers: Browsers) -> None:
    """I2, I7: the log tells who was away that the other letters are still the same."""
    prove(lambda: TakingBackThroughCrashes(browsers), examples(50))


def characters(value: Any) -> str:
    """Return all characters anywhere in a value."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return ''.join(map(characters, value.values()))
    return ''.join(map(characters, value)) if isinstance(value, list) else ''
