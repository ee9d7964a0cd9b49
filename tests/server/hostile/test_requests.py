"""Tests of an attacker who sends odd requests, and writes markup."""

from __future__ import annotations

import json
import re
import socket
from urllib.parse import quote

import httpx
import pytest

from tests.process import AppServer
from tests.server.hostile.attack import Bystanders
from tests.tab import logged_in, replace

ODD = [
    '', '/', '//', '..', '/../..', '/../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/items/%00', '/items/\0',
    '/items/%ff', '/items/..%2f..%2fetc', '/items/<script>', '/items/' + 'x' * 5000, '/items/a/b', 'items', '?', '#',
    'http://evil.example/', '\\', '/items/%E2%80%8B', '/items/💥', '%', '/items/%', '/{id}', '/:id', '*',
]  # fmt: skip


FOLDERS = ['/_dara/static/', '/_dara/download/', '/static/', '/_dara/', '/']


def test_odd_addresses_reach_no_file_and_no_traceback(server: AppServer) -> None:
    """Every answer has a known status and declares its type."""
    cookie = server.login('eve', 'e')
    answers = [server.get('/_dara/page', cookie=cookie, params={'path': odd}) for odd in ODD]
    answers += [raw(server, f'{folder}{odd.lstrip("/")}', cookie) for folder in FOLDERS for odd in ODD]
    for answer in answers:
        assert answer.status_code in (200, 303, 307, 400, 404, 405), answer.request.url
        assert not re.search(r'root:|Traceback|File "|site-packages|/src/|ConfigurationBuilder', answer.text)
        if answer.status_code != 400:  # uvicorn answers a request that is no HTTP
            assert answer.headers['x-content-type-options'] == 'nosniff'


def raw(server: AppServer, path: str, cookie: str) -> httpx.Response:
    """Request a path as it is, where `httpx` would normalize it."""
    host, _, port = server.url.removeprefix('http://').partition(':')
    request = f'GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n'
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(request.encode())
        answer = b''.join(iter(lambda: connection.recv(65536), b''))
    head, _, body = answer.partition(b'\r\n\r\n')
    status, *headers = head.decode('latin-1').split('\r\n')
    fields = [(name, value.strip()) for name, _, value in (each.partition(':') for each in headers)]
    plain = [(name, value) for name, value in fields if name.lower() not in ('content-encoding', 'transfer-encoding')]
    return httpx.Response(
        int(status.split()[1]), headers=plain, content=body, request=httpx.Request('GET', quote(path))
    )


@pytest.mark.parametrize(
    ('method', 'path', 'status'),
    [
        ('GET', '/', 200),
        ('GET', '/notes', 200),
        ('GET', '/no-such-page', 404),
        ('GET', '/login', 303),
        ('POST', '/login', 400),
        ('GET', '/_dara/page?path=/notes', 200),
        ('GET', '/_dara/page?path=/no-such-page', 404),
        ('GET', '/_dara/download/x', 404),
        ('GET', '/_dara/health', 200),
        ('GET', '/_dara/ready', 200),
        ('GET', '/_dara/static/no-such-file.js', 404),
        ('GET', '/api/done', 200),
        ('POST', '/api/change', 200),
        ('GET', '/api/fail', 500),
        ('POST', '/notes', 405),
        ('PUT', '/api/done', 405),
        ('TRACE', '/notes', 405),
    ],
)
def test_every_answer_has_safe_headers_and_a_short_body(server: AppServer, method: str, path: str, status: int) -> None:
    """Pages declare which scripts may run; nothing is cached."""
    cookie = server.login('eve', 'e')
    answer = server.request(method, path, cookie=cookie)
    assert answer.status_code == status
    assert answer.headers['x-content-type-options'] == 'nosniff'
    assert 'a secret of the server' not in answer.text
    assert 'Traceback' not in answer.text
    if status in (200, 303):
        assert 'no-store' in answer.headers['cache-control']
    if 'text/html' in answer.headers.get('content-type', ''):
        assert re.search("(object|default)-src 'none'", answer.headers['content-security-policy'])
        assert 'unsafe' not in answer.headers['content-security-policy']


async def test_written_markup_is_text_in_the_page(server: AppServer, bystanders: Bystanders) -> None:
    """A value cannot end its script or begin a comment; nor can the name of a user."""
    markup = '</script><script>alert(1)</script><!--<script>\u2028'
    async with logged_in(server, '<b>mal</b>') as (mal,):
        await mal.edit(await mal.subscribe('diary'), replace(markup))
        await mal.receive('change')
        html = server.get('/notes', cookie=mal.cookie).text
        page = html.split('id="dara-page">')[1]
        assert html.count('</script>') == html.count('<script')
        assert '<!--' not in page
        assert '<b>' not in html
        (level,) = json.loads(page.split('</script>')[0])['levels'].values()
        assert level['stores']['diary']['positions']['']['value'] == markup
