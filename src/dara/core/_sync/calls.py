"""Answers a tab's calls: checks what it may call, runs that, and keeps what it was shown."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Final, assert_never

from dara.core._calls import ActionCall, Call, DeriveCall, RenderCall
from dara.core._outages import OUTAGES
from dara.core._sync import protocol
from dara.core._sync.connection import Connection
from dara.core._sync.downloads import Downloads
from dara.core._sync.evaluator import Evaluator, log_failure
from dara.core._sync.fragments import fragment
from dara.core._sync.protocol import CallMessage, ProtocolError
from dara.core._tree import Tree
from dara.core.errors import CheckFailed, DaraError, InvalidEdit, TooLarge, Unavailable
from dara.core.persistence.records import Records

CALLS_AT_ONCE: Final = 200
_SORRY: Final[dict[type[Call], str]] = {
    ActionCall: 'The action failed; the server log tells why.',
    RenderCall: 'This part of the page failed; the server log tells why.',
    DeriveCall: 'A value of this page could not be computed; the server log tells why.',
}


def shown_to(connection: Connection, slot: str | None, pages: Tree) -> Tree | None:
    """Return what a tab may use: what the app's pages refer to, or what was made for it in a slot."""
    return pages if slot is None else connection.slots.get(slot)


class Calls:
    """The calls of all tabs.

    Args:
        pages: what the app's pages consist of.

    Attributes:
        downloads: the files that actions offer.
        memories: what was stored in memory by what py_components made; it stays until the server stops.
    """

    def __init__(self, pages: Tree) -> None:
        self.downloads = Downloads()
        self.memories: dict[str, Records] = {}
        self._pages = pages
        self._evaluator = Evaluator()
        self._tasks: set[asyncio.Task[None]] = set()
        self._acting: set[asyncio.Task[None]] = set()

    def start(self, connection: Connection, message: CallMessage) -> None:
        """Run what the tab calls; the answer is queued when it is there.

        Raises:
            ProtocolError: the tab may not say that.
        """
        tree = shown_to(connection, message.of, self._pages)
        call = tree.calls.get(message.target) if tree else None
        if call is None:
            connection.send(protocol.error(message.id, 'unknown', 'This page does not have that action any more.'))
            return
        if message.id in connection.calls:
            raise ProtocolError('two calls with one id')
        if len(connection.calls) >= CALLS_AT_ONCE or self._has_no_room(connection, message.slot):
            reason = 'Too many actions at once; try again when some have ended.'
            connection.send(protocol.error(message.id, 'rate', reason))
            return
        task = asyncio.create_task(self._answer(connection, call, message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if isinstance(call, ActionCall):
            self._acting.add(task)
            task.add_done_callback(self._acting.discard)
        connection.calls[message.id] = task
        task.add_done_callback(lambda _: connection.calls.pop(message.id, None))
        if isinstance(call, RenderCall) and message.slot is not None:
            _replace(connection, message.slot, task)

    def cancel(self, connection: Connection, id: int) -> None:
        """The tab does not want that answer any more. An action runs to its end: nobody stops it half-way."""
        if id in connection.calls and connection.calls[id] not in self._acting:
            connection.calls[id].cancel()

    def release(self, connection: Connection, slot: str) -> None:
        """The tab does not show that slot any more."""
        if slot in connection.rendering:
            connection.rendering[slot].cancel()
        connection.slots.pop(slot, None)

    def left(self, connection: Connection) -> None:
        """The tab is gone: nobody waits for what was computed for it. Its actions run to their end."""
        for task in list(connection.calls.values()):
            if task not in self._acting:
                task.cancel()

    def forget_idle(self) -> None:
        """Let go of what nobody uses and nothing is in."""
        for uid in [uid for uid, records in self.memories.items() if records.is_empty]:
            del self.memories[uid]
        self.downloads.expire()

    async def _answer(self, connection: Connection, call: Call, message: CallMessage) -> None:
        try:
            answer = protocol.result(message.id, await self._result(connection, call, message))
            if len(answer) > connection.limits.answer_bytes:
                raise TooLarge(f'{call.name}: the result takes {len(answer)} bytes, more than a tab can be sent.')
            connection.send(answer)
            OUTAGES.worked(call.name, connection.identity.user.identity_id)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            log_failure(call, error)  # the app's code awaited something that was cancelled
            connection.send(protocol.error(message.id, 'failed', _SORRY[type(call)]))
        except Unavailable as error:
            if not isinstance(error, CheckFailed):  # of which the log has the cause
                OUTAGES.failed(call.name, connection.identity.user.identity_id, error)
            connection.send(protocol.error(message.id, 'backend', str(error)))
        except DaraError as error:
            log_failure(call, error)
            connection.send(protocol.error(message.id, 'failed', str(error)))
        except Exception as error:  # of the app's own code: its traceback goes to the log, a notice to the page
            log_failure(call, error)
            connection.send(protocol.error(message.id, 'failed', _SORRY[type(call)]))

    async def _result(self, connection: Connection, call: Call, message: CallMessage) -> Any:
        match call:
            case ActionCall():
                offer = partial(self.downloads.offer, connection.identity.session_id)
                emit = lambda effect: connection.send(protocol.effect(message.id, effect))  # noqa: E731
                return await self._evaluator.act(call, message.inputs, connection, emit, offer)
            case DeriveCall():
                return await self._evaluator.derive(call, message.inputs, connection, is_fresh=message.fresh)
            case RenderCall():
                if message.slot is None:
                    raise InvalidEdit('a py_component is drawn in a slot')
                tree = await self._evaluator.draw(call, message.inputs, connection, message.target)
                self._keep(connection, message.slot, tree)
                return await fragment(tree, connection.identity)
            case _:
                assert_never(call)

    def _keep(self, connection: Connection, slot: str, tree: Tree) -> None:
        """Let the connection use what was made for it, until the slot is drawn again or released."""
        if connection.is_disconnected:
            return
        stores = [*tree.stores.values(), *tree.open_stores.values()]
        for store in stores:
            store.core.open_records()
        connection.slots[slot] = tree
        for store in stores:
            if store.core.is_private_memory:
                self.memories[store.uid] = store.core.open_records()

    def _has_no_room(self, connection: Connection, slot: str | None) -> bool:
        return (
            slot is not None
            and slot not in connection.slots
            and len(connection.slots) >= connection.limits.subscriptions
        )


def _replace(connection: Connection, slot: str, task: asyncio.Task[None]) -> None:
    """Let a newer rendering of a slot cancel the older."""
    older = connection.rendering.get(slot)
    if older is not None:
        older.cancel()
    connection.rendering[slot] = task

    def ended(_: asyncio.Task[None]) -> None:
        if connection.rendering.get(slot) is task:
            del connection.rendering[slot]

    task.add_done_callback(ended)
