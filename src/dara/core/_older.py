"""Older spellings of the documented API."""

from __future__ import annotations

from typing import TypeVar

from dara.core._stores import QueryParamStore
from dara.core.variables import Variable

T = TypeVar('T')


class UrlVariable(Variable[T]):
    """A variable in the query of the address: an older spelling of `Variable(default, store=QueryParamStore(query))`.

    Args:
        query: the name of the parameter in the address.
        default: the value while the address has no such parameter.
        uid: a name that no other variable has. Derived from the position in the code if not given.
    """

    def __init__(self, query: str, default: T | None = None, uid: str | None = None) -> None:
        super().__init__(default, uid=uid, store=QueryParamStore(query=query))


def discover(item: T) -> T:
    """Return a component as it is. Pages are rendered before they are served, so no component needs to be announced."""
    return item
