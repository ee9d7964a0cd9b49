"""Stable ids: what has no uid is named after where in the app it is constructed.

The id is made of the module, the enclosing function and the name that the object is assigned to, or
an ordinal where there is none. Adding a line above changes no id; the same code gives the same ids
in every process and after a restart, so an open tab goes on working through both. What a
py_component constructs is named below the component's own id, so rendering it again gives the same.
"""

from __future__ import annotations

import dis
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from types import CodeType, FrameType
from typing import Final

_OURS: Final = ('dara', 'pydantic', 'typing')


class Places:
    """Counts how often each place of the app has constructed something, so that a loop gives each its own id."""

    def __init__(self, parent: str = '') -> None:
        self._parent = parent
        self._constructed: Counter[str] = Counter()

    def name(self, constructed: object) -> str:
        place, is_named = _place(_app_frame(constructed))
        ordinal = self._constructed[place]
        self._constructed[place] += 1
        return f'{self._parent}{place}' if is_named and ordinal == 0 else f'{self._parent}{place}:{ordinal}'


_DEFINITION: Final = Places()
_PLACES: Final[ContextVar[Places]] = ContextVar('dara_places', default=_DEFINITION)


def name_of(constructed: object) -> str:
    """Return an id for the object whose constructor is running."""
    return _PLACES.get().name(constructed)


@contextmanager
def naming_below(parent: str) -> Iterator[None]:
    """Name what is constructed inside after `parent` and its place in the code, counting anew."""
    token = _PLACES.set(Places(parent))
    try:
        yield
    finally:
        _PLACES.reset(token)


def _app_frame(constructed: object) -> FrameType:
    """The frame of the app's own code that constructs the object, not of a subclass's `__init__`."""
    frame = sys._getframe(1)
    while frame.f_back and (_is_ours(frame) or _constructs(frame, constructed)):
        frame = frame.f_back
    return frame


def _is_ours(frame: FrameType) -> bool:
    return str(frame.f_globals.get('__name__', '')).partition('.')[0] in _OURS


def _constructs(frame: FrameType, constructed: object) -> bool:
    return frame.f_code.co_name == '__init__' and frame.f_locals.get('self') is constructed


def _place(frame: FrameType) -> tuple[str, bool]:
    module = frame.f_globals.get('__name__', '__main__')
    function = frame.f_code.co_qualname
    scope = module if function == '<module>' else f'{module}.{function}'
    name = _assigned_name(frame.f_code, frame.f_lasti)
    return (f'{scope}.{name}', True) if name else (scope, False)


@lru_cache(maxsize=4096)
def _assigned_name(code: CodeType, call: int) -> str | None:
    """The name that the result of the call at bytecode offset `call` is stored under, if it is."""
    following = (each for each in dis.get_instructions(code) if each.offset > call)
    opcodes = (each for each in following if each.opname not in ('CACHE', 'COPY'))
    stored = next(opcodes, None)
    if stored and stored.opname.startswith('LOAD_'):  # the object of `self.name = ...`
        stored = next(opcodes, None)
        if stored and stored.opname != 'STORE_ATTR':
            return None
    if stored is None or not stored.opname.startswith('STORE_') or stored.opname == 'STORE_SUBSCR':
        return None
    name = stored.argval[0] if isinstance(stored.argval, tuple) else stored.argval
    return str(name)
