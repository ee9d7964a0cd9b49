"""The HTTP handlers of pages, the built client and downloads."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence, Set
from html import escape
from typing import Any, Final, get_args
from urllib.parse import quote, unquote

import orjson
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.types import Scope

from dara.core import _messages as messages
from dara.core._addresses import find
from dara.core._context import Identity
from dara.core._libraries import USED_BY, address_of
from dara.core._looks import Looks, css_width
from dara.core._pages import PageEntry, RenderedLevel
from dara.core._pattern import Parameters
from dara.core._server.assets import Assets
from dara.core._sync.fragments import shown_value, static_part, stored_values
from dara.core._sync.hub import Hub
from dara.core.auth.config import LOGIN
from dara.core.configuration import Configuration, Theme
from dara.core.variables import dump_ref

# Runs before the first paint, so that a dark page does not flash.
_CHOSEN: Final = "try{s=localStorage.getItem('mantine-color-scheme-value')}catch{}"
_COLOR_SCHEME: Final = (
    "let s;%ss??='%s';if(s==='auto')s=matchMedia('(prefers-color-scheme: dark)').matches?'dark':'light';"
    "document.documentElement.setAttribute('data-mantine-color-scheme',s)"
)

# Characters that remain in a percent-encoded path; others were sent raw.
_ENCODED: Final = "%/:?#[]@!$&'()*+,;=~-._"
SLICE_BYTES: Final = 64 * 1024
_PRIVATE: Final = {'Cache-Control': 'private, no-store', 'X-Content-Type-Options': 'nosniff'}


class PageHandlers:
    """The handlers of one app."""

    def __init__(self, configuration: Configuration, hub: Hub, assets: Assets, build: str) -> None:
        self._configuration = configuration
        self._hub = hub
        self._assets = assets
        self._build = build
        self._routes = {route.address: route for route in configuration.routes}
        self._listed = [_encoded(_listed(route, configuration.looks)) for route in configuration.routes]
        entry, level = configuration.not_found
        self._levels = {**configuration.levels, entry.id: level}
        self._static = {
            key: {**{name: _encoded(part) for name, part in static_part(level.tree).items()}, **_about(level)}
            for key, level in self._levels.items()
        }
        entries = (*configuration.routes, configuration.not_found.entry)
        self._libraries = {route.id: _libraries_of(self._components(route)) for route in entries}
        self._needed = {route.id: assets.needed(self._components(route)) for route in entries}

    async def page(self, request: Request) -> Response:
        """Return the HTML of a page, with its tree and the present values of its shared variables."""
        base = request.scope.get('root_path', '')
        nonce = secrets.token_urlsafe(16)
        path = _path(request.scope)
        found = self._find(path)
        if found is None and path == '/':  # the client corrects the address
            path = self._configuration.default_path
            found = self._find(path)
        looks = self._configuration.looks
        route, parameters = found or (self._configuration.not_found.entry, {})
        listed = self._listed if found else [*self._listed, {**_listed(route, looks), 'pattern': _literal(path)}]
        variable, theme = self._configuration.theme_variable, await self._theme(request.scope)
        state = {
            'base': base,
            'title': self._configuration.title,
            'name': looks.name,
            'logo': looks.logo,
            'theme': theme,
            'theme_variable': None if variable is None else dump_ref(variable),
            'template': self._configuration.template,
            'login': LOGIN,
            'routes': listed,
            **await self._state(route, path, parameters, request.scope),
        }
        scheme = _COLOR_SCHEME % (_CHOSEN if variable is None else '', theme)
        html = self._html(route, orjson.dumps(state), base, nonce, scheme)
        return HTMLResponse(html, 200 if found else 404, self._headers(nonce))

    async def page_data(self, request: Request) -> Response:
        """Return the data with which the client navigates to another page."""
        path = request.query_params.get('path', '')
        found = self._find(path)
        if found is None:
            return JSONResponse({'detail': messages.no_page_at(path)}, 404, _PRIVATE)
        state = await self._state(found[0], path, found[1], request.scope)
        return Response(orjson.dumps(state), media_type='application/json', headers=_PRIVATE)

    async def asset(self, request: Request) -> Response:
        """Return a file of the built client."""
        return self._assets.response(request.path_params['path'], request.headers.get('accept-encoding', ''))

    async def download(self, request: Request) -> Response:
        """Return a file that an action offered to this session, once."""
        identity: Identity = request.scope['dara.identity']
        offer = await self._hub.calls.downloads.take(request.path_params['token'], identity.session_id)
        if offer is None:
            return PlainTextResponse(messages.DOWNLOAD_EXPIRED, 404, _PRIVATE)
        done = BackgroundTask(offer.path.unlink, missing_ok=True) if offer.is_temporary else None
        return FileResponse(offer.path, filename=offer.name, headers=_PRIVATE, background=done)

    async def result(self, request: Request) -> Response:
        """Return a large result of a call to the tab that has called, once."""
        identity: Identity = request.scope['dara.identity']
        encoded = self._hub.calls.large_results.take(request.path_params['token'], identity.session_id)
        if encoded is None:
            return PlainTextResponse(messages.RESULT_EXPIRED, 404, _PRIVATE)
        headers = {**_PRIVATE, 'Content-Encoding': 'gzip', 'Content-Length': str(len(encoded.content))}
        return StreamingResponse(_slices(encoded.content), headers=headers, media_type='application/x-ndjson')

    def _headers(self, nonce: str) -> dict[str, str]:
        return _headers(nonce, self._configuration.embedders)

    def _find(self, path: str) -> tuple[PageEntry, Parameters] | None:
        found = find(tuple(self._routes), path)
        return None if found is None else (self._routes[found[0]], found[1])

    async def _state(self, route: PageEntry, path: str, parameters: Parameters, scope: Scope) -> dict[str, Any]:
        """Return the page's state, which depends on the page and the user."""
        identity: Identity = scope['dara.identity']
        levels = {}
        for key in route.chain:
            stores = await stored_values(self._levels[key].tree, identity, parameters)
            levels[key] = {**self._static[key], 'stores': stores}
        return {
            'build': self._build,
            'user': {'id': identity.user.identity_id, 'name': identity.user.identity_name},
            'is_guest': self._configuration.auth._identification == 'guest',
            'can_log_out': self._configuration.auth._has_login,
            'path': path,
            'route': route.id,
            'levels': levels,
        }

    async def _theme(self, scope: Scope) -> Theme:
        """Return the colour scheme in which the page is shown first."""
        theme, variable = self._configuration.theme, self._configuration.theme_variable
        shown = None if variable is None else await shown_value(variable, scope['dara.identity'])
        return next((each for each in get_args(Theme) if each == shown), theme)

    def _html(self, route: PageEntry, state: bytes, base: str, nonce: str, scheme: str) -> str:
        needed, looks = self._needed[route.id], self._configuration.looks
        files = f'{escape(base)}/_dara/static'
        entry, *preloads = needed.scripts
        libraries = self._libraries[route.id]
        head = ''.join(
            [
                *(f'<link rel="preload" as="script" href="{escape(base)}{address}">' for address in libraries),
                *(f'<link rel="stylesheet" href="{files}/{style}">' for style in needed.styles),
                f'<script type="module" src="{files}/{entry}"></script>',
                # Evaluated as soon as they are there, while the others are still being loaded.
                *(f'<script type="module" async src="{files}/{script}"></script>' for script in needed.libraries),
                *(
                    f'<link rel="modulepreload" href="{files}/{script}">'
                    for script in preloads
                    if script not in needed.libraries
                ),
            ]
        )
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<meta name="dara-nonce" content="{nonce}"><title>{escape(self._title(route))}</title>'
            f'<link rel="icon" href="{_href(looks.favicon, base)}">'
            f'<script nonce="{nonce}">{scheme}</script>{head}{_styles(looks, route, base, nonce)}</head>'
            f'<body><div id="dara-root"></div><script type="application/json" id="dara-page">'
            f'{_script_safe(state)}</script></body></html>'
        )

    def _components(self, route: PageEntry) -> set[str]:
        """Return the names of the components that are on a page when it opens."""
        trees = [self._levels[key].tree for key in route.chain]
        return {name for tree in trees for name in tree.component_names}

    def _title(self, route: PageEntry) -> str:
        """Return the page's and the app's name; for an app of one page, its own name."""
        title, name = self._configuration.title, route.address.name
        return title if len(self._routes) == 1 or name == title else f'{name} · {title}'


def _libraries_of(components: Set[str]) -> list[str]:
    """Return the addresses of the libraries that components need, so that they are fetched with the page."""
    return [address_of(USED_BY[name]) for name in sorted(components & USED_BY.keys())]


async def _slices(content: bytes) -> AsyncIterator[bytes]:
    """Yield slices: each is written when there is room for it."""
    for start in range(0, len(content), SLICE_BYTES):
        yield content[start : start + SLICE_BYTES]


def _encoded(part: Any) -> orjson.Fragment:
    """Encode a part of pages that never changes, once for all requests."""
    return orjson.Fragment(orjson.dumps(part))


def _about(rendered: RenderedLevel) -> dict[str, Any]:
    page = rendered.level if rendered.level.is_page else None
    return {
        'name': page and page.name,
        'pattern': page and page.pattern,
        'on_load': rendered.on_load,
        'fallback': rendered.fallback,
    }


def _styles(looks: Looks, route: PageEntry, base: str, nonce: str) -> str:
    """Return the elements with the CSS of the app's looks."""
    css = looks.css + f':root{{--dara-width:{_width(route, looks)}}}'
    links = (f'<link rel="stylesheet" href="{_href(f"/static/{quote(each)}", base)}">' for each in looks.stylesheets)
    return ''.join([f'<style nonce="{nonce}">{css}</style>', *links])


def _href(address: str, base: str) -> str:
    """Return an address for HTML; one that begins with a slash counts from the base of the app."""
    return escape(f'{base}{address}' if address.startswith('/') else address)


def _literal(path: str) -> str:
    """Return the pattern of a path alone, or that of all paths if the path cannot be written as one."""
    words = [unquote(word) for word in path.strip('/').split('/')]
    is_plain = all(word and not set(word) & set(':*?/%') for word in words)
    return f'/{"/".join(words)}' if is_plain else '/*'


def _width(route: PageEntry, looks: Looks) -> str:
    return css_width('width', route.address.route.width) or looks.width


def _listed(route: PageEntry, looks: Looks) -> dict[str, Any]:
    address = route.address
    return {
        'id': route.id,
        'pattern': address.pattern,
        'name': address.name,
        'icon': address.route.icon,
        'width': _width(route, looks),
        'chain': route.chain,
        'inMenu': route.in_menu,
        'isFramed': route.is_framed,
        'caseSensitive': address.case_sensitive,
    }


def _path(scope: Scope) -> str:
    """Return the requested path below the app's root, percent-encoded, so that %2F is not a slash."""
    base = scope.get('root_path', '')
    path: str = scope['path']
    raw = scope.get('raw_path')
    encoded = quote(raw.partition(b'?')[0], safe=_ENCODED) if raw else quote(path)
    prefix = quote(base)
    if base and encoded.startswith(f'{prefix}/'):
        encoded = encoded[len(prefix) :]
    elif encoded == prefix:
        encoded = '/'
    return '/' + encoded.strip('/')


def _script_safe(json: bytes) -> str:
    """Nothing in JSON inside `<script>` may look like markup, whatever users have written."""
    text = json.decode()
    for char in '<>&\u2028\u2029':
        text = text.replace(char, f'\\u{ord(char):04x}')
    return text


def _headers(nonce: str, embedders: Sequence[str]) -> dict[str, str]:
    policy = (
        "default-src 'self'",
        f"script-src 'self' 'nonce-{nonce}'",
        f"style-src 'self' 'nonce-{nonce}'",
        "img-src 'self' data: https:",  # an app may show pictures of other sites
        "base-uri 'none'",
        "form-action 'self'",
        ' '.join(["frame-ancestors 'self'", *embedders]),
        "object-src 'none'",
    )
    return {
        'Content-Security-Policy': '; '.join(policy),
        'Cache-Control': 'private, no-store',
        'X-Content-Type-Options': 'nosniff',
        'Referrer-Policy': 'same-origin',
    }
