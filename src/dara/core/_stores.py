"""Stores as variables know them, and the stores that need no server: declarations only."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from dara.core._json import Json
from dara.core._strict import Strict
from dara.core.errors import InvalidDefinition


class PersistenceStore(Strict, ABC):
    """A store of a variable's value. A variable without one lives in the tab alone."""

    def _attach(self, variable: str, default: Any) -> None:  # most stores need no knowledge of their variable
        """Attach the variable of that uid; it shows `default` while nothing is stored."""

    @property
    @abstractmethod
    def _definition(self) -> dict[str, Json]:
        """The description of a variable in this store for the browser, without its default."""

    @property
    def _room_variable(self) -> object | None:
        """The variable by which the browser chooses the room, if it does."""
        return None


class BrowserStore(PersistenceStore):
    """A store in the browser: the value survives a refresh and a restart.

    All tabs of one browser share the value. Neither other users nor the server see it.
    """

    @property
    def _definition(self) -> dict[str, Json]:
        return {'kind': 'browser'}


class QueryParamStore(PersistenceStore):
    """A store in the address of the page, `...?name=value`: links carry the value, and back and forward restore it.

    Args:
        query: the name of the query parameter.
    """

    query: str

    def __init__(self, query: str) -> None:
        if not query or not isinstance(query, str):
            raise InvalidDefinition(f'QueryParamStore: query is the name of a query parameter, not {query!r}')
        self.query = query

    @property
    def _definition(self) -> dict[str, Json]:
        return {'kind': 'query', 'query': self.query}


class PathParamStore(PersistenceStore):
    """A parameter of the page's address, such as `id` in `/notes/:id`; the router makes these."""

    name: str

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def _definition(self) -> dict[str, Json]:
        return {'kind': 'param', 'name': self.name}


class SharedStore(PersistenceStore):
    """A store on the server; Python code can read and write its value."""

    @property
    @abstractmethod
    def uid(self) -> str:
        """The name of the store on the wire."""

    @abstractmethod
    async def read(self) -> Any:
        """Return a copy of the value, or the variable's default if nothing was written."""

    @abstractmethod
    async def write(self, value: Any, notify: bool = True, ignore_channel: str | None = None) -> None:
        """Store `value`, and show it in every browser."""

    @abstractmethod
    async def write_partial(self, data: Any, notify: bool = True, in_place: bool = False) -> Any:
        """Store a part: operations of JSON Patch (RFC 6902), or a whole value, of which the difference is published."""

    @abstractmethod
    async def modify(self, change: Callable[[Any], Any]) -> Any:
        """Store the result of `change(value)`, atomically; return that."""

    @abstractmethod
    async def delete(self, notify: bool = True) -> None:
        """Remove the value; readers and browsers get the default again."""

    @abstractmethod
    async def get_all(self) -> dict[str, Any]:
        """Return the values of all keys."""
