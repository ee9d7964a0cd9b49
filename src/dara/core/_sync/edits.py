"""The edits of tabs: admitted or rejected, committed by their records, and answered."""

from __future__ import annotations

import logging
from typing import Any, Final, assert_never

import orjson

from dara.core import _messages as messages
from dara.core._edits import parse_ops
from dara.core._limits import Limits
from dara.core._metrics import METRICS
from dara.core._sync.channel import Subscription
from dara.core._sync.connection import Connection
from dara.core._sync.protocol import encode
from dara.core._sync.protocol.messages import EditMessage, RecordVersion
from dara.core._sync.subscriptions import Subscriptions
from dara.core._sync.tasks import Tasks
from dara.core.errors import InvalidEdit, NotJson
from dara.core.persistence.edit import Committed, Edit, Failed, Outcome, OutOfOrder, OutOfStep, Rejected, Settled
from dara.core.persistence.volatile import Seen

RETRY_MS: Final = 1000
RETRY_DOUBLINGS: Final = 2
ENVELOPE_BYTES: Final = 64
"""The size of the op around a value that a tab restores."""
_NAMES: Final[dict[type[Outcome], str]] = {
    Committed: 'committed',
    Settled: 'repeated',
    OutOfStep: 'out_of_step',
    Failed: 'failed',
    OutOfOrder: 'out_of_order',
}
logger = logging.getLogger('dara')


class Edits:
    """The edits of all tabs."""

    def __init__(self, subscriptions: Subscriptions, limits: Limits) -> None:
        self._subscriptions = subscriptions
        self._limits = limits
        self._tasks = Tasks('A message could not be answered')

    def receive(self, connection: Connection, message: EditMessage) -> None:
        """Commit an edit; the answer is queued when there is one. The edit goes on if its tab disconnects."""
        subscription = connection.subscriptions.get(message.subscription)
        if subscription is None:
            METRICS.edits.add(('forbidden',))
            connection.send(encode.reject(message, 0, 'forbidden', messages.NOT_SUBSCRIBED))
            return
        wait = connection.edit_rate.take()
        if wait:
            METRICS.edits.add(('rate',))
            connection.send(encode.retry(message, 'rate', messages.TOO_MANY_EDITS, round(wait * 1000) + 1))
            return
        self._tasks.start(self._edit(connection, subscription, message))

    async def _edit(self, connection: Connection, subscription: Subscription, message: EditMessage) -> None:
        self._answer(connection, subscription, message, await self._commit(subscription, message))

    async def _commit(self, subscription: Subscription, message: EditMessage) -> Outcome:
        record = subscription.channel.record
        admitted = await self.admit(subscription, message)
        match admitted:
            case Edit():
                return await record.edit(admitted)
            case Rejected():
                return await record.reject(subscription.writer, subscription.author, message.n, admitted)
            case Failed():
                return admitted
            case _:
                assert_never(admitted)

    async def admit(self, subscription: Subscription, message: EditMessage) -> Edit | Rejected | Failed:
        """Return the edit to commit, or the reason to reject it, or to have it sent again."""
        if subscription.store.access.readonly:
            return Rejected('readonly', messages.READ_ONLY)
        rights = await self._subscriptions.check_rights(subscription)
        if rights.read is False:
            return Rejected('forbidden', messages.MAY_NOT_READ_ANY_MORE)
        if rights.is_unknown:
            return Failed(rights.why)
        if not rights.write:
            return Rejected('forbidden', messages.MAY_NOT_WRITE)
        limit = self._limits.edit_bytes if message.restores is None else self._limits.value_bytes + ENVELOPE_BYTES
        if len(message.ops) > self._limits.edit_ops or _size(message.ops) > limit:
            reason = messages.edit_too_large(self._limits.edit_bytes, self._limits.edit_ops)
            return Rejected('too_large', reason)
        try:
            return _edit_of(subscription, message)
        except (InvalidEdit, NotJson) as error:
            return Rejected.invalid(error)

    def _answer(
        self, connection: Connection, subscription: Subscription, message: EditMessage, outcome: Outcome
    ) -> None:
        if METRICS.is_on:
            METRICS.edits.add((_name(outcome),))
        subscription.failed_edits = subscription.failed_edits + 1 if isinstance(outcome, Failed) else 0
        version = subscription.channel.record.version
        match outcome:
            case Committed():
                pass  # the published change is the acknowledgement
            case Rejected(code, reason):
                connection.send(encode.reject(message, version, code, reason))
            case Settled():
                if outcome.rejection is not None:
                    connection.send(encode.reject(message, version, 'invalid', outcome.rejection))
            case OutOfStep(reason):
                self._subscriptions.send_snapshot(subscription, reason, RecordVersion(message.epoch, message.base))
            case Failed():
                retry_ms = RETRY_MS * 2 ** min(subscription.failed_edits - 1, RETRY_DOUBLINGS)
                connection.send(encode.retry(message, 'backend', outcome.message, retry_ms))
            case OutOfOrder():
                logger.warning('tab %s broke the protocol: %s', connection.client[:8], outcome.message)
                connection.close('protocol')
            case _:
                assert_never(outcome)


def _name(outcome: Outcome) -> str:
    return outcome.code if isinstance(outcome, Rejected) else _NAMES[type(outcome)]


def _edit_of(subscription: Subscription, message: EditMessage) -> Edit:
    """Return the edit that a message asks for.

    Raises:
        InvalidEdit: an op is invalid.
        NotJson: a value in an op cannot be stored.
    """
    store, restores = subscription.store, message.restores
    return Edit(
        subscription.writer,
        subscription.author,
        n=message.n,
        epoch=message.epoch,
        base=message.base,
        ops=parse_ops(message.ops),
        exact=message.exact or restores is not None,
        check=store.core.check_type,
        threads=store.core.schema.threads,
        restores=None if restores is None else Seen(restores.epoch, restores.version, restores.by),
    )


def _size(ops: list[Any]) -> int:
    """Return the size of the ops in bytes of JSON; 0 if they are not JSON, which `parse_ops` rejects."""
    try:
        return len(orjson.dumps(ops))
    except TypeError:
        return 0
