"""Proofs with three servers over one database: tabs move, commits race, and the feeds lose what they report."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.proof.browsers import Browsers
from tests.proof.conftest import examples
from tests.proof.disk import DiskBackend
from tests.proof.fleet import SERVERS, FleetWorld
from tests.proof.machine import PEOPLE, Faults, frames, people, prove
from tests.proof.test_convergence import Anything
from tests.proof.test_nothing_is_lost import Adding, TakingBack, characters

servers: Final = st.integers(0, SERVERS - 1)
News: TypeAlias = Literal['passes', 'drops', 'is cut']
NEWS: Final[list[News]] = ['passes', 'passes', 'passes', 'drops', 'is cut']


class Fleet(Faults):
    """Three servers. Tabs move from one to another, feeds delay and drop, and servers are killed."""

    world: FleetWorld

    def start(self, backend: type[DiskBackend], with_value: bool, connected: int) -> None:
        self.world = FleetWorld(self._browsers, self.default, log_edits=self.log_edits)
        self.world.on_told = self.check_told
        for person in range(PEOPLE):
            tab = self.world.open_tab(with_value=with_value)
            tab.server = person
            if person < connected:
                self.world.connect(tab)
        self.world.flow()

    @rule(person=people, server=servers, heard=frames, straggles=st.booleans())
    def somebody_moves(self, person: int, server: int, heard: int, straggles: bool) -> None:
        tab = self.tab(person)
        self.world.cut(tab, heard=heard - 1, straggles=straggles)
        tab.server = server
        self.world.connect(tab)

    @rule(server=servers, kind=st.sampled_from(NEWS), count=frames)
    def a_feed(self, server: int, kind: News, count: int) -> None:
        backend = self.world.backend(server)
        match kind:
            case 'passes':
                work = backend.pass_reports(count)
            case 'drops':
                work = backend.drop_reports(count)
            case 'is cut':
                work = backend.cut_feed()
        self.world.do_for(server, work)

    @rule(server=servers, is_written=st.booleans())
    def a_server_is_killed(self, server: int, is_written: bool) -> None:
        self.world.restart(server, lands=is_written)


class AddingOnManyServers(Fleet, Adding):
    """Everything that is added is there once."""

    has_outsiders = False  # after a restart nobody knows the order of what another program wrote


class AddingThroughFailovers(AddingOnManyServers):
    """The same, and a replica takes over that lacks commits: they are lost, and nothing else is unnoticed."""

    is_told = True  # a server that starts later does not know whether receipts of the epoch before were dropped
    log_edits = 6

    @rule(takes_over=st.booleans())
    def a_replica(self, takes_over: bool) -> None:
        if takes_over:
            before = self.world.promote()
            self.unknown |= set(characters(before)) - set(characters(self.world.stored))
        else:
            self.world.disk.stall_replica()


class TakingBackOnManyServers(Fleet, TakingBack):
    """A letter that is taken out stays out."""

    has_outsiders = False


class AnythingOnManyServers(Fleet, Anything):
    """All see what is stored."""


class AnythingThroughFailovers(AnythingOnManyServers):
    """The same, and a replica takes over that lacks commits."""

    @rule(takes_over=st.booleans())
    def a_replica(self, takes_over: bool) -> None:
        if takes_over:
            self.world.promote()
        else:
            self.world.disk.stall_replica()


def test_what_is_added_is_there_once_whichever_server_commits_it(browsers: Browsers) -> None:
    """I1-I4, I7, I9."""
    prove(lambda: AddingOnManyServers(browsers), examples(60))


def test_a_failover_loses_what_the_replica_lacks_and_nothing_else(browsers: Browsers) -> None:
    """I2, I3, I4, I9: nothing is there twice, and what was not stored is sent again, or its author is told."""
    prove(lambda: AddingThroughFailovers(browsers), examples(50))


def test_all_see_what_a_replica_has_that_takes_over(browsers: Browsers) -> None:
    """I1, I4, I9."""
    prove(lambda: AnythingThroughFailovers(browsers), examples(30))


def test_what_is_taken_out_on_one_server_stays_out_on_all(browsers: Browsers) -> None:
    """I2, I7."""
    prove(lambda: TakingBackOnManyServers(browsers), examples(30))


def test_all_see_what_is_stored_on_whichever_server(browsers: Browsers) -> None:
    """I1, I4, I7, I9."""
    prove(lambda: AnythingOnManyServers(browsers), examples(50))


def test_a_function_that_loses_a_race_is_called_again_and_only_the_last_call_counts(browsers: Browsers) -> None:
    """I6: where it has put something before, in a value that was never stored, binds nobody.

    The steps were found by a random search.
    """
    found = AddingOnManyServers(browsers)
    found.start(DiskBackend, with_value=True, connected=0)
    found.trouble(kind='slow disk')
    for place in (1, 37, 11):
        found.something_else_adds(is_outside=False, place=place)
    found.somebody_adds_a_line(is_bad=4, person=0, place=5)
    found.somebody_adds_a_line(is_bad=6, person=0, place=8)
    found.somebody_moves(heard=3, person=0, server=2, straggles=False)
    found.everything_passes()
    found.teardown()
