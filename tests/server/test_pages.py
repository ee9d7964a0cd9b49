"""Tests of pages by HTTP: their data, scripts and headers."""

from __future__ import annotations

import gzip
import re

import httpx
import pytest

from tests.built import script_of
from tests.conftest import Serve
from tests.process import AppServer, page_data

APP = """
    from dara.components import Button, Select, Stack, Text
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore

    evil = '</script><script>window.hacked = 1</script><!-- \\u2028 & <b>'
    note = Variable(default=evil, store=BackendStore(uid='note'))
    other = Variable(default='of the other page', store=BackendStore(uid='other'))
    config = ConfigurationBuilder()
    config.title = 'A <b>title</b>'
    config.set_theme('dark')
    config.add_page('First page', content=lambda: Stack(Text(note)))
    config.add_page('Second', content=Stack(Select(value=other, items=['a'])), route='/deep/second')
"""


@pytest.fixture
def server(serve: Serve) -> AppServer:
    return serve(APP)


def test_a_page_contains_its_tree_and_the_present_values(server: AppServer) -> None:
    """One request is enough; values of another page are not sent."""
    page = server.page('/first-page')
    level = page['levels'][page['route']]
    assert level['nodes'][0]['slots']['children'][0]['component'] == 'Text'
    assert list(level['stores']) == ['note']
    assert level['stores']['note']['positions']['']['value'] == level['variables']['app.note']['default']
    assert [each['pattern'] for each in page['routes']] == ['/first-page', '/deep/second']


def test_values_of_users_are_never_markup(server: AppServer) -> None:
    """S26: values are escaped for a script, the title for HTML."""
    html = server.get('/first-page').text
    assert 'window.hacked = 1</script>' not in html
    assert '<b>' not in html
    assert '\u2028' not in html
    note = page_data(html)['levels']['/first-page']['stores']['note']
    assert note['positions']['']['value'].startswith('</script>')
    assert '<title>First page · A &lt;b&gt;title&lt;/b&gt;</title>' in html


def test_only_our_own_scripts_may_run_and_no_page_is_cached(server: AppServer) -> None:
    """S26: each page has a Content-Security-Policy with its own nonce."""
    first, second = (server.get('/first-page') for _ in range(2))
    policy = first.headers['content-security-policy']
    assert "default-src 'self'" in policy
    assert 'unsafe' not in policy
    nonce = re.search(r"'nonce-([^']+)'", policy)
    assert nonce
    assert f'<script nonce="{nonce[1]}">' in first.text
    assert policy != second.headers['content-security-policy']
    assert first.headers['cache-control'] == 'private, no-store'


def test_only_scripts_of_used_components_are_preloaded(server: AppServer) -> None:
    """The first page shows a Text, so it loads no Select and no field; every file it names exists."""
    first, second = (server.get(path).text for path in ('/first-page', '/deep/second'))
    assert script_of('Text') in first
    assert script_of('Input') not in first
    assert script_of('Select') not in first
    assert script_of('Select') in second
    for address in re.findall(r'(?:href|src)="(/_dara/[^"]+)"', first + second):
        assert server.get(address).status_code == 200


def test_static_files_are_cached_for_ever_and_compressed(server: AppServer) -> None:
    """Their names contain hashes; browsers that accept a compressed variant get it."""
    page = server.get('/first-page').text
    addresses = set(re.findall(r'="(/_dara/static/[^"]+/[\w-]{7}\.js)"', page))
    address = max(addresses, key=lambda each: len(server.get(each).content))
    plain, gzipped, brotli = (
        server.get(address, headers={'accept-encoding': coding}) for coding in ('identity', 'gzip', 'br')
    )
    for response in (plain, gzipped, brotli):
        assert 'immutable' in response.headers['cache-control']
        assert response.headers['content-type'].startswith('text/javascript')
        assert response.headers['vary'] == 'Accept-Encoding'
    assert 'content-encoding' not in plain.headers
    assert (gzipped.headers['content-encoding'], brotli.headers['content-encoding']) == ('gzip', 'br')
    assert int(brotli.headers['content-length']) < int(gzipped.headers['content-length']) < len(plain.content) / 2


def test_a_page_is_compressed(server: AppServer) -> None:
    """Its values can be long."""
    with httpx.stream('GET', f'{server.url}/first-page', headers={'accept-encoding': 'gzip'}) as response:
        assert response.headers['content-encoding'] == 'gzip'
        assert b'dara-page' in gzip.decompress(b''.join(response.iter_raw()))


@pytest.mark.parametrize('address', ['/nowhere', '/_dara/static/../cli.py', '/_dara/static/%2e%2e/asgi.py', '/deep'])
def test_unknown_addresses_are_not_found(server: AppServer, address: str) -> None:
    """They get an error page; files outside the built client cannot be reached."""
    response = server.get(address)
    assert response.status_code == 404
    assert 'import' not in response.text


def test_health_names_the_build(server: AppServer) -> None:
    """It is the same for every process that runs the same code."""
    build = server.get('/_dara/health').json()['build']
    server.stop()
    server.start()
    health = server.get('/_dara/health').json()
    assert (health['status'], health['build'], health['sessions']) == ('ok', build, 0)
    assert server.page('/first-page')['build'] == build


def test_another_version_of_the_app_is_another_build(server: AppServer) -> None:
    """S28: so a tab with the old version can detect it."""
    build = server.get('/_dara/health').json()['build']
    server.stop()
    server.change_app('Second', 'Third')
    server.start()
    assert server.get('/_dara/health').json()['build'] != build


def test_two_backends_of_one_file_are_reported(serve: Serve) -> None:
    """A common mistake: two variables of one file show the same value."""
    server = serve("""
        from dara.components import Stack, Text
        from dara.core import ConfigurationBuilder, Variable
        from dara.core.persistence import BackendStore, FileBackend

        a = Variable(default='', store=BackendStore(FileBackend(path='data.json')))
        b = Variable(default='', store=BackendStore(FileBackend(path='data.json')))
        config = ConfigurationBuilder()
        config.add_page('A', content=Stack(Text(a), Text(b)))
    """)
    assert '<BackendStore app.a> and <BackendStore app.b> show one value' in server.log
