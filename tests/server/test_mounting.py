"""Tests of an app that is mounted in another one."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from dara.components import Input
from dara.core import ConfigurationBuilder, Variable
from dara.core.asgi import create_app
from dara.core.persistence import BackendStore, FileBackend


async def test_an_app_can_be_mounted_in_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The outer app does not run the lifespan of the inner one; its addresses begin where it is mounted."""
    monkeypatch.chdir(tmp_path)
    config = ConfigurationBuilder()
    note = Variable(default='mounted', store=BackendStore(FileBackend(path=tmp_path / 'note.json')))
    config.add_page('Note', content=Input(value=note, label='Note'))
    outer = Starlette(routes=[Mount('/inner', create_app(config))])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(outer), base_url='http://test') as client:
        html = (await client.get('/inner/note')).text
        assert '"value":"mounted"' in html
        assert '"base":"/inner"' in html
        script = html.split('type="module" src="')[1].split('"')[0]
        assert (await client.get(script)).status_code == 200
