"""Tests of the command `dara start`: mistakes, signals, options."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from pathlib import Path

import pytest

from tests.conftest import Serve
from tests.process import DARA, PATIENCE_SECONDS, AppServer, start_in_vain
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


@pytest.mark.parametrize('mistake', WRONG)
def test_each_mistake_gets_one_clear_line_and_exit_code_2(tmp_path: Path, mistake: str) -> None:
    """There is no traceback without `--debug`."""
    source, config, message = WRONG[mistake]
    AppServer(tmp_path, source)
    ended = start_in_vain(tmp_path, config=config)
    assert (ended.returncode, ended.stdout) == (2, '')
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stderr.startswith('dara: ')
    assert message in ended.stderr


def test_debug_shows_the_lines_of_the_app(tmp_path: Path) -> None:
    """The error is said once."""
    AppServer(tmp_path, f'{PAGE}\n    def broken():\n        1 / 0\n\n    broken()\n')
    ended = start_in_vain(tmp_path, '--debug')
    assert ended.returncode == 2
    first, *lines, last = ended.stderr.splitlines()
    assert first == 'Traceback (most recent call last):'
    assert [line.strip() for line in lines if line.strip(' ^~') and 'File' not in line] == ['broken()', '1 / 0']
    assert last.startswith('dara: ')
    assert last.endswith('ZeroDivisionError: division by zero')


def test_a_port_in_use_is_reported_before_any_file_is_made(tmp_path: Path) -> None:
    AppServer(tmp_path, APP)
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = taken.getsockname()[1]
        ended = start_in_vain(tmp_path, '--port', str(port))
    assert ended.returncode == 2
    assert f'cannot listen on 127.0.0.1:{port}' in ended.stderr
    assert not (tmp_path / 'notes').exists()


def test_a_corrupt_file_is_named_and_left_unchanged(tmp_path: Path) -> None:
    """The line names the path and the position; the default does not replace the data."""
    AppServer(tmp_path, APP)
    (tmp_path / 'notes').mkdir()
    (tmp_path / 'notes/note.json').write_text('{"global": "half of')
    ended = start_in_vain(tmp_path)
    assert ended.returncode == 2
    assert f'{tmp_path}/notes/note.json: not JSON at line 1, column' in ended.stderr
    assert (tmp_path / 'notes/note.json').read_text() == '{"global": "half of'


def test_control_c_ends_the_server_cleanly(tmp_path: Path) -> None:
    server = AppServer(tmp_path, APP, command=DARA).start()
    os.kill(server.pid, signal.SIGINT)
    assert server.stop() == 0
    assert 'Traceback' not in server.log


async def test_everything_works_below_a_base_url(serve: Serve) -> None:
    """A proxy may serve several apps from one host."""
    server = serve(APP, '--base-url', '/tools/notes')
    assert server.url.endswith('/tools/notes')
    html = server.get('/', follow_redirects=True).text
    assert 'src="/tools/notes/_dara/static/' in html
    assert '"base":"/tools/notes"' in html
    assert server.get('/note').status_code == 200
    async with connected(server.socket_url) as tab:
        await tab.edit(await tab.subscribe('note'), replace('below'))
        assert (await tab.receive())['type'] == 'change'


async def test_reload_serves_the_new_version_of_the_app(tmp_path: Path) -> None:
    """A save is enough; a mistake is reported, and the next save mends it."""
    server = AppServer(tmp_path, APP, command=DARA)
    server.start('--reload')
    try:
        assert '<title>Notes</title>' in server.get('/note').text
        server.write_app(f'{APP}\n    1 / 0')
        async with asyncio.timeout(PATIENCE_SECONDS):
            while 'ZeroDivisionError' not in server.log:
                await asyncio.sleep(0.05)
        server.write_app(APP.replace("'Notes'", "'Better notes'"))
        await asyncio.to_thread(server.wait_for_reload)
        assert '<title>Better notes</title>' in server.get('/note').text
    finally:
        server.stop()
