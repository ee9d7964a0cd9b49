"""The router: the addresses of an app, and the content of each.

    config.router.add_index(content=Text('Welcome'))
    notes = config.router.add_layout(content=NotesLayout)      # holds an Outlet
    notes.add_page(path='notes/:id', content=Note)             # def Note(id: Variable[str]): ...

A function gets the parameters of its address as variables.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from dara.core._absent import explain_absence
from dara.core._addresses import addresses_of
from dara.core._routes import IndexRoute, LayoutRoute, PageRoute, PrefixRoute, Route, RouteContainer
from dara.core.variables import Variable
from dara.core.visual.components import Fallback, Link, MenuLink, Navigate, Outlet, RouterPath

MATCHES: Final = 'router.matches'


class Router(RouteContainer):
    """The routes of an app.

    Args:
        routes: the routes; or `children`, a list of them.
        default_path: the target of `/` if no page is there, and of users who have logged in. If not set, the first of
            the shortest addresses.
    """

    default_path: str | None

    def __init__(self, *routes: Route, children: Sequence[Route] = (), default_path: str | None = None) -> None:
        self.set_children([*routes, *children])
        self.default_path = default_path

    def get_navigable_routes(self) -> list[dict[str, Any]]:
        """Return `{'path', 'name', 'id', 'metadata'}` of every page, in the order of definition."""
        return [
            {'path': each.pattern, 'name': each.name, 'id': each.id, 'metadata': each.route.metadata}
            for each in addresses_of(self.children)
        ]

    @property
    def route_matches(self) -> Variable[list[dict[str, Any]]]:
        """A variable with the layouts and the page on show, outermost first; for breadcrumbs.

        Each is `{'id', 'pathname', 'params', 'is_first', 'is_last', 'definition': {'name', 'path'}}`.
        """
        return Variable[list[dict[str, Any]]]([], uid=MATCHES)


def page_path(name: str, route: str | None) -> str:
    """Return the path of a page: `route` if given, or else a path made of its name. It begins with a slash."""
    if route is not None:
        return '/' + route.strip('/')
    return '/' + re.sub(r'[^\w]+', '-', name.strip().lower()).strip('-')


__all__ = [
    'Fallback',
    'IndexRoute',
    'LayoutRoute',
    'Link',
    'MenuLink',
    'Navigate',
    'Outlet',
    'PageRoute',
    'PrefixRoute',
    'Router',
    'RouterPath',
]

if not TYPE_CHECKING:
    __getattr__ = explain_absence(__name__)
