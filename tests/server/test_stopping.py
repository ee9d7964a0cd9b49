"""A server that is told to stop ends within seconds, and has stored what it acknowledged, whatever else runs."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import Serve
from tests.process import DARA, AppServer
from tests.tab import connected, replace

IMPORTS = """
import asyncio, threading, time
from pathlib import Path
from dara.components import Button, Input, Stack
from dara.core import ConfigurationBuilder, Variable, action, py_component, run_sync
from dara.core.persistence import BackendStore, FileBackend, PersistenceBackend

text = Variable(default='', uid='text', store=BackendStore(FileBackend(path='kept.json'), uid='text'))
config = ConfigurationBuilder()

def begun():
    Path('begun').touch()
"""
PAGE = """
config.add_page('Home', content=Stack(Input(value=text), Button('Go', onclick=hang())))
"""
HUNG_BACKEND = """
class Hung(PersistenceBackend):
    def has(self, key): return False
    def read(self, key): raise KeyError(key)
    def write(self, key, value):
        begun()
        time.sleep(3600)
    def delete(self, key): pass
    def get_all(self): return {}

hung = Variable(default='', uid='hung', store=BackendStore(Hung(), uid='hung', scope='user'))
config.add_page('Home', content=Stack(Input(value=text), Input(value=hung)))
"""
HUNG_START = """
@config.on_startup
def run():
    begun()
    time.sleep(3600)

config.add_page('Home', content=Input(value=text))
"""
HANGING = {
    'a synchronous action asleep': """
@action
def hang():
    begun()
    time.sleep(3600)
""",
    'a synchronous action without end': """
@action
def hang():
    begun()
    while True:
        pass
""",
    'a synchronous action that writes all the time': """
other = BackendStore(uid='other')

@action
def hang():
    begun()
    while True:
        run_sync(other.modify(lambda n: (n or 0) + 1))
""",
    'a task that takes no cancellation': """
@action
async def hang():
    begun()
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            pass
""",
    'a thread in the default executor': """
@action
async def hang():
    begun()
    await asyncio.to_thread(time.sleep, 3600)
""",
    'a thread that is no daemon': """
@action
def hang():
    threading.Thread(target=time.sleep, args=(3600,)).start()
    begun()
""",
    'an async action that never lets go': """
@action
async def hang():
    begun()
    time.sleep(3600)
""",
    'what cleans up at the end': """
@config.on_startup
def run():
    return lambda: time.sleep(3600)

@action
async def hang():
    begun()
""",
}


async def until_there(path: Path) -> None:
    async with asyncio.timeout(10):
        while not path.exists():
            await asyncio.sleep(0.02)


def stopped(server: AppServer) -> tuple[int, float]:
    began = time.monotonic()
    return server.stop(), time.monotonic() - began


def target(server: AppServer) -> str:
    """Return what names the action of the page's button."""
    (page,) = server.content()
    return str(next(each['actions']['onclick'][0]['target'] for each in page['slots']['children'] if each['actions']))


@pytest.mark.parametrize('hanging', HANGING.values(), ids=HANGING)
async def test_a_server_that_is_told_to_stop_ends(serve: Serve, hanging: str) -> None:
    server = serve(IMPORTS + hanging + PAGE)
    async with connected(server.socket_url) as tab:
        at = await tab.subscribe('text')
        await tab.edit(at, replace('kept'))
        await tab.receive('change')
        await tab.send(type='call', id=99, target=target(server), inputs=[{'value': None}])
        await until_there(server.directory / 'begun')
        code, seconds = await asyncio.to_thread(stopped, server)
    assert code == 0, server.log
    assert seconds < 10
    assert json.loads((server.directory / 'kept.json').read_text()) == {'global': 'kept'}


async def test_a_backend_that_hangs_keeps_no_server_from_stopping(serve: Serve) -> None:
    server = serve(IMPORTS + HUNG_BACKEND)
    async with connected(server.socket_url) as tab:
        at = await tab.subscribe('text')
        await tab.edit(await tab.subscribe('hung'), replace('lost'))
        await until_there(server.directory / 'begun')
        await tab.edit(at, replace('kept'))
        await tab.receive('change')
        code, seconds = await asyncio.to_thread(stopped, server)
    assert code == 0, server.log
    assert seconds < 10
    assert json.loads((server.directory / 'kept.json').read_text()) == {'global': 'kept'}


async def test_a_server_that_hangs_at_its_start_can_be_stopped(tmp_path: Path) -> None:
    (tmp_path / 'app.py').write_text(IMPORTS + HUNG_START)
    process = subprocess.Popen([*DARA, 'start', '--config', 'app:config', '--port', '0'], cwd=tmp_path)
    await until_there(tmp_path / 'begun')
    process.terminate()
    assert await asyncio.to_thread(process.wait, 10) == 0
