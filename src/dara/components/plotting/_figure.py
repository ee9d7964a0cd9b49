"""The common part of the components of charts: their figures and themes."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import orjson

from dara.components._styled import StyledComponentInstance
from dara.core._figures import kind_of_figure
from dara.core._ids import name_of, naming_place
from dara.core._json import to_json
from dara.core.component import internal_prop
from dara.core.derived import DerivedVariable
from dara.core.errors import InvalidProp
from dara.core.variables import AnyVariable
from dara.core.visual.fallbacks import BaseFallback

INLINE_BYTES: Final = 64 * 1024
"""The size up to which a figure is a part of the page. A larger one follows it, and is encoded once for all users."""
MIN_HEIGHT: Final = 400
_SIZES: Final = ('grow', 'height', 'max_height', 'min_height', 'max_width', 'min_width', 'width')


class DefaultThemes:
    """The themes of figures without one of their own."""

    def __init__(self, light: dict[str, Any], dark: dict[str, Any]) -> None:
        self._own = self._by_scheme = {'light': light, 'dark': dark}

    def reset(self) -> None:
        """Use the themes of Dara again."""
        self._by_scheme = self._own

    def replace(self, theme: dict[str, Any]) -> None:
        """Use a theme for both colour schemes."""
        self._by_scheme = {'light': theme, 'dark': theme}

    def by_scheme(self, theme: dict[str, Any] | None) -> dict[str, dict[str, Any]]:
        """Return the themes for a light and a dark page, given that of the figure."""
        return self._by_scheme if theme is None else {'light': theme, 'dark': theme}


class FigureComponent(StyledComponentInstance):
    """The base class of charts.

    Args:
        figure: the figure, a DerivedVariable that returns one, or a variable with the JSON of one.
        alt: a description for those who cannot see it.
    """

    figure: Any
    alt: str | AnyVariable[Any] | None = None
    library: list[str] | None = internal_prop()

    def __init__(self, **props: Any) -> None:
        props['figure'] = self._as_prop(props.get('figure'))
        if isinstance(props['figure'], AnyVariable):
            sizes = {name: value for name, value in props.items() if name in _SIZES}
            # While another figure is being computed, the present one stays.
            placeholder = BaseFallback(**{'min_height': MIN_HEIGHT, **sizes}, suspend_render=False)
            props.setdefault('fallback', placeholder)
        super().__init__(**props)

    def _as_prop(self, figure: Any) -> Any:
        """Return a figure as JSON, or if it is large as a variable with this JSON."""
        if isinstance(figure, AnyVariable):
            return figure
        uid = f'{name_of(self)}.figure'
        if kind_of_figure(figure) is not None and _is_in_async_component():
            return DerivedVariable(lambda: figure, variables=[], uid=uid)  # converted in a thread, when it is called
        dumped = to_json(figure)
        if not isinstance(dumped, dict):
            raise InvalidProp(
                f'{type(self).__name__}: figure: takes a figure, or a variable that holds one, not {figure!r}'
            )
        encoded = orjson.dumps(dumped)
        if len(encoded) <= INLINE_BYTES:
            return dumped
        return DerivedVariable(lambda: dumped, variables=[], uid=uid)


def _is_in_async_component() -> bool:
    """Return whether the running code is that of an async py_component, which has to leave the event loop soon."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return bool(naming_place())
