"""What a variable needs to know of a store: declarations only."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any


class PersistenceStore(ABC):
    """Where a variable's value lives, if not in the tab alone."""

    @abstractmethod
    def attach(self, variable: str, default: Any) -> None:
        """Take the variable of that uid as one of ours; it shows `default` while nothing is stored."""


class SharedStore(PersistenceStore):
    """A store on the server, whose value Python can read and write."""

    @property
    @abstractmethod
    def uid(self) -> str:
        """What names the store on the wire."""

    @abstractmethod
    async def read(self) -> Any:
        """Return a copy of the value, or the variable's default if nothing was written."""

    @abstractmethod
    async def write(self, value: Any) -> None:
        """Store `value`, and show it in every browser."""

    @abstractmethod
    async def write_partial(self, changes: Any) -> None:
        """Store a part: operations of JSON Patch (RFC 6902), or a whole value, of which the difference is published."""

    @abstractmethod
    async def modify(self, change: Callable[[Any], Any]) -> Any:
        """Store what `change` makes of the value, atomically; return that."""

    @abstractmethod
    async def delete(self) -> None:
        """Remove the value; readers and browsers get the default again."""

    @abstractmethod
    async def get_all(self) -> dict[str, Any]:
        """Return the values of all keys."""
