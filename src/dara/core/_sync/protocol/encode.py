"""Encoding of the messages of the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypedDict

import orjson

from dara.core._context import UserData
from dara.core._effects import ClientEffect
from dara.core._jobs.messages import Progress
from dara.core._limits import Limits
from dara.core._sync.protocol import VERSION
from dara.core._sync.protocol.messages import Cursor, EditMessage, StoreAddress, Subscribe, SubscriptionId
from dara.core.persistence.changelog import Change, Receipt
from dara.core.persistence.record import Record
from dara.core.persistence.volatile import Forgot


class Person(TypedDict):
    """The data of a user that other users may see."""

    id: str
    name: str
    color: str


class View(Protocol):
    """The data of a subscription that its tab may see."""

    @property
    def id(self) -> SubscriptionId: ...

    @property
    def author(self) -> int: ...

    @property
    def is_readonly(self) -> bool | None: ...


def frame(messages: Sequence[str]) -> str:
    """Return one frame for encoded messages."""
    return messages[0] if len(messages) == 1 else f'[{",".join(messages)}]'


def welcome(build: str, user: UserData, person: Person, limits: Limits) -> str:
    return _encode(
        {
            'type': 'welcome',
            'protocol': VERSION,
            'build': build,
            'user': {'id': user.identity_id, 'name': user.identity_name},
            'person': person,
            'heartbeat_ms': limits.heartbeat_ms,
            'limits': {
                'value_bytes': limits.value_bytes,
                'edit_bytes': limits.edit_bytes,
                'edit_ops': limits.edit_ops,
                'frame_bytes': limits.frame_bytes,
            },
        }
    )


def snapshot(
    view: View,
    record: Record,
    receipt: Receipt | None,
    reason: str,
    *,
    request: int | None = None,
    forgot: Forgot | None = None,
) -> str:
    """Encode the version and the value of a record; an absent value is left out.

    Args:
        receipt: that of the tab's latest edit; `None` if it is unknown.
        request: the id of the `subscribe` that this answers.
        forgot: the losses of the server since it sent the tab a version.
    """
    position = _position(view, record, record.version, receipt, request)
    encoded = _encode({'type': 'snapshot', **position, **_given(forgot=forgot), 'reason': reason})
    if record.value_json is None:
        return encoded
    return f'{encoded[:-1]},"value":{record.value_json}}}'  # so that a long value is copied once


def current(view: View, record: Record, receipt: Receipt, version: int, *, request: int | None = None) -> str:
    """Encode that the tab's version can be brought up to date: the changes since `version` follow."""
    return _encode({'type': 'current', **_position(view, record, version, receipt, request)})


def change(channel: int, committed: Change) -> str:
    """Encode a change, for all subscribers."""
    edits = [[entry.author, entry.n, orjson.Fragment(entry.ops_json)] for entry in committed.entries]
    message = {'type': 'change', 'channel': channel, 'base': committed.base, 'version': committed.version}
    return _encode({**message, 'edits': edits})


def reject(edit: EditMessage, version: int, code: str, message: str) -> str:
    """Encode the rejection of an edit, whose number is used up."""
    return _encode({'type': 'reject', **_edit(edit), 'version': version, 'code': code, 'message': message})


def retry(edit: EditMessage, code: str, message: str, retry_ms: int) -> str:
    """Encode that an edit is to be sent again after `retry_ms`."""
    return _encode({'type': 'retry', **_edit(edit), 'code': code, 'message': message, 'retry_ms': retry_ms})


def revoked(id: SubscriptionId, message: str) -> str:
    """Encode that the right to read has ended."""
    return _encode({'type': 'revoked', **_subscription(id), 'message': message})


def ask_again(address: StoreAddress) -> str:
    """Encode that rights are checked anew, so that the user may be able to read a value that was refused."""
    return _encode({'type': 'ask_again', 'store': address.store, **_given(at=address.at)})


def paused(id: SubscriptionId, message: str) -> str:
    """Encode that the right to read is unknown now, and nothing is sent until it is known."""
    return _encode({'type': 'paused', **_subscription(id), 'message': message})


def presence(channel: int, entries: Sequence[tuple[int, Person, Cursor]]) -> str:
    """Encode the cursors in a record, each with the author and the person."""
    return _encode({'type': 'presence', 'channel': channel, 'entries': entries})


def visitors(place: str | int, came: Sequence[Person], left: Sequence[str] | None, count: int) -> str:
    """Encode a change of the people at a place; if `left` is `None`, `came` are all of them.

    Args:
        place: a page, or the number of the channel of a value.
        left: the ids of persons.
        count: the number of all, of which only the first are persons with names.
    """
    return _encode({'type': 'visitors', 'place': place, 'came': came, 'left': left, 'count': count})


def result(id: int, value: bytes, *, in_blocks: bool = False) -> str:
    """Encode the result of a call, given as JSON."""
    blocks = ',"blocks":true' if in_blocks else ''
    return f'{{"type":"result","id":{id}{blocks},"value":{value.decode()}}}'


def large_result(id: int, address: str, *, in_blocks: bool = False) -> str:
    """Encode the address below the app's root at which the tab finds the result of a call."""
    return _encode({'type': 'result', 'id': id, **_given(blocks=in_blocks or None), 'at': address})


def part(id: int, elements: str) -> str:
    """Encode a part of the result of a call: a list of elements that is JSON already."""
    return f'{{"type":"part","id":{id},"elements":{elements}}}'


def part_of_line(id: int, text: str) -> str:
    """Encode a piece of the text of a result that has too long lines."""
    return _encode({'type': 'part', 'id': id, 'text': text})


def parts_end(id: int, *, in_blocks: bool = False) -> str:
    """Encode that the parts of a result are complete."""
    return _encode({'type': 'result', 'id': id, **_given(blocks=in_blocks or None), 'parts': True})


def progress(id: int, made: Progress) -> str:
    """Encode the progress of the job for which a call waits."""
    seconds = {'seconds': made.seconds} if made.seconds else {}
    return _encode({'type': 'progress', 'id': id, 'percent': made.percent, 'message': made.message, **seconds})


def error(id: int, code: str, message: str, trace: str | None = None) -> str:
    """Encode the failure of a call; `trace` is for developers."""
    return _encode({'type': 'error', 'id': id, 'code': code, 'message': message, **_given(trace=trace)})


def subscribe_error(request: Subscribe, code: str, message: str) -> str:
    """Encode that a tab is not subscribed."""
    subject = {'id': request.id, 'store': request.store, **_given(at=request.at)}
    return _encode({'type': 'error', **subject, 'code': code, 'message': message})


def effect(id: int, caused: ClientEffect) -> str:
    """Encode an effect of the action with that call id."""
    return _encode({'type': 'effect', 'id': id, 'effect': caused})


def pong(i: int) -> str:
    return _encode({'type': 'pong', 'i': i})


def bye(code: int, reason: str, retry_ms: int) -> str:
    """Encode the last message before the socket is closed with `code`."""
    return _encode({'type': 'bye', 'code': code, 'retry_ms': retry_ms, 'reason': reason})


def _encode(message: Mapping[str, Any]) -> str:
    return orjson.dumps(message).decode()


def _position(view: View, record: Record, version: int, receipt: Receipt | None, request: int | None) -> dict[str, Any]:
    return {
        **_given(id=request),
        **_subscription(view.id),
        'epoch': record.epoch,
        'version': version,
        'receipt': _receipt(receipt) if receipt else None,
        'author': view.author,
        'readonly': view.is_readonly,
        'durability': record.durability,
        **_given(written=record.written_by),
    }


def _receipt(receipt: Receipt) -> dict[str, Any]:
    return {'n': receipt.n, 'status': receipt.status, 'version': receipt.version, 'message': receipt.message}


def _edit(edit: EditMessage) -> dict[str, Any]:
    return {**_subscription(edit.subscription), 'n': edit.n}


def _subscription(id: SubscriptionId) -> dict[str, Any]:
    return {'channel': id.channel, 'store': id.store, **_given(at=id.at)}


def _given(**fields: Any) -> dict[str, Any]:
    """Return the fields without those that are `None`."""
    return {name: value for name, value in fields.items() if value is not None}
