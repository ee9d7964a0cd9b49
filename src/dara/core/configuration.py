"""`ConfigurationBuilder`: the declaration of an app."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Collection, Sequence
from typing import Any, ClassVar, TypeVar

from dara.core._addresses import Address, addresses_of, default_address
from dara.core._appearance import Appearance
from dara.core._configuration import (
    STATIC,
    Configuration,
    Intercept,
    Template,
    Theme,
    checked_backend,
    checked_folder,
    checked_origins,
    checked_processes,
    checked_template,
    checked_threads,
    initial_theme,
    static_folders,
)
from dara.core._ids import name_of
from dara.core._looks import Width
from dara.core._pages import PageEntry, merged_tree, not_found_page, rendered_levels
from dara.core._routes import Content, PageOptions, PageRoute
from dara.core._strict import nearest
from dara.core._threads import THREADS
from dara.core._unsupported import ATTRIBUTES, METHODS, set_neutral, unsupported_method
from dara.core.auth import BaseAuthConfig, DefaultAuthConfig
from dara.core.component import as_list
from dara.core.errors import InvalidDefinition
from dara.core.http import Endpoint, EndpointConfiguration, configurations_of
from dara.core.persistence import PersistenceBackend
from dara.core.router import Router, page_path
from dara.core.variables import AnyVariable

A = TypeVar('A', bound=BaseAuthConfig)
P = TypeVar('P', str, 'os.PathLike[str]')
E = TypeVar('E', bound=EndpointConfiguration)


class ConfigurationBuilder(Appearance):
    """The builder of an app's configuration.

        config = ConfigurationBuilder()
        config.title = 'Notes'
        config.add_page('Notes', content=Stack(...))

    Attributes:
        title: the app's title.
        router: the addresses of the app, and the content of each.
        template: the frame of pages without a layout of their own: `'top'`, a header with a menu; `'side'`, a bar at
            the side; `'blank'`, nothing.
        threads: the number of calls of sync functions that run at one time; more if fewer than 4 run of a function.
        backend: the backend of all stores that are made without one, which then have keys of their own there, such as
            `notes/global` for the store `notes`; without it, each keeps its values in memory.
        brand: the accent, logo, icon and font of all pages: a `Brand`.
        width: the width of pages: `'narrow'`, `'normal'`, `'wide'`, `'full'`, or a number of pixels.
        shared_folder: a folder that all servers of the app may write, on a disk that their hosts share, and no other
            app: files of users and other large data are kept there for a while. An app on one host needs none.
        task_processes: the number of tasks, in processes of their own, that run at one time; one less than the machine
            has cores if it is None. With several workers, each has so many.
        task_module: the name of the module with the functions of tasks. It need not be set: a task may be a function of
            any module.

    Raises:
        InvalidDefinition: an unknown attribute is set.
    """

    _advised: ClassVar[Collection[str]] = ATTRIBUTES.keys()
    title: str
    router: Router
    template: str
    threads: int
    backend: PersistenceBackend | None
    shared_folder: str | os.PathLike[str] | None
    task_processes: int | None
    task_module: str | None

    def __init__(self) -> None:
        super().__init__()
        self._name = name_of(self)
        self.title = 'Dara'
        self.router = Router()
        self.template = 'top'
        self.threads = THREADS
        self.backend = None
        self.shared_folder = None
        self.task_processes = None
        self.task_module = None
        self._endpoints: list[Endpoint] = []
        self._middleware: list[Intercept] = []
        self._static_folders: list[str] = []
        self._startup: list[Callable[..., Any]] = []
        self._auth: BaseAuthConfig = DefaultAuthConfig()
        self._menu: list[PageRoute] = []
        self._embedders: list[str] = []
        self._configurations: dict[type[EndpointConfiguration], EndpointConfiguration] = {}
        self._decoders: dict[Any, Callable[[Any], Any]] = {}

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ATTRIBUTES:
            set_neutral(name, value)
        else:
            super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:
        if name in METHODS:
            return unsupported_method(name)
        if name in ATTRIBUTES:
            return ATTRIBUTES[name][0][0]
        if name.startswith('_'):
            raise AttributeError(name)
        known = [each for each in dir(type(self)) if not each.startswith('_')]
        raise AttributeError(f'ConfigurationBuilder has no attribute {name!r}. {nearest(name, known, METHODS)}')

    @property
    def auth_config(self) -> BaseAuthConfig:
        """The auth config; setting it is the same as `add_auth`."""
        return self._auth

    @auth_config.setter
    def auth_config(self, auth: BaseAuthConfig) -> None:
        self.add_auth(auth)

    @property
    def startup_functions(self) -> list[Callable[..., Any]]:
        """The functions of `on_startup`."""
        return self._startup

    @startup_functions.setter
    def startup_functions(self, functions: Sequence[Callable[..., Any]]) -> None:
        self._startup = []
        for function in functions:
            self.on_startup(function)

    def add_page(
        self,
        name: str,
        content: Content,
        icon: str | None = None,
        route: str | None = None,
        include_in_menu: bool = True,
        reset_vars_on_load: Sequence[AnyVariable[Any]] | None = None,
        on_load: Any = None,
        width: Width | None = None,
    ) -> PageRoute:
        """Add a page, and list it in the menu.

        Args:
            name: the page's name in the menu.
            content: a component, a function that returns one, or a class whose object is called.
            icon: the name of an icon.
            route: the address, such as `'notes'`; made of the name if not given.
            include_in_menu: whether the menu lists the page.
            reset_vars_on_load: variables that are reset to their defaults before the page is shown, and before the
                actions of `on_load` run; shared ones for everybody.
            on_load: actions that run before the page is shown.
            width: the page's width, if it is another than `config.width`.

        Raises:
            InvalidDefinition: the width is none, another page has that address, or a variable cannot be reset.
        """
        path = page_path(name, route)
        taken = next((each for each in self._menu if f'/{each.path.strip("/")}' == path), None)
        if taken:
            raise InvalidDefinition(f'Pages {taken.name!r} and {name!r} have one address, {path}; set route=...')
        actions = [*_resets(reset_vars_on_load or []), *([] if on_load is None else as_list(on_load))]
        options: PageOptions = {'name': name, 'icon': icon, 'include_in_menu': include_in_menu, 'width': width}
        options['on_load'] = actions or None
        page = PageRoute(path=path, content=content, **options)
        self._menu.append(page)
        self.router.children.append(page)
        return page

    def add_auth(self, auth: A) -> A:
        """Set the identification of users, and return it; without it, each browser is a guest of its own.

        Raises:
            InvalidDefinition: `auth` is not an auth config, or an invalid one.
        """
        if not isinstance(auth, BaseAuthConfig):
            raise InvalidDefinition(f'add_auth takes a BaseAuthConfig of dara.core.auth, not {_named(auth)}')
        auth._check()
        self._auth = auth
        return auth

    def allow_embedding(self, *origins: str) -> None:
        """Let pages of other sites show the app in a frame, such as those of `'https://intranet.example'`.

        The chapter on security describes the risks. Serve the app by https: only then do browsers keep a login in a
        frame of another site.

        Args:
            origins: scheme and host, with the port unless it is the default; `https://*.example` is all hosts below.

        Raises:
            InvalidDefinition: there is no origin, or an invalid one.
        """
        self._embedders = list(dict.fromkeys([*self._embedders, *checked_origins(origins)]))

    def add_endpoint(self, endpoint: Endpoint) -> Endpoint:
        """Add an endpoint, and return it: a function decorated with `get` or another decorator of `dara.core.http`.

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
        return endpoint

    def add_configuration(self, config: E) -> E:
        """Give endpoints the settings that they declare by annotation, and return the settings.

        Of several of one class, the last counts.

        Raises:
            InvalidDefinition: it is not an object of a class derived from `EndpointConfiguration`.
        """
        if not isinstance(config, EndpointConfiguration):
            raise InvalidDefinition(
                f'add_configuration takes an EndpointConfiguration of dara.core.http, not {config!r}'
            )
        self._configurations[type(config)] = config
        return config

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

    def add_static_folder(self, path: P) -> P:
        """Serve the files of a folder below `/static/`, and return the path.

        A relative path is relative to the current directory. Of files of one name, that of the folder added first is
        served. The folder `static` of the current directory is served last, without being added.

        Raises:
            InvalidDefinition: the folder does not exist.
        """
        folder = os.path.realpath(path)
        if not os.path.isdir(folder):
            raise InvalidDefinition(f'add_static_folder: there is no folder {folder}')
        self._static_folders.append(folder)
        return path

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
        from dara.core._types import add_encoder  # few apps have types of their own

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
            InvalidDefinition: there is no page, or an invalid one; `backend` is no backend; or `shared_folder` no path.
            ConflictingIds: two different variables or stores have one uid.
        """
        addresses = addresses_of(self.router.children)
        if not addresses:
            raise InvalidDefinition('The app has no page. Add one: config.add_page(name, content=...)')
        folders = static_folders(self._static_folders)
        self._check_reserved(addresses, has_static=bool(folders))
        template, default_path = checked_template(self.template), default_address(addresses, self.router.default_path)
        levels, not_found = rendered_levels(addresses), not_found_page(default_path)
        theme_variable = self._theme if isinstance(self._theme, AnyVariable) else None
        return Configuration(
            name=self._name,
            title=self.title,
            theme=initial_theme(self._theme),
            theme_variable=theme_variable,
            template=template,
            routes=tuple(PageEntry(address, self._is_in_menu(address)) for address in addresses),
            levels=levels,
            default_path=default_path,
            tree=merged_tree([*levels.values(), not_found.level], theme_variable),
            not_found=not_found,
            looks=self._looks(self.title, folders),
            endpoints=tuple(self._endpoints),
            middleware=tuple(self._middleware),
            static_folders=folders,
            startup=tuple(self._startup),
            auth=self._auth,
            embedders=tuple(self._embedders),
            endpoint_configurations=configurations_of(self._endpoints, self._configurations),
            decoders=dict(self._decoders),
            threads=checked_threads(self.threads),
            backend=checked_backend(self.backend),
            shared_folder=checked_folder(self.shared_folder),
            task_processes=checked_processes(self.task_processes),
        )

    def _check_reserved(self, addresses: tuple[Address, ...], *, has_static: bool) -> None:
        below = next((each for each in addresses if has_static and each.pattern.startswith(f'/{STATIC}/')), None)
        if below:
            raise InvalidDefinition(
                f'The page {below.name!r} is at {below.pattern}, but files are below /{STATIC}/; give it another path'
            )
        taken = next((each for each in addresses if each.pattern in self._auth._reserved), None)
        if taken:
            raise InvalidDefinition(
                f'The page {taken.name!r} is at {taken.pattern}, an address of the login; give it another one'
            )

    def _is_in_menu(self, address: Address) -> bool:
        """Return whether the menu lists a page.

        The menu lists the pages of `add_page`; in an app without any, all pages without a layout and parameters.
        """
        if not address.is_plain or not address.route.include_in_menu:
            return False
        return address.route in self._menu if self._menu else len(address.chain) == 1


def _resets(variables: Sequence[AnyVariable[Any]]) -> list[Any]:
    wrong = next((each for each in variables if not isinstance(each, AnyVariable)), None)
    if wrong is not None:
        raise InvalidDefinition(f'reset_vars_on_load takes variables that can be reset, not {wrong!r}')
    return [each.reset() for each in variables]


def _named(auth: object) -> str:
    """Name an object by its type: its repr may contain passwords."""
    return (
        f'the class {auth.__qualname__}: create an instance of it'
        if inspect.isclass(auth)
        else f'a {type(auth).__name__}'
    )


__all__ = ['Configuration', 'ConfigurationBuilder', 'Intercept', 'Template', 'Theme']
