"""Pages as the browser gets them: the rendered levels, and the list of addresses."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dara.core._addresses import Address, Level
from dara.core._effects import Action
from dara.core._json import Json
from dara.core._routes import LayoutRoute, PrefixRoute
from dara.core._tree import Tree, dump_actions, render
from dara.core.component import as_list
from dara.core.errors import InvalidDefinition
from dara.core.variables import AnyVariable

logger = logging.getLogger('dara')


@dataclass(frozen=True, slots=True, eq=False)
class RenderedLevel:
    """A layout or a page as JSON.

    Attributes:
        on_load: the actions that run before the level is shown.
        fallback: the nodes that are shown while they run.
    """

    level: Level
    tree: Tree
    on_load: list[Json]
    fallback: list[Json]


@dataclass(frozen=True, slots=True, eq=False)
class PageEntry:
    """An address in the browser's list of pages."""

    address: Address
    in_menu: bool

    @property
    def id(self) -> str:
        return self.address.id

    @property
    def chain(self) -> tuple[str, ...]:
        """The ids of the page's levels, outermost first."""
        return tuple(level.id for level in self.address.chain)

    @property
    def is_framed(self) -> bool:
        """True if the app's template surrounds the page, because the page has no layout of its own."""
        outermost = next(level.route for level in self.address.chain if not isinstance(level.route, PrefixRoute))
        return not isinstance(outermost, LayoutRoute)


def rendered_levels(addresses: Iterable[Address]) -> dict[str, RenderedLevel]:
    """Return the layouts and pages of `addresses` by id, each rendered once.

    Raises:
        InvalidDefinition: one is invalid.
        ConflictingIds: one uid names two things in a level.
    """
    levels = {level.id: level for address in addresses for level in address.chain}
    return {key: _render(level) for key, level in levels.items()}


def merged_tree(levels: Iterable[RenderedLevel], theme_variable: AnyVariable[Any] | None) -> Tree:
    """Return the tree of all levels, each of which gets the variable of the theme, if there is one.

    Raises:
        ConflictingIds: one uid names different things in two levels.
    """
    tree = Tree()
    for level in levels:
        if theme_variable is not None:
            level.tree.add(theme_variable)
        tree.merge(level.tree)
    return tree


def _render(level: Level) -> RenderedLevel:
    fallback = [level.route.fallback] if level.route.fallback is not None else []
    tree = render([level.render(), *fallback], f'{level.id}:')
    fallback_nodes: list[Json] = [*tree.nodes[1:]]
    del tree.nodes[1:]
    if level.has_children and not {'Outlet', 'PyComponent'} & tree.component_names:
        logger.warning('The %s has routes below it, but no Outlet(), so they are never shown.', level)
    return RenderedLevel(level, tree, dump_actions(_on_load(level), f'{level.id}:on_load', tree), fallback_nodes)


def _on_load(level: Level) -> list[Action]:
    actions = [] if level.route.on_load is None else as_list(level.route.on_load)
    wrong = next((action for action in actions if not isinstance(action, Action)), None)
    if wrong is not None:
        raise InvalidDefinition(f'The {level}: on_load takes actions such as load(), not {wrong!r}')
    return actions
