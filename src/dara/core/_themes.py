"""Themes: the documented descriptions of an app's colours."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator

from dara.core._colors import parse
from dara.core.variables import AnyVariable


class _Part(BaseModel):
    model_config = ConfigDict(extra='forbid', validate_assignment=True, arbitrary_types_allowed=True)


class ThemeColors(_Part):
    """The colours of a theme, as `'#176859'`, `'rgb(23, 104, 89)'` or `'teal'`.

    `primary` is the accent of buttons, links and chosen items, in the light and in the dark scheme. `error`, `success`
    and `warning` are those of texts and notices in both. `background`, `text`, `blue1` (cards), `grey2` (lines) and
    `grey4` (the edges of controls) are those of the theme's own scheme. Each is made darker or lighter where it could
    not be read. The others are accepted, and have no effect here.
    """

    primary: str | None = None
    primaryHover: str | None = None  # noqa: N815 - the documented names
    primaryDown: str | None = None  # noqa: N815
    secondary: str | None = None
    secondaryHover: str | None = None  # noqa: N815
    secondaryDown: str | None = None  # noqa: N815
    background: str | None = None
    text: str | None = None
    grey1: str | None = None
    grey2: str | None = None
    grey3: str | None = None
    grey4: str | None = None
    grey5: str | None = None
    grey6: str | None = None
    blue1: str | None = None
    blue2: str | None = None
    blue3: str | None = None
    blue4: str | None = None
    violet: str | None = None
    turquoise: str | None = None
    purple: str | None = None
    teal: str | None = None
    orange: str | None = None
    plum: str | None = None
    carrot: str | None = None
    kale: str | None = None
    chestnut: str | None = None
    error: str | None = None
    errorHover: str | None = None  # noqa: N815
    errorDown: str | None = None  # noqa: N815
    success: str | None = None
    successHover: str | None = None  # noqa: N815
    successDown: str | None = None  # noqa: N815
    warning: str | None = None
    warningHover: str | None = None  # noqa: N815
    warningDown: str | None = None  # noqa: N815
    modalBg: str | None = None  # noqa: N815
    shadowLight: str | None = None  # noqa: N815
    shadowMedium: str | None = None  # noqa: N815

    @field_validator('primary', 'background', 'text', 'grey2', 'grey4', 'blue1', 'error', 'success', 'warning')
    @classmethod
    def _is_a_color(cls, color: str | None) -> str | None:
        if color is not None:
            parse(color)
        return color


class ThemeFont(_Part):
    """The font of a theme.

    Args:
        size: the size of text, such as `'16px'`; everything else on the page grows with it.
    """

    size: str | None = None


class ThemeShadows(_Part):
    """The shadows of a theme, as CSS.

    Args:
        light: that of cards.
        medium: that of what floats above the page, such as menus and notices.
    """

    light: str | None = None
    medium: str | None = None


class ThemeDef(_Part):
    """A theme; whatever it leaves out is as in the theme that the app has anyway.

        config.set_theme(ThemeDef(colors=ThemeColors(primary='#7c3aed')))

    Args:
        themeType: the scheme that it is for, `'light'` or `'dark'`; if not given, that of its background.
    """

    colors: ThemeColors | None = None
    font: ThemeFont | None = None
    shadow: ThemeShadows | None = None
    themeType: Literal['light', 'dark'] | None = None  # noqa: N815


class BaseTheme(_Part):
    """A theme, with the scheme that it changes.

    Args:
        main: a theme, `'light'` or `'dark'`, or a variable that holds one of these two.
        base: the scheme that `main` changes.
    """

    main: ThemeDef | AnyVariable[Any] | Literal['light', 'dark']
    base: Literal['light', 'dark'] | None = None


Light = ThemeDef(
    colors=ThemeColors(
        primary='#176859',
        background='#f8f7f4',
        text='#23211d',
        blue1='#ffffff',
        grey2='#e6e2da',
        grey4='#8d867b',
        error='#b53832',
        success='#23703a',
        warning='#855800',
    ),
    themeType='light',
)
"""The light theme of an app that sets none."""

Dark = ThemeDef(
    colors=ThemeColors(
        primary='#1f7f6c',
        background='#141618',
        text='#e6e5e1',
        blue1='#1c1f21',
        grey2='#2b2f32',
        grey4='#757b7f',
        error='#f0716b',
        success='#4fc08d',
        warning='#e0a93b',
    ),
    themeType='dark',
)
"""The dark theme of an app that sets none."""

__all__ = ['BaseTheme', 'Dark', 'Light', 'ThemeColors', 'ThemeDef', 'ThemeFont', 'ThemeShadows']
