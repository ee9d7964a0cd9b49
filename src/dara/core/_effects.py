"""What using a component does, and what an action asks of the browser: plain data.

An `Action` travels to the browser inside the page; an `ClientEffect` while a server action runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

from dara.core._json import Json

Steps: TypeAlias = 'tuple[str | int | None, ...]'
"""A path into a value. `None` stands for the present item of a `For` over the list there."""


class Target(Protocol):
    """The variable that an action changes, or a nested value of one."""

    @property
    def uid(self) -> str: ...

    @property
    def path(self) -> Steps: ...


@dataclass(frozen=True, slots=True, eq=False)
class UpdateVariable:
    """Set a variable to a value."""

    target: Target
    value: Json


@dataclass(frozen=True, slots=True, eq=False)
class SyncVariable:
    """Set a variable to the component's value."""

    target: Target


@dataclass(frozen=True, slots=True, eq=False)
class ToggleVariable:
    """Turn true into false, and back."""

    target: Target


@dataclass(frozen=True, slots=True, eq=False)
class ResetVariable:
    """Set a variable back to its default."""

    target: Target


@dataclass(frozen=True, slots=True, eq=False)
class UndoVariable:
    """Take back the newest edit of this tab."""

    target: Target


@dataclass(frozen=True, slots=True, eq=False)
class RedoVariable:
    """Make the edit again that was taken back last."""

    target: Target


@dataclass(frozen=True, slots=True, eq=False)
class TriggerVariable:
    """Compute a DerivedVariable anew."""

    target: Target


@dataclass(frozen=True, slots=True)
class CallAction:
    """Run a function on the server. Arguments stay there; the browser adds the values of variables."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    keywords: tuple[tuple[str, Any], ...]
    name: str


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


@dataclass(frozen=True, slots=True)
class Update:
    """Set a variable that lives in the tab."""

    variable: str
    path: Steps
    value: Json
    kind: Literal['update'] = 'update'


@dataclass(frozen=True, slots=True)
class Reset:
    """Set a variable back to its default."""

    variable: str
    path: Steps
    kind: Literal['reset'] = 'reset'


@dataclass(frozen=True, slots=True)
class Notify:
    """Show a message."""

    message: str
    title: str | None
    status: NoticeStatus
    key: str | None = None
    kind: Literal['notify'] = 'notify'


@dataclass(frozen=True, slots=True)
class Navigate:
    """Go to another address."""

    url: str
    new_tab: bool
    kind: Literal['navigate'] = 'navigate'


@dataclass(frozen=True, slots=True)
class Trigger:
    """Compute a DerivedVariable anew."""

    variable: str
    kind: Literal['trigger'] = 'trigger'


@dataclass(frozen=True, slots=True)
class Logout:
    """End the login session."""

    kind: Literal['logout'] = 'logout'


@dataclass(frozen=True, slots=True)
class CopyToClipboard:
    """Put text on the clipboard."""

    text: str
    success: str | None
    failure: str | None
    kind: Literal['copy'] = 'copy'


@dataclass(frozen=True, slots=True)
class Download:
    """Fetch a file that the server offers to this session, once."""

    url: str
    name: str
    kind: Literal['download'] = 'download'


@dataclass(frozen=True, slots=True)
class SaveVariable:
    """Save a variable's value as a file: `value` if the server has it, else what it is in the tab."""

    variable: str
    path: Steps
    name: str
    type: Literal['csv', 'json']
    value: tuple[Json] | None = None
    kind: Literal['save'] = 'save'


ClientEffect: TypeAlias = (
    Update | Reset | Notify | Navigate | Trigger | Logout | CopyToClipboard | Download | SaveVariable
)
