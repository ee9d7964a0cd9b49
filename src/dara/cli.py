"""The `dara` command."""

from __future__ import annotations

import importlib
import os
import secrets
import socket
import sys
import traceback
from pathlib import Path
from typing import Any, Final

import click

from dara.core.configuration import Configuration, ConfigurationBuilder
from dara.core.errors import DaraError, InvalidConfig

BACKLOG: Final = 2048


@click.group()
@click.version_option(package_name='dara-live', prog_name='dara')
def main() -> None:
    """Web apps in Python whose state is persistent and shared live."""


@main.command()
@click.option(
    '--config', default='main:config', show_default=True, help='The ConfigurationBuilder of the app: module:name.'
)
@click.option('--host', default='127.0.0.1', show_default=True, help='Address to listen on.')
@click.option(
    '--port',
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help='Port to listen on; 0 takes a free one.',
)
@click.option(
    '--base-url',
    default='',
    help='Path of the app in browsers, such as /notes.',
)
@click.option('--reload', is_flag=True, help='Restart the server when a Python file changes.')
@click.option('--debug', is_flag=True, help='Show tracebacks.')
def start(config: str, host: str, port: int, base_url: str, reload: bool, debug: bool) -> None:
    """Serve an app."""
    if reload:
        _start_and_reload(config, host, port, base_url, debug)
    else:
        sys.exit(serve(config, host, port, base_url, debug))


def serve(config: str, host: str, port: int, base_url: str = '', debug: bool = False) -> int:
    """Serve an app until the process is told to stop. Return the exit code: 2 if it cannot be served."""
    sys.path.insert(0, os.getcwd())
    try:
        _serve(load_config(config), _listen(host, port), base_url)
    except DaraError as error:
        if debug:
            traceback.print_exc()
        click.echo(f'dara: {" ".join(str(error).split())}', err=True)
        return 2
    return 0


def load_config(config: str) -> Configuration:
    """Import and build the configuration at `config`, which is `module:name`.

    Raises:
        InvalidConfig: the module or the name does not exist, or raised on import.
        InvalidDefinition: the app is defined incorrectly.
    """
    module_name, _, name = config.partition(':')
    if not module_name or not name:
        raise InvalidConfig(f'--config takes module:name, such as main:config, not {config!r}')
    module = _import(module_name)
    builder = getattr(module, name, None)
    if isinstance(builder, Configuration):
        return builder
    if not isinstance(builder, ConfigurationBuilder):
        problem = f'is {builder!r}, not a ConfigurationBuilder' if hasattr(module, name) else 'does not exist'
        raise InvalidConfig(f'{config}: {name!r} {problem}. {_suggestion(module)}')
    try:
        return builder.build()
    except DaraError:
        raise
    except Exception as error:  # raised by a page function of the app
        raise InvalidConfig(_located(error)) from error


def _import(module_name: str) -> Any:
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and (module_name == error.name or module_name.startswith(f'{error.name}.')):
            raise InvalidConfig(
                f'there is no module {error.name!r} in {os.getcwd()} or among the installed packages; see --config'
            ) from error
        raise InvalidConfig(_located(error)) from error
    except DaraError as error:
        raise InvalidConfig(_located(error, is_ours=True)) from error
    except Exception as error:
        raise InvalidConfig(_located(error)) from error


def _located(error: BaseException, *, is_ours: bool = False) -> str:
    """Return the error's message with the line of the app that caused it.

    Args:
        is_ours: the error is one of Dara's, whose type says no more than its message.
    """
    message = str(error) if is_ours else f'{type(error).__name__}: {error}'
    if isinstance(error, SyntaxError):
        return f'{error.filename}, line {error.lineno}: {message}'
    ours = str(Path(__file__).parent)
    lines = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith((ours, '<'))
        and 'site-packages' not in frame.filename
        and f'{os.sep}importlib{os.sep}' not in frame.filename
    ]
    return f'{lines[-1].filename}, line {lines[-1].lineno}: {message}' if lines else message


def _suggestion(module: Any) -> str:
    found = [name for name, value in vars(module).items() if isinstance(value, ConfigurationBuilder)]
    return f'Did you mean {module.__name__}:{found[0]}?' if found else 'Write: config = ConfigurationBuilder()'


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ':' in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise InvalidConfig(
            f'cannot listen on {host}:{port}: {error.strerror}; choose another with --host or --port'
        ) from error
    return listener


def _serve(configuration: Configuration, listener: socket.socket, base_url: str) -> None:
    from dara.core._server import serving  # loads the web server

    serving.serve(configuration, listener, base_url, lambda base: _print_addresses(configuration, listener, base))


def _print_addresses(configuration: Configuration, listener: socket.socket, base: str) -> None:
    """Print the address of the app, and the locations of its data."""
    host, port = listener.getsockname()[:2]
    authority = f'[{host}]' if ':' in host else host
    click.echo(f'{configuration.title} is at http://{authority}:{port}{base}')
    for location in dict.fromkeys(store.core.backend.describe() for store in configuration.tree.all_stores):
        click.echo(f'  its data: {location}')
    click.echo('  press Ctrl-C to stop')
    sys.stdout.flush()


def _start_and_reload(config: str, host: str, port: int, base_url: str, debug: bool) -> None:
    from watchfiles import PythonFilter, run_process

    from dara.core._server import secret

    # Sessions survive the reloads even where the secret cannot be stored.
    os.environ.setdefault(secret.TEMPORARY, secrets.token_urlsafe(32))
    run_process('.', target=serve, args=(config, host, port, base_url, debug), watch_filter=PythonFilter())


if __name__ == '__main__':
    main()
