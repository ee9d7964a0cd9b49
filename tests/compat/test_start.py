"""`dara start` as documented: the app that it finds, its options, and its environment."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.forks import Fork, run
from tests.process import DARA, PATIENCE_SECONDS, AppServer, unused_port

APP = """
import logging, os
from dara.components import Text
from dara.core import ConfigurationBuilder

logging.getLogger('app').debug('loaded')

def app(title):
    config = ConfigurationBuilder()
    config.title = title
    config.router.add_page(path='hello', content=Text(os.environ.get('GREETING', 'Hello')))
    return config

config = app('{title}')
other = app('Other')
"""
MAIN = 'Main'


def write_app(file: Path, title: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(APP.replace('{title}', title))


@contextmanager
def started(folder: Path, *arguments: str, is_fork: bool = True, **environment: str) -> Iterator[str]:
    """Run `dara start` until the end of the block. Yield the line that it prints when it listens."""
    command, env = ['-m', 'dara.cli', 'start', *arguments], {**os.environ, 'PYTHONUNBUFFERED': '1', **environment}
    with (folder / 'stderr.log').open('w') as log:
        server: Fork | subprocess.Popen[str] = (
            Fork(command, cwd=folder, env=env, stderr=log)
            if is_fork
            else subprocess.Popen(
                [sys.executable, *command], cwd=folder, env=env, stdout=subprocess.PIPE, stderr=log, text=True
            )
        )
    with server:
        assert server.stdout
        try:
            line = server.stdout.readline()
            assert line, log_of(folder)
            yield line
        finally:
            server.send_signal(signal.SIGTERM)


def log_of(folder: Path) -> str:
    return (folder / 'stderr.log').read_text()


def dara(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command that ends by itself."""
    return run(['-m', 'dara.cli', *arguments], cwd=folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project's folder, whose name is no name of a package."""
    path = tmp_path / 'my-app'
    path.mkdir()
    return path


@pytest.mark.parametrize(
    ('files', 'title'),
    [
        (['main.py'], 'main.py'),
        (['my_app/main.py'], 'my_app/main.py'),
        (['my_app/__init__.py', 'my_app/main.py'], 'my_app/main.py'),
        (['main.py', 'my_app/main.py'], 'main.py'),
    ],
)
def test_the_app_of_the_folder_is_found(folder: Path, files: list[str], title: str) -> None:
    """It is `main:config`, or else that of the package with the folder's name, as `create-dara-app` makes it."""
    for file in files:
        write_app(folder / file, file)
    with started(folder, '--port', '0') as line:
        assert line.startswith(f'{title} is at http://127.0.0.1:')


def test_an_installed_package_is_found_too(folder: Path) -> None:
    """In a project whose sources are in `src`, for example."""
    write_app(folder / 'src' / 'my_app' / 'main.py', 'Installed')
    path = os.pathsep.join([str(folder / 'src'), *sys.path])
    with started(folder, '--port', '0', is_fork=False, PYTHONPATH=path) as line:
        assert line.startswith('Installed is at')


@pytest.mark.parametrize(
    ('arguments', 'title'),
    [
        (['app/pages.py'], 'app/pages.py'),
        (['./app/pages.py'], 'app/pages.py'),
        (['app.pages:other'], 'Other'),
        (['--config', 'app.pages:other'], 'Other'),
        (['--config', 'app/pages.py'], 'app/pages.py'),
    ],
)
def test_an_app_may_be_named(folder: Path, arguments: list[str], title: str) -> None:
    """By its file, or by its module and its name."""
    write_app(folder / 'main.py', 'main.py')
    write_app(folder / 'app' / 'pages.py', 'app/pages.py')
    with started(folder, *arguments, '--port', '0') as line:
        assert line.startswith(f'{title} is at')


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ([], "there is no main.py in {folder}, and no package 'my_app' that has one; name the app: dara start FILE.py"),
        (['main.py'], 'there is no file main.py in {folder}'),
        (['../main.py'], '../main.py is no module below {folder}; change to its folder first'),
        (['main'], '--config takes module:name'),
        (['nowhere:config'], "there is no module 'nowhere'"),
    ],
)
def test_an_app_that_is_not_there_is_reported_in_one_line(folder: Path, arguments: list[str], message: str) -> None:
    write_app(folder.parent / 'main.py', 'above')
    (folder / 'my_app').mkdir()
    ended = dara(folder, 'start', *arguments)
    assert (ended.returncode, ended.stdout) == (2, '')
    assert ended.stderr.startswith(f'dara: {message.format(folder=folder)}')
    assert len(ended.stderr.splitlines()) == 1


def test_an_app_that_takes_long_to_load_is_named_on_a_terminal(folder: Path) -> None:
    """Before it is loaded: here, it cannot be."""
    (folder / 'main.py').write_text('import time; time.sleep(1.5); raise ValueError("at last")')
    terminal, end = os.openpty()
    server = subprocess.Popen([*DARA, 'start', 'main.py'], cwd=folder, stdout=end, stderr=end)
    assert server.wait(PATIENCE_SECONDS) == 2
    lines = os.read(terminal, 10_000).decode().splitlines()
    assert [lines[0], 'at last' in lines[1], len(lines)] == ['loading main.py ...', True, 2]
    os.close(terminal)
    os.close(end)


def test_two_apps_are_one_too_many(folder: Path) -> None:
    write_app(folder / 'main.py', 'main.py')
    ended = dara(folder, 'start', 'main.py', '--config', 'main:config')
    assert ended.returncode == 2
    assert 'Name the app once' in ended.stderr


@pytest.mark.parametrize('arguments', [[], ['main.py'], ['--config', 'main:config']])
@pytest.mark.parametrize(
    ('source', 'message'),
    [
        ('import os\nimport nonexistent', "main.py, line 2: ModuleNotFoundError: No module named 'nonexistent'"),
        ('from os import nonexistent', "main.py, line 1: ImportError: cannot import name 'nonexistent' from 'os'"),
        ('\n1 / 0', 'main.py, line 2: ZeroDivisionError'),
    ],
)
def test_a_mistake_in_the_app_is_located(folder: Path, arguments: list[str], source: str, message: str) -> None:
    """It is not taken for an app that is not there."""
    (folder / 'main.py').write_text(source)
    ended = dara(folder, 'start', *arguments)
    assert ended.returncode == 2
    assert f'{folder}/{message}' in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


WITHOUT_EFFECT = {
    '--production': 'the client is built already',
    '--rebuild': 'the client is built already',
    '--skip-jsbuild': 'the client is built already',
    '--docker': 'listen on all addresses: --host 0.0.0.0',
    '--enable-hmr': 'Restart the server on changes: --reload',
    '--dev-port 3000': 'the client is built already',
}


def test_options_without_a_purpose_here_are_accepted_with_a_line_each(folder: Path) -> None:
    write_app(folder / 'main.py', MAIN)
    with started(folder, '--port', '0', *' '.join(WITHOUT_EFFECT).split()) as line:
        assert line.startswith(f'{MAIN} is at')
    notes = [line for line in log_of(folder).splitlines() if line.startswith('dara: ')]
    assert len(notes) == len(WITHOUT_EFFECT)
    for option, reason in WITHOUT_EFFECT.items():
        (note,) = (line for line in notes if line.startswith(f'dara: {option.split()[0]} has no effect: '))
        assert reason in note


@pytest.mark.parametrize(('option', 'environment'), [(['--require-sso'], {}), ([], {'DARA_ENFORCE_SSO': 'TRUE'})])
def test_an_app_that_requires_single_sign_on_is_not_served_without(
    folder: Path, option: list[str], environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_app(folder / 'main.py', MAIN)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    ended = dara(folder, 'start', '--port', '0', *option)
    assert (ended.returncode, ended.stdout) == (2, '')
    assert ended.stderr.startswith('dara: --require-sso cannot be met: there is no single sign-on.')


LOGGING = """
from dara.components import Text
from dara.core import ConfigurationBuilder
import logging

def report():
    for name in ('app', 'dara'):
        for level in ('debug', 'info', 'error'):
            getattr(logging.getLogger(name), level)(f'{name} {level}')

config = ConfigurationBuilder()
config.on_startup(report)
config.add_page('Hello', content=Text('Hello'))
"""
APP_INFO, DARA_INFO = {'app info', 'app error'}, {'dara info', 'dara error'}


@pytest.mark.parametrize(
    ('options', 'logged'),
    [
        ([], APP_INFO | DARA_INFO),
        (['--log', 'debug'], APP_INFO | DARA_INFO | {'app debug', 'dara debug'}),
        (['--log', 'ERROR'], {'app error', 'dara error'}),
        (['--debug'], APP_INFO | DARA_INFO | {'dara debug'}),
        (['--debug', 'ERROR'], APP_INFO | {'dara error'}),
        (['--log', 'ERROR', '--debug', 'INFO'], DARA_INFO | {'app error'}),
    ],
)
def test_the_levels_of_the_log(folder: Path, options: list[str], logged: set[str]) -> None:
    """`--log` sets the level of all messages, `--debug` that of Dara's own."""
    (folder / 'main.py').write_text(LOGGING)
    with started(folder, *options, '--port', '0'):
        pass
    assert set(re.findall(r'^[A-Z]+ \w+: ((?:app|dara) \w+)$', log_of(folder), re.M)) == logged


def test_the_command_line_the_environment_and_the_file_in_this_order(folder: Path) -> None:
    """A file `.env` in the current folder sets what the environment does not."""
    write_app(folder / 'main.py', MAIN)
    in_file, in_environment, in_command = (str(unused_port()) for _ in range(3))
    (folder / '.env').write_text(f'DARA_HOST=127.0.0.2\nDARA_PORT={in_file}  # as agreed\n')
    with started(folder) as line:
        assert f'http://127.0.0.2:{in_file}' in line
    with started(folder, DARA_PORT=in_environment) as line:
        assert f'http://127.0.0.2:{in_environment}' in line
    with started(folder, '--port', in_command, DARA_PORT=in_environment, DARA_HOST='127.0.0.3') as line:
        assert f'http://127.0.0.3:{in_command}' in line


def test_the_base_url_may_come_from_the_environment(folder: Path) -> None:
    write_app(folder / 'main.py', MAIN)
    with started(folder, '--port', '0', DARA_BASE_URL='/notes') as line:
        assert line.rstrip().endswith('/notes')


def test_the_app_sees_the_variables_of_the_file(folder: Path) -> None:
    (folder / '.env').write_text("export GREETING='Good morning'\n")
    server = AppServer(folder, APP)
    server.start()
    try:
        assert 'Good morning' in server.get('/hello').text
    finally:
        server.stop()


def test_a_file_that_cannot_be_read_is_reported(folder: Path) -> None:
    write_app(folder / 'main.py', MAIN)
    (folder / '.env').write_bytes(b'GREETING=\xff')
    ended = dara(folder, 'start', '--port', '0')
    assert ended.returncode == 2
    assert ended.stderr.startswith(f'dara: cannot read {folder}/.env: ')


def test_a_folder_called_env_is_no_file_with_variables(folder: Path) -> None:
    """Some people give that name to a virtual environment."""
    write_app(folder / 'main.py', MAIN)
    (folder / '.env').mkdir()
    with started(folder, '--port', '0') as line:
        assert line.startswith(f'{MAIN} is at')


def test_a_port_in_use_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The app is never at another address than the one that people know."""
    write_app(folder / 'main.py', MAIN)
    with socket.create_server(('127.0.0.1', 0)) as taken:
        monkeypatch.setenv('DARA_PORT', str(taken.getsockname()[1]))
        ended = dara(folder, 'start')
    assert (ended.returncode, ended.stdout) == (2, '')
    assert ended.stderr.rstrip().endswith('choose another with --host or --port')


def test_a_secret_is_generated_once_and_used(folder: Path) -> None:
    """`dara generate-env` keeps the other lines of the file. The app then stores no secret of its own."""
    write_app(folder / 'main.py', MAIN)
    (folder / '.env').write_text('GREETING=Hi')
    assert dara(folder, 'generate-env').returncode == 0
    first = (folder / '.env').read_text()
    assert re.fullmatch(r'GREETING=Hi\nDARA_SECRET=[\w-]{43}\n', first)
    refused = dara(folder, 'generate-env')
    assert (refused.returncode, (folder / '.env').read_text()) == (2, first)
    assert refused.stderr.startswith('dara: .env has a DARA_SECRET already; --force replaces it')
    assert dara(folder, 'generate-env', '--force').returncode == 0
    assert (folder / '.env').read_text() != first
    with started(folder, '--port', '0'):
        assert not (folder / '.dara').exists()


def test_a_new_file_with_a_secret_is_for_its_owner_alone(folder: Path) -> None:
    dara(folder, 'generate-env')
    assert (folder / '.env').stat().st_mode & 0o777 == 0o600


def test_commands_for_code_in_javascript(folder: Path) -> None:
    """The one that would serve it has nothing to do; the one that would begin it is refused."""
    served = dara(folder, 'dev', '--config', 'main:config', '--port', '3000')
    assert served.returncode == 0
    assert served.stderr.startswith('dara: nothing to do: the client is built already.')
    begun = dara(folder, 'setup-custom-js')
    assert begun.returncode == 2
    assert begun.stderr.startswith('dara: components of your own in JavaScript are not supported')
    assert not list(folder.iterdir())


async def test_changes_in_the_named_folder_restart_the_server(folder: Path) -> None:
    """`--reload-dir` alone is enough."""
    (folder / 'pages').mkdir()
    (folder / 'pages' / 'title.py').write_text("TITLE = 'Notes'")
    source = f'{APP}\nfrom pages.title import TITLE\nconfig.title = TITLE'
    server = AppServer(folder, source, command=DARA)
    server.start('--reload-dir', 'pages')
    try:
        assert '<title>Notes</title>' in server.get('/hello').text
        (folder / 'pages' / 'title.py').write_text("TITLE = 'Better notes'")
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.to_thread(server.wait_for_reload)
        assert '<title>Better notes</title>' in server.get('/hello').text
    finally:
        server.stop()
