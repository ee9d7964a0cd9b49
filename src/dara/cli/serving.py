"""The process of `dara start`: it loads the app, listens, serves, and reloads."""

from __future__ import annotations

import gc
import logging
import os
import secrets
import socket
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import click

from dara.cli.loading import load_config, locate
from dara.core.configuration import Configuration
from dara.core.errors import DaraError, InvalidConfig

BACKLOG: Final = 2048
GARBAGE_THRESHOLD: Final = 10_000


@dataclass(frozen=True)
class Settings:
    """The settings of a start.

    Attributes:
        app: a file, or `module:name`, or `None` for the app that is found in the current folder.
        log: the lowest level of the log; `None` leaves the choice to the app.
        debug: the lowest level of Dara's own messages; `None` shows no tracebacks, either.
    """

    app: str | None
    host: str
    port: int
    base_url: str
    log: str | None
    debug: str | None


def serve(settings: Settings) -> int:
    """Serve an app until the process is told to stop. Return the exit code: 2 if it cannot be served."""
    gc.set_threshold(GARBAGE_THRESHOLD, 10, 10)  # each collection blocks all tabs
    sys.path.insert(0, os.getcwd())
    from dara.core._server import serving  # loads the web server

    gc.freeze()  # what is imported by now stays, so that the collection before the first request is short
    try:
        configuration = load_config(locate(settings.app))
        _set_up_log(settings)
        listener = _listen(settings.host, settings.port)
        serving.serve(configuration, listener, settings.base_url, partial(_print_addresses, configuration, listener))
    except DaraError as error:
        if settings.debug:
            traceback.print_exc()
        click.echo(f'dara: {" ".join(str(error).split())}', err=True)
        return 2
    return 0


def serve_and_reload(settings: Settings, folders: Sequence[str]) -> None:
    """Serve an app, and start it again when a Python file in one of the folders changes."""
    from watchfiles import PythonFilter, run_process

    from dara.core._server import secret

    # Sessions survive the reloads even where the secret cannot be stored.
    os.environ.setdefault(secret.TEMPORARY, secrets.token_urlsafe(32))
    run_process(*folders, target=serve, args=(settings,), watch_filter=PythonFilter())


def _set_up_log(settings: Settings) -> None:
    """Log to stderr, unless the app has set up the log itself. The levels asked for are in force in any case."""
    logging.basicConfig(level=logging.INFO, format='%(levelname)s %(name)s: %(message)s')
    if settings.log:
        logging.getLogger().setLevel(settings.log)
    if settings.debug:
        logging.getLogger('dara').setLevel(settings.debug)


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


def _print_addresses(configuration: Configuration, listener: socket.socket, base: str) -> None:
    """Print the address of the app, and the locations of its data."""
    host, port = listener.getsockname()[:2]
    authority = f'[{host}]' if ':' in host else host
    click.echo(f'{configuration.title} is at http://{authority}:{port}{base}')
    for location in dict.fromkeys(store.core.backend.describe() for store in configuration.tree.all_stores):
        click.echo(f'  its data: {location}')
    click.echo('  press Ctrl-C to stop')
    sys.stdout.flush()
