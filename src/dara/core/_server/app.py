"""`create_app`: the one place where the parts of an app meet."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route, WebSocketRoute

from dara.core._limits import DEFAULT_LIMITS
from dara.core._server.assets import Assets
from dara.core._server.routes import Routes
from dara.core._server.socket import SocketEndpoint
from dara.core._sync.hub import Hub
from dara.core.configuration import Configuration, ConfigurationBuilder


def create_app(config: Configuration | ConfigurationBuilder) -> Starlette:
    """Return the ASGI app of `config`, for uvicorn, gunicorn, or to mount in another app.

    Raises:
        InvalidDefinition: the app is written wrongly.
        InvalidConfig: the client has not been built.
    """
    configuration = config.build() if isinstance(config, ConfigurationBuilder) else config
    assets = Assets()
    build = _build_of(configuration, assets)
    hub = Hub(configuration.stores, configuration.calls, build, DEFAULT_LIMITS)
    routes = Routes(configuration, hub, assets, build)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with hub.run():
            yield

    app = Starlette(
        routes=[
            Route('/_dara/health', routes.health),
            Route('/_dara/static/{path:path}', routes.asset),
            WebSocketRoute('/_dara/ws', SocketEndpoint(hub)),
            Route('/{path:path}', routes.page, middleware=[Middleware(GZipMiddleware)]),
        ],
        lifespan=lifespan,
    )
    app.state.hub = hub
    return app


def _build_of(configuration: Configuration, assets: Assets) -> str:
    """What tells this version of the app and its client from another: the same wherever the same code runs."""
    pages = [[rendered.page.name, rendered.page.route, rendered.tree.nodes] for rendered in configuration.pages]
    defaults = {uid: variable.default for uid, variable in configuration.variables.items()}
    definition = orjson.dumps([configuration.title, pages, defaults, assets.build], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(definition).hexdigest()[:16]
