"""A world of tabs, lines, a server and its disk: all real but the wires, and it moves only when a test says so."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from dara.core._edits import ABSENT
from dara.core._json import Json, fresh
from dara.core._limits import Limits
from dara.core.persistence import changelog
from tests.proof.browsers import Browsers
from tests.proof.disk import Disk, DiskBackend
from tests.proof.lines import HANG_UP, Line
from tests.proof.server import KEY, LIMITS, STORE, Access, Complaints, InstantLoop, Server

ROUNDS: Final = 400
logger = logging.getLogger('dara')


@dataclass
class Tab:
    """The test's view of a tab, which lives in the other process.

    Attributes:
        line: its websocket, once it has asked for one.
        server: the index of the server that it connects to, if there are several.
        sent: by number, the ops of each edit as they were last sent.
        notices: what the user was told.
        lost: the texts of the user's that these notices gave back.
    """

    id: int
    view: Json
    line: Line | None = None
    sent: dict[int, Any] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    told: list[Json] = field(default_factory=list)
    author: int | None = None
    epoch: str | None = None
    version: int = 0
    has_unsent: bool = False
    server: int = 0


class World:
    """Everything that takes part in one example."""

    def __init__(
        self,
        browsers: Browsers,
        default: Json,
        *,
        backend: type[DiskBackend] = DiskBackend,
        limits: Limits = LIMITS,
        log_edits: int = changelog.LOG_EDITS,
    ) -> None:
        self.browsers = browsers
        self.default = default
        self.disk = Disk()
        self.access = Access()
        self.tabs: list[Tab] = []
        self.on_told: Callable[[Tab, Json], None] = lambda _, __: None
        self._stray: list[Line] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._loop = InstantLoop()
        self._loop.set_exception_handler(lambda *_: None)  # nobody hears what those say whose process was killed
        self._backend, self._limits = backend, limits
        self._complaints = Complaints()
        logger.addHandler(self._complaints)
        logger.propagate = False
        self._log_edits, changelog.LOG_EDITS = changelog.LOG_EDITS, log_edits  # type: ignore[misc]
        browsers.tell('reset')
        self.start_server()

    def close(self) -> None:
        self._end_tasks()
        self._loop.close()
        changelog.LOG_EDITS = self._log_edits  # type: ignore[misc]
        logger.removeHandler(self._complaints)
        logger.propagate = True

    def start_server(self) -> None:
        """Start a process with nothing but the values on the disk."""
        self.server = Server(self._backend(disk=self.disk), self.default, self.access, self._limits)
        self.do(self.server.hub.open_stores())

    def kill_server(self, *, lands: bool) -> None:
        """Kill the server: every line breaks; a write under way lands on the disk, or does not."""
        if lands:
            self.disk.let_go()
            self.run()
        self.server.backend.die()
        self.disk.let_go()
        self.disk.listeners.clear()
        self._end_tasks()
        self._stray.clear()
        for tab in self.tabs:
            if tab.line and tab.line.is_accepted:
                self._lose(tab)

    def do(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Let server code begin something, and let it come as far as it does by itself."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        self.run()
        return task

    def run(self) -> None:
        """Let the server do what it has to do, until it waits for somebody."""
        self._loop.run_until_complete(self._until_idle())
        for task in [task for task in self._tasks if task.done()]:
            self._tasks.discard(task)
            if not task.cancelled() and (error := task.exception()):
                raise error
        assert not self._complaints.said, self._complaints.said

    @property
    def stored(self) -> Json:
        return self.disk.values.get(KEY, self.default)

    # What tabs do, and what happens to them.

    def open_tab(self, *, with_value: bool) -> Tab:
        """Open the page; the HTML has the value in it, unless that could not be read."""
        record = self.server.record
        tab = Tab(len(self.tabs), self.default)
        self.tabs.append(tab)
        position: dict[str, Any] = {'epoch': record.epoch, 'version': record.version, 'readonly': False}
        if record.value is not ABSENT:
            position['value'] = fresh(record.value)
        if with_value:
            tab.epoch, tab.version = record.epoch, record.version
            tab.view = position.get('value', self.default)
        stores = {STORE: {'positions': {'': position} if with_value else {}}}
        variables = {'it': {'kind': 'store', 'store': STORE, 'default': self.default}}
        self._ask(('tab', {'tab': tab.id, 'variables': variables, 'stores': stores}))
        return tab

    def edit(self, tab: Tab, *ops: dict[str, Any], is_exact: bool = False) -> bool:
        """Let the user edit; return whether the tab took it."""
        before = len(tab.notices)
        edit = {'tab': tab.id, 'store': STORE, 'ops': list(ops), 'exact': is_exact}
        result = self._ask(('edit', edit), self._look(tab))
        assert 'error' not in result[0], result[0]
        self._note(tab, result[1]['value'])
        return len(tab.notices) == before

    def undo(self, tab: Tab, *, redo: bool = False) -> None:
        """Let the user take back their newest edit, or make it again."""
        call = ('redo' if redo else 'undo', {'tab': tab.id, 'store': STORE})
        result = self._ask(call, self._look(tab))
        assert 'error' not in result[0], result[0]
        self._note(tab, result[1]['value'])

    def connect(self, tab: Tab) -> None:
        """Accept the tab's websocket as soon as it asks for one."""
        for _ in range(40):
            if tab.line:
                break
            self.pass_time(500)
        assert tab.line, 'it does not reconnect'
        line = tab.line
        if line.is_accepted:
            return
        line.dial()
        self.serve(tab, self.server_of(tab).serve(line))
        self._ask(('opened', {'tab': tab.id, 'line': line.id}))

    def server_of(self, tab: Tab) -> Server:
        """Return the server that a tab connects to."""
        return self.server

    def serve(self, tab: Tab, work: Coroutine[Any, Any, Any]) -> None:
        """Let the server of a tab begin to serve it."""
        self.do(work)

    def read_all(self) -> None:
        """Read the value on every server, as somebody does sooner or later: what is outside is taken in."""
        self.do(self.server.store.read())

    def pass_up(self, tab: Tab, frames: int = 1) -> bool:
        """Let the server hear some frames; return whether there were any."""
        line, passed = tab.line, 0
        while line and line.is_accepted and line.up and passed < frames:
            line.pass_up()
            self.run()
            passed += 1
        return passed > 0

    def pass_down(self, tab: Tab, frames: int = 1) -> bool:
        """Let the tab hear some frames; return whether there were any."""
        passed = 0
        while tab.line and tab.line.down and passed < frames:
            frame = tab.line.down.popleft()
            if frame is HANG_UP:
                self._lose(tab)
            else:
                self._deliver(tab, frame)
            passed += 1
        self.run()
        return passed > 0

    def cut(self, tab: Tab, *, heard: int, straggles: bool) -> None:
        """Break the line after the server has heard some of the frames under way; it may learn of the end later."""
        line = tab.line
        if not line or not line.is_accepted:
            return
        self.pass_up(tab, heard)
        if tab.line is not line:
            return
        if straggles:
            self._stray.append(line)
        else:
            line.hang_up()
        self.run()
        self._lose(tab)

    def straggle(self, frames: int) -> None:
        """Let frames arrive on lines that their tabs have given up, and then the end of those."""
        for line in self._stray:
            for _ in range(min(frames, len(line.up))):
                line.pass_up()
            line.hang_up()
        self._stray.clear()
        self.run()

    def pass_time(self, ms: int) -> None:
        """Let time pass in the browsers."""
        self._ask(('pass', {'ms': ms}))

    def flow(self) -> bool:
        """Let everything pass that is under way, and what is said in answer; return whether a tab heard anything."""
        has_heard = False
        for _ in range(ROUNDS):
            self.run()
            heard = [self.pass_down(tab, 100) for tab in self.tabs]
            said = [self.pass_up(tab, 100) for tab in self.tabs]
            has_heard |= any(heard)
            if not any(heard) and not any(said):
                return has_heard
        raise AssertionError('they do not stop talking')

    def settle(self) -> None:
        """End the faults and let everything pass, until nobody has anything left to say [I9]."""
        self.disk.be_well()
        self.straggle(100)
        for tab in self.tabs:
            if tab.line:
                tab.line.flow()
        for _ in range(ROUNDS):
            for tab in self.tabs:
                self.connect(tab)
            self.read_all()
            self.flow()
            self.pass_time(1100)  # by then a tab has said what it has heard, and asked again for what could not be read
            has_news = self.flow()
            is_up = all(tab.line and tab.line.is_accepted for tab in self.tabs)
            is_stale = any(self.browsers.tell('state', tab=tab.id, store=STORE)['stale'] for tab in self.tabs)
            if is_up and not has_news and not is_stale and not any(tab.has_unsent for tab in self.tabs):
                self._check_rest()
                return
        raise AssertionError(f'it does not come to rest: {self.tabs}')

    def _check_rest(self) -> None:
        for tab in self.tabs:
            state = self.browsers.tell('state', tab=tab.id, store=STORE)
            is_one = state['view'] == state['confirmed'] == self.stored
            assert is_one, f'tab {tab.id} shows {state}, and stored is {self.stored} [I1]'
            assert state['trouble'] is None
            assert tab.view == state['view'], 'a tab was not told what it shows'

    def _ask(self, *calls: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
        results = self.browsers.ask(*calls)
        events, self.browsers.events = self.browsers.events, []
        for kind, tab, *rest in events:
            self._hear(self.tabs[tab], kind, *rest)
        return results

    def _hear(self, tab: Tab, kind: str, said: Any = None, text: str = '') -> None:
        match kind:
            case 'open':
                if tab.line:
                    self._stray.append(tab.line)
                tab.line = Line(said)
            case 'send' if tab.line:
                tab.line.up.append(said)
                message = orjson.loads(said)
                if message['type'] == 'edit':
                    tab.sent[message['n']] = message['ops']
            case 'close' if tab.line:
                tab.line.up.append(HANG_UP)
                self._stray.append(tab.line)
                tab.line = None
            case 'told':
                tab.view = said
                self.on_told(tab, said)
            case 'lost' | 'denied':
                tab.notices.append(said)
                tab.lost.append(text)

    def _deliver(self, tab: Tab, frame: str) -> None:
        messages, view, version = _messages(frame), tab.view, tab.version
        is_news = not all(self._is_as_sent(tab, message) for message in messages)
        assert tab.line
        heard = ('frame', {'tab': tab.id, 'line': tab.line.id, 'text': frame})
        results = self._ask(heard, self._look(tab))
        assert 'error' not in results[0], results[0]
        self._note(tab, results[1]['value'])
        assert is_news or tab.view is view, f'{frame} was told as if it were news [I7]: {view} -> {tab.view}'
        may_go_back = False
        for message in messages:
            if message['type'] in ('snapshot', 'current'):
                may_go_back |= tab.epoch != message['epoch']
                tab.author, tab.epoch = message['author'], message['epoch']
            may_go_back |= message['type'] in ('lost', 'error')
        assert tab.version >= version or may_go_back, 'a version went back [I4]'

    def _is_as_sent(self, tab: Tab, message: dict[str, Any]) -> bool:
        return message['type'] == 'change' and all(
            author == tab.author and tab.sent.get(n) == ops for author, n, ops in message['edits']
        )

    def _look(self, tab: Tab) -> tuple[str, dict[str, Any]]:
        return ('state', {'tab': tab.id, 'store': STORE})

    def _note(self, tab: Tab, state: dict[str, Any]) -> None:
        tab.has_unsent = state['hasUnsent']
        tab.version = state['version']

    def _lose(self, tab: Tab) -> None:
        line, tab.line = tab.line, None
        if line:
            self._ask(('closed', {'tab': tab.id, 'line': line.id}))

    def _end_tasks(self) -> None:
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        if tasks:
            self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._tasks.clear()

    async def _until_idle(self) -> None:
        ready = self._loop._ready  # type: ignore[attr-defined]
        await asyncio.sleep(0)
        while ready:
            await asyncio.sleep(0)


def _messages(frame: str) -> list[dict[str, Any]]:
    said: Any = orjson.loads(frame)
    return said if isinstance(said, list) else [said]
