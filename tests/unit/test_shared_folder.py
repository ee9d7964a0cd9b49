"""Tests of the folder that all processes which serve an app share."""

from __future__ import annotations

import os
import signal
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dara.components import Text
from dara.core import ConfigurationBuilder
from dara.core._shared_folder import SharedFiles, SharedFolder
from dara.core.errors import InvalidConfig, InvalidDefinition
from tests.forks import Fork, run
from tests.process import AppServer, start_in_vain

HOUR = 3600


@pytest.fixture
def files(tmp_path: Path) -> SharedFiles:
    return SharedFolder('app', tmp_path).files('reports', HOUR)


def age(files: SharedFiles, name: str, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(files.path(name), (then, then))


def test_servers_with_one_folder_see_the_files_of_each_other(files: SharedFiles, tmp_path: Path) -> None:
    """Those of another app over the folder do not."""
    files.write('one.csv', b'1')
    files.write('one.csv', b'2')
    assert SharedFolder('app', tmp_path).files('reports', HOUR).read('one.csv') == b'2'
    assert SharedFolder('other', tmp_path).files('reports', HOUR).read('one.csv') is None
    assert SharedFolder('app', tmp_path).files('others', HOUR).read('one.csv') is None


def test_others_on_the_machine_may_read_nothing(files: SharedFiles) -> None:
    files.write('one', b'1')
    folder = files.path('one').parent
    assert [stat.S_IMODE(each.stat().st_mode) for each in (files.path('one'), folder, folder.parent)] == [
        0o600,
        0o700,
        0o700,
    ]


def test_a_folder_that_others_may_write_is_refused(tmp_path: Path) -> None:
    """Somebody could have made it before: its name is known, and what is in it is trusted."""
    folder = SharedFolder('app', tmp_path)
    made = tmp_path / folder.app
    made.mkdir()
    made.chmod(0o777)
    with pytest.raises(InvalidConfig, match='other users may write'):
        folder.check()
    made.rmdir()
    made.symlink_to(tmp_path)
    with pytest.raises(InvalidConfig, match='no folder of this user'):
        folder.check()
    made.unlink()
    folder.check()


def test_a_file_is_taken_once(files: SharedFiles) -> None:
    files.write('one', b'1')
    with ThreadPoolExecutor(8) as threads:
        taken = [path for path in threads.map(lambda _: files.take('one'), range(32)) if path]
    assert [path.read_bytes() for path in taken] == [b'1']


@pytest.mark.parametrize('name', ['', '..', '../one', 'a/b', '.part-1', 'a\0', 'a.', 'x' * 200])
def test_names_lead_nowhere_else(files: SharedFiles, name: str) -> None:
    with pytest.raises(ValueError, match='cannot be the name'):
        files.read(name)


def test_a_file_that_is_not_finished_is_not_there(files: SharedFiles) -> None:
    def write_half() -> None:
        with files.writing('one') as file:
            file.write(b'half')
            file.flush()
            assert files.read('one') is None
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert list(files.path('one').parent.iterdir()) == []


DYING = """
import os, signal, sys
from pathlib import Path
from dara.core._shared_folder import SharedFolder
with SharedFolder('app', Path(sys.argv[1])).files('reports', 1).writing('never'):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_files_are_removed_after_their_time(files: SharedFiles, tmp_path: Path) -> None:
    """Also those of a writer that was killed, and by a server that did not write them; but not those in use."""
    for name in ('old', 'new', 'used'):
        files.write(name, b'1')
        age(files, name, 2 * HOUR if name != 'new' else HOUR / 2)
    assert run(['-c', DYING, str(tmp_path)], cwd=tmp_path).returncode == -signal.SIGKILL
    folder = files.path('old').parent
    (part,) = [each for each in folder.iterdir() if each.name.startswith('.')]
    os.utime(part, (0, 0))
    assert files.touch('used')
    assert not files.touch('gone')
    files.expire()
    assert sorted(each.name for each in folder.iterdir()) == ['new', 'used']


def test_a_file_in_use_stays_for_as_long_as_its_process(files: SharedFiles, tmp_path: Path) -> None:
    """Whichever server removes old files: that of the process keeps it young."""
    other = SharedFolder('app', tmp_path).files('reports', HOUR)
    files.write('value', b'1')
    files.use('value')
    age(files, 'value', 0.9 * HOUR)
    files.expire()
    assert time.time() - (files.changed('value') or 0) < HOUR / 2
    other.expire()
    assert other.has('value')
    files.leave('value')
    age(files, 'value', 2 * HOUR)
    files.expire()
    assert not other.has('value')


def test_a_process_alone_has_a_folder_until_its_end() -> None:
    folder = SharedFolder('app')
    assert folder.reach == 'process'
    folder.files('reports', HOUR).write('one', b'1')
    path = folder.path
    folder.close()
    assert not path.exists()


def test_the_folder_of_a_killed_process_is_removed_by_a_later_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That of a process that lives is not, however old it is."""
    monkeypatch.setattr('tempfile.tempdir', str(tmp_path))
    code = 'import sys; from dara.core._shared_folder import SharedFolder; f = SharedFolder("app"); print(f.path)'
    waiting = f'{code}; sys.stdout.flush(); sys.stdin.read(); import time; time.sleep(60)'
    environment = {**os.environ, 'TMPDIR': str(tmp_path)}
    paths = []
    with (
        Fork(['-c', waiting], cwd=tmp_path, env=environment) as killed,
        Fork(['-c', waiting], cwd=tmp_path, env=environment) as alive,
    ):
        for process in (killed, alive):
            assert process.stdout
            paths.append(Path(process.stdout.readline().strip()).parent)
            os.utime(paths[-1], (0, 0))
        killed.send_signal(signal.SIGKILL)
        killed.wait(10)
        later = SharedFolder('app')
        assert later.path.exists()
        assert [path.exists() for path in paths] == [False, True]
        later.close()
        alive.send_signal(signal.SIGKILL)


@pytest.mark.parametrize('folder', [1, b'', '', ['a']])
def test_only_a_path_is_a_folder(folder: object) -> None:
    config = ConfigurationBuilder()
    config.add_page('Page', content=Text('text'))
    config.shared_folder = folder  # type: ignore[assignment]
    with pytest.raises(InvalidDefinition, match=r'config\.shared_folder is the path of a folder'):
        config.build()


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / 'file').touch()
    with pytest.raises(InvalidConfig, match='file cannot be used: it is not a folder'):
        SharedFolder('app', tmp_path / 'file').check()


APP = """
    from dara.components import Text
    from dara.core import ConfigurationBuilder
    config = ConfigurationBuilder()
    config.shared_folder = 'shared'
    config.add_page('Page', content=Text('text'))
"""


def test_a_missing_folder_is_refused_at_the_start(tmp_path: Path) -> None:
    """In one line, with the path. A folder that is there is used."""
    server = AppServer(tmp_path, APP)
    ended = start_in_vain(tmp_path)
    assert ended.returncode == 2
    assert f'config.shared_folder: {tmp_path}/shared cannot be used: there is no such folder' in ended.stderr
    (tmp_path / 'shared').mkdir()
    try:
        assert server.start().get('/').status_code == 200
    finally:
        server.stop()
