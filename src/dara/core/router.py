"""Routes: the addresses of an app, and what each shows.

    config.router.add_index(content=Text('Welcome'))
    notes = config.router.add_layout(content=NotesLayout)      # holds an Outlet
    notes.add_page(path='notes/:id', content=Note)             # def Note(id: Variable[str]): ...

A function gets the parameters of its address as variables.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, TypeAlias, TypeVar

from dara.core._pattern import PatternError, Segment, match, parse, rank, shape
from dara.core._stores import PathParamStore
from dara.core._strict import Strict
from dara.core.component import ComponentInstance
from dara.core.errors import InvalidDefinition
from dara.core.variables import Variable
from dara.core.visual.components import Fallback, Link, Outlet, RouterPath

Content: TypeAlias = ComponentInstance | Callable[..., Any]

RESERVED: Final = '_dara'
MATCHES: Final = 'router.matches'


R = TypeVar('R', bound='Route')


class Routes(Strict):
    """Something that routes can be added to; `add_page` and its like return the new route, to add others below it."""

    children: list[Route]

    def add_page(
        self,
        *,
        path: str,
        content: Content,
        name: str | None = None,
        id: str | None = None,
        metadata: dict[str, Any] | None = None,
        on_load: Any = None,
        fallback: ComponentInstance | None = None,
        case_sensitive: bool = False,
        include_in_menu: bool = True,
    ) -> PageRoute:
        """Add a page.

        Args:
            path: its address below this route: `'notes'`, `'notes/:id'`, `'notes/:id?'`, `'files/*'`.
            content: a component, or a function that returns one. A parameter of the function that is named like one
                of the address's is a `Variable` with its value; setting that changes the address.
            name: what the menu and the browser's title call it; made of the path if not given.
            id: what tells it from others; made of the path if not given.
            metadata: anything that the app wants to know of it.
            on_load: actions that run before it is shown.
            fallback: what is shown while they run; the page before it if not given.
            case_sensitive: whether `/notes` and `/Notes` are two addresses.
            include_in_menu: whether the menu of an app without pages of `config.add_page` has it.
        """
        return self._add(
            PageRoute(
                path=path,
                content=content,
                name=name,
                id=id,
                metadata=metadata or {},
                on_load=on_load,
                fallback=fallback,
                case_sensitive=case_sensitive,
                include_in_menu=include_in_menu,
            )
        )

    def add_index(
        self,
        *,
        content: Content,
        name: str | None = None,
        id: str | None = None,
        metadata: dict[str, Any] | None = None,
        on_load: Any = None,
        fallback: ComponentInstance | None = None,
        include_in_menu: bool = True,
    ) -> IndexRoute:
        """Add the page at this route's own address. The arguments are those of `add_page`."""
        return self._add(
            IndexRoute(
                content=content,
                name=name,
                id=id,
                metadata=metadata or {},
                on_load=on_load,
                fallback=fallback,
                include_in_menu=include_in_menu,
            )
        )

    def add_layout(
        self,
        *,
        content: Content,
        id: str | None = None,
        metadata: dict[str, Any] | None = None,
        on_load: Any = None,
        fallback: ComponentInstance | None = None,
    ) -> LayoutRoute:
        """Add what is around several pages, and has an `Outlet` where they go. It has no address.

        Its arguments are those of `add_page`. `on_load` runs before any of the pages is shown.
        """
        return self._add(
            LayoutRoute(content=content, id=id, metadata=metadata or {}, on_load=on_load, fallback=fallback)
        )

    def add_prefix(
        self,
        *,
        path: str,
        id: str | None = None,
        metadata: dict[str, Any] | None = None,
        on_load: Any = None,
        case_sensitive: bool = False,
    ) -> PrefixRoute:
        """Add the beginning of several addresses. It shows nothing. The arguments are those of `add_page`."""
        return self._add(
            PrefixRoute(path=path, id=id, metadata=metadata or {}, on_load=on_load, case_sensitive=case_sensitive)
        )

    def _add(self, route: R) -> R:
        self.children.append(route)
        return route


@dataclass(kw_only=True, eq=False)
class Route(Strict):
    """What the routes of all kinds have; see `Routes.add_page` for what it means."""

    kind: ClassVar[str] = 'route'

    name: str | None = None
    id: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    on_load: Any = None
    fallback: ComponentInstance | None = None
    case_sensitive: bool = False


@dataclass(kw_only=True, eq=False)
class PageRoute(Route, Routes):
    """A page at an address of its own, and perhaps others below it, which its content has an `Outlet` for."""

    kind: ClassVar[str] = 'page'

    path: str
    content: Content
    children: list[Route] = field(default_factory=list)
    icon: str | None = None
    include_in_menu: bool = True


@dataclass(kw_only=True, eq=False)
class IndexRoute(Route):
    """The page at the address of the route that it is below."""

    kind: ClassVar[str] = 'index'

    content: Content
    icon: str | None = None
    include_in_menu: bool = True


@dataclass(kw_only=True, eq=False)
class LayoutRoute(Route, Routes):
    """What is around several pages; its content has an `Outlet` where they go."""

    kind: ClassVar[str] = 'layout'

    content: Content
    children: list[Route] = field(default_factory=list)


@dataclass(kw_only=True, eq=False)
class PrefixRoute(Route, Routes):
    """The beginning of several addresses."""

    kind: ClassVar[str] = 'prefix'

    path: str
    children: list[Route] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Level:
    """One of the things that are around each other on a page: the page itself, or a layout."""

    id: str
    route: Route
    pattern: str
    parameters: tuple[str, ...]

    @property
    def has_address(self) -> bool:
        """Whether this is a page, and no layout."""
        return isinstance(self.route, (PageRoute, IndexRoute))

    @property
    def name(self) -> str:
        return self.route.name or _name(self.route, self.pattern)

    @property
    def is_layout(self) -> bool:
        """Whether other levels go inside this one."""
        return bool(getattr(self.route, 'children', None))

    def render(self) -> ComponentInstance:
        """Return the component that the level consists of.

        Raises:
            InvalidDefinition: the content is no component, or a function that wants what there is not.
        """
        content = getattr(self.route, 'content', None) or Outlet()
        if not isinstance(content, ComponentInstance):
            content = self._call(content)
        if not isinstance(content, ComponentInstance):
            raise InvalidDefinition(f'The {self} must show a component, not {content!r}')
        return content

    def _call(self, content: Any) -> Any:
        if not callable(content):
            return content
        arguments: dict[str, Variable[Any]] = {}
        for parameter in inspect.signature(content).parameters.values():
            if parameter.name in self.parameters:
                arguments[parameter.name] = path_parameter(parameter.name)
            elif parameter.default is parameter.empty and parameter.kind not in _VARIADIC:
                raise InvalidDefinition(self._explain_unknown(parameter.name))
        return content(**arguments)

    def _explain_unknown(self, name: str) -> str:
        if not self.parameters:
            return f'The function of the {self} takes {name!r}, but its address has no parameters; write :{name} in it'
        known = ', '.join(repr(each) for each in self.parameters)
        return f'The function of the {self} takes {name!r}, but the parameters of its address are {known}'

    def __str__(self) -> str:
        return f'{self.route.kind} {self.id!r}'


_VARIADIC: Final = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@dataclass(frozen=True, slots=True)
class Address:
    """An address of the app, and what it shows: `chain` from the outside in."""

    pattern: str
    segments: tuple[Segment, ...]
    route: Route
    name: str
    chain: tuple[Level, ...]
    case_sensitive: bool

    @property
    def id(self) -> str:
        return self.chain[-1].id

    @property
    def icon(self) -> str | None:
        return getattr(self.route, 'icon', None)

    @property
    def is_plain(self) -> bool:
        """Whether one can go there without knowing the value of a parameter."""
        return all(segment.is_plain for segment in self.segments)

    @property
    def plain(self) -> str:
        """The address without its optional parameters."""
        return '/' + '/'.join(segment.text for segment in self.segments if segment.kind == 'static')


def path_parameter(name: str) -> Variable[Any]:
    """Return the variable that holds a parameter of the page's address."""
    return Variable(uid=f'path.{name}', store=PathParamStore(name))


class Router(Routes):
    """The routes of an app.

    Attributes:
        default_path: where `/` leads if nothing is there, and where users go after they logged in; the first of the
            shortest addresses if not set.
    """

    default_path: str | None

    def __init__(self) -> None:
        self.children = []
        self.default_path = None

    def set_children(self, children: Sequence[Route]) -> None:
        """Replace all routes.

        Raises:
            InvalidDefinition: something among them is no route.
        """
        for child in children:
            if not isinstance(child, Route):
                raise InvalidDefinition(
                    f'router.set_children takes IndexRoute, PageRoute, PrefixRoute and LayoutRoute, not {child!r}'
                )
        self.children = list(children)

    def get_navigable_routes(self) -> list[dict[str, Any]]:
        """Return `{'path', 'name', 'id', 'metadata'}` of everything that has an address, in order."""
        return [
            {'path': each.pattern, 'name': each.name, 'id': each.id, 'metadata': each.route.metadata}
            for each in self.addresses()
        ]

    @property
    def route_matches(self) -> Variable[list[dict[str, Any]]]:
        """A variable of the pages that are on show, from the outside in, for breadcrumbs.

        Each is `{'id', 'pathname', 'params', 'is_first', 'is_last', 'definition': {'name', 'path'}}`.
        """
        return Variable[list[dict[str, Any]]]([], uid=MATCHES)

    def addresses(self) -> tuple[Address, ...]:
        """Return the addresses of the app, in the order in which they were defined.

        Raises:
            InvalidDefinition: a path is written wrongly, or two routes have one address or id.
        """
        found = tuple(_addresses(self.children, _Place()))
        _check_ids(found)
        _check_shapes(found)
        return found

    def default(self, addresses: Sequence[Address]) -> str:
        """Return where `/` leads.

        Raises:
            InvalidDefinition: nothing is at `default_path`.
        """
        if self.default_path is None:
            plain = [each for each in addresses if each.is_plain]
            return min(plain, key=lambda each: len(each.segments)).plain if plain else '/'
        path = '/' + self.default_path.strip('/')
        if find(addresses, path) is None:
            known = ', '.join(each.pattern for each in addresses)
            raise InvalidDefinition(f'router.default_path: no page is at {path!r}; there are {known}')
        return path


def find(addresses: Sequence[Address], path: str) -> tuple[Address, dict[str, str | None]] | None:
    """Return the address that `path` (percent-encoded) is, and its parameters: of several the most specific one."""
    found = [
        (address, params)
        for address in addresses
        if (params := match(address.segments, path, address.case_sensitive)) is not None
    ]
    return max(found, key=lambda each: (rank(each[0].segments), each[0].case_sensitive), default=None)


def route_of(name: str, route: str | None) -> str:
    """Return the address of a page: `route`, or one made of its name. It begins with a slash."""
    if route is not None:
        return '/' + route.strip('/')
    return '/' + re.sub(r'[^\w]+', '-', name.strip().lower()).strip('-')


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the tree of routes we are: what the routes on the way from the root have said."""

    pattern: str = ''
    chain: tuple[Level, ...] = ()
    case_sensitive: bool = False
    id: str = ''


def _addresses(routes: Sequence[Route], place: _Place) -> Iterator[Address]:
    groups = 0
    for route in routes:
        groups += isinstance(route, (LayoutRoute, PrefixRoute))
        yield from _addresses_of(route, _enter(route, place, groups))


def _addresses_of(route: Route, inside: _Place) -> Iterator[Address]:
    children: list[Route] = getattr(route, 'children', [])
    has_index = any(isinstance(child, IndexRoute) for child in children)
    if isinstance(route, IndexRoute) or (isinstance(route, PageRoute) and not has_index):
        yield Address(
            inside.pattern or '/',
            _segments(route, inside.pattern),
            route,
            inside.chain[-1].name,
            inside.chain,
            inside.case_sensitive,
        )
    yield from _addresses(children, inside)


def _enter(route: Route, place: _Place, ordinal: int) -> _Place:
    path = _path(route)
    pattern = f'{place.pattern}/{path}' if path else place.pattern
    own_id = route.id or _id(route, pattern, place, ordinal)
    parameters = tuple(segment.text for segment in _segments(route, pattern) if segment.kind != 'static')
    chain = place.chain
    if not isinstance(route, PrefixRoute) or route.on_load is not None:
        chain = (*chain, Level(own_id, route, pattern or '/', parameters))
    return _Place(pattern, chain, place.case_sensitive or route.case_sensitive, own_id)


def _path(route: Route) -> str:
    path = getattr(route, 'path', '')
    if not isinstance(path, str):
        raise InvalidDefinition(f"A {route.kind} route has a path such as 'notes/:id', not {path!r}")
    return path.strip('/')


def _id(route: Route, pattern: str, place: _Place, ordinal: int) -> str:
    """An id that is the same wherever the same code runs: a page's is its pattern, others count from their parent's."""
    if isinstance(route, (LayoutRoute, PrefixRoute)):
        return f'{place.id}({ordinal})'
    return f'{pattern}/' if isinstance(route, IndexRoute) or not pattern else pattern


def _segments(route: Route, pattern: str) -> tuple[Segment, ...]:
    try:
        segments = parse(pattern)
    except PatternError as error:
        raise InvalidDefinition(f'The {route.kind} route {pattern!r}: {error}') from None
    if segments and segments[0].kind == 'static' and segments[0].text == RESERVED:
        raise InvalidDefinition(f"The {route.kind} route {pattern!r}: '/_dara' is Dara's own; choose another path")
    return segments


def _name(route: Route, pattern: str) -> str:
    """A name made of the path, or else of the function that draws the page."""
    words = [segment.text for segment in parse(pattern) if segment.kind == 'static']
    if words:
        return _title(words[-1])
    function = getattr(getattr(route, 'content', None), '__name__', '')
    return _title(function) if function.isidentifier() else 'Home'


def _title(word: str) -> str:
    spaced = re.sub(r'(?<=[a-z0-9])(?=[A-Z])|[-_\s]+', ' ', word).strip()
    return spaced[:1].upper() + spaced[1:]


def _check_ids(addresses: Sequence[Address]) -> None:
    known: dict[str, Route] = {}
    for level in (level for address in addresses for level in address.chain):
        if known.setdefault(level.id, level.route) is not level.route:
            raise InvalidDefinition(f'Two routes have the id {level.id!r}; give each one of its own')


def _check_shapes(addresses: Sequence[Address]) -> None:
    known: dict[tuple[str, ...], Address] = {}
    for address in addresses:
        taken = known.setdefault(shape(address.segments, address.case_sensitive), address)
        if taken is not address:
            raise InvalidDefinition(
                f'Pages {taken.name!r} and {address.name!r} have one address, {address.pattern}; '
                'give one of them another path'
            )


__all__ = [
    'Fallback',
    'IndexRoute',
    'LayoutRoute',
    'Link',
    'Outlet',
    'PageRoute',
    'PrefixRoute',
    'Router',
    'RouterPath',
]
