"""The messages of a tab, validated when they are decoded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Final, Literal, NamedTuple, TypeAlias

from pydantic import ConfigDict, FailFast, Field

from dara.core._frames.export import ExportFormat
from dara.core._frames.query import RowQuery
from dara.core._json import MAX_DEPTH
from dara.core.errors import DaraError
from dara.core.persistence.volatile import WrittenBy

MAX_INPUTS: Final = 100
MAX_ROWS: Final = 500
"""The number of rows in one window of a table."""
MAX_COLUMNS: Final = 1000
MAX_BLOCKS: Final = 500
"""The number of blocks of its present result that a tab can name in a call."""
_Number: TypeAlias = Annotated[int, Field(ge=0, lt=2**53)]
_Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=2000)]
_Epoch: TypeAlias = Annotated[str, Field(max_length=100)]
# A frame could hold a million faults, and to report each takes time: validation ends at the first.
_RecordPath: TypeAlias = Annotated[list[str | _Number], Field(max_length=MAX_DEPTH), FailFast()]
_VariablePath: TypeAlias = Annotated[list[str | int], Field(max_length=MAX_DEPTH), FailFast()]
_BlockNames: TypeAlias = Annotated[list[Annotated[str, Field(max_length=32)]], Field(max_length=MAX_BLOCKS)]


class _Strict:
    """The base of messages and of their parts: nothing is converted, and unknown fields are ignored."""

    __slots__ = ()
    __pydantic_config__: ClassVar = ConfigDict(strict=True, extra='ignore')


class ProtocolError(DaraError):
    """A message of a tab that the protocol does not allow; the tab's socket is closed."""


class StoreAddress(NamedTuple):
    """A store, and one of its rooms if it has rooms."""

    store: str
    at: str | None


class SubscriptionId(NamedTuple):
    """The name of a subscription, unique among those of a tab."""

    channel: int
    store: str
    at: str | None

    @property
    def address(self) -> StoreAddress:
        return StoreAddress(self.store, self.at)


@dataclass(frozen=True, slots=True)
class RecordVersion(_Strict):
    """A version of a record, in its epoch."""

    epoch: _Epoch
    version: _Number


@dataclass(frozen=True, slots=True)
class Restored(_Strict):
    """A version of a record in a process that has ended, and the kind of its writers."""

    epoch: _Epoch
    version: _Number
    by: WrittenBy


@dataclass(frozen=True, slots=True)
class Hello(_Strict):
    """The first message of a tab."""

    type: Literal['hello']
    protocol: int
    client: Annotated[str, Field(pattern=r'^[0-9a-f]{32}$')]
    build: str
    page: str


@dataclass(frozen=True, slots=True)
class Subscribe(_Strict):
    """A request to subscribe to a record through a store that slot `of`, or else a page, refers to.

    Attributes:
        since: the version that the tab has.
    """

    type: Literal['subscribe']
    id: _Number
    store: _Name
    at: _Name | None = None
    of: _Name | None = None
    since: RecordVersion | None = None

    @property
    def address(self) -> StoreAddress:
        return StoreAddress(self.store, self.at)


@dataclass(frozen=True, slots=True)
class Unsubscribe(_Strict):
    """A request to end a subscription."""

    type: Literal['unsubscribe']
    channel: _Number
    store: _Name
    at: _Name | None = None

    @property
    def subscription(self) -> SubscriptionId:
        return SubscriptionId(self.channel, self.store, self.at)


@dataclass(frozen=True, slots=True)
class EditMessage(_Strict):
    """An edit. `ops` are checked when the edit is admitted.

    Attributes:
        n: the number of the edit among those of its writer.
        base: the version that `ops` apply to.
        exact: reject the edit if the record has changed since `base`.
        restores: the version whose value the edit brings back after a restart.
    """

    type: Literal['edit']
    channel: _Number
    store: _Name
    n: Annotated[int, Field(ge=1, lt=2**53)]
    epoch: _Epoch
    base: _Number
    ops: list[Any]
    at: _Name | None = None
    exact: bool = False
    restores: Restored | None = None

    @property
    def subscription(self) -> SubscriptionId:
        return SubscriptionId(self.channel, self.store, self.at)


@dataclass(frozen=True, slots=True)
class Cursor(_Strict):
    """The part of a record, at a version of the record, that a user has entered.

    Attributes:
        typing: whether the user is changing it.
    """

    path: _RecordPath
    version: _Number
    typing: bool

    @property
    def characters(self) -> int:
        """The length of the path."""
        return sum(len(step) if isinstance(step, str) else 1 for step in self.path)


@dataclass(frozen=True, slots=True)
class PresenceMessage(_Strict):
    """The cursor of the tab's user in a record, or `None` if the user has left the record."""

    type: Literal['presence']
    channel: _Number
    store: _Name
    data: Cursor | None
    at: _Name | None = None

    @property
    def subscription(self) -> SubscriptionId:
        return SubscriptionId(self.channel, self.store, self.at)


@dataclass(frozen=True, slots=True)
class Visit(_Strict):
    """The page whose visitors the tab shows, or `None`."""

    type: Literal['visit']
    page: _Name | None


@dataclass(frozen=True, slots=True)
class Attend(_Strict):
    """The start or the end of a presence: the tab shows the people of a value, and is one of them."""

    type: Literal['attend']
    channel: _Number
    store: _Name
    present: bool
    at: _Name | None = None

    @property
    def subscription(self) -> SubscriptionId:
        return SubscriptionId(self.channel, self.store, self.at)


@dataclass(frozen=True, slots=True)
class Leave(_Strict):
    """The announcement that the tab is being closed."""

    type: Literal['leave']


@dataclass(frozen=True, slots=True)
class ValueInput(_Strict):
    """A value that the tab itself holds."""

    value: Any


@dataclass(frozen=True, slots=True)
class StoreInput(_Strict):
    """A shared value. The server reads it, so that a tab cannot forge it."""

    store: _Name
    path: _VariablePath
    version: _Number
    at: _Name | None = None


@dataclass(frozen=True, slots=True)
class DerivedInput(_Strict):
    """A value that the server computes from these inputs."""

    inputs: Annotated[list[StoreInput | DerivedInput | ValueInput], Field(max_length=MAX_INPUTS), FailFast()]
    path: _VariablePath


Input: TypeAlias = StoreInput | DerivedInput | ValueInput


@dataclass(frozen=True, slots=True)
class Export(_Strict):
    """A file with all rows that a query finds.

    Attributes:
        name: the name of the file without its ending.
        columns: the names and the headings of the columns, from left to right.
    """

    format: ExportFormat
    name: Annotated[str, Field(pattern=r'^[^/\\\x00-\x1f]{1,100}$')]
    columns: Annotated[list[tuple[_Name, _Name]], Field(max_length=MAX_COLUMNS)]


@dataclass(frozen=True, slots=True)
class Window(_Strict):
    """The rows of a table that a tab shows, which it asks for in place of a whole value.

    Attributes:
        start: the position of the first row among those that the query finds.
        count: the number of rows; 0 for the number of rows alone.
        version: the version of the table that the tab shows. Without it, the newest one is computed.
        path: the part of the value that is the table.
        values_of: a column whose distinct values the tab asks for, in place of rows.
        export: the file that the tab asks for, in place of rows.
    """

    start: _Number
    count: Annotated[int, Field(ge=0, le=MAX_ROWS)]
    query: RowQuery = field(default_factory=RowQuery)
    version: Annotated[str, Field(max_length=100)] | None = None
    path: _VariablePath = field(default_factory=list)
    values_of: _Name | None = None
    export: Export | None = None


@dataclass(frozen=True, slots=True)
class CallMessage(_Strict):
    """A request to run a target that slot `of`, or else a page, refers to.

    Attributes:
        slot: the slot that the result of a py_component fills.
        fresh: compute a result even if one is cached.
        window: the rows of the result that the tab asks for, if it is a table.
        state: leave a large result out, because the tab shows the progress alone.
        has: the names of the blocks that the tab has; `None` asks for a result that is not in blocks.
        waited: the milliseconds since the press for which an action runs, if earlier presses came first.
    """

    type: Literal['call']
    id: _Number
    target: _Name
    inputs: Annotated[list[Input], Field(max_length=MAX_INPUTS), FailFast()]
    of: _Name | None = None
    slot: _Name | None = None
    fresh: bool = False
    window: Window | None = None
    state: bool = False
    has: _BlockNames | None = None
    waited: _Number = 0


@dataclass(frozen=True, slots=True)
class Release(_Strict):
    """The announcement that the tab does not show a slot any more."""

    type: Literal['release']
    slot: _Name


@dataclass(frozen=True, slots=True)
class Cancel(_Strict):
    """A request to cancel a call."""

    type: Literal['cancel']
    id: _Number


@dataclass(frozen=True, slots=True)
class Ack(_Strict):
    """The number of frames that the tab has read since it connected."""

    type: Literal['ack']
    frames: _Number


@dataclass(frozen=True, slots=True)
class Ping(_Strict):
    """A request for a `pong`."""

    type: Literal['ping']
    i: _Number


ClientMessage: TypeAlias = (
    Hello
    | Subscribe
    | Unsubscribe
    | EditMessage
    | PresenceMessage
    | Visit
    | Attend
    | Leave
    | CallMessage
    | Release
    | Cancel
    | Ack
    | Ping
)
