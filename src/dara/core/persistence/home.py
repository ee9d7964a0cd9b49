"""Home loops: the event loop that owns the records of a backend."""

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
POLL_SECONDS: Final = 0.5
MOVE_SECONDS: Final = 10


class Background:
    """An event loop in a daemon thread, started on first use."""

    def __init__(self) -> None:
        self._starting = threading.Lock()
        self._started: tuple[int, asyncio.AbstractEventLoop] | None = None

    def __contains__(self, loop: asyncio.AbstractEventLoop) -> bool:
        return self._started is not None and self._started[1] is loop

    def loop(self) -> asyncio.AbstractEventLoop:
        """Return the running loop."""
        with self._starting:
            if self._started is None or self._started[0] != os.getpid():  # threads do not survive a fork
                loop, is_running = asyncio.new_event_loop(), threading.Event()
                loop.call_soon(is_running.set)
                threading.Thread(target=loop.run_forever, name='dara-background', daemon=True).start()
                is_running.wait()
                self._started = (os.getpid(), loop)
            return self._started[1]


BACKGROUND: Final = Background()


class Home:
    """The event loop that owns the records of one backend: only code on this loop touches them.

    This is the loop of the app that is served in this process. Without an app it is the loop that uses the backend, or
    the background loop if several loops use it at a time. Work from other loops is run on this one.

    Args:
        is_busy: returns whether work is in progress that would break if the records moved to another loop.
    """

    def __init__(self, is_busy: Callable[[], bool]) -> None:
        self._is_busy = is_busy
        self._loop: asyncio.AbstractEventLoop | None = None
        self._process = os.getpid()
        self._assigning = threading.Lock()
        self._active: set[object] = set()
        self._successor: asyncio.AbstractEventLoop | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop, unless it was closed. It may not be running at present."""
        return None if self._loop is None or self._loop.is_closed() else self._loop

    async def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run the coroutine that `work` makes on the event loop of the records, from any loop, and await its result.

        Raises:
            BackendFailed: that event loop has ended meanwhile.
        """
        while (home := self._find()) is not asyncio.get_running_loop():
            target = self._preferred_to(home)
            if target:
                await self._move(home, target)
                continue
            has_started, result = await self._run_on(home, work)
            if has_started:
                return result  # type: ignore[return-value]
        active, token = self._active, object()
        active.add(token)
        try:
            return await work()
        finally:
            active.discard(token)
            self._hand_over()

    async def claim(self) -> None:
        """Make the running loop the home loop.

        Raises:
            WrongLoop: the records belong to the loop of another app.
        """
        while (home := self._find()) is not asyncio.get_running_loop():
            if home in SERVER_LOOPS:
                raise WrongLoop(
                    'Two apps on two event loops of one process use one backend. Serve both on one loop, or give each '
                    'a backend of its own.'
                )
            await self._move(home, asyncio.get_running_loop())

    def _find(self) -> asyncio.AbstractEventLoop:
        """Return the home loop; assign another one if it has ended."""
        if self._loop is asyncio.get_running_loop() and self._process == os.getpid():
            return self._loop
        with self._assigning:
            if self._loop is None or not _runs(self._loop) or self._process != os.getpid():
                self._loop = SERVER_LOOPS.current() or asyncio.get_running_loop()
                self._process = os.getpid()
                self._active, self._successor = set(), None
            return self._loop

    def _preferred_to(self, home: asyncio.AbstractEventLoop) -> asyncio.AbstractEventLoop | None:
        """Return the loop that should own the records instead of `home`; `None` if `home` should."""
        if home in SERVER_LOOPS:
            return None
        if asyncio.get_running_loop() in SERVER_LOOPS:
            return asyncio.get_running_loop()
        return None if home in BACKGROUND else BACKGROUND.loop()  # two scripts: either may end before the other

    async def _move(self, home: asyncio.AbstractEventLoop, target: asyncio.AbstractEventLoop) -> None:
        """Move the records to another loop, once no work is in progress on their present one."""
        self._successor = target
        give_up_at = time.monotonic() + MOVE_SECONDS
        while self._find() is home:
            if time.monotonic() > give_up_at:
                self._successor = None
                raise BackendFailed(
                    f'Another event loop of this process has used the backend for {MOVE_SECONDS} s without a pause'
                )
            with suppress(RuntimeError):  # the loop has just been closed
                home.call_soon_threadsafe(self._hand_over)
            await asyncio.sleep(0.005)

    def _hand_over(self) -> None:
        """Move the records to the loop that waits for them, if there is one and no work is in progress."""
        if self._successor is not None and not self._active and not self._is_busy():
            self._loop, self._successor = self._successor, None

    async def _run_on(
        self, home: asyncio.AbstractEventLoop, work: Callable[[], Coroutine[Any, Any, T]]
    ) -> tuple[bool, T | None]:
        """Run `work` on another loop; return whether it was started there, and its result."""
        has_started = False

        async def start() -> T:
            nonlocal has_started
            has_started = True
            return await self.run(work)

        coroutine = start()
        try:
            remote = asyncio.run_coroutine_threadsafe(coroutine, home)
        except RuntimeError:  # the loop has just been closed
            coroutine.close()
            return False, None
        result = asyncio.wrap_future(remote)
        try:
            while not (await asyncio.wait({result}, timeout=POLL_SECONDS))[0]:
                if not _runs(home):
                    break
        except asyncio.CancelledError:
            result.cancel()
            raise
        if result.done() and not result.cancelled():
            return True, result.result()
        result.cancel()
        if has_started:
            raise BackendFailed('The event loop of the backend has ended during the call')
        coroutine.close()
        return False, None


def _runs(loop: asyncio.AbstractEventLoop) -> bool:
    return loop.is_running() and not loop.is_closed()
