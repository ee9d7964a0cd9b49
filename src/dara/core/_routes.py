"""The kinds of routes, and the classes that routes are added to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias, TypedDict, TypeVar, Unpack

from dara.core._ids import place_of
from dara.core._looks import Width, css_width
from dara.core._strict import Strict
from dara.core.component import ComponentInstance
from dara.core.errors import InvalidDefinition

Content: TypeAlias = ComponentInstance | Callable[..., Any]

R = TypeVar('R', bound='Route')


class RouteContainer(Strict):
    """A route, or the router, with routes below it. `add_page` and the like return the new route."""

    children: list[Route]

    def set_children(self, children: Sequence[Route]) -> None:
        """Replace all routes below this one.

        Raises:
            InvalidDefinition: an element is not a route.
        """
        self.children = _routes('set_children', children)

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
        width: Width | None = None,
    ) -> PageRoute:
        """Add a page.

        Args:
            path: the address below this route: `'notes'`, `'notes/:id'`, `'notes/:id?'`, `'files/*'`.
            content: a component, a function that returns one, or a class whose objects are such functions. A parameter
                named like one of the address is a `Variable` with its value; setting it changes the address.
            name: the title in the menu and in the browser's window; made of the path if not given.
            id: a unique id; made of the path if not given.
            metadata: any data of the app about the page.
            on_load: actions that run before the page is shown.
            fallback: shown while these actions run; the previous page if not given.
            case_sensitive: whether `/notes` and `/Notes` are different addresses.
            include_in_menu: whether the menu lists the page, in an app without pages of `config.add_page`.
            width: the page's width, if it is another than `config.width`.
        """
        options: PageOptions = {
            'name': name,
            'id': id,
            'metadata': metadata or {},
            'on_load': on_load,
            'fallback': fallback,
            'case_sensitive': case_sensitive,
            'include_in_menu': include_in_menu,
            'width': width,
        }
        return self._add(PageRoute(path=path, content=content, **options))

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
        case_sensitive: bool = False,
    ) -> LayoutRoute:
        """Add a layout: a frame around several pages, with an `Outlet` for the page. A layout has no address.

        The arguments are those of `add_page`. `on_load` runs before any of the pages is shown.
        """
        return self._add(
            LayoutRoute(
                content=content,
                id=id,
                metadata=metadata or {},
                on_load=on_load,
                fallback=fallback,
                case_sensitive=case_sensitive,
            )
        )

    def add_prefix(
        self,
        *,
        path: str,
        id: str | None = None,
        metadata: dict[str, Any] | None = None,
        on_load: Any = None,
        fallback: ComponentInstance | None = None,
        case_sensitive: bool = False,
    ) -> PrefixRoute:
        """Add a common beginning of several addresses, without content. The arguments are those of `add_page`."""
        return self._add(
            PrefixRoute(
                path=path,
                id=id,
                metadata=metadata or {},
                on_load=on_load,
                fallback=fallback,
                case_sensitive=case_sensitive,
            )
        )

    def _add(self, route: R) -> R:
        self.children.append(route)
        return route


class RouteOptions(TypedDict, total=False):
    """The arguments of every route. `RouteContainer.add_page` explains them."""

    name: str | None
    id: str | None
    metadata: dict[str, Any]
    on_load: Any
    fallback: ComponentInstance | None
    case_sensitive: bool


class PageOptions(RouteOptions, total=False):
    """The further arguments of a page."""

    icon: str | None
    include_in_menu: bool
    width: Width | None


@dataclass(kw_only=True, eq=False)
class Route(Strict):
    """A route of any kind. `RouteContainer.add_page` explains the attributes."""

    _kind: ClassVar[str] = 'route'
    _place: str = field(init=False, repr=False)
    """The app's file and line that declares the route."""

    name: str | None = None
    id: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    on_load: Any = None
    fallback: ComponentInstance | None = None
    case_sensitive: bool = False

    def __post_init__(self) -> None:
        self._place = place_of(self)


@dataclass(kw_only=True, eq=False)
class ContentRoute(Route):
    """A page or a layout: a route with content of its own, unlike a redirect or a group."""

    content: Content


@dataclass(kw_only=True, eq=False)
class AddressRoute(ContentRoute):
    """A route with an address that users can go to."""

    icon: str | None = None
    include_in_menu: bool = True
    width: Width | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        css_width('The width of a page', self.width)


@dataclass(kw_only=True, eq=False)
class PageRoute(AddressRoute, RouteContainer):
    """A page at a path of its own. Its content needs an `Outlet` if it has pages below it.

    Args:
        routes: the routes below the page; or `children`, a list of them.
    """

    _kind: ClassVar[str] = 'page'

    path: str
    children: list[Route] = field(default_factory=list)

    def __init__(
        self,
        *routes: Route,
        path: str,
        content: Content,
        children: Sequence[Route] = (),
        **options: Unpack[PageOptions],
    ) -> None:
        super().__init__(content=content, **options)
        self.path = path
        self.children = _routes('PageRoute', [*routes, *children])


@dataclass(kw_only=True, eq=False)
class IndexRoute(AddressRoute):
    """The page at the address of its parent route."""

    _kind: ClassVar[str] = 'index'


@dataclass(kw_only=True, eq=False)
class LayoutRoute(ContentRoute, RouteContainer):
    """A frame around several pages; its content has an `Outlet` for the page.

    Args:
        routes: the routes below the layout; or `children`, a list of them.
    """

    _kind: ClassVar[str] = 'layout'

    children: list[Route] = field(default_factory=list)

    def __init__(
        self, *routes: Route, content: Content, children: Sequence[Route] = (), **options: Unpack[RouteOptions]
    ) -> None:
        super().__init__(content=content, **options)
        self.children = _routes('LayoutRoute', [*routes, *children])


@dataclass(kw_only=True, eq=False)
class PrefixRoute(Route, RouteContainer):
    """A common beginning of several addresses.

    Args:
        routes: the routes with that beginning; or `children`, a list of them.
    """

    _kind: ClassVar[str] = 'prefix'

    path: str
    children: list[Route] = field(default_factory=list)

    def __init__(
        self, *routes: Route, path: str, children: Sequence[Route] = (), **options: Unpack[RouteOptions]
    ) -> None:
        super().__init__(**options)
        self.path = path
        self.children = _routes('PrefixRoute', [*routes, *children])


def _routes(owner: str, children: Sequence[Route]) -> list[Route]:
    wrong = next((child for child in children if not isinstance(child, Route)), None)
    if wrong is not None:
        raise InvalidDefinition(f'{owner} takes IndexRoute, PageRoute, PrefixRoute and LayoutRoute, not {wrong!r}')
    return list(children)
