"""Stable ids of objects without a uid, made of the call site that constructs them.

An id consists of the module, the enclosing function, and the name that the object is assigned to, or else an ordinal.
Adding a line above changes no id. The same code gives the same ids in every process and after a restart, so that open
tabs keep working. Objects that a py_component constructs have ids below that of the component, so that rendering it
again gives the same ids.
"""

from __future__ import annotations

import dis
import hashlib
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from types import CodeType, FrameType
from typing import Any, Final

import orjson

_OURS: Final = ('dara', 'pydantic', 'typing')


class CallSites:
    """Counters of the objects that each call site has constructed, so that a loop gives each object its own id."""

    def __init__(self, parent: str = '') -> None:
        self.parent = parent
        self._constructed: Counter[str] = Counter()

    def name(self, constructed: object) -> str:
        """Return the id of the object whose constructor is running, and count the object."""
        site, is_named = _call_site(_app_frame(constructed))
        ordinal = self._constructed[site]
        self._constructed[site] += 1
        return f'{self.parent}{site}' if is_named and ordinal == 0 else f'{self.parent}{site}:{ordinal}'


_MODULE_LEVEL: Final = CallSites()
_CALL_SITES: Final[ContextVar[CallSites]] = ContextVar('dara_call_sites', default=_MODULE_LEVEL)


def name_of(constructed: object) -> str:
    """Return an id for the object whose constructor is running."""
    return _CALL_SITES.get().name(constructed)


def place_of(constructed: object) -> str:
    """Return the file and the line of the app's code that constructs the object, as `'/app/main.py, line 12'`."""
    frame = _app_frame(constructed)
    return f'{frame.f_code.co_filename}, line {frame.f_lineno}'


def naming_place() -> str:
    """Return the beginning of the ids that are given here: that of a py_component, or nothing."""
    return _CALL_SITES.get().parent


@contextmanager
def naming_below(parent: str) -> Iterator[None]:
    """Give the objects constructed in the body ids below `parent`, with new counters."""
    token = _CALL_SITES.set(CallSites(parent))
    try:
        yield
    finally:
        _CALL_SITES.reset(token)


def _app_frame(constructed: object) -> FrameType:
    """Return the frame of the app's code that constructs the object, skipping the `__init__` of subclasses."""
    frame = sys._getframe(1)
    while frame.f_back and (_is_ours(frame) or _constructs(frame, constructed)):
        frame = frame.f_back
    return frame


def _is_ours(frame: FrameType) -> bool:
    return str(frame.f_globals.get('__name__', '')).partition('.')[0] in _OURS


def _constructs(frame: FrameType, constructed: object) -> bool:
    return frame.f_code.co_name == '__init__' and frame.f_locals.get('self') is constructed


def _call_site(frame: FrameType) -> tuple[str, bool]:
    """Return the name of a call site, and whether it includes the name of a variable."""
    module = frame.f_globals.get('__name__', '__main__')
    function = frame.f_code.co_qualname
    scope = module if function == '<module>' else f'{module}.{function}'
    name = _assigned_name(frame.f_code, frame.f_lasti)
    return (f'{scope}.{name}', True) if name else (scope, False)


@lru_cache(maxsize=4096)
def _assigned_name(code: CodeType, call: int) -> str | None:
    """Return the name that the result of the call at bytecode offset `call` is assigned to, if any."""
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


def content_uid(kind: str, definition: dict[str, Any]) -> str:
    """Return a uid that depends on the definition alone: variables of equal definitions are the same one."""
    return f'{kind}:{hashlib.sha256(orjson.dumps(definition, option=orjson.OPT_SORT_KEYS)).hexdigest()[:20]}'
