"""What holds while the app's own code runs: who it runs for, and what it has looked at."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from contextvars import Context, ContextVar
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

T = TypeVar('T')
logger = logging.getLogger('dara')

LOOK_SECONDS: Final = 0.5


class ServerLoops:
    """The event loops on which this process serves apps, in the order in which they began."""

    def __init__(self) -> None:
        self._loops: list[asyncio.AbstractEventLoop] = []

    def __contains__(self, loop: asyncio.AbstractEventLoop) -> bool:
        return loop in self._loops

    def add(self) -> None:
        """Serve on the running loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._loops:
            self._loops = [*filter(_is_running, self._loops), loop]

    def remove(self) -> None:
        """Serve on the running loop no longer."""
        loop = asyncio.get_running_loop()
        self._loops = [each for each in self._loops if each is not loop]

    def present(self) -> asyncio.AbstractEventLoop | None:
        """Return the one for which this code runs, or else the first that runs; `None` if no app is served."""
        own = _SERVER_LOOP.get(None)
        if own is not None and _is_running(own):
            return own
        return next(filter(_is_running, self._loops), None)


def _is_running(loop: asyncio.AbstractEventLoop) -> bool:
    return loop.is_running() and not loop.is_closed()


_SERVER_LOOP: Final[ContextVar[asyncio.AbstractEventLoop]] = ContextVar('dara_server_loop')
SERVER_LOOPS: Final = ServerLoops()


def serving_from_here() -> None:
    """Let what this code calls, in whatever thread, find the running loop as that of its server."""
    loop = asyncio.get_running_loop()
    _SERVER_LOOP.set(loop)
    if loop not in SERVER_LOOPS:
        SERVER_LOOPS.add()


@dataclass(frozen=True, slots=True)
class UserData:
    """Who uses the app.

    Attributes:
        identity_id: what tells this user from others, for good; the key of their values in `scope='user'`.
        identity_name: what to call them.
        identity_email: their address, if it is known.
        groups: the groups that they belong to.
    """

    identity_id: str
    identity_name: str
    identity_email: str | None = None
    groups: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Identity:
    """A user in one login session."""

    user: UserData
    session_id: str


@dataclass(slots=True)
class Watched:
    """What the code of one call has looked at: its result holds as long as that does, and for whom it did."""

    user: bool = False
    session: bool = False
    everything: bool = False
    reads: dict[Any, int] = field(default_factory=dict)


_IDENTITY: Final[ContextVar[Identity | None]] = ContextVar('dara_identity', default=None)
_WATCHED: Final[ContextVar[Watched | None]] = ContextVar('dara_watched', default=None)


class Current(Generic[T]):
    """Reads like a `ContextVar`; what was computed after looking at it is not shared with others."""

    def __init__(self, name: str) -> None:
        self.name = name

    def get(self, default: T | None = None) -> T | None:
        """Return the present value, or `default` where the app's code does not run for anybody."""
        identity, watched = _IDENTITY.get(), _WATCHED.get()
        if watched is not None:
            watched.user = True
            watched.session = watched.session or self.name == 'session_id'
        return default if identity is None else getattr(identity, self.name)


USER: Final[Current[UserData]] = Current('user')
SESSION_ID: Final[Current[str]] = Current('session_id')


def runs_for_somebody(context: Context) -> bool:
    """Whether the app's code runs for a user there; looking at that is no reason to keep a result for that user."""
    return context.get(_IDENTITY) is not None


def get_user_data() -> UserData | None:
    """Return the user for whom a py_component, DerivedVariable resolver, action or endpoint runs.

    Elsewhere there is none: it returns `None`, and the log says so.
    """
    user = USER.get()
    if user is None:
        logger.warning(
            'get_user_data() was called where there is no user. There is one inside py_components, '
            'DerivedVariable resolvers, actions and endpoints.'
        )
    return user


def note_read(record: Any, version: int) -> None:
    """Take down that the code which runs depends on that record at that version."""
    watched = _WATCHED.get()
    if watched is not None:
        watched.reads.setdefault(record, version)


def note_read_of_everything() -> None:
    """Take down that the code which runs depends on more than can be told."""
    watched = _WATCHED.get()
    if watched is not None:
        watched.everything = True


@contextmanager
def running_for(identity: Identity | None) -> Iterator[Watched]:
    """Run what is inside for that user; yields what it looks at."""
    watched = Watched()
    identity_token, watched_token = _IDENTITY.set(identity), _WATCHED.set(watched)
    try:
        yield watched
    finally:
        _IDENTITY.reset(identity_token)
        _WATCHED.reset(watched_token)


def without_stop_iteration(function: Callable[..., T], *arguments: Any) -> T:
    """Call a function of the app. A StopIteration that it raises, which no future can hold, becomes a RuntimeError."""
    try:
        return function(*arguments)
    except StopIteration as error:
        raise RuntimeError('StopIteration was raised, as next() does without a default') from error


def run_sync(awaitable: Coroutine[Any, Any, T]) -> T:
    """Wait for `awaitable` in synchronous code, such as `run_sync(store.read())`; return its result.

    It works in every thread of a process that serves an app: in synchronous actions, py_components and resolvers,
    which run in threads of their own, and in those of a scheduler, a client of a message broker, or a timer.

    Raises:
        RuntimeError: called in async code, or where no app is served, or the server stops before there is a result.
    """
    if is_on_loop():
        awaitable.close()
        raise RuntimeError('run_sync() is for synchronous code, and would hold up the event loop here: use await')
    loop = SERVER_LOOPS.present()
    if loop is None:
        awaitable.close()
        raise RuntimeError('run_sync() needs an app that is served in this process; elsewhere use asyncio.run()')
    try:
        future = asyncio.run_coroutine_threadsafe(awaitable, loop)
    except RuntimeError as error:  # it was closed just now
        awaitable.close()
        raise RuntimeError('run_sync(): the server has stopped') from error
    return _result(future, loop)


def _result(future: Future[T], loop: asyncio.AbstractEventLoop) -> T:
    while not wait([future], LOOK_SECONDS).done:
        if not _is_running(loop):  # nothing happens there any more
            future.cancel()
            break
    if future.cancelled():
        raise RuntimeError('run_sync(): the server stopped before there was a result')
    return future.result()


def is_on_loop() -> bool:
    """Whether this is async code, which may not wait for anything but with `await`."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
