"""Pages as the browser gets them: the rendered levels, and the list of addresses."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from dara.core import _messages as messages
from dara.core._addresses import Address, Level, addresses_of
from dara.core._effects import Action
from dara.core._json import Json
from dara.core._outages import has_line_of_the_app
from dara.core._routes import LayoutRoute, PageRoute, PrefixRoute
from dara.core._tree import Tree, dump_actions, render
from dara.core.component import Children, ComponentInstance, as_list, explain_no_action
from dara.core.errors import InvalidDefinition
from dara.core.variables import AnyVariable
from dara.core.visual.components import Link

NOT_FOUND: Final = 'not-found'
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


class _Heading(ComponentInstance):
    heading: str

    @property
    def _drawn_with(self) -> str:
        return 'Heading'


class _Column(ComponentInstance):
    children: Children

    @property
    def _drawn_with(self) -> str:
        return 'Stack'


class NotFound(NamedTuple):
    """The page that is shown at addresses without one, in the frame of the app."""

    entry: PageEntry
    level: RenderedLevel


def not_found_page(first: str = '/') -> NotFound:
    """Return the page, with a link to the first page of the app."""
    content = _Column(children=[_Heading(heading=messages.PAGE_NOT_FOUND), Link(messages.TO_FIRST_PAGE, to=first)])
    [address] = addresses_of([PageRoute(path='*', content=content, name=messages.PAGE_NOT_FOUND, id=NOT_FOUND)])
    return NotFound(PageEntry(address, in_menu=False), _render(address.chain[-1]))


def rendered_levels(addresses: Iterable[Address]) -> dict[str, RenderedLevel]:
    """Return the layouts and pages of `addresses` by id, each rendered once.

    Raises:
        InvalidDefinition: one is invalid.
        ConflictingIds: one uid names two things in a level.
    """
    levels = {level.id: level for address in addresses for level in address.chain}
    return {key: _render_placed(level) for key, level in levels.items()}


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


def _render_placed(level: Level) -> RenderedLevel:
    try:
        return _render(level)
    except InvalidDefinition as error:
        if error.place is None and not has_line_of_the_app(error.__traceback__):
            error.place = level.route._place
        if error.place:
            error.add_note(f'At {error.place}')
        raise


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
        raise InvalidDefinition(f'The {level}: on_load takes actions such as load(), not {explain_no_action(wrong)}')
    return actions
