"""The origin of a request, by headers that browsers set and pages cannot change."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope


def is_same_origin(scope: Scope) -> bool:
    """Return whether the request comes from a page of this host, or from a program that sends no `Origin`."""
    origin, host = origin_and_host(scope)
    if origin is None:
        return True
    try:
        origin_host = urlsplit(origin).netloc
    except ValueError:  # not a browser's header
        return False
    return origin_host != '' and origin_host.lower() == host.lower()


def origin_and_host(scope: Scope) -> tuple[str | None, str]:
    """Return the `Origin` and the `Host` of a request."""
    headers = Headers(scope=scope)
    return headers.get('origin'), headers.get('host', '')


def is_own_form(scope: Scope) -> bool:
    """Return whether a form was sent by a page of this host, or not by a page."""
    site = Headers(scope=scope).get('sec-fetch-site')
    return site in ('same-origin', 'none') if site else is_same_origin(scope)


def is_local(scope: Scope) -> bool:
    """Return whether the app is addressed as localhost, which browsers treat as secure even without TLS."""
    host = urlsplit(f'//{Headers(scope=scope).get("host", "")}').hostname or ''
    return host == 'localhost' or host.endswith('.localhost') or host.startswith('127.')


def is_own_visit(scope: Scope) -> bool:
    """Return whether the user navigates to an address from a page of this host, or by typing the address.

    A link on another site, an image or a prefetch is not such a visit.
    """
    headers = Headers(scope=scope)
    return (
        headers.get('sec-fetch-site') in ('same-origin', 'none')
        and headers.get('sec-fetch-dest') in ('document', 'iframe')
        and 'sec-purpose' not in headers  # a prefetch
    )
