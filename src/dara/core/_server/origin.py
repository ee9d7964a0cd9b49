"""Where a request comes from, by what a browser says and its pages cannot change."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope


def is_same_origin(scope: Scope) -> bool:
    """Whether the page that asks is of this host. Browsers say where it is from; other programs need not."""
    origin, host = origin_and_host(scope)
    if origin is None:
        return True
    try:
        from_host = urlsplit(origin).netloc
    except ValueError:  # what no browser says
        return False
    return from_host != '' and from_host.lower() == host.lower()


def origin_and_host(scope: Scope) -> tuple[str | None, str]:
    """Return what the browser says of the page that asks, and of whom it asks."""
    headers = Headers(scope=scope)
    return headers.get('origin'), headers.get('host', '')


def is_form_of_ours(scope: Scope) -> bool:
    """Whether a form was sent by a page of this host, or by no page at all."""
    site = Headers(scope=scope).get('sec-fetch-site')
    return site in ('same-origin', 'none') if site else is_same_origin(scope)


def is_local(scope: Scope) -> bool:
    """Whether the browser is on this machine, where it takes what is not encrypted for secure."""
    host = urlsplit(f'//{Headers(scope=scope).get("host", "")}').hostname or ''
    return host == 'localhost' or host.endswith('.localhost') or host.startswith('127.')


def is_visit_of_ours(scope: Scope) -> bool:
    """Whether the user goes to an address from a page of this host, or by typing it: no other site
    and no image makes them."""
    headers = Headers(scope=scope)
    return (
        headers.get('sec-fetch-site') in ('same-origin', 'none')
        and headers.get('sec-fetch-dest') in ('document', 'iframe')
        and 'sec-purpose' not in headers  # the browser looks ahead; nobody went there yet
    )
