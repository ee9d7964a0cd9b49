"""The wire: what a tab may say, read and checked; what the server says, encoded once.

A frame is JSON text: one message, or an array of them. `client/src/protocol.ts` is the other side.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from typing import Annotated, Any, Final, Literal, NamedTuple, TypeAlias, TypedDict, get_args

import orjson
from pydantic import ConfigDict, FailFast, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from dara.core._context import UserData
from dara.core._effects import ClientEffect
from dara.core._json import MAX_DEPTH, loads, shortened
from dara.core._limits import Limits
from dara.core._slices import Steps, finish
from dara.core.errors import DaraError
from dara.core.persistence.changelog import Change, Receipt
from dara.core.persistence.volatile import Forgot, WrittenBy

PROTOCOL: Final = 1
_STRICT: Final = ConfigDict(strict=True, extra='ignore')
_Small: TypeAlias = Annotated[int, Field(ge=0, lt=2**53)]
MAX_INPUTS: Final = 100
MESSAGE_CHARACTERS: Final = 500
_Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=2000)]
_Epoch: TypeAlias = Annotated[str, Field(max_length=100)]
# At the first thing that is wrong reading ends: a frame could hold a million of them, and each takes time to tell.
_Step: TypeAlias = str | _Small
_Path: TypeAlias = Annotated[list[str | int], Field(max_length=MAX_DEPTH), FailFast()]


class MalformedFrame(DaraError):
    """A tab sent what is not in the protocol."""


class ProtocolError(DaraError):
    """A tab does what the protocol does not allow; its socket is closed."""


class StoreAddress(NamedTuple):
    """A store and a room of it; `at` is `None` where the store has no rooms, or the user's own value is meant."""

    store: str
    at: str | None


class SubscriptionId(NamedTuple):
    """The name of a subscription of a tab on the wire."""

    channel: int
    store: str
    at: str | None

    @property
    def address(self) -> StoreAddress:
        return StoreAddress(self.store, self.at)


@dataclass(frozen=True, slots=True, config=_STRICT)
class Hello:
    type: Literal['hello']
    protocol: int
    client: Annotated[str, Field(pattern=r'^[0-9a-f]{32}$')]
    build: str
    page: str


@dataclass(frozen=True, slots=True, config=_STRICT)
class RecordVersion:
    """A version of a record, in its epoch."""

    epoch: _Epoch
    version: _Small


@dataclass(frozen=True, slots=True, config=_STRICT)
class Restored:
    """A version that a process had which has ended, and who had written there."""

    epoch: _Epoch
    version: _Small
    by: WrittenBy


@dataclass(frozen=True, slots=True, config=_STRICT)
class Subscribe:
    type: Literal['subscribe']
    id: _Small
    store: _Name
    at: _Name | None = None
    of: _Name | None = None
    since: RecordVersion | None = None

    @property
    def address(self) -> StoreAddress:
        return StoreAddress(self.store, self.at)


@dataclass(frozen=True, slots=True, config=_STRICT)
class Unsubscribe:
    type: Literal['unsubscribe']
    channel: _Small
    store: _Name
    at: _Name | None = None

    @property
    def subscription(self) -> SubscriptionId:
        return SubscriptionId(self.channel, self.store, self.at)


@dataclass(frozen=True, slots=True, config=_STRICT)
class EditMessage:
    type: Literal['edit']
    channel: _Small
    store: _Name
    n: Annotated[int, Field(ge=1, lt=2**53)]
    epoch: _Epoch
    base: _Small
    ops: list[Any]
    at: _Name | None = None
    exact: bool = False
    restores: Restored | None = None

    @property
    def subscription(self) -> SubscriptionId:
        return SubscriptionId(self.channel, self.store, self.at)


@dataclass(frozen=True, slots=True, config=_STRICT)
class Cursor:
    """Where in a record somebody is, at that version of it; `typing`: and changes it, or has a moment ago."""

    path: Annotated[list[_Step], Field(max_length=MAX_DEPTH), FailFast()]
    version: _Small
    typing: bool

    @property
    def characters(self) -> int:
        return sum(len(step) if isinstance(step, str) else 1 for step in self.path)


@dataclass(frozen=True, slots=True, config=_STRICT)
class PresenceMessage:
    """The user is in a field that shows a part of a record, or in none."""

    type: Literal['presence']
    channel: _Small
    store: _Name
    data: Cursor | None
    at: _Name | None = None

    @property
    def subscription(self) -> SubscriptionId:
        return SubscriptionId(self.channel, self.store, self.at)


@dataclass(frozen=True, slots=True, config=_STRICT)
class Visit:
    """The tab shows who is on that page, or does so no more."""

    type: Literal['visit']
    page: _Name | None


@dataclass(frozen=True, slots=True, config=_STRICT)
class Leave:
    """The tab is going away."""

    type: Literal['leave']


@dataclass(frozen=True, slots=True, config=_STRICT)
class ValueInput:
    """A value that the tab holds itself."""

    value: Any


@dataclass(frozen=True, slots=True, config=_STRICT)
class StoreInput:
    """A shared value, which the server reads itself: a tab cannot forge it."""

    store: _Name
    path: _Path
    version: _Small
    at: _Name | None = None


@dataclass(frozen=True, slots=True, config=_STRICT)
class DerivedInput:
    """A value that the server computes itself, from these."""

    inputs: Annotated[list[StoreInput | DerivedInput | ValueInput], Field(max_length=MAX_INPUTS), FailFast()]
    path: _Path


Input: TypeAlias = StoreInput | DerivedInput | ValueInput


@dataclass(frozen=True, slots=True, config=_STRICT)
class CallMessage:
    """Run a target of the static pages, or `of` a slot. What a py_component makes is kept under `slot`."""

    type: Literal['call']
    id: _Small
    target: _Name
    inputs: Annotated[list[Input], Field(max_length=MAX_INPUTS), FailFast()]
    of: _Name | None = None
    slot: _Name | None = None
    fresh: bool = False


@dataclass(frozen=True, slots=True, config=_STRICT)
class Release:
    """The py_component of that slot is not shown any more."""

    type: Literal['release']
    slot: _Name


@dataclass(frozen=True, slots=True, config=_STRICT)
class Cancel:
    type: Literal['cancel']
    id: _Small


@dataclass(frozen=True, slots=True, config=_STRICT)
class Ack:
    type: Literal['ack']
    frames: _Small


@dataclass(frozen=True, slots=True, config=_STRICT)
class Ping:
    type: Literal['ping']
    i: _Small


ClientMessage: TypeAlias = (
    Hello
    | Subscribe
    | Unsubscribe
    | EditMessage
    | PresenceMessage
    | Visit
    | Leave
    | CallMessage
    | Release
    | Cancel
    | Ack
    | Ping
)

_Tagged: TypeAlias = Annotated[ClientMessage, Field(discriminator='type')]
_ONE: Final[TypeAdapter[ClientMessage]] = TypeAdapter(_Tagged)
_SEVERAL: Final[TypeAdapter[list[ClientMessage]]] = TypeAdapter(Annotated[list[_Tagged], FailFast()])

LONG: Final = 64 * 1024
"""Of frames of so many characters the values are looked at later: pydantic tries each for each kind of input."""
MAX_CONTAINERS: Final = 250_000
MAX_ENVELOPE: Final = 256 * 1024
_FIELDS: Final = frozenset(field.name for message in get_args(ClientMessage) for field in fields(message))
_INPUT_FIELDS: Final = frozenset(field.name for kind in get_args(Input) for field in fields(kind))


def decode(frame: str) -> list[ClientMessage]:
    """Read a frame.

    Raises:
        MalformedFrame: it is not JSON, or not messages that a tab may send.
    """
    messages: list[ClientMessage] = finish(decode_steps(frame))
    return messages


def decode_steps(frame: str) -> Steps[list[ClientMessage]]:
    """Do what `decode` does, one message of a long frame at each step."""
    if len(frame) < LONG:
        yield
        with _told_as_malformed():
            return _SEVERAL.validate_json(frame) if frame.startswith('[') else [_ONE.validate_json(frame)]
    if frame.count('[') + frame.count('{') > MAX_CONTAINERS:
        raise MalformedFrame(f'a frame may hold {MAX_CONTAINERS} lists and objects')
    try:
        said = loads(frame)
    except orjson.JSONDecodeError as error:
        raise MalformedFrame(f'a frame must be JSON: {error}') from None
    messages: list[ClientMessage] = []
    for each in said if isinstance(said, list) else [said]:
        yield
        messages.append(_decode_long(each))
    return messages


def _decode_long(said: Any) -> ClientMessage:
    """Check a message apart from the values in it, which are checked where they are used."""
    if not isinstance(said, dict):
        raise MalformedFrame('a message must be an object')
    envelope = {name: said[name] for name in said if name in _FIELDS}
    if isinstance(said.get('ops'), list):
        envelope['ops'] = []
    if isinstance(said.get('inputs'), list):
        envelope['inputs'] = _without_values(said['inputs'])
    encoded = orjson.dumps(envelope)
    if len(encoded) > MAX_ENVELOPE:
        raise MalformedFrame(f'a message may take {MAX_ENVELOPE} bytes beside its values')
    with _told_as_malformed():
        message = _ONE.validate_json(encoded)
    if isinstance(message, EditMessage):
        return replace(message, ops=said['ops'])
    if isinstance(message, CallMessage):
        return replace(message, inputs=_with_values(message.inputs, said['inputs']))
    return message


def _without_values(inputs: list[Any]) -> list[Any]:
    return [_without_value(each) if isinstance(each, dict) else None for each in inputs]


def _without_value(said: dict[str, Any]) -> dict[str, Any]:
    envelope = {name: said[name] for name in said if name in _INPUT_FIELDS}
    if 'value' in said:
        envelope['value'] = None
    if isinstance(said.get('inputs'), list):
        envelope['inputs'] = _without_values(said['inputs'])
    return envelope


def _with_values(inputs: list[Input], said: list[Any]) -> list[Input]:
    return [_with_value(*both) for both in zip(inputs, said, strict=True)]


def _with_value(checked: Input, said: Any) -> Input:
    match checked:
        case ValueInput():
            return ValueInput(said['value'])
        case DerivedInput(inputs, path):
            return DerivedInput(_with_values(inputs, said['inputs']), path)
        case StoreInput():
            return checked


@contextmanager
def _told_as_malformed() -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        # It goes into the log, where nobody else may write a line of their own.
        told = shortened(f'{".".join(map(str, first["loc"]))}: {first["msg"]}', MESSAGE_CHARACTERS)
        raise MalformedFrame(told if told.isprintable() else repr(told)) from None


def _encode(message: Mapping[str, Any]) -> str:
    return orjson.dumps(message).decode()


class Person(TypedDict):
    """What others are told of a user."""

    id: str
    name: str
    color: str


def welcome(build: str, user: UserData, person: Person, limits: Limits) -> str:
    told = {
        'value_bytes': limits.value_bytes,
        'edit_bytes': limits.edit_bytes,
        'edit_ops': limits.edit_ops,
        'frame_bytes': limits.frame_bytes,
    }
    return _encode(
        {
            'type': 'welcome',
            'protocol': PROTOCOL,
            'build': build,
            'user': {'id': user.identity_id, 'name': user.identity_name},
            'person': person,
            'heartbeat_ms': limits.heartbeat_ms,
            'limits': told,
        }
    )


def position(
    subscription: SubscriptionId,
    *,
    id: int | None,
    epoch: str,
    version: int,
    last: Receipt | None,
    author: int,
    readonly: bool | None,
    durability: str,
    written: WrittenBy | None = None,
    forgot: Forgot | None = None,
    reason: str | None = None,
    value_json: str | None = None,
) -> str:
    """Encode a `snapshot`, if there is a reason for one, or else a `current`. No value: the record is absent."""
    message: dict[str, Any] = {
        'type': 'snapshot' if reason else 'current',
        **_named(subscription),
        'epoch': epoch,
        'version': version,
        'receipt': _receipt(last) if last else None,
        'author': author,
        'readonly': readonly,
        'durability': durability,
    }
    if id is not None:
        message['id'] = id
    if written:
        message['written'] = written
    if forgot:
        message['forgot'] = forgot
    if reason:
        message['reason'] = reason
    encoded = _encode(message)
    if not reason or value_json is None:
        return encoded
    return f'{encoded[:-1]},"value":{value_json}}}'  # which may be long, and is copied once


def _receipt(settled: Receipt) -> dict[str, Any]:
    return {'n': settled.n, 'status': settled.status, 'version': settled.version, 'message': settled.message}


def change(channel: int, committed: Change) -> str:
    """Encode a change for everybody."""
    edits = [[entry.author, entry.n, orjson.Fragment(entry.ops_json)] for entry in committed.entries]
    message = {'type': 'change', 'channel': channel, 'base': committed.base, 'version': committed.version}
    return _encode({**message, 'edits': edits})


def reject(edit: EditMessage, version: int, code: str, message: str) -> str:
    return _encode(
        {
            'type': 'reject',
            **_named(edit.subscription),
            'n': edit.n,
            'version': version,
            'code': code,
            'message': message,
        }
    )


def retry(edit: EditMessage, code: str, message: str, retry_ms: int) -> str:
    return _encode(
        {
            'type': 'retry',
            **_named(edit.subscription),
            'n': edit.n,
            'code': code,
            'message': message,
            'retry_ms': retry_ms,
        }
    )


def revoked(id: SubscriptionId, message: str) -> str:
    """Encode that the right to read has ended."""
    return _encode({'type': 'revoked', **_named(id), 'message': message})


def paused(id: SubscriptionId, message: str) -> str:
    """Encode that the right to read cannot be told now: nothing is sent through the subscription until it can."""
    return _encode({'type': 'paused', **_named(id), 'message': message})


def presence(channel: int, entries: Sequence[tuple[int, Person, Cursor]]) -> str:
    """Encode who is where in a record."""
    return _encode({'type': 'presence', 'channel': channel, 'entries': entries})


def visitors(page: str, came: Sequence[Person], left: Sequence[str] | None, count: int) -> str:
    """Encode who is on a page: who came and who left since it was told last, or everybody if `left` is `None`."""
    return _encode({'type': 'visitors', 'page': page, 'came': came, 'left': left, 'count': count})


def _named(id: SubscriptionId) -> dict[str, Any]:
    return {'channel': id.channel, 'store': id.store, **_at(id.at)}


def _at(at: str | None) -> dict[str, str]:
    return {} if at is None else {'at': at}


def result(id: int, value: Any) -> str:
    return _encode({'type': 'result', 'id': id, 'value': value})


def error(id: int, code: str, message: str) -> str:
    return _encode({'type': 'error', 'id': id, 'code': code, 'message': message})


def subscribe_error(asked: Subscribe, code: str, message: str) -> str:
    return _encode(
        {'type': 'error', 'id': asked.id, 'store': asked.store, **_at(asked.at), 'code': code, 'message': message}
    )


def effect(id: int, caused: ClientEffect) -> str:
    return _encode({'type': 'effect', 'id': id, 'effect': asdict(caused)})


def pong(i: int) -> str:
    return _encode({'type': 'pong', 'i': i})


def bye(code: int, reason: str, retry_ms: int) -> str:
    return _encode({'type': 'bye', 'code': code, 'retry_ms': retry_ms, 'reason': reason})


def join(messages: Sequence[str]) -> str:
    """Return one frame for several encoded messages."""
    return messages[0] if len(messages) == 1 else f'[{",".join(messages)}]'
