"""A theme of a part of a page."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, get_args

from dara.core._looks import Brand, Scheme, scheme_of, values_of
from dara.core._themes import BaseTheme, ThemeDef
from dara.core.component import Children, as_list, internal_prop
from dara.core.errors import InvalidProp
from dara.core.variables import AnyVariable
from dara.core.visual.styled import Dynamic, StyledComponentInstance

_SCHEMES: TypeAlias = Literal['light', 'dark']


class ThemeProvider(StyledComponentInstance):
    """A part of a page with a theme of its own.

        ThemeProvider(Card(Text('Always dark')), theme='dark')

    What the theme leaves out is as on the rest of the page. Whatever opens above the page, such as a menu, has the
    theme of the page.

    Args:
        children: the components with the theme.
        theme: a `ThemeDef`, `'light'` or `'dark'`, or a variable that holds one of these two.
        base: the scheme that a `ThemeDef` changes: `'light'`, `'dark'`, or a variable that holds one; if not given, the
            one that it names, else that of its background, else that of the page.
    """

    children: Children
    theme: _SCHEMES | Dynamic | None
    colors: dict[str, dict[str, str]] | None = internal_prop()  # made of `theme`, by scheme
    font_scale: str | None = internal_prop()  # made of `theme`
    painted: bool | None = internal_prop()  # made of `theme`

    def __init__(self, *children: Any, theme: Any, base: Any = None, **props: Any) -> None:
        if isinstance(theme, BaseTheme):
            theme, base = theme.main, base or theme.base
        given = [*children, *as_list(props.pop('children', None))]
        made = (
            _props(theme, base) if isinstance(theme, ThemeDef) else {'theme': _scheme(theme, 'theme'), 'painted': True}
        )
        super().__init__(children=given, **made, **props)


def _scheme(given: Any, prop: str) -> Any:
    if isinstance(given, AnyVariable) or given in get_args(_SCHEMES):
        return given
    themes = 'a ThemeDef, ' if prop == 'theme' else ''
    raise InvalidProp(f"ThemeProvider: {prop}: takes {themes}'light', 'dark', or a variable, not {given!r}.")


def _props(theme: ThemeDef, base: Any) -> dict[str, Any]:
    scheme = scheme_of(theme) if base is None else _scheme(base, 'base')
    schemes: tuple[Scheme, ...] = get_args(_SCHEMES)
    return {
        'theme': scheme,
        'colors': {each: values_of(Brand(), theme, each, own=each) for each in schemes},
        'font_scale': theme.font.size if theme.font else None,
        'painted': scheme is not None or bool(theme.colors and theme.colors.background),
    }


__all__ = ['ThemeProvider']
