"""`create_app`: the composition of an app from its parts."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import orjson
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from dara.core._jobs.jobs import Jobs
from dara.core._libraries import LIBRARIES
from dara.core._limits import DEFAULT_LIMITS
from dara.core._server import endpoints, flood
from dara.core._server.application import App
from dara.core._server.assets import Assets
from dara.core._server.common_throttle import CommonThrottle
from dara.core._server.error_pages import ErrorPages
from dara.core._server.fleet import joined
from dara.core._server.health import HEALTH, READY, HealthHandlers
from dara.core._server.identity import Admission, IdentityMiddleware
from dara.core._server.libraries import Libraries
from dara.core._server.login import Login
from dara.core._server.login_page import Look
from dara.core._server.monitor import measured, monitored
from dara.core._server.pages import PageHandlers
from dara.core._server.secret import secret_for
from dara.core._server.sessions import Sessions
from dara.core._server.shared_files import kept
from dara.core._server.socket import SocketEndpoint
from dara.core._server.startup import started
from dara.core._server.state import StateFolder
from dara.core._server.static import StaticFolders
from dara.core._server.telemetry import Telemetry
from dara.core._server.uploads import UploadHandlers
from dara.core._shared_folder import SHARED_FOLDERS, SharedFolder
from dara.core._sync.hub import Hub
from dara.core._threads import RESERVED, Threads
from dara.core._types import Types
from dara.core.configuration import Configuration, ConfigurationBuilder, Intercept
from dara.core.persistence.default_backend import DEFAULT_BACKENDS, DefaultBackend

if TYPE_CHECKING:
    from dara.core.persistence.shared import SharedBackend

GZIP_LEVEL: Final = 4  # level 9 takes three times as long, for a seventh fewer bytes


def create_app(config: Configuration | ConfigurationBuilder, *, debug: bool = False) -> Starlette:
    """Return the ASGI app of `config`, for uvicorn, gunicorn, or to mount in another app.

    Args:
        debug: pages show the tracebacks of the app's functions, to everybody who sees the pages.

    Raises:
        InvalidDefinition: the app is defined incorrectly.
        InvalidConfig: the client has not been built, or the secret cannot be used.
    """
    configuration = config.build() if isinstance(config, ConfigurationBuilder) else config
    flood.limit('dara', 'uvicorn.error')
    telemetry, assets = Telemetry(), Assets()
    build = _build_of(configuration, assets)
    threads, default = Threads('dara-app', configuration.threads, RESERVED), _default_backend(configuration)
    shared_folder = SharedFolder(configuration.name, configuration.shared_folder)
    folder = StateFolder.of(configuration.name)
    secret = secret_for(configuration.auth, folder)
    hub = _hub(configuration, build, secret, threads, default, shared_folder, debug)
    pages = PageHandlers(configuration, hub, assets, build)
    sessions = _sessions(configuration, folder, secret, hub)
    throttle, look = CommonThrottle(secret), Look(configuration.title, configuration.theme, configuration.looks)
    login = Login(configuration.auth, sessions, look, configuration.embedders, throttle)
    join = partial(joined, folder=shared_folder, sessions=sessions, throttle=throttle, jobs=hub.jobs)
    monitor = partial(monitored, build, telemetry)
    error_pages = ErrorPages(look, configuration.embedders, shows_traces=debug)
    socket, admission = SocketEndpoint(hub, sessions), _admission(configuration, sessions, error_pages)
    app = App(
        admission,
        socket,
        default,
        shared_folder,
        routes=_routes(configuration, pages, hub, build, login, socket, folder, threads),
        middleware=[Middleware(IdentityMiddleware, admission), *_middleware(configuration)],
        exception_handlers=error_pages.handlers(),
        lifespan=partial(_running, configuration, default, shared_folder, hub, join, monitor),
    )
    app.state.hub = hub
    return app


@asynccontextmanager
async def _running(
    configuration: Configuration,
    default: DefaultBackend,
    folder: SharedFolder,
    hub: Hub,
    join: Callable[[SharedBackend | None], AbstractAsyncContextManager[None]],
    monitor: Callable[[], AbstractAsyncContextManager[None]],
    app: Starlette,
) -> AsyncIterator[None]:
    """Keep an app running: the lifespan of the server."""
    with DEFAULT_BACKENDS.serving(default), SHARED_FOLDERS.serving(folder):
        async with (
            monitor(),
            kept(folder),
            hub.backends(),
            started(configuration.startup, app),
            hub.run(),
            join(hub.shared_backend),
            hub.jobs.serving(),
        ):
            yield


def _admission(configuration: Configuration, sessions: Sessions, error_pages: ErrorPages) -> Admission:
    is_public = partial(endpoints.is_public, configuration.endpoints)
    return Admission(configuration.auth, sessions, is_public, error_pages.unavailable)


def _hub(
    configuration: Configuration,
    build: str,
    secret: str,
    threads: Threads,
    default: DefaultBackend,
    folder: SharedFolder,
    debug: bool,
) -> Hub:
    return Hub(
        configuration.tree,
        build,
        DEFAULT_LIMITS,
        guests=configuration.auth._identification == 'guest',
        secret=hashlib.sha256(f'presence {secret}'.encode()).digest(),
        types=Types(configuration.decoders),
        threads=threads,
        default=default,
        folder=folder,
        jobs=Jobs(configuration.task_processes),
        shows_traces=debug,
    )


def _routes(
    configuration: Configuration,
    pages: PageHandlers,
    hub: Hub,
    build: str,
    login: Login,
    socket: SocketEndpoint,
    folder: StateFolder,
    threads: Threads,
) -> list[BaseRoute]:
    health = HealthHandlers(hub, build)
    compressed = [Middleware(GZipMiddleware, compresslevel=GZIP_LEVEL)]
    return [
        Route(HEALTH, health.health),
        Route(READY, health.ready),
        Route('/_dara/static/{path:path}', pages.asset),
        Route(f'{LIBRARIES}/{{file}}', Libraries().script),
        Route('/_dara/page', pages.page_data, middleware=[*measured('data'), *compressed]),
        Route('/_dara/download/{token}', pages.download),
        Route('/_dara/result/{token}', pages.result),
        *UploadHandlers(hub.calls.uploads).routes(),
        WebSocketRoute('/_dara/ws', socket),
        *login.routes(),
        *(
            route
            for endpoint in configuration.endpoints
            for route in endpoints.routes(endpoint, threads, configuration.endpoint_configurations)
        ),
        *_static(configuration, folder),
        Route('/{path:path}', pages.page, middleware=[*measured('html'), *compressed]),
    ]


def _default_backend(configuration: Configuration) -> DefaultBackend:
    """Return the default backend of the app, in which the stores of the pages keep their values."""
    default = DefaultBackend(configuration.backend)
    for store in configuration.tree.all_stores:
        store.core.move_to(default)
    return default


def _sessions(configuration: Configuration, folder: StateFolder, secret: str, hub: Hub) -> Sessions:
    auth = configuration.auth
    return Sessions(
        auth,
        secret,
        hub.log_out,
        folder=None if auth._identification == 'guest' else folder,
        is_embedded=bool(configuration.embedders),
    )


def _static(configuration: Configuration, state_folder: StateFolder) -> list[BaseRoute]:
    folders = configuration.static_folders
    return [Mount('/static', StaticFolders(folders, state_folder))] if folders else []


def _middleware(configuration: Configuration) -> list[Middleware]:
    return [_intercepting(each) for each in reversed(configuration.middleware)]


def _intercepting(intercept: Intercept) -> Middleware:
    if not inspect.isclass(intercept.middleware):
        return Middleware(BaseHTTPMiddleware, dispatch=intercept.middleware)
    factory: Callable[..., Any] = intercept.middleware
    return Middleware(factory, **intercept.options)


def _build_of(configuration: Configuration, assets: Assets) -> str:
    """Return the id of this version of the app and its client; the same code has the same id everywhere."""
    pages = [[route.address.name, route.address.pattern, route.chain] for route in configuration.routes]
    levels = {key: level.tree.nodes for key, level in configuration.levels.items()}
    variables = {uid: variable._definition for uid, variable in configuration.tree.variables.items()}
    parts = [configuration.title, configuration.template, pages, levels, variables, assets.build]
    definition = orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(definition).hexdigest()[:16]
