"""The `__getattr__` of public modules: a documented name that is not here yet says so."""

from __future__ import annotations

from collections.abc import Callable


def explain_absence(module: str) -> Callable[[str], object]:
    """Return the `__getattr__` of a module, which raises `NotHere` for a documented name and else AttributeError."""

    def __getattr__(name: str) -> object:  # noqa: N807
        if name.startswith('_'):  # the import system asks for `__path__`
            raise AttributeError(f'module {module!r} has no attribute {name!r}')
        from dara.core._documented import absence  # long, and needed for errors only

        raise absence(module, name)

    return __getattr__
