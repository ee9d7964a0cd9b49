"""The settings of the looks of an app."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

from dara.core._configuration import Theme
from dara.core._looks import Brand, Looks, Width, css_width, looks_of, scheme_of
from dara.core._strict import Strict
from dara.core.errors import InvalidDefinition
from dara.core.variables import AnyVariable, Variable

if TYPE_CHECKING:
    from dara.core._themes import BaseTheme, ThemeDef


class Appearance(Strict):
    """The settings of the looks of an app."""

    brand: Brand
    width: Width

    def __init__(self) -> None:
        self._theme: Theme | AnyVariable[Any] = 'auto'
        self._colors: ThemeDef | None = None
        self._stylesheets: list[str] = []
        self.brand = Brand()
        self.width = 'normal'

    def __setattr__(self, name: str, value: Any) -> None:
        if name == 'brand' and not isinstance(value, Brand):
            raise InvalidDefinition(f"config.brand is a Brand(color='#7c3aed', logo='logo.svg'), not {value!r}")
        if name == 'width':
            css_width('config.width', value)
        super().__setattr__(name, value)

    @property
    def theme(self) -> Theme | AnyVariable[Any]:
        """The colour scheme; setting it is the same as `set_theme`."""
        return self._theme

    @theme.setter
    def theme(self, theme: Theme | AnyVariable[Any] | ThemeDef | BaseTheme) -> None:
        self.set_theme(theme)

    def set_theme(
        self,
        main_theme: Theme | AnyVariable[Any] | ThemeDef | BaseTheme | None = None,
        base_theme: Literal['light', 'dark'] | None = None,
    ) -> None:
        """Show the app in a light or dark colour scheme, or in that of the user's system (`'auto'`, the default).

        A `ThemeDef` sets the colours. It is for one scheme if it names one, has a background, or comes with
        `base_theme`; its accent is used in both.

        Args:
            main_theme: the scheme of people who have not chosen one themselves; or a variable that holds it, which
                every page follows, so that people cannot choose; or a `ThemeDef` or `BaseTheme`.
            base_theme: the scheme if `main_theme` is not given, or the scheme of a `ThemeDef`.

        Raises:
            InvalidDefinition: there is no such scheme, or a variable holds a `ThemeDef`.
        """
        from dara.core._themes import BaseTheme, ThemeDef  # few apps have colours of their own

        if isinstance(main_theme, BaseTheme):
            self.set_theme(main_theme.main, main_theme.base or base_theme)
        elif isinstance(main_theme, ThemeDef):
            self._colors = main_theme.model_copy(update={'themeType': scheme_of(main_theme, base_theme)}, deep=True)
            self._theme = self._colors.themeType or 'auto'
        else:
            self._theme = self._checked_scheme(base_theme if main_theme is None else main_theme)

    def _checked_scheme(self, theme: Theme | AnyVariable[Any] | None) -> Theme | AnyVariable[Any]:
        if isinstance(theme, Variable) and not theme.path and isinstance(theme.default, dict):
            raise InvalidDefinition("A variable of set_theme holds 'light', 'dark' or 'auto', and no ThemeDef")
        if theme is None or not (isinstance(theme, AnyVariable) or theme in get_args(Theme)):
            raise InvalidDefinition(
                f"set_theme takes 'light', 'dark' or 'auto', a variable with one, or a ThemeDef, not {theme!r}"
            )
        return theme

    def add_css(self, path: str) -> str:
        """Add a stylesheet of the app's own to all pages, after those of Dara, and return the path.

        The login page contains it as it is at the start, without files and fonts that it refers to.

        Args:
            path: the name of a file in a static folder, such as `'brand.css'`.

        Raises:
            InvalidDefinition: `config.build()` finds no such file.
        """
        self._stylesheets.append(path)
        return path

    def _looks(self, title: str, folders: Sequence[str]) -> Looks:
        return looks_of(title, self.brand, self._colors, self.width, self._stylesheets, folders)
