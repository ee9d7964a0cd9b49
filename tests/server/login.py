"""Requests of a browser that opens pages and logs in."""

from __future__ import annotations

import httpx

from tests.process import AppServer
from tests.tab import Tab

SECRET = 'a secret of some length'
BROWSER = {'accept': 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'same-origin'}
VISIT = {**BROWSER, 'sec-fetch-dest': 'document'}


def visit(server: AppServer, path: str, cookie: str = '', **headers: str) -> httpx.Response:
    """Go to an address as a browser does."""
    return server.get(path, cookie=cookie, headers={**VISIT, **headers})


def log_in(
    server: AppServer, *, cookie: str = '', headers: dict[str, str] | None = None, **form: str
) -> httpx.Response:
    """Send the form of the login page, filled in by Ann unless `form` says otherwise."""
    return server.post('/login', cookie=cookie, data={'name': 'ann', 'password': 'pw', **form}, headers=headers)


async def check_goodbye(tab: Tab) -> None:
    """Check that the server tells the tab to log in, and closes its socket."""
    assert await tab.receive() == {'type': 'bye', 'code': 4401, 'retry_ms': 1000, 'reason': 'auth'}
    assert await tab.closed() == 4401
