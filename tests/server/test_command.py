"""`dara start`, held right and wrong."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.conftest import Serve
from tests.process import DARA, AppServer
from tests.tab import connected, replace

PAGE = """
    from dara.components import Stack, Text
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore, FileBackend

    config = ConfigurationBuilder()
    config.title = 'Notes'
"""
APP = (
    PAGE
    + """
    note = Variable(default='', store=BackendStore(FileBackend(path='notes/note.json'), uid='note'))
    config.add_page('Note', content=Stack(Text(note)))
"""
)

WRONG = {
    'no module': (PAGE, 'nope:config', "there is no module 'nope'"),
    'no attribute': (APP, 'app:conf', "'conf' does not exist. Did you mean app:config?"),
    'no colon': (APP, 'app', '--config takes module:name'),
    'not a builder': ('    config = 3', 'app:config', 'is 3, not a ConfigurationBuilder'),
    'exception at import': (f'{PAGE}\n    1 / 0', 'app:config', 'app.py, line 9: ZeroDivisionError'),
    'missing dependency': ('    import nonexistent_package', 'app:config', "No module named 'nonexistent_package'"),
    'syntax error': ('    config = (', 'app:config', 'app.py, line 1: SyntaxError'),
    'unknown prop': (f"{PAGE}\n    Text('x', colour='red')", 'app:config', "no prop 'colour'. Did you mean 'color'?"),
    'wrong type': (f"{PAGE}\n    Stack(direction='up')", 'app:config', 'Stack: direction: takes'),
    'not JSON': (f'{PAGE}\n    Variable(default={{"a": [object()]}})', 'app:config', 'The value at /a/0 is a object'),
    'one uid twice': (
        f"""{PAGE}
    a, b = Variable(1, store=BackendStore(uid='s')), Variable(2, store=BackendStore(uid='s'))
    config.add_page('A', content=Stack(Text(a), Text(b)))""",
        'app:config',
        "Two different stores have the uid 's'",
    ),
    'two defaults': (
        f"{PAGE}\n    s = BackendStore(uid='s')\n    Variable(1, store=s)\n    Variable(2, store=s)",
        'app:config',
        'share the store s but not their default (1 and 2)',
    ),
    'no page': (PAGE, 'app:config', 'The app has no page'),
    'not a json file': (f"{PAGE}\n    FileBackend(path='note.txt')", 'app:config', "not 'note.txt'"),
}


def run(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*DARA, 'start', *arguments], cwd=directory, capture_output=True, text=True, timeout=20)


@pytest.mark.parametrize('mistake', WRONG)
def test_each_mistake_gets_one_clear_line_and_exit_code_2(tmp_path: Path, mistake: str) -> None:
    """No traceback, unless it is asked for."""
    source, config, message = WRONG[mistake]
    AppServer(tmp_path, source)
    ended = run(tmp_path, '--config', config, '--port', '0')
    assert (ended.returncode, ended.stdout) == (2, '')
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stderr.startswith('dara: ')
    assert message in ended.stderr


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    AppServer(tmp_path, f'{PAGE}\n    1 / 0')
    ended = run(tmp_path, '--config', 'app:config', '--port', '0', '--debug')
    assert ended.returncode == 2
    assert 'Traceback' in ended.stderr
    assert ended.stderr.splitlines()[-1].startswith('dara: ')


def test_a_port_in_use_is_said_before_anything_is_touched(tmp_path: Path) -> None:
    AppServer(tmp_path, APP)
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = taken.getsockname()[1]
        ended = run(tmp_path, '--config', 'app:config', '--port', str(port))
    assert ended.returncode == 2
    assert f'cannot listen on 127.0.0.1:{port}' in ended.stderr
    assert not (tmp_path / 'notes').exists()


def test_a_corrupt_file_is_named_and_left_alone(tmp_path: Path) -> None:
    """Path and position; the data is not replaced by the default."""
    AppServer(tmp_path, APP)
    (tmp_path / 'notes').mkdir()
    (tmp_path / 'notes/note.json').write_text('{"global": "half of')
    ended = run(tmp_path, '--config', 'app:config', '--port', '0')
    assert ended.returncode == 2
    assert f'{tmp_path}/notes/note.json: not JSON at line 1, column' in ended.stderr
    assert (tmp_path / 'notes/note.json').read_text() == '{"global": "half of'


def test_control_c_ends_it_cleanly(serve: Serve) -> None:
    server = serve(APP)
    os.kill(server.pid, signal.SIGINT)
    assert server.stop() == 0
    assert 'Traceback' not in server.log


async def test_everything_works_below_a_base_url(tmp_path: Path) -> None:
    """Behind a proxy that serves several apps from one host."""
    server = AppServer(tmp_path, APP).start('--base-url', '/tools/notes')
    try:
        assert server.url.endswith('/tools/notes')
        html = httpx.get(f'{server.url}/', follow_redirects=True).text
        assert 'src="/tools/notes/_dara/static/' in html
        assert '"base":"/tools/notes"' in html
        assert httpx.get(f'{server.url}/note').status_code == 200
        async with connected(server.socket_url) as tab:
            await tab.edit(await tab.subscribe('note'), replace('below'))
            assert (await tab.hear())['type'] == 'change'
    finally:
        server.stop()


async def test_reload_serves_the_new_version_of_the_app(tmp_path: Path) -> None:
    """Saving a file is enough; a mistake is said, and mended by the next save."""
    server = AppServer(tmp_path, APP)
    with socket.create_server(('127.0.0.1', 0)) as probe:
        port = probe.getsockname()[1]
    command = [*DARA, 'start', '--config', 'app:config', '--port', str(port), '--reload']
    with (tmp_path / 'out.log').open('w') as log:
        process = subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log)
    try:
        await _until(f'http://127.0.0.1:{port}', '<title>Notes</title>')
        server.write_app(f'{APP}\n    1 / 0')
        await _until_logged(tmp_path / 'out.log', 'ZeroDivisionError')
        server.write_app(APP.replace("'Notes'", "'Better notes'"))
        await _until(f'http://127.0.0.1:{port}', '<title>Better notes</title>')
    finally:
        process.send_signal(signal.SIGTERM)  # shells let what they run in the background ignore SIGINT
        process.wait(timeout=20)


async def _until(url: str, text: str) -> None:
    async with asyncio.timeout(30), httpx.AsyncClient(follow_redirects=True) as client:
        while True:
            try:
                if text in (await client.get(url)).text:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)


async def _until_logged(path: Path, text: str) -> None:
    async with asyncio.timeout(30):
        while text not in path.read_text():
            await asyncio.sleep(0.05)
