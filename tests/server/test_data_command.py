"""Tests of the commands `dara data`: values move between apps without loss."""

from __future__ import annotations

import json
import os
import pty
import sqlite3
import subprocess
from pathlib import Path
from subprocess import CompletedProcess
from textwrap import dedent
from typing import Any

import pytest

from tests.conftest import Serve
from tests.forks import Fork, run, script
from tests.process import DARA, PATIENCE_SECONDS
from tests.tab import connected

APP = """
    from dara.components import Stack, Text
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore, FileBackend, SQLiteBackend
    from table import PagedBackend, TableBackend

    print('the app is loaded')
    config = ConfigurationBuilder()
    config.title = 'Notes'
    note = Variable(default='', store=BackendStore(FileBackend(path='note.json'), uid='note'))
    own = Variable(default={}, store=BackendStore(FileBackend(path='own.json'), uid='own', scope='user'))
    shared = FileBackend(path='shared.json')
    title = BackendStore(shared, uid='title', type=str)
    count = BackendStore(shared, uid='count', type=int)
    draft = Variable(default='', store=BackendStore(), uid='draft')
    config.add_page('Note', content=Stack(Text(note), Text(own), Text(draft)))
"""
TABLE = """
    import json
    import sqlite3
    from dara.core.persistence import PersistenceBackend


    class TableBackend(PersistenceBackend):
        path: str

        def has(self, key):
            return bool(self._ask('SELECT 1 FROM kept WHERE key = ?', key))

        def read(self, key):
            return json.loads(self._ask('SELECT value FROM kept WHERE key = ?', key)[0][0])

        def write(self, key, value):
            self._ask('INSERT OR REPLACE INTO kept VALUES (?, ?)', key, json.dumps(value))

        def delete(self, key):
            self._ask('DELETE FROM kept WHERE key = ?', key)

        def get_all(self):
            return {key: json.loads(value) for key, value in self._ask('SELECT key, value FROM kept')}

        def _ask(self, sql, *values):
            with sqlite3.connect(self.path, timeout=60) as database:
                database.execute('PRAGMA synchronous = OFF')
                database.execute('CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, value TEXT)')
                return database.execute(sql, values).fetchall()


    class PagedBackend(TableBackend):
        def get_all(self):
            raise NotImplementedError

        async def items(self):
            last = ''
            while page := self._ask('SELECT key, value FROM kept WHERE key > ? ORDER BY key LIMIT 100', last):
                for last, value in page:
                    yield last, json.loads(value)
"""
VALUES: dict[str, Any] = {
    'note': {'global': {'b': [1, 2.5, None, True], 'a': {'z': 'ä 😀 \u2028', 'y': {}}}, 'plan': 2**53, 'empty': ''},
    'own': {'ann': {'color': 'red'}, 'ben': None, ' a/b~"c" ': []},
    'shared': {'first': 'a title', 'second': 7, 'third': 8},
}
ENTRIES = [
    *(('note', *item) for item in VALUES['note'].items()),
    *(('own', *item) for item in VALUES['own'].items()),
    ('title', 'first', 'a title'),
    ('count', 'second', 7),
    ('count', 'third', 8),
]
MANY = 50_000
MEGABYTE = 1_000_000


def make_app(folder: Path, values: dict[str, Any] | None = None, *, backend: str = 'FileBackend') -> Path:
    """Write an app over files, or over tables, with these values in its files."""
    folder.mkdir(exist_ok=True)
    source = APP.replace('FileBackend(path', f'{backend}(path').replace('import TableBackend', 'import FileBackend')
    (folder / 'app.py').write_text(dedent(source))
    (folder / 'table.py').write_text(dedent(TABLE))
    for name, content in (values or {}).items():
        (folder / f'{name}.json').write_text(json.dumps(content))
    return folder


def dara(folder: Path, command: str, *arguments: str) -> CompletedProcess[str]:
    return run(['-m', 'dara.cli', 'data', command, '--config', 'app:config', *arguments], cwd=folder)


def done(folder: Path, command: str, *arguments: str) -> CompletedProcess[str]:
    """Run a command that succeeds."""
    ended = dara(folder, command, *arguments)
    assert ended.returncode == 0, ended.stderr
    return ended


def refused(folder: Path, command: str, *arguments: str) -> str:
    """Run a command that is refused; return the reason, which is one line."""
    ended = dara(folder, command, *arguments)
    assert (ended.returncode, ended.stdout) == (2, '')
    printed, line = ended.stderr.splitlines()
    assert printed == 'the app is loaded'
    assert line.startswith('dara: ')
    return line


def stored(folder: Path) -> dict[str, Any]:
    """Return the values in the files of an app."""
    return {file.stem: json.loads(file.read_text()) for file in sorted(folder.glob('*.json'))}


def entries(text: str) -> list[tuple[str, str, Any]]:
    """Return the values of an export that is complete."""
    head, *lines, end = map(json.loads, text.removesuffix('\n').split('\n'))
    assert {**head, 'time': ''} == {'dara': 'data', 'format': 1, 'app': 'Notes', 'time': ''}
    assert end == {'end': len(lines)}
    return [(each['store'], each['key'], each['value']) for each in lines]


@pytest.mark.parametrize('backend', ['FileBackend', 'TableBackend', 'PagedBackend', 'SQLiteBackend'])
def test_values_move_to_another_backend_and_back(tmp_path: Path, backend: str) -> None:
    """Every store, every key, the order of members, and the types."""
    old, new = make_app(tmp_path / 'old', VALUES), make_app(tmp_path / 'new', backend=backend)
    last = make_app(tmp_path / 'last')
    ended = done(old, 'export', '../first.jsonl')
    assert ended.stdout == ''
    assert ended.stderr.splitlines()[1:] == [
        'dara: in the memory of the server, and not exported: draft',
        'dara: 9 values exported',
    ]
    assert entries((tmp_path / 'first.jsonl').read_text()) == ENTRIES
    assert 'values imported: 9 new; 0 were there already' in done(new, 'import', '../first.jsonl').stderr
    exported = done(new, 'export').stdout
    assert sorted(entries(exported), key=repr) == sorted(ENTRIES, key=repr)
    (tmp_path / 'second.jsonl').write_text(exported)
    done(last, 'import', '../second.jsonl')
    assert stored(last) == VALUES
    assert sorted(exported.split('\n')[1:]) == sorted((tmp_path / 'first.jsonl').read_text().split('\n')[1:])
    assert stored(old) == VALUES


def test_stores_are_listed_with_their_backends_and_keys(tmp_path: Path) -> None:
    """Those that no page shows, too; the default of a variable is not stored by that."""
    folder = make_app(tmp_path, {'own': VALUES['own'], 'shared': VALUES['shared']})
    listed = run(['-m', 'dara.cli', 'data', 'list', 'app.py'], cwd=folder)
    assert [line.split(maxsplit=3) for line in listed.stdout.splitlines()] == [
        ['store', 'scope', 'keys', 'backend'],
        ['note', 'global', '0', f'{tmp_path}/note.json'],
        ['own', 'user', '3', f'{tmp_path}/own.json'],
        ['draft', 'global', 'in', 'memory, until the server stops'],
        ['title', 'global', '1', f'{tmp_path}/shared.json'],
        ['count', 'global', '2', f'{tmp_path}/shared.json'],
    ]
    assert not (tmp_path / 'note.json').exists()


def test_a_value_is_printed_and_set(tmp_path: Path) -> None:
    folder = make_app(tmp_path)
    for text in ('{"b": 1, "a": [2]}', '-5', '"text"', 'null'):
        done(folder, 'set', 'note', text)
        assert done(folder, 'get', 'note').stdout == f'{json.dumps(json.loads(text), separators=(",", ":"))}\n'
    done(folder, 'set', 'own', 'ann', '[1]')
    assert stored(folder) == {'note': {'global': None}, 'own': {'ann': [1]}}
    piped = [*DARA, 'data', 'set', 'own', 'ben', '-', '--config', 'app.py']
    subprocess.run(piped, cwd=folder, input=b'"from stdin"', check=True, capture_output=True)
    assert done(folder, 'get', 'own', 'ben').stdout == '"from stdin"\n'


@pytest.mark.parametrize(
    ('command', 'reason'),
    [
        (['get', 'nots'], "the app has no store 'nots'. Did you mean 'note'?"),
        (['get', 'note'], "the store 'note' has no value under the key 'global'"),
        (['get', 'own'], "the store 'own' has a value for each user: give the KEY"),
        (['get', 'draft'], "the store 'draft' keeps its values in the memory of the server"),
        (['set', 'draft', '1'], "the store 'draft' keeps its values in the memory of the server"),
        (['set', 'note', '{"a":'], 'the value is not JSON at column 6'),
        (['set', 'count', '"1"'], "store 'count', key 'global': Input should be a valid integer"),
        (['set', 'note', '1' * 20], 'integers beyond 2^53 lose digits in a browser'),
        (['set', 'note', '', '1'], 'a key is a string of 1 to 512 characters'),
        (['import', 'nowhere.jsonl'], 'cannot read nowhere.jsonl: No such file or directory'),
        (['export', 'nowhere/x.jsonl'], 'cannot write nowhere/x.jsonl: No such file or directory'),
    ],
)
def test_mistakes_get_one_line(tmp_path: Path, command: list[str], reason: str) -> None:
    assert reason in refused(make_app(tmp_path), *command)
    assert not list(tmp_path.glob('*.json'))


HEAD = '{"dara":"data","format":1,"app":"Notes","time":"2026-01-01T00:00:00Z"}'
GOOD = '{"store":"note","key":"global","value":"fine"}'
END = '{"end":1}'


@pytest.mark.parametrize(
    ('lines', 'reason'),
    [
        (['{}'], 'line 1: this is no export of dara data'),
        (['[1]'], 'line 1: expected an object, not [1]'),
        ([HEAD.replace('1', '2', 1)], 'line 1: the export has the format 2, and this version of Dara reads 1'),
        ([HEAD, GOOD, '{"store":'], 'line 3: not JSON at column 10'),
        ([HEAD, GOOD, ''], 'line 3: not JSON'),
        ([HEAD, GOOD, '{"store":"note","key":1,"value":2}'], 'line 3: expected an object with the members store, key'),
        ([HEAD, GOOD, GOOD.replace('note', 'nots')], "line 3: the app has no store 'nots'. Did you mean 'note'?"),
        ([HEAD, GOOD, GOOD.replace('note', 'draft')], "line 3: the store 'draft' keeps its values in the memory"),
        ([HEAD, GOOD, GOOD.replace('note', 'count')], "line 3, store 'count', key 'global': Input should be a valid"),
        ([HEAD, GOOD, GOOD.replace('global', '')], 'line 3: store'),
        ([HEAD, GOOD, GOOD.replace('"fine"', '1' * 20)], "line 3, store 'note', key 'global': The value is 1111111111"),
        ([HEAD, GOOD, GOOD.replace('"fine"', 'NaN')], "line 3, store 'note', key 'global': The value is nan"),
        ([HEAD, GOOD, GOOD.replace('fine', 'x' * 2**20)], 'at most 1048576 are allowed'),
        ([HEAD, GOOD], 'the file is not complete: it has no last line'),
        ([HEAD, GOOD, '{"end":2}'], 'the file is not complete: it has 1 values, and its last line says 2'),
        ([HEAD, GOOD, END, GOOD], 'line 4: the export has ended in the line before'),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_written(tmp_path: Path, lines: list[str], reason: str) -> None:
    folder = make_app(tmp_path)
    (tmp_path / 'bad.jsonl').write_text(''.join(f'{line}\n' for line in lines))
    assert reason in refused(folder, 'import', 'bad.jsonl')
    assert set(os.listdir(tmp_path)) - {'__pycache__'} == {'app.py', 'bad.jsonl', 'table.py'}


def test_a_part_of_an_export_is_imported_if_asked(tmp_path: Path) -> None:
    folder = make_app(tmp_path)
    piped = [*DARA, 'data', 'import', '-', '--partial', '--config', 'app:config']
    subprocess.run(piped, cwd=folder, input=f'{HEAD}\n{GOOD}'.encode(), check=True, capture_output=True)
    assert stored(folder) == {'note': {'global': 'fine'}}


def test_other_values_are_replaced_only_if_asked(tmp_path: Path) -> None:
    """A dry run writes nothing, in any case."""
    old, new = make_app(tmp_path / 'old', VALUES), make_app(tmp_path / 'new', {'note': {'global': 1, 'empty': ''}})
    done(old, 'export', '../x.jsonl')
    before = stored(new)
    for options in ([], ['--dry-run']):
        reason = refused(new, 'import', '../x.jsonl', *options)
        assert "1 of 9 keys have other values already, the first one at line 2, store 'note', key 'global'" in reason
    trial = done(new, 'import', '../x.jsonl', '--overwrite', '--dry-run').stderr
    assert 'nothing was written; it would be 7 new, 1 in place of others; 1 were there already' in trial
    assert stored(new) == before
    assert not list(new.glob('.*'))
    done(new, 'import', '../x.jsonl', '--overwrite')
    assert stored(new) == {**VALUES, 'note': {'global': VALUES['note']['global'], 'empty': '', 'plan': 2**53}}
    assert '9 were there already' in done(new, 'import', '../x.jsonl').stderr


def test_a_read_only_store_is_not_written(tmp_path: Path) -> None:
    """Unless there is nothing to write."""
    folder = make_app(tmp_path, {'note': {'global': 'fine'}})
    app = folder / 'app.py'
    app.write_text(app.read_text().replace("uid='note'", "uid='note', readonly=True"))
    (tmp_path / 'x.jsonl').write_text(f'{HEAD}\n{GOOD}\n{END}\n')
    assert '0 new; 1 were there already' in done(folder, 'import', 'x.jsonl').stderr
    (tmp_path / 'x.jsonl').write_text(f'{HEAD}\n{GOOD.replace("global", "other")}\n{END}\n')
    assert "line 2, store 'note', key 'other': the store is read-only" in refused(folder, 'import', 'x.jsonl')


def test_digits_of_other_programs_are_exported(tmp_path: Path) -> None:
    """Dara itself cannot store such integers, and an import says so."""
    folder = make_app(tmp_path)
    text = '{"b":12345678901234567890123,"a":[9007199254740993,-0.0,1e22],"half":"\\ud800"}'
    (tmp_path / 'note.json').write_text(f'{{"global": {text}}}')
    exported = done(folder, 'export', 'x.jsonl')
    assert '1 values' in exported.stderr
    expected = f'{{"store":"note","key":"global","value":{text.replace("1e22", "1e+22")}}}'
    assert (tmp_path / 'x.jsonl').read_text().splitlines()[1] == expected
    assert "line 2, store 'note'" in refused(make_app(tmp_path / 'new'), 'import', '../x.jsonl')


def test_an_export_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    folder = make_app(tmp_path, {'note': {'global': 1}})
    (tmp_path / 'note.json').write_text('{"global": 1e999}')
    (tmp_path / 'x.jsonl').write_text('the old one')
    assert "note.json, key 'global': The value is inf" in refused(folder, 'export', 'x.jsonl')
    assert (tmp_path / 'x.jsonl').read_text() == 'the old one'
    assert set(os.listdir(tmp_path)) - {'__pycache__'} == {'app.py', 'note.json', 'table.py', 'x.jsonl'}


def test_an_export_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = make_app(tmp_path, VALUES)
    done(folder, 'export', 'x.jsonl')
    assert (tmp_path / 'x.jsonl').stat().st_mode & 0o777 == 0o600


async def test_open_pages_show_what_is_imported(serve: Serve, tmp_path: Path) -> None:
    """As a change from one version to the next."""
    folder = make_app(tmp_path / 'app', {'note': {'global': 'old'}})
    server = serve(APP.replace("print('the app is loaded')", ''), directory=folder)
    (tmp_path / 'x.jsonl').write_text(f'{HEAD}\n{GOOD}\n{END}\n')
    async with connected(server.socket_url) as tab:
        snapshot = await tab.subscribe('note')
        done(folder, 'import', '../x.jsonl', '--overwrite')
        change = await tab.receive('change')
        assert change['version'] == snapshot['version'] + 1
        assert entries(done(folder, 'export').stdout) == [('note', 'global', 'fine')]
        done(folder, 'set', 'note', '"set"')
        await tab.receive('change')
        assert (await tab.subscribe('note'))['value'] == 'set'


INTERRUPTED = """
    import os, threading, time
    def end_once_a_value_is_stored():  # the test itself may be too late for that
        while not os.path.exists('own.json'): time.sleep(0.001)
        os.kill(os.getpid(), 9)
    threading.Thread(target=end_once_a_value_is_stored, daemon=True).start()
"""


def test_an_interrupted_import_is_completed_by_another(tmp_path: Path) -> None:
    folder = make_app(tmp_path)
    (folder / 'app.py').write_text(dedent(APP) + dedent(INTERRUPTED))
    lines = [f'{{"store":"own","key":"{i}","value":{i}}}\n' for i in range(1200)]
    (tmp_path / 'x.jsonl').write_text(f'{HEAD}\n{"".join(lines)}{{"end":1200}}\n')
    assert dara(folder, 'import', 'x.jsonl').returncode == -9
    make_app(folder)
    assert 0 < len(stored(folder)['own']) < 1200
    assert '1,200' not in done(folder, 'import', 'x.jsonl').stderr
    assert stored(folder)['own'] == {str(i): i for i in range(1200)}


@pytest.fixture(scope='module')
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An app with very many values in a file."""
    values = {f'user {i}': {'name': f'n{i}', 'text': 'x' * 300} for i in range(MANY)}
    return make_app(tmp_path_factory.mktemp('large') / 'app', {'own': values})


def peak_of(folder: Path, *arguments: str) -> float:
    """Return the peak of the memory of a command, in megabytes."""
    ended = run(['-c', script('peak_memory'), 'data', *arguments, '--config', 'app:config'], cwd=folder)
    assert ended.returncode == 0, ended.stderr
    return int(ended.stderr.splitlines()[-1]) / MEGABYTE


def test_an_export_takes_no_memory_for_its_values(large: Path, tmp_path: Path) -> None:
    """Beside the text of a file, which a FileBackend holds."""
    assert peak_of(large, 'export', f'{tmp_path}/x.jsonl') < peak_of(large, 'get', 'own', 'user 5') + 15
    assert (tmp_path / 'x.jsonl').read_bytes().count(b'\n') == MANY + 2
    folder = make_app(tmp_path / 'paged', backend='PagedBackend')
    empty = peak_of(folder, 'list')
    with sqlite3.connect(folder / 'own.json') as database:
        rows = ((f'user {i}', json.dumps('x' * 400)) for i in range(MANY))
        database.executemany('INSERT INTO kept VALUES (?, ?)', rows)
    assert peak_of(folder, 'export', 'x.jsonl') < empty + 15


def test_an_import_takes_no_memory_for_its_values(tmp_path: Path) -> None:
    """Beside the checkpoints of its keys, which are small."""
    peaks = []
    for many in (100, 1000):  # 10 MB and 100 MB
        folder = make_app(tmp_path / str(many), backend='TableBackend')
        lines = (f'{{"store":"own","key":"{i}","value":"{i:100000}"}}\n' for i in range(many))
        (folder / 'x.jsonl').write_text(f'{HEAD}\n{"".join(lines)}{{"end":{many}}}\n')
        peaks.append(peak_of(folder, 'import', 'x.jsonl'))
    assert peaks[1] < peaks[0] + 70, peaks


def test_a_reader_that_stops_ends_an_export_silently(large: Path, tmp_path: Path) -> None:
    command = ['-m', 'dara.cli', 'data', 'export', '--config', 'app:config']
    with (tmp_path / 'log').open('w') as log, Fork(command, cwd=large, stderr=log) as process:
        assert process.stdout
        assert process.stdout.readline().startswith('{"dara":"data"')
        process.stdout.close()
        assert process.wait(PATIENCE_SECONDS) == 1
    assert (tmp_path / 'log').read_text() == 'the app is loaded\n'


def test_progress_is_shown_on_a_terminal(large: Path, tmp_path: Path) -> None:
    terminal, end = pty.openpty()
    command = ['-m', 'dara.cli', 'data', 'export', f'{tmp_path}/x.jsonl', '--config', 'app:config']
    shown = b''
    with os.fdopen(end, 'w') as stderr, Fork(command, cwd=large, stderr=stderr) as process:
        stderr.close()  # so that reading fails when the process has ended
        while b'50,000 values exported' not in shown:
            shown += os.read(terminal, 4096)
        assert process.wait(PATIENCE_SECONDS) == 0
    os.close(terminal)
    assert b' values exported ...' in shown
