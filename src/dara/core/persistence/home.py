"""The event loop that the records of a backend belong to."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final, TypeVar

from dara.core._loops import SERVER_LOOPS
from dara.core.errors import BackendFailed, WrongLoop

T = TypeVar('T')
LOOK_SECONDS: Final = 0.5
MOVE_SECONDS: Final = 10


class Background:
    """An event loop in a thread of its own, which ends with the process; started when it is first needed."""

    def __init__(self) -> None:
        self._starting = threading.Lock()
        self._started: tuple[int, asyncio.AbstractEventLoop] | None = None

    def __contains__(self, loop: asyncio.AbstractEventLoop) -> bool:
        return self._started is not None and self._started[1] is loop

    def loop(self) -> asyncio.AbstractEventLoop:
        """Return the loop, which runs."""
        with self._starting:
            if self._started is None or self._started[0] != os.getpid():  # a fork has no threads
                loop, is_running = asyncio.new_event_loop(), threading.Event()
                loop.call_soon(is_running.set)
                threading.Thread(target=loop.run_forever, name='dara-background', daemon=True).start()
                is_running.wait()
                self._started = (os.getpid(), loop)
            return self._started[1]


BACKGROUND: Final = Background()


class Home:
    """The event loop that the records of one backend belong to: nothing else touches them.

    It is that of the app which is served in this process. Without one it is the only loop that uses them, or one in
    the background if there are several at a time. What is asked for on another loop is done here.

    Args:
        is_busy: whether something is under way that would break if the records moved to another loop.
    """

    def __init__(self, is_busy: Callable[[], bool]) -> None:
        self._is_busy = is_busy
        self._loop: asyncio.AbstractEventLoop | None = None
        self._process = os.getpid()
        self._taking = threading.Lock()
        self._active: set[object] = set()
        self._next: asyncio.AbstractEventLoop | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop, unless it was closed; it may stand still for a while."""
        return None if self._loop is None or self._loop.is_closed() else self._loop

    async def do(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Do `work` on the loop of the records, and return its result.

        Raises:
            BackendFailed: that loop has ended meanwhile.
        """
        while (home := self._find()) is not asyncio.get_running_loop():
            target = self._better_than(home)
            if target:
                await self._move(home, target)
                continue
            begun, result = await self._do_there(home, work)
            if begun:
                return result  # type: ignore[return-value]
        active, errand = self._active, object()
        active.add(errand)
        try:
            return await work()
        finally:
            active.discard(errand)
            self._hand_over()

    async def enter(self) -> None:
        """Make sure that the records belong to the running loop.

        Raises:
            WrongLoop: they belong to another one.
        """
        while (home := self._find()) is not asyncio.get_running_loop():
            if home in SERVER_LOOPS:
                raise WrongLoop(
                    'Two apps on two event loops of one process use one backend. Serve both on one loop, or give each '
                    'a backend of its own.'
                )
            await self._move(home, asyncio.get_running_loop())

    def _find(self) -> asyncio.AbstractEventLoop:
        """Return the loop that the records belong to; where that has ended, they get another."""
        with self._taking:
            if self._loop is None or not _runs(self._loop) or self._process != os.getpid():
                self._loop = SERVER_LOOPS.current() or asyncio.get_running_loop()
                self._process = os.getpid()
                self._active, self._next = set(), None
            return self._loop

    def _better_than(self, home: asyncio.AbstractEventLoop) -> asyncio.AbstractEventLoop | None:
        """Return which loop the records should belong to, if not to that one."""
        if home in SERVER_LOOPS:
            return None
        if asyncio.get_running_loop() in SERVER_LOOPS:
            return asyncio.get_running_loop()
        return None if home in BACKGROUND else BACKGROUND.loop()  # two scripts: either may end before the other

    async def _move(self, home: asyncio.AbstractEventLoop, target: asyncio.AbstractEventLoop) -> None:
        """Wait until nothing is under way there, and let the records belong to another loop."""
        self._next = target
        give_up_at = time.monotonic() + MOVE_SECONDS
        while self._find() is home:
            if time.monotonic() > give_up_at:
                self._next = None
                raise BackendFailed('Another event loop of this process has used the backend for 10 s without a pause')
            with suppress(RuntimeError):  # it was closed just now
                home.call_soon_threadsafe(self._hand_over)
            await asyncio.sleep(0.005)

    def _hand_over(self) -> None:
        """Let another loop have the records, if one wants them and nothing is under way here."""
        if self._next is not None and not self._active and not self._is_busy():
            self._loop, self._next = self._next, None

    async def _do_there(
        self, home: asyncio.AbstractEventLoop, work: Callable[[], Coroutine[Any, Any, T]]
    ) -> tuple[bool, T | None]:
        """Do `work` on another loop; return whether it has begun there, and its result."""
        has_begun = False

        async def begin() -> T:
            nonlocal has_begun
            has_begun = True
            return await self.do(work)

        errand = begin()
        try:
            asked = asyncio.run_coroutine_threadsafe(errand, home)
        except RuntimeError:  # it was closed just now
            errand.close()
            return False, None
        answered = asyncio.wrap_future(asked)
        try:
            while not (await asyncio.wait({answered}, timeout=LOOK_SECONDS))[0]:
                if not _runs(home):  # nothing happens there any more
                    break
        except asyncio.CancelledError:
            answered.cancel()
            raise
        if answered.done() and not answered.cancelled():
            return True, answered.result()
        answered.cancel()
        if has_begun:
            raise BackendFailed('The event loop that it was done on has ended')
        errand.close()
        return False, None


def _runs(loop: asyncio.AbstractEventLoop) -> bool:
    return loop.is_running() and not loop.is_closed()
