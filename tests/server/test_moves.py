"""Tests of an app that moves from one backend to the next with `dara data`, and of its values with versions."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent
from typing import Any, Final

import pytest

from tests.forks import run
from tests.postgres_server import PostgresServer

APP: Final = """
    from dara.components import Stack, Text
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore, FileBackend, PostgresBackend, SQLiteBackend

    def in_cents(order):
        return {{'cents': round(float(order['price']) * 100)}}

    config = ConfigurationBuilder()
    config.backend = {backend}
    note = Variable(default='', store=BackendStore(), uid='note')
    own = Variable(default={{}}, store=BackendStore(scope='user'), uid='own')
    orders = BackendStore(uid='orders', version=2, migrate={{1: in_cents}})
    config.add_page('Note', content=Stack(Text(note), Text(own), Text(Variable(default=None, store=orders.at('a')))))
"""
ENTRIES: Final[list[tuple[str, str, Any]]] = [
    ('note', 'global', {'b': [1, 2.5, None, True, -0.5, 2**53], 'a': {'z': 'ä 😀 \u2028', 'y': {}}}),
    ('note', 'plan', ''),
    ('own', 'ann', {'color': 'red'}),
    ('own', ' a/b~"c" ', []),
    ('own', 'ben', None),
    ('orders', 'a', {'cents': 250}),
    ('orders', 'b', {'$version': 1, 'value': 'nested'}),
]


def use(folder: Path, backend: str) -> None:
    """Keep the values of the app in a backend from now on."""
    (folder / 'app.py').write_text(dedent(APP.format(backend=backend)))


def data(folder: Path, command: str, *arguments: str) -> str:
    ended = run(['-m', 'dara.cli', 'data', command, '--config', 'app:config', *arguments], cwd=folder)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def exported(folder: Path, file: str) -> list[str]:
    """Export the values to a file; return their lines in an order that does not depend on the backend."""
    data(folder, 'export', file)
    return sorted((folder / file).read_text().split('\n')[1:])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An app whose values are in a file, written by another program."""
    stored = {f'{store}/{key}': value for store, key, value in ENTRIES}
    versioned = {key: {'$version': 2, 'value': value} for key, value in stored.items() if key.startswith('orders/')}
    (tmp_path / 'values.json').write_text(json.dumps({**stored, **versioned}))
    use(tmp_path, "FileBackend(path='values.json')")
    return tmp_path


def test_an_app_moves_from_a_file_to_sqlite_to_postgres(folder: Path) -> None:
    """And back, without loss: keys, the order of members, numbers, texts, and versions."""
    first = exported(folder, 'first')
    entries = [json.loads(line) for line in first if line.startswith('{"store"')]
    assert {(each['store'], each['key'], json.dumps(each['value'])) for each in entries} == {
        (store, key, json.dumps(value)) for store, key, value in ENTRIES
    }
    assert {each['store'] for each in entries if each.get('version') == 2} == {'orders'}
    use(folder, "SQLiteBackend('values.db')")
    data(folder, 'import', 'first')
    assert exported(folder, 'second') == first
    with PostgresServer() as server:
        use(folder, f'PostgresBackend({server.dsn!r})')
        data(folder, 'import', 'second')
        assert exported(folder, 'third') == first
        use(folder, "FileBackend(path='last.json')")
        data(folder, 'import', 'third')
    assert exported(folder, 'last') == first
    assert json.loads((folder / 'last.json').read_text()) == json.loads((folder / 'values.json').read_text())


def test_a_value_is_printed_and_set_without_its_version(folder: Path) -> None:
    """In the version of the store, whichever it is stored in."""
    assert data(folder, 'get', 'orders', 'a') == '{"cents":250}\n'
    data(folder, 'set', 'orders', 'a', '{"cents": 300}')
    assert json.loads((folder / 'values.json').read_text())['orders/a'] == {'$version': 2, 'value': {'cents': 300}}
    assert data(folder, 'get', 'orders', 'a') == '{"cents":300}\n'
    stored = json.loads((folder / 'values.json').read_text())
    (folder / 'values.json').write_text(json.dumps({**stored, 'orders/new': {'price': '1.50'}}))
    assert data(folder, 'get', 'orders', 'new') == '{"cents":150}\n'
    assert data(folder, 'list').splitlines()[3].split()[:3] == ['orders', 'global', '3']
