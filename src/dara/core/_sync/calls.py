"""The calls of tabs: requests to run a function of the app, answered with its result."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Literal, NamedTuple, assert_never
from weakref import WeakKeyDictionary

from dara.core import _messages as messages
from dara.core._calls import ActionCall, Call, DeriveCall, RenderCall, UploadCall, waits_for_job
from dara.core._context import Identity
from dara.core._jobs.common import ACTION, PRESSED_AT
from dara.core._jobs.jobs import Jobs
from dara.core._json_parts import json_parts
from dara.core._metrics import METRICS
from dara.core._outages import OUTAGES
from dara.core._shared_folder import SharedFolder
from dara.core._sync.capabilities import Capabilities
from dara.core._sync.connection import Connection
from dara.core._sync.downloads import Downloads
from dara.core._sync.encoded import Encoded
from dara.core._sync.evaluator import Evaluator
from dara.core._sync.failures import log_failure, refusal_of, told_of
from dara.core._sync.fragments import fragment
from dara.core._sync.large_results import LargeResults, send_in_parts
from dara.core._sync.protocol import encode
from dara.core._sync.protocol.messages import CallMessage, ProtocolError, ValueInput
from dara.core._sync.results import WATCHER, Watcher
from dara.core._sync.tasks import Tasks
from dara.core._sync.uploads import Uploads
from dara.core._threads import Threads
from dara.core._types import Types
from dara.core._uploads import Upload, UploadRules
from dara.core.errors import CheckFailed, InvalidEdit, Unavailable

CALLS_AT_ONCE: Final = 200
ON_ITS_WAY_SECONDS: Final = 1
"""The time for which a press that has waited may be on its way from the tab, as a guess."""
ABSENCE_SECONDS: Final = 30
"""The time for which a job goes on without a tab that waits for it, as when a page is loaded again."""
_NOTHING: Final = Encoded(b'null', is_large=False)
_FAILURES: Final[dict[type[Call], str]] = {
    ActionCall: messages.ACTION_FAILED,
    RenderCall: messages.RENDER_FAILED,
    DeriveCall: messages.DERIVE_FAILED,
    UploadCall: messages.UPLOADS_FAIL_NOW,
}
_KINDS: Final[dict[type[Call], str]] = {
    ActionCall: 'action',
    RenderCall: 'py_component',
    DeriveCall: 'derived',
    UploadCall: 'upload',
}


class _Running(NamedTuple):
    """A call that is being run."""

    call: Call
    task: asyncio.Task[None]

    def cancel(self) -> None:
        """Cancel the call, unless it is an action: an action runs to its end."""
        if not isinstance(self.call, ActionCall):
            self.task.cancel()

    def leave(self) -> None:
        """Cancel the call of a tab that has gone; later if it waits for a job, for the tab may come back."""
        if waits_for_job(self.call):
            asyncio.get_running_loop().call_later(ABSENCE_SECONDS, self.cancel)
        else:
            self.cancel()


@dataclass(slots=True)
class _TabCalls:
    """The running calls of one tab: all by id, those of py_components also by slot."""

    by_id: dict[int, _Running] = field(default_factory=dict)
    by_slot: dict[str, _Running] = field(default_factory=dict)


class Calls:
    """The calls of all tabs.

    Args:
        shows_traces: send tabs what the log says of a failure.

    Attributes:
        downloads: the files that actions offer.
        uploads: the files that users upload.
        large_results: the results that tabs fetch.
    """

    def __init__(
        self,
        capabilities: Capabilities,
        types: Types,
        threads: Threads,
        folder: SharedFolder,
        jobs: Jobs,
        *,
        shows_traces: bool = False,
    ) -> None:
        self._shows_traces = shows_traces
        self.downloads = Downloads(folder)
        self.uploads = Uploads(folder)
        self.large_results = LargeResults()
        self._capabilities = capabilities
        self._evaluator = Evaluator(types, threads, jobs)
        self._tasks = Tasks('A message could not be answered')
        self._running: WeakKeyDictionary[Connection, _TabCalls] = WeakKeyDictionary()

    def start(self, connection: Connection, message: CallMessage) -> None:
        """Run a call; its answer is queued when there is one.

        Raises:
            ProtocolError: a call with this id is running.
        """
        tree = self._capabilities.of(connection, message.of)
        call = tree.calls.get(message.target) if tree else None
        if call is None:
            connection.send(encode.error(message.id, 'unknown', messages.CALL_UNKNOWN))
            return
        running = self._running.setdefault(connection, _TabCalls())
        if message.id in running.by_id:
            raise ProtocolError('two calls with one id')
        has_room = message.slot is None or self._capabilities.has_room_for(connection, message.slot)
        if len(running.by_id) >= CALLS_AT_ONCE or not has_room:
            connection.send(encode.error(message.id, 'rate', messages.TOO_MANY_CALLS))
            return
        started = _Running(call, self._tasks.start(self._answer(connection, call, message)))
        _add(running.by_id, message.id, started)
        if isinstance(call, RenderCall) and message.slot is not None:
            _cancel(running.by_slot, message.slot)
            _add(running.by_slot, message.slot, started)

    def cancel(self, connection: Connection, id: int) -> None:
        """Cancel the call of that id, if it runs and is not an action."""
        if connection in self._running:
            _cancel(self._running[connection].by_id, id)

    def release(self, connection: Connection, slot: str) -> None:
        """Cancel the rendering of a slot, and empty the slot."""
        if connection in self._running:
            _cancel(self._running[connection].by_slot, slot)
        self._capabilities.release(connection, slot)

    def disconnect(self, connection: Connection) -> None:
        """Cancel all calls of a tab but its actions, and empty its slots."""
        self._capabilities.release_all(connection)
        if connection in self._running:
            for running in list(self._running[connection].by_id.values()):
                running.leave()

    async def _answer(self, connection: Connection, call: Call, message: CallMessage) -> None:
        with METRICS.calls.measure(_KINDS[type(call)], call.name) as span:
            outcome = await self._run(connection, call, message)
            if not isinstance(outcome, Encoded):
                span.end_as(outcome)
                return
        if not outcome.is_large:
            connection.send(encode.result(message.id, outcome.content, in_blocks=outcome.in_blocks))
        elif self._capabilities.may_be_one_of_many:
            await send_in_parts(connection, message.id, outcome)
        else:
            address = self.large_results.offer(connection, outcome)
            connection.send(encode.large_result(message.id, address, in_blocks=outcome.in_blocks))

    async def _run(
        self, connection: Connection, call: Call, message: CallMessage
    ) -> Encoded | Literal['failed', 'backend']:
        """Return the result of a call, or the kind of error that was sent to the tab."""
        user_id = connection.identity.user.identity_id
        try:
            encoded = await self._result(connection, call, message)
            OUTAGES.worked(call.name, user_id)
            return encoded
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # The app's code awaited something that was cancelled.
            self._fail(connection, call, message, error, _FAILURES[type(call)])
        except Unavailable as error:
            if not isinstance(error, CheckFailed):  # its cause is in the log already
                OUTAGES.failed(call.name, user_id, error)
            connection.send(encode.error(message.id, 'backend', str(error)))
            return 'backend'
        except Exception as error:  # of the app's code: the log gets its traceback, the page a notice
            refusal = refusal_of(call, error)
            if refusal is not None:
                log_failure(call, refusal)
                connection.send(encode.error(message.id, 'invalid', refusal.for_users))
            else:
                self._fail(connection, call, message, error, told_of(error) or _FAILURES[type(call)])
        return 'failed'

    def _fail(
        self, connection: Connection, call: Call, message: CallMessage, error: BaseException, reason: str
    ) -> None:
        """Log a failure, and send its reason to the tab."""
        said = log_failure(call, error)
        connection.send(encode.error(message.id, 'failed', reason, said if self._shows_traces else None))

    async def _result(self, connection: Connection, call: Call, message: CallMessage) -> Encoded:
        identity = connection.identity
        send_file = partial(self.downloads.send, connection, message.id)
        if waits_for_job(call):
            WATCHER.set(_watcher(connection, call, message))
        match call:
            case ActionCall():
                ACTION.set(asyncio.current_task())
                PRESSED_AT.set(_pressed_at(message))
                emit = lambda effect: connection.send(encode.effect(message.id, effect))  # noqa: E731
                upload = await self._upload(call.takes, message, identity) if call.takes else None
                await self._evaluator.act(call, message.inputs, identity, emit, send_file, upload)
                return _NOTHING
            case UploadCall():
                begun = await self.uploads.begin(identity, message.target, call.rules, _value_of(message))
                return Encoded.of(json_parts(begun))
            case DeriveCall() if message.window is not None:
                return await self._evaluator.window(
                    call, message.inputs, identity, message.window, send_file, is_fresh=message.fresh
                )
            case DeriveCall():
                if message.state:
                    return await self._evaluator.state(call, message.inputs, identity, is_fresh=message.fresh)
                return await self._evaluator.derive(call, message.inputs, identity, message.has, is_fresh=message.fresh)
            case RenderCall():
                if message.slot is None:
                    raise InvalidEdit('a py_component is rendered in a slot')
                tree = await self._evaluator.render(call, message.inputs, identity, message.target)
                if connection.is_disconnected:
                    return _NOTHING
                self._capabilities.grant(connection, message.slot, tree)
                return await self._evaluator.encoder.fragment(call, await fragment(tree, identity), message.has)
            case _:
                assert_never(call)

    async def _upload(self, rules: UploadRules, message: CallMessage, identity: Identity) -> Upload:
        """Return the upload that is the input of an action. Raises InvalidEdit."""
        value = _value_of(message)
        return await self.uploads.finished(value.get('upload') if isinstance(value, dict) else None, identity, rules)


def _watcher(connection: Connection, call: Call, message: CallMessage) -> Watcher:
    """Return the watcher of the jobs for which a call waits. It runs in the task of the call."""
    task = asyncio.current_task()
    assert task
    return Watcher(
        connection.identity,
        lambda progress: connection.send(encode.progress(message.id, progress)),
        is_absent=lambda: connection.is_disconnected,
        leave=_Running(call, task).cancel,
    )


def _pressed_at(message: CallMessage) -> float:
    """Return the time of the press for which an action runs, on the monotonic clock: rather too early than too late."""
    now = time.monotonic()
    return now - message.waited / 1000 - ON_ITS_WAY_SECONDS if message.waited else now


def _value_of(message: CallMessage) -> Any:
    """Return the value of the component that makes a call, if the call has one."""
    first = message.inputs[0] if message.inputs else None
    return first.value if isinstance(first, ValueInput) else None


def _add(calls: dict[Any, _Running], key: int | str, running: _Running) -> None:
    """Keep a call under `key` until it ends."""
    calls[key] = running

    def remove(_: asyncio.Task[None]) -> None:
        if calls.get(key) is running:
            del calls[key]

    running.task.add_done_callback(remove)


def _cancel(calls: dict[Any, _Running], key: int | str) -> None:
    if key in calls:
        calls[key].cancel()
