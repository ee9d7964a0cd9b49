"""Addresses: the paths of an app, computed from its routes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dara.core._pattern import Parameters, PatternError, Segment, match, parse, rank, shape
from dara.core._routes import (
    AddressRoute,
    ContentRoute,
    IndexRoute,
    LayoutRoute,
    PageRoute,
    PrefixRoute,
    Route,
    RouteContainer,
)
from dara.core._stores import PathParamStore
from dara.core.component import ComponentInstance
from dara.core.errors import InvalidDefinition
from dara.core.variables import Variable
from dara.core.visual.components import Outlet

_RESERVED: Final = {'_dara': 'Dara', 'api': 'endpoints'}
_PLAIN_TYPES: Final = ('str', 'int', 'float', 'bool')
_VARIADIC: Final = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@dataclass(frozen=True, slots=True)
class Level:
    """One of the nested parts of a page: a layout, or the page itself.

    Attributes:
        parameters: the names of the address's parameters, from the root to this level.
    """

    id: str
    route: Route
    pattern: str
    parameters: tuple[str, ...]

    @property
    def is_page(self) -> bool:
        """True if the level has an address; a layout has none."""
        return isinstance(self.route, AddressRoute)

    @property
    def has_children(self) -> bool:
        """True if other levels are drawn inside this one."""
        return bool(_children(self.route))

    @property
    def name(self) -> str:
        """The name that the app gave, or a name made of the path or of the content's function."""
        return self.route.name or _name(self.route, self.pattern)

    def render(self) -> ComponentInstance:
        """Return the level's component.

        Raises:
            InvalidDefinition: the content is not a component, or its function takes an unknown parameter.
        """
        content: Any = (self.route.content if isinstance(self.route, ContentRoute) else None) or Outlet()
        if inspect.isclass(content):
            content = content(**self._arguments(inspect.signature(content)))
        if callable(content):
            content = content(**self._arguments(inspect.signature(content)))
        if not isinstance(content, ComponentInstance):
            error = InvalidDefinition(f'The {self} must show a component, not {content!r}. {self._advice_for(content)}')
            error.place = self._function_place
            raise error
        return content

    @property
    def _function_place(self) -> str | None:
        """The app's file and line of the function that returns the content, if one does."""
        given = self.route.content if isinstance(self.route, ContentRoute) else None
        code = getattr(inspect.unwrap(given), '__code__', None) if callable(given) else None
        return f'{code.co_filename}, line {code.co_firstlineno}' if code else None

    def _advice_for(self, content: object) -> str:
        if content is None:
            return 'Its function returns nothing: is a return missing?'
        if isinstance(content, str):
            return f'Write Text({content!r}), or Markdown for formatted text'
        if inspect.iscoroutine(content):
            content.close()
            return 'Its function is async: it runs once, at the start, and is sync. Use a py_component for async code'
        return 'Write a component such as Stack(...) around it'

    def _arguments(self, signature: inspect.Signature) -> dict[str, Variable[Any]]:
        arguments: dict[str, Variable[Any]] = {}
        for parameter in signature.parameters.values():
            if parameter.name in self.parameters:
                self._check_annotation(parameter)
                arguments[parameter.name] = path_parameter(parameter.name)
            elif parameter.default is parameter.empty and parameter.kind not in _VARIADIC:
                raise InvalidDefinition(self._explain_unknown(parameter.name))
        return arguments

    def _check_annotation(self, parameter: inspect.Parameter) -> None:
        name = getattr(parameter.annotation, '__name__', parameter.annotation)
        if name in _PLAIN_TYPES:
            raise InvalidDefinition(
                f'The function of the {self} gets {parameter.name!r} as a variable, not as {name}: its value is in the '
                f'browser. Write {parameter.name}: Variable[str]'
            )

    def _explain_unknown(self, name: str) -> str:
        if not self.parameters:
            return f'The function of the {self} takes {name!r}, but its address has no parameters; write :{name} in it'
        known = ', '.join(repr(each) for each in self.parameters)
        return f'The function of the {self} takes {name!r}, but the parameters of its address are {known}'

    def __str__(self) -> str:
        return f'{self.route._kind} {self.id!r}'


@dataclass(frozen=True, slots=True)
class Address:
    """An address of the app.

    Attributes:
        chain: the levels of its page, outermost first.
    """

    pattern: str
    segments: tuple[Segment, ...]
    route: AddressRoute
    name: str
    chain: tuple[Level, ...]
    case_sensitive: bool

    @property
    def id(self) -> str:
        return self.chain[-1].id

    @property
    def is_plain(self) -> bool:
        """True if the address is complete without a value for any parameter."""
        return all(segment.is_plain for segment in self.segments)

    @property
    def plain(self) -> str:
        """The address without its parameters."""
        return '/' + '/'.join(segment.text for segment in self.segments if segment.kind == 'static')


def path_parameter(name: str) -> Variable[Any]:
    """Return the variable that holds a parameter of the page's address."""
    return Variable(uid=f'path.{name}', store=PathParamStore(name))


def addresses_of(routes: Sequence[Route]) -> tuple[Address, ...]:
    """Return the addresses of `routes`, in the order of their definition.

    Raises:
        InvalidDefinition: a path is invalid, or two routes have one address or id.
    """
    found = tuple(_walk(routes, _RouteContext()))
    _check_ids(found)
    _check_shapes(found)
    return found


def find(addresses: Sequence[Address], path: str) -> tuple[Address, Parameters] | None:
    """Return the most specific address that matches the percent-encoded `path`, and its parameters."""
    found = [
        (address, params)
        for address in addresses
        if (params := match(address.segments, path, address.case_sensitive)) is not None
    ]
    return max(found, key=lambda each: (rank(each[0].segments), each[0].case_sensitive), default=None)


def default_address(addresses: Sequence[Address], default_path: str | None) -> str:
    """Return the target of `/`: `default_path`, or else the first of the shortest addresses without parameters.

    Raises:
        InvalidDefinition: no page is at `default_path`.
    """
    if default_path is None:
        plain = [each for each in addresses if each.is_plain]
        return min(plain, key=lambda each: len(each.segments)).plain if plain else '/'
    path = '/' + default_path.strip('/')
    if find(addresses, path) is None:
        known = ', '.join(each.pattern for each in addresses)
        raise InvalidDefinition(f'router.default_path: no page is at {path!r}; there are {known}')
    return path


@dataclass(frozen=True, slots=True, eq=False)
class _RouteContext:
    """The part of an address that the routes from the root down to one route determine.

    Attributes:
        id: the id of the innermost route.
    """

    pattern: str = ''
    chain: tuple[Level, ...] = ()
    case_sensitive: bool = False
    id: str = ''


def _walk(routes: Sequence[Route], context: _RouteContext) -> Iterator[Address]:
    groups = 0
    for route in routes:
        groups += isinstance(route, (LayoutRoute, PrefixRoute))
        yield from _addresses_below(route, _enter(route, context, groups))


def _addresses_below(route: Route, inside: _RouteContext) -> Iterator[Address]:
    children = _children(route)
    has_index = any(isinstance(child, IndexRoute) for child in children)
    if isinstance(route, AddressRoute) and not has_index:
        yield Address(
            inside.pattern or '/',
            _segments(route, inside.pattern),
            route,
            inside.chain[-1].name,
            inside.chain,
            inside.case_sensitive,
        )
    yield from _walk(children, inside)


def _enter(route: Route, context: _RouteContext, ordinal: int) -> _RouteContext:
    path = _path(route)
    pattern = f'{context.pattern}/{path}' if path else context.pattern
    own_id = route.id or _id(route, pattern, context, ordinal)
    parameters = tuple(segment.text for segment in _segments(route, pattern) if segment.kind != 'static')
    chain = context.chain
    if isinstance(route, ContentRoute) or route.on_load is not None:
        chain = (*chain, Level(own_id, route, pattern or '/', parameters))
    return _RouteContext(pattern, chain, context.case_sensitive or route.case_sensitive, own_id)


def _children(route: Route) -> list[Route]:
    return route.children if isinstance(route, RouteContainer) else []


def _path(route: Route) -> str:
    path: object = route.path if isinstance(route, (PageRoute, PrefixRoute)) else ''
    if not isinstance(path, str):
        raise InvalidDefinition(f"A {route._kind} route has a path such as 'notes/:id', not {path!r}")
    return path.strip('/')


def _id(route: Route, pattern: str, context: _RouteContext, ordinal: int) -> str:
    """Return an id that is the same wherever the same code runs: the pattern, or an ordinal below the parent's id."""
    if isinstance(route, (LayoutRoute, PrefixRoute)):
        return f'{context.id}({ordinal})'
    return f'{pattern}/' if isinstance(route, IndexRoute) or not pattern else pattern


def _segments(route: Route, pattern: str) -> tuple[Segment, ...]:
    try:
        segments = parse(pattern)
    except PatternError as error:
        raise InvalidDefinition(f'The {route._kind} route {pattern!r}: {error}') from None
    first = segments[0].text if segments and segments[0].kind == 'static' else ''
    if first in _RESERVED:
        raise InvalidDefinition(
            f"The {route._kind} route {pattern!r}: '/{first}' is reserved for {_RESERVED[first]}; choose another path"
        )
    return segments


def _name(route: Route, pattern: str) -> str:
    """Return a name made of the path, or else of the content's function."""
    words = [segment.text for segment in parse(pattern) if segment.kind == 'static']
    if words:
        return _title(words[-1])
    function = getattr(route.content, '__name__', '') if isinstance(route, ContentRoute) else ''
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
