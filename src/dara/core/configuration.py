"""`ConfigurationBuilder`: where an app says what it consists of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from dara.core.component import Call, Tree, add_variable, render
from dara.core.errors import ConflictingIds, InvalidDefinition
from dara.core.persistence.stores import BackendStore
from dara.core.router import Content, Page, route_of
from dara.core.variables import Variable

Theme: TypeAlias = Literal['light', 'dark', 'auto']


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """A page and its tree."""

    page: Page
    tree: Tree


@dataclass(frozen=True, slots=True)
class Configuration:
    """What an app consists of, checked: plain data."""

    title: str
    theme: Theme
    pages: tuple[RenderedPage, ...]
    variables: dict[str, Variable[Any]]
    stores: dict[str, BackendStore]
    calls: dict[str, Call]


class ConfigurationBuilder:
    """Gathers what an app consists of.

    config = ConfigurationBuilder()
    config.title = 'Notes'
    config.add_page('Notes', content=Stack(...))
    """

    def __init__(self) -> None:
        self.title = 'Dara'
        self._theme: Theme = 'auto'
        self._pages: list[Page] = []

    def add_page(self, name: str, content: Content, icon: str | None = None, route: str | None = None) -> None:
        """Add a page. The first one is also shown at the app's root.

        Args:
            name: what the navigation calls it.
            content: a component, or a function that returns one.
            icon: the name of an icon.
            route: its address, such as `'notes'`; made of the name if not given.

        Raises:
            InvalidDefinition: another page has that address.
        """
        page = Page(name, route_of(name, route), content, icon)
        taken = next((other for other in self._pages if other.route == page.route), None)
        if taken:
            raise InvalidDefinition(f'Pages {taken.name!r} and {name!r} have one address, {page.route}; set route=...')
        self._pages.append(page)

    def set_theme(self, theme: Theme) -> None:
        """Show the app light, dark, or as the user's system does (`'auto'`, the default)."""
        if theme not in ('light', 'dark', 'auto'):
            raise InvalidDefinition(f"set_theme takes 'light', 'dark' or 'auto', not {theme!r}")
        self._theme = theme

    def build(self) -> Configuration:
        """Render every page, and check that what they use fits together.

        Raises:
            InvalidDefinition: there is no page, or one is written wrongly.
            ConflictingIds: two different variables or stores have one uid.
        """
        if not self._pages:
            raise InvalidDefinition('The app has no page. Add one: config.add_page(name, content=...)')
        pages = tuple(RenderedPage(page, render([page.render()], f'{page.route}:')) for page in self._pages)
        variables: dict[str, Variable[Any]] = {}
        for rendered in pages:
            for variable in rendered.tree.variables.values():
                add_variable(variables, variable)
        calls = {target: call for rendered in pages for target, call in rendered.tree.calls.items()}
        return Configuration(self.title, self._theme, pages, variables, _stores(variables), calls)


def _stores(variables: dict[str, Variable[Any]]) -> dict[str, BackendStore]:
    stores: dict[str, BackendStore] = {}
    for variable in variables.values():
        if isinstance(variable.store, BackendStore):
            store = stores.setdefault(variable.store.uid, variable.store)
            if store is not variable.store:
                raise ConflictingIds(
                    f'Two different stores have the uid {store.uid!r}. Give each one of its own, '
                    'or attach both variables to one store.'
                )
    return stores
