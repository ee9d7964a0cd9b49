"""Classes that reject unknown attributes: a misspelt setting would otherwise be ignored silently."""

from __future__ import annotations

import inspect
from collections.abc import Collection
from functools import cache
from typing import Any, ClassVar

from dara.core.errors import InvalidDefinition


class Strict:
    """A base class whose objects accept only the public attributes that the class declares.

    Subclasses made by an app may have any attributes.
    """

    _advised: ClassVar[Collection[str]] = ()
    """Further names that the message about a misspelt attribute may suggest."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith('_') and type(self).__module__.partition('.')[0] == 'dara':
            _check_attribute(type(self), name, self._advised)
        super().__setattr__(name, value)


def _check_attribute(kind: type, name: str, advised: Collection[str]) -> None:
    known = _known_attributes(kind)
    if name in known:
        return
    if callable(getattr(kind, name, None)):
        raise InvalidDefinition(f'{kind.__name__}.{name} is a method, to be called: {name}(...)')
    if name in inspect.signature(kind).parameters:
        raise InvalidDefinition(f'{kind.__name__}.{name} is a constructor argument: {kind.__name__}({name}=...)')
    if hasattr(kind, name):
        raise InvalidDefinition(f'{kind.__name__}.{name} is read-only')
    raise InvalidDefinition(f'{kind.__name__} has no attribute {name!r}. {nearest(name, known, advised)}')


@cache
def _known_attributes(kind: type) -> frozenset[str]:
    annotated = {name for each in kind.__mro__ for name in inspect.get_annotations(each)}
    properties = {name for name, value in inspect.getmembers_static(kind) if _can_be_set(value)}
    return frozenset(name for name in annotated | properties if not name.startswith('_'))


def _can_be_set(value: Any) -> bool:
    return isinstance(value, property) and value.fset is not None


def nearest(name: str, known: Collection[str], advised: Collection[str]) -> str:
    """Return a sentence that names the nearest of the known and advised names, or else all that are known."""
    from difflib import get_close_matches  # slow to import, and needed for errors only

    near = get_close_matches(name, [*known, *advised], n=1, cutoff=0.6)
    return f'Did you mean {near[0]!r}?' if near else f'It has: {", ".join(sorted(known or advised))}.'
