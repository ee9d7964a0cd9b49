"""`ConfigurationBuilder`: the declaration of an app."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Literal, TypeAlias

from dara.core._addresses import Address, addresses_of, default_address
from dara.core._ids import name_of
from dara.core._pages import PageEntry, RenderedLevel, rendered_levels
from dara.core._routes import Content, PageRoute
from dara.core._strict import Strict
from dara.core._tree import Tree
from dara.core._types import add_encoder
from dara.core.auth import BaseAuthConfig, DefaultAuthConfig
from dara.core.errors import InvalidDefinition
from dara.core.http import Endpoint
from dara.core.router import Router, page_path

Theme: TypeAlias = Literal['light', 'dark', 'auto']
Template: TypeAlias = Literal['top', 'side', 'blank']

_HOST: Final = r'(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f:]+\]'
_ORIGIN: Final = re.compile(rf'https?://({_HOST})(:[0-9]{{1,5}})?/?')
_UNSUPPORTED: Final[dict[str, tuple[tuple[Any, ...], str]]] = {
    'auth_session_backend': ((None,), 'sessions are signed cookies: set DARA_SECRET, and they survive a restart'),
    'context_components': (([], ()), 'there are no context components yet'),
    'enable_devtools': ((False, None), 'there are no devtools yet'),
    'live_reload': ((False, None), 'start the app with: dara start --reload'),
    'powered_by_causalens': ((False, None), 'there is no such mark'),
    'routes': (((), [], set()), 'call config.add_endpoint(...)'),
    'scheduled_jobs': (([], ()), 'there is no scheduler yet; run a task of your own from config.on_startup(...)'),
    'startup_functions': (([], ()), 'call config.on_startup(...)'),
    'static_files_dir': ((None,), 'the client is built already; files of your own: config.add_static_folder(...)'),
    'task_module': ((None,), 'there are no tasks in other processes yet; functions run in threads'),
    'template_extra_js': (('', None), 'scripts of your own cannot be put into pages yet'),
}
"""Unsupported attributes of the documented API: their accepted neutral values, and the advice in the error."""


@dataclass(frozen=True, slots=True)
class Intercept:
    """A middleware with its options."""

    middleware: Callable[..., Any]
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Configuration:
    """The checked declaration of an app: plain data.

    Attributes:
        name: the unique name of the app in its directory, made of the position of its builder in the code.
        title: the app's title.
        theme: the default theme.
        template: the frame of pages without a layout of their own.
        routes: the app's pages in the order of definition.
        levels: the app's rendered pages and layouts, by id.
        default_path: the target of `/`.
        tree: the variables, stores and calls of all levels.
        endpoints: the app's own endpoints; the first that answers a request gets it.
        middleware: the app's own middleware, outermost first.
        static_folders: the folders whose files are served.
        startup: the functions that run before the app is served.
        auth: the login of users.
        embedders: the origins whose pages may show the app in a frame.
        decoders: functions that restore objects of the app's own types from JSON, by type.
    """

    name: str
    title: str
    theme: Theme
    template: Template
    routes: tuple[PageEntry, ...]
    levels: dict[str, RenderedLevel]
    default_path: str
    tree: Tree
    endpoints: tuple[Endpoint, ...]
    middleware: tuple[Intercept, ...]
    static_folders: tuple[str, ...]
    startup: tuple[Callable[..., Any], ...]
    auth: BaseAuthConfig
    embedders: tuple[str, ...] = ()
    decoders: Mapping[Any, Callable[[Any], Any]] = field(default_factory=dict)


class ConfigurationBuilder(Strict):
    """The builder of an app's configuration.

        config = ConfigurationBuilder()
        config.title = 'Notes'
        config.add_page('Notes', content=Stack(...))

    Attributes:
        title: the app's title.
        router: the addresses of the app, and the content of each.
        template: the frame of pages without a layout of their own: `'top'`, a header with a menu; `'side'`, a bar at
            the side; `'blank'`, nothing.

    Raises:
        InvalidDefinition: an unknown attribute is set.
    """

    _advised: ClassVar[Collection[str]] = _UNSUPPORTED.keys()
    title: str
    router: Router
    template: str

    def __init__(self) -> None:
        self._name = name_of(self)
        self.title = 'Dara'
        self.router = Router()
        self.template = 'top'
        self._theme: Theme = 'auto'
        self._endpoints: list[Endpoint] = []
        self._middleware: list[Intercept] = []
        self._static_folders: list[str] = []
        self._startup: list[Callable[..., Any]] = []
        self._auth: BaseAuthConfig = DefaultAuthConfig()
        self._menu: list[PageRoute] = []
        self._embedders: list[str] = []
        self._decoders: dict[Any, Callable[[Any], Any]] = {}

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in _UNSUPPORTED:
            super().__setattr__(name, value)
            return
        neutral, advice = _UNSUPPORTED[name]
        if not any(type(value) is type(each) and value == each for each in neutral):
            raise InvalidDefinition(f'config.{name} is not supported: {advice}')

    @property
    def auth_config(self) -> BaseAuthConfig:
        """The auth config; setting it is the same as `add_auth`."""
        return self._auth

    @auth_config.setter
    def auth_config(self, auth: BaseAuthConfig) -> None:
        self.add_auth(auth)

    @property
    def theme(self) -> Theme:
        """The colour scheme; setting it is the same as `set_theme`."""
        return self._theme

    @theme.setter
    def theme(self, theme: Theme) -> None:
        self.set_theme(theme)

    def add_page(
        self,
        name: str,
        content: Content,
        icon: str | None = None,
        route: str | None = None,
        include_in_menu: bool = True,
        on_load: Any = None,
    ) -> PageRoute:
        """Add a page, and list it in the menu.

        Args:
            name: the page's name in the menu.
            content: a component, or a function that returns one.
            icon: the name of an icon.
            route: the address, such as `'notes'`; made of the name if not given.
            include_in_menu: whether the menu lists the page.
            on_load: actions that run before the page is shown.

        Raises:
            InvalidDefinition: another page has that address.
        """
        path = page_path(name, route)
        taken = next((each for each in self._menu if f'/{each.path.strip("/")}' == path), None)
        if taken:
            raise InvalidDefinition(f'Pages {taken.name!r} and {name!r} have one address, {path}; set route=...')
        page = PageRoute(
            path=path, content=content, name=name, icon=icon, on_load=on_load, include_in_menu=include_in_menu
        )
        self._menu.append(page)
        self.router.children.append(page)
        return page

    def set_theme(self, theme: Theme) -> None:
        """Show the app in a light or dark colour scheme, or in that of the user's system (`'auto'`, the default)."""
        if theme not in ('light', 'dark', 'auto'):
            raise InvalidDefinition(f"set_theme takes 'light', 'dark' or 'auto', not {theme!r}")
        self._theme = theme

    def add_auth(self, auth: BaseAuthConfig) -> None:
        """Set the identification of users; without it, each browser is a guest of its own.

        Raises:
            InvalidDefinition: `auth` is not an auth config, or an invalid one.
        """
        if not isinstance(auth, BaseAuthConfig):
            raise InvalidDefinition(f'add_auth takes a BaseAuthConfig of dara.core.auth, not {_named(auth)}')
        auth._check()
        self._auth = auth

    def allow_embedding(self, *origins: str) -> None:
        """Let pages of other sites show the app in a frame, such as those of `'https://intranet.example'`.

        The chapter on security describes the risks. Serve the app by https: only then do browsers keep a login in a
        frame of another site.

        Args:
            origins: scheme and host, with the port unless it is the default; `https://*.example` is all hosts below.

        Raises:
            InvalidDefinition: there is no origin, or an invalid one.
        """
        if not origins:
            raise InvalidDefinition("allow_embedding takes the origins of pages, such as 'https://intranet.example'")
        for origin in origins:
            if not isinstance(origin, str) or not _ORIGIN.fullmatch(origin):
                raise InvalidDefinition(
                    f"allow_embedding takes origins such as 'https://intranet.example', without a path, not {origin!r}"
                )
        self._embedders = list(dict.fromkeys([*self._embedders, *(each.rstrip('/') for each in origins)]))

    def add_endpoint(self, endpoint: Endpoint) -> None:
        """Add an endpoint: a function decorated with `get`, `post` or another decorator of `dara.core.http`.

        Raises:
            InvalidDefinition: it is not decorated, or another endpoint has its method and address.
        """
        if not isinstance(endpoint, Endpoint):
            raise InvalidDefinition(f'add_endpoint takes a function decorated with @get or the like, not {endpoint!r}')
        same = [each for each in self._endpoints if each.path == endpoint.path and each.method == endpoint.method]
        if same:
            raise InvalidDefinition(
                f'Endpoints {same[0].name} and {endpoint.name} both answer {endpoint.method} {endpoint.path}'
            )
        self._endpoints.append(endpoint)

    def add_middleware(self, middleware: Callable[..., Any], **options: Any) -> None:
        """Add a middleware around all requests. The last one added is outermost.

        Args:
            middleware: an ASGI middleware class, as for Starlette, or a function `async def (request, call_next)` that
                returns the response.
            options: the keyword arguments of the class.

        Raises:
            InvalidDefinition: `middleware` is neither, or a function with options.
        """
        if not inspect.isclass(middleware):
            if not inspect.iscoroutinefunction(middleware):
                raise InvalidDefinition(
                    f'add_middleware takes a class, or an async function of (request, call_next), not {middleware!r}'
                )
            if options:
                raise InvalidDefinition(f'add_middleware: the function {middleware.__qualname__} takes no options')
        self._middleware.append(Intercept(middleware, options))

    def add_static_folder(self, path: str | os.PathLike[str]) -> None:
        """Serve the files of a folder below `/static/`. A relative path is relative to the current directory.

        Raises:
            InvalidDefinition: the folder does not exist.
        """
        folder = os.path.realpath(path)
        if not os.path.isdir(folder):
            raise InvalidDefinition(f'add_static_folder: there is no folder {folder}')
        self._static_folders.append(folder)

    def add_encoder(self, typ: Any, serialize: Callable[[Any], Any], deserialize: Callable[[Any], Any]) -> None:
        """Let variables hold objects of a type of your own, and functions get them back by annotation.

        Call it before the first variable that holds such an object is created.

        Args:
            typ: the class; its subclasses are encoded, too.
            serialize: makes JSON of an object, wherever a value becomes JSON, in all apps of the process.
            deserialize: makes an object of that JSON, for parameters of this app's functions annotated with `typ`.

        Raises:
            InvalidDefinition: `typ` is not a class, or is JSON already.
        """
        add_encoder(typ, serialize)
        self._decoders[typ] = deserialize

    def on_startup(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Run a function, sync or async, before pages are served; also as a decorator.

        The function may take the app. It may return a function that runs when the server stops. It may also be an
        async generator function; then its part after `yield` runs when the server stops.

        Raises:
            InvalidDefinition: it is not a function, or requires more arguments than the app.
        """
        if not callable(function):
            raise InvalidDefinition(f'on_startup takes a function, not {function!r}')
        required = [each for each in inspect.signature(function).parameters.values() if each.default is each.empty]
        if len([each for each in required if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)]) > 1:
            raise InvalidDefinition(f'on_startup: {function!r} may take the app, and nothing else')
        self._startup.append(function)
        return function

    def build(self) -> Configuration:
        """Render and check all pages; return the configuration.

        Raises:
            InvalidDefinition: there is no page, or an invalid one.
            ConflictingIds: two different variables or stores have one uid.
        """
        addresses = addresses_of(self.router.children)
        if not addresses:
            raise InvalidDefinition('The app has no page. Add one: config.add_page(name, content=...)')
        self._check_reserved(addresses)
        template, default_path = self._checked_template(), default_address(addresses, self.router.default_path)
        levels = rendered_levels(addresses)
        tree = Tree()
        for rendered in levels.values():
            tree.merge(rendered.tree)
        return Configuration(
            name=self._name,
            title=self.title,
            theme=self._theme,
            template=template,
            routes=tuple(PageEntry(address, self._is_in_menu(address)) for address in addresses),
            levels=levels,
            default_path=default_path,
            tree=tree,
            endpoints=tuple(self._endpoints),
            middleware=tuple(self._middleware),
            static_folders=tuple(self._static_folders),
            startup=tuple(self._startup),
            auth=self._auth,
            embedders=tuple(self._embedders),
            decoders=dict(self._decoders),
        )

    def _check_reserved(self, addresses: tuple[Address, ...]) -> None:
        taken = next((each for each in addresses if each.pattern in self._auth._reserved), None)
        if taken:
            raise InvalidDefinition(
                f'The page {taken.name!r} is at {taken.pattern}, an address of the login; give it another one'
            )

    def _checked_template(self) -> Template:
        match self.template:
            case 'side' | 'default':
                return 'side'
            case 'top' | 'blank':
                return self.template
            case _:
                raise InvalidDefinition(f"config.template is 'top', 'side' or 'blank', not {self.template!r}")

    def _is_in_menu(self, address: Address) -> bool:
        """Return whether the menu lists a page.

        The menu lists the pages of `add_page`; in an app without any, all pages without a layout and parameters.
        """
        if not address.is_plain or not address.route.include_in_menu:
            return False
        return address.route in self._menu if self._menu else len(address.chain) == 1


def _named(auth: object) -> str:
    """Name an object by its type: its repr may contain passwords."""
    return (
        f'the class {auth.__qualname__}: create an instance of it'
        if inspect.isclass(auth)
        else f'a {type(auth).__name__}'
    )
