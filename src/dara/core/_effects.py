"""Actions and client effects: plain data.

An `Action` is a part of a page, and describes the use of a component. A `ClientEffect` is an instruction to the tab,
sent while a server action runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

import orjson

from dara.core._json import Json

Steps: TypeAlias = 'tuple[str | int | Target | None, ...]'
"""A path into a value. `None` is the present item of a `For` over the list there, and a variable holds the step."""


class Target(Protocol):
    """The variable that an action changes, or a nested value of one."""

    @property
    def uid(self) -> str: ...

    @property
    def path(self) -> Steps: ...


@dataclass(frozen=True, slots=True, eq=False)
class _OfVariable:
    """An action on a variable."""

    target: Target


@dataclass(frozen=True, slots=True, eq=False)
class UpdateVariable(_OfVariable):
    """Set a variable to a value."""

    value: Json


class SyncVariable(_OfVariable):
    """Set a variable to the component's value."""

    __slots__ = ()


class ToggleVariable(_OfVariable):
    """Turn true into false, and back."""

    __slots__ = ()


class ResetVariable(_OfVariable):
    """Reset a variable to its default."""

    __slots__ = ()


class UndoVariable(_OfVariable):
    """Undo this tab's latest edit."""

    __slots__ = ()


class RedoVariable(_OfVariable):
    """Redo the edit that was undone last."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, eq=False)
class TriggerVariable:
    """Recompute a DerivedVariable; without `force`, a cached result will do."""

    target: Target
    force: bool = True


@dataclass(frozen=True, slots=True)
class CallAction:
    """Run a function on the server. The browser sends the values of variables; other arguments stay on the server.

    Attributes:
        check: checks the value of the form that runs it, if one does; the form shows the reasons of a refusal.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    keywords: tuple[tuple[str, Any], ...]
    name: str
    takes_ctx: bool = True
    check: Callable[[Any], None] | None = None


Action: TypeAlias = (
    UpdateVariable
    | SyncVariable
    | ToggleVariable
    | ResetVariable
    | UndoVariable
    | RedoVariable
    | TriggerVariable
    | CallAction
)

NoticeStatus: TypeAlias = Literal['info', 'success', 'warning', 'error']


@dataclass(slots=True)
class Update:
    """Set a variable that lives in the tab."""

    variable: str
    path: Steps
    value: Json | orjson.Fragment
    kind: Literal['update'] = 'update'


@dataclass(slots=True)
class Reset:
    """Reset a variable to its default."""

    variable: str
    path: Steps
    kind: Literal['reset'] = 'reset'


@dataclass(slots=True)
class Notify:
    """Show a message."""

    message: str
    title: str | None
    status: NoticeStatus
    key: str | None = None
    kind: Literal['notify'] = 'notify'


@dataclass(slots=True)
class Navigate:
    """Navigate to another address.

    Attributes:
        relative: whether `..` counts from the pattern of the present page, or from its path.
        params: the values of the parameters in the address; `None` if it has none.
        suffix: the query and the fragment behind them.
    """

    url: str
    new_tab: bool
    replace: bool = False
    relative: Literal['route', 'path'] = 'route'
    params: dict[str, str] | None = None
    suffix: str = ''
    kind: Literal['navigate'] = 'navigate'


@dataclass(slots=True)
class Trigger:
    """Recompute a DerivedVariable; without `force`, a cached result will do."""

    variable: str
    force: bool = True
    kind: Literal['trigger'] = 'trigger'


@dataclass(slots=True)
class Logout:
    """End the login session."""

    kind: Literal['logout'] = 'logout'


@dataclass(slots=True)
class CopyToClipboard:
    """Copy text to the clipboard."""

    text: str
    success: str | None
    failure: str | None
    kind: Literal['copy'] = 'copy'


@dataclass(slots=True)
class Download:
    """Download a file that the server offers to this session once."""

    url: str
    name: str
    kind: Literal['download'] = 'download'


@dataclass(slots=True)
class FilePiece:
    """Save a file that comes in pieces.

    Attributes:
        file: tells the pieces of one file from those of others.
        content: in base64.
        name: the name of the file, with its last piece.
    """

    file: str
    content: str
    name: str | None = None
    kind: Literal['file'] = 'file'


@dataclass(slots=True)
class SaveVariable:
    """Save a variable's value as a file: `value`, or else the value in the tab."""

    variable: str
    path: Steps
    name: str
    type: Literal['csv', 'json', 'xlsx']
    value: tuple[Json] | None = None
    kind: Literal['save'] = 'save'


ClientEffect: TypeAlias = (
    Update | Reset | Notify | Navigate | Trigger | Logout | CopyToClipboard | Download | FilePiece | SaveVariable
)
