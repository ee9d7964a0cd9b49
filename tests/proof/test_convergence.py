"""Proofs of convergence: whatever is edited, lost, cut or refused, in the end all see what is stored [I1, I9]."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from dara.core._edits import dump_ops
from dara.core._json import Json
from dara.core.errors import DaraError
from tests.documents import DEFAULT, edits, values
from tests.proof.browsers import Browsers
from tests.proof.conftest import examples
from tests.proof.disk import DiskBackend, FeedBackend, ForgettingDiskBackend, RememberingDiskBackend
from tests.proof.machine import Faults, people, prove
from tests.proof.server import KEY, REFUSED
from tests.tab import replace


class Anything(Faults):
    """Any edit of any value, of three people, server code and another program; rights come and go."""

    default = DEFAULT

    @rule(person=people, data=st.data(), is_exact=st.booleans())
    def somebody_edits(self, person: int, data: st.DataObject, is_exact: bool) -> None:
        tab = self.tab(person)
        ops = data.draw(edits(tab.view))
        if ops:
            self.world.edit(tab, *dump_ops(ops), is_exact=is_exact)

    @rule(person=people)
    def somebody_writes_what_is_refused(self, person: int) -> None:
        self.world.edit(self.tab(person), replace([REFUSED]))

    @rule(value=values, kind=st.sampled_from(['outside', 'write', 'patch', 'delete', 'modify']))
    def something_else_writes(self, value: Json, kind: str) -> None:
        if kind != 'outside':
            self.world.do(self.server_code_writes(value, kind))
        elif not self.world.disk.is_held:
            self.world.disk.write_from_outside(KEY, value)
            self.world.run()

    async def server_code_writes(self, value: Any, kind: str) -> None:
        store = self.world.server.store
        try:
            match kind:
                case 'write':
                    await store.write(value)
                case 'patch':
                    await store.patch([{'op': 'replace', 'path': '', 'value': [value]}])
                case 'modify':
                    await store.modify(lambda present: [present])
                case _:
                    await store.delete()
        except DaraError:
            pass

    @rule(may_write=st.booleans(), may_read=st.integers(0, 3))
    def rights_change(self, may_write: bool, may_read: int) -> None:
        self.world.access.may_write = may_write
        self.world.do(self.world.server.store.recheck())


class AnythingThroughRestarts(Anything):
    """The same, and the server is killed now and then."""

    restarts = True
    backends = (DiskBackend, FeedBackend, RememberingDiskBackend)


class AnythingThroughRestartsThatForget(Anything):
    """The same, and the server has nothing then but what the tabs bring back."""

    restarts = True
    backends = (ForgettingDiskBackend,)


def test_all_see_what_is_stored(browsers: Browsers) -> None:
    """I1, I4, I7, I9."""
    prove(lambda: Anything(browsers), examples(60))


def test_all_see_what_is_stored_after_restarts_too(browsers: Browsers) -> None:
    """I1, I4, I7, I9: in a new epoch, or where the last process was."""
    prove(lambda: AnythingThroughRestarts(browsers), examples(50))


def test_all_see_what_is_stored_after_restarts_that_forget_it(browsers: Browsers) -> None:
    """I1, I4, I7, I9: whoever brings it back, and whatever others do meanwhile."""
    prove(lambda: AnythingThroughRestartsThatForget(browsers), examples(50))
