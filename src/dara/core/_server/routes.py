"""HTTP: the pages, the built client, health."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from html import escape
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from dara.core._server.assets import Assets
from dara.core._sync.hub import Hub
from dara.core.configuration import Configuration, RenderedPage
from dara.core.persistence.stores import BackendStore

# Runs before the first paint, so that a dark page is never light for a moment.
_COLOR_SCHEME: Final = (
    "let s;try{s=localStorage.getItem('mantine-color-scheme-value')}catch{}"
    "s??='%s';if(s==='auto')s=matchMedia('(prefers-color-scheme: dark)').matches?'dark':'light';"
    "document.documentElement.setAttribute('data-mantine-color-scheme',s)"
)

_NOT_FOUND: Final = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title><style nonce="{nonce}">
:root {{ color-scheme: {scheme} }}
body {{ font: 1rem/1.6 system-ui, sans-serif; max-width: 26rem; margin: 18vh auto; padding: 0 1.5rem }}
h1 {{ font-size: 1.6rem; letter-spacing: -0.015em }}
</style></head><body><h1>There is no such page</h1><p><a href="{home}">Go to the first page</a></p></body></html>"""


class Routes:
    """Answers HTTP requests for one app."""

    def __init__(self, configuration: Configuration, hub: Hub, assets: Assets, build: str) -> None:
        self._configuration = configuration
        self._hub = hub
        self._assets = assets
        self._build = build
        self._pages = {rendered.page.route: rendered for rendered in configuration.pages}
        self._pages.setdefault('/', configuration.pages[0])

    async def page(self, request: Request) -> Response:
        """The HTML of a page, with its tree and the present values of its shared variables."""
        base = request.scope.get('root_path', '')
        rendered = self._pages.get('/' + request.path_params['path'].strip('/'))
        nonce = secrets.token_urlsafe(16)
        if rendered is None:
            return HTMLResponse(self._not_found(base, nonce), 404, _headers(nonce))
        await self._hub.open_stores()
        return HTMLResponse(self._html(rendered, base, nonce), headers=_headers(nonce))

    async def asset(self, request: Request) -> Response:
        """A file of the built client."""
        return self._assets.response(request.path_params['path'], request.headers.get('accept-encoding', ''))

    async def health(self, _: Request) -> Response:
        """Whether the server answers, and which build of the app it runs."""
        return JSONResponse({'status': 'ok', 'build': self._build, 'sessions': self._hub.sessions})

    def _html(self, rendered: RenderedPage, base: str, nonce: str) -> str:
        needed = self._assets.needed(_components(rendered.tree.nodes))
        files = f'{escape(base)}/_dara/static'
        entry, *preloads = needed.scripts
        head = ''.join(
            [
                *(f'<link rel="stylesheet" href="{files}/{style}">' for style in needed.styles),
                f'<script type="module" src="{files}/{entry}"></script>',
                *(f'<link rel="modulepreload" href="{files}/{script}">' for script in preloads),
            ]
        )
        title = escape(self._configuration.title)
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<meta name="dara-nonce" content="{nonce}"><title>{title}</title>'
            f'<link rel="icon" href="data:,">'
            f'<script nonce="{nonce}">{_COLOR_SCHEME % self._configuration.theme}</script>{head}</head>'
            f'<body><div id="dara-root"></div><script type="application/json" id="dara-page">'
            f'{_script_safe(self._state(rendered, base))}</script></body></html>'
        )

    def _not_found(self, base: str, nonce: str) -> str:
        theme = self._configuration.theme
        scheme = 'light dark' if theme == 'auto' else theme
        title = escape(self._configuration.title)
        return _NOT_FOUND.format(home=escape(f'{base}/'), nonce=nonce, scheme=scheme, title=title)

    def _state(self, rendered: RenderedPage, base: str) -> bytes:
        variables = rendered.tree.variables
        stores = {
            variable.store.uid: variable.store
            for variable in variables.values()
            if isinstance(variable.store, BackendStore)
        }
        return orjson.dumps(
            {
                'build': self._build,
                'base': base,
                'title': self._configuration.title,
                'theme': self._configuration.theme,
                'route': rendered.page.route,
                'pages': [
                    {'name': each.page.name, 'route': each.page.route, 'icon': each.page.icon}
                    for each in self._configuration.pages
                ],
                'variables': {
                    uid: {'default': variable.default, 'store': _store_uid(variable.store)}
                    for uid, variable in variables.items()
                },
                'stores': self._hub.positions(stores),
                'content': rendered.tree.nodes,
            }
        )


def _store_uid(store: Any) -> str | None:
    return store.uid if isinstance(store, BackendStore) else None


def _components(nodes: list[dict[str, Any]]) -> set[str]:
    return {node['component'] for node in _walk(nodes)}


def _walk(nodes: Any) -> Iterator[dict[str, Any]]:
    for node in nodes:
        yield node
        for slot in node['slots'].values():
            yield from _walk(slot)


def _script_safe(json: bytes) -> str:
    """Nothing in JSON inside `<script>` may look like markup, whatever users have written."""
    text = json.decode()
    for char in '<>&\u2028\u2029':
        text = text.replace(char, f'\\u{ord(char):04x}')
    return text


def _headers(nonce: str) -> dict[str, str]:
    policy = (
        "default-src 'self'",
        f"script-src 'self' 'nonce-{nonce}'",
        f"style-src 'self' 'nonce-{nonce}'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
        "object-src 'none'",
    )
    return {
        'Content-Security-Policy': '; '.join(policy),
        'Cache-Control': 'private, no-store',
        'X-Content-Type-Options': 'nosniff',
        'Referrer-Policy': 'same-origin',
    }
