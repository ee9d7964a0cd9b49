"""Faults as the rules of a state machine; each proof adds the edits, and what must hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final, Literal, TypeAlias

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dara.core._json import Json
from dara.core.persistence.stores import bound
from tests.proof.browsers import Browsers
from tests.proof.disk import DiskBackend, Fault, FeedBackend
from tests.proof.world import Tab, World

PEOPLE: Final = 3
people: Final = st.integers(0, PEOPLE - 1)
places: Final = st.integers(0, 60)
frames: Final = st.integers(1, 3)

# Few rules, each of many kinds: an example in which nobody edits, or nothing arrives, would tell nothing.
Wire: TypeAlias = Literal['up', 'down', 'cut', 'cut, unnoticed', 'connect', 'stall', 'flow', 'late']
WIRE: Final[list[Wire]] = [
    *('up', 'up', 'up', 'down', 'down', 'down', 'connect', 'connect'),
    *('cut', 'cut', 'cut, unnoticed', 'stall', 'flow', 'late'),
]
Trouble: TypeAlias = Literal['slow disk', 'disk goes on', 'time', 'idle', 'kill', 'kill, written'] | Fault
FAULTS: Final[list[Fault]] = ['refuses', 'forgets to answer', 'goes blind']


class Faults(RuleBasedStateMachine):
    """Three tabs and a server; lines break and stall, the disk fails, records leave memory, time passes.

    Attributes:
        default: what the variable shows while nothing is stored.
        backends: of which kinds its backend may be.
        restarts: whether the server is killed now and then.
        log_edits: how many edits the server remembers; whose base is older gets a snapshot.
    """

    default: ClassVar[Json] = None
    backends: ClassVar[tuple[type[DiskBackend], ...]] = (DiskBackend, FeedBackend)
    restarts: ClassVar[bool] = False
    log_edits: ClassVar[int] = 6

    def __init__(self, browsers: Browsers) -> None:
        super().__init__()
        self._browsers = browsers

    @initialize(data=st.data(), with_value=st.booleans(), connected=st.integers(0, PEOPLE))
    def begin(self, data: st.DataObject, with_value: bool, connected: int) -> None:
        self.start(data.draw(st.sampled_from(self.backends)), with_value, connected)

    def start(self, backend: type[DiskBackend], with_value: bool, connected: int) -> None:
        """Start the server, and open the tabs; some of them are connected."""
        self.world = World(self._browsers, self.default, backend=backend, log_edits=self.log_edits)
        self.world.on_told = self.check_told
        for person in range(PEOPLE):
            tab = self.world.open_tab(with_value=with_value)
            if person < connected:
                self.world.connect(tab)
        self.world.flow()

    def tab(self, person: int) -> Tab:
        return self.world.tabs[person]

    @rule(person=people, kind=st.sampled_from(WIRE), frames=frames)
    def wire(self, person: int, kind: Wire, frames: int) -> None:
        tab = self.tab(person)
        match kind:
            case 'up':
                self.world.pass_up(tab, frames)
            case 'down':
                self.world.pass_down(tab, frames)
            case 'cut' | 'cut, unnoticed':
                self.world.cut(tab, heard=frames - 1, straggles=kind != 'cut')
            case 'connect':
                self.world.connect(tab)
            case 'stall' if tab.line:
                tab.line.stall()
            case 'flow' if tab.line:
                tab.line.flow()
                self.world.run()
            case 'late':
                self.world.straggle(frames - 1)
            case _:
                pass

    @rule()
    def everything_passes(self) -> None:
        self.world.flow()

    @rule(kind=st.sampled_from(['slow disk', 'disk goes on', 'disk goes on', 'time', 'idle', *FAULTS]))
    def trouble(self, kind: Trouble) -> None:
        match kind:
            case 'slow disk':
                self.world.disk.hold()
            case 'disk goes on':
                self.world.disk.let_go()
                self.world.run()
            case 'time':
                self.world.pass_time(1000)
            case 'idle':
                bound(self.world.server.store).core.open_records().evict_idle(0)
            case 'refuses' | 'forgets to answer' | 'goes blind':
                self.world.disk.faults.append(kind)
            case _:
                pass

    @precondition(lambda self: self.restarts)
    @rule(is_written=st.booleans())
    def the_server_is_killed(self, is_written: bool) -> None:
        self.world.kill_server(lands=is_written)
        self.world.disk.be_well()
        self.world.start_server()

    def check_told(self, tab: Tab, view: Json) -> None:
        """Check a view of which a tab's components are told."""

    def check_rest(self) -> None:
        """Check the world when all is at rest, and every tab shows what is stored [I1, I9]."""

    def teardown(self) -> None:
        if not hasattr(self, 'world'):
            return
        try:
            self.world.settle()
            self.check_rest()
        finally:
            self.world.close()


def prove(machine: Callable[[], Faults], settings: settings) -> None:
    """Run a machine, as often and as far as `settings` say."""
    run_state_machine_as_test(machine, settings=settings)  # type: ignore[arg-type]  # it takes what makes one, too
