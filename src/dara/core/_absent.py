"""The `__getattr__` of public modules: it names what is not here yet, and may import other names when they are used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module


def explain_absence(module: str) -> Callable[[str], object]:
    """Return the `__getattr__` of a module, which raises `NotHere` for a documented name and else AttributeError."""

    def __getattr__(name: str) -> object:  # noqa: N807
        if name.startswith('_'):  # the import system asks for `__path__`
            raise AttributeError(f'module {module!r} has no attribute {name!r}')
        from dara.core._documented import absence  # long, and needed for errors only

        raise absence(module, name)

    return __getattr__


def import_when_used(module: str, places: Mapping[str, str]) -> Callable[[str], object]:
    """Return the `__getattr__` of a module that imports each name when it is first used.

    Args:
        places: the names of each other module that has some.
    """
    explain = explain_absence(module)
    place_of = {name: place for place, names in places.items() for name in names.split()}

    def __getattr__(name: str) -> object:  # noqa: N807
        if name not in place_of:
            return explain(name)
        value: object = getattr(import_module(place_of[name]), name)
        setattr(sys.modules[module], name, value)
        return value

    return __getattr__
