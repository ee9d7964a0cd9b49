"""The process of `dara start`: it loads the app, listens, serves, and reloads."""

from __future__ import annotations

import gc
import logging
import os
import secrets
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, NamedTuple, TypeAlias

import click

from dara.cli.loading import load_config, locate, short_traceback, traceback_of
from dara.core._fleet import WORKERS
from dara.core.configuration import Configuration
from dara.core.errors import DaraError, InvalidConfig

BACKLOG: Final = 2048
GARBAGE_THRESHOLD: Final = 10_000
SLOW_SECONDS: Final = 1.0


class Listeners(NamedTuple):
    """The sockets on which a server listens: that of the app, and that of its metrics."""

    app: socket.socket
    metrics: socket.socket | None


OnStarted: TypeAlias = Callable[[Configuration, Listeners, str], None]
"""A function that is called when an app is served, with its sockets and its path."""


@dataclass(frozen=True)
class Settings:
    """The settings of a start.

    Attributes:
        metrics_port: the port of the metrics, or `None` for none.
        app: a file, or `module:name`, or `None` for the app that is found in the current folder.
        log: the lowest level of the log; `None` leaves the choice to the app.
        debug: the lowest level of Dara's own messages; `None` shows no tracebacks, either.
        reloads: the process is replaced when a file changes; it serves the reason if the app cannot be served.
    """

    app: str | None
    host: str
    port: int
    metrics_port: int | None
    base_url: str
    log: str | None
    debug: str | None
    reloads: bool = False


def serve(settings: Settings) -> int:
    """Serve an app until the process is told to stop. Return the exit code: 2 if it cannot be served."""
    os.environ[WORKERS] = '1'  # whatever the environment says: an option has precedence
    return _serve(settings, partial(_listen, settings), _print_addresses)


def serve_with_workers(settings: Settings, number: int) -> int:
    """Serve an app with that many processes until this one is told to stop. Return the exit code, as `serve` does."""
    from dara.cli.workers import supervise
    from dara.core._server import secret

    os.environ[WORKERS] = str(number)
    os.environ.setdefault(secret.TEMPORARY, secrets.token_urlsafe(32))  # one for all, where none can be stored
    try:
        listeners = _listen(settings)
    except DaraError as error:
        return _report(settings, error)

    def work(on_ready: Callable[[], None], is_first: bool) -> int:
        def on_started(*about: Any) -> None:
            if is_first:
                _print_addresses(*about)
            on_ready()

        return _serve(settings, lambda: listeners, on_started)

    return supervise(number, work)


def _serve(settings: Settings, listen: Callable[[], Listeners], on_started: OnStarted) -> int:
    """Serve an app on the sockets that `listen` returns; return the exit code."""
    gc.set_threshold(GARBAGE_THRESHOLD, 10, 10)  # each collection blocks all tabs
    sys.path.insert(0, os.getcwd())
    from dara.core._server import serving  # loads the web server

    gc.freeze()  # what is imported by now stays, so that the collection before the first request is short
    listeners: Listeners | None = None
    try:
        if settings.metrics_port is not None:
            from dara.core._server import prometheus  # loaded when used

            prometheus.share_measurements()
        app = locate(settings.app)
        with _notice_if_slow(f'loading {settings.app or app} ...'):
            configuration = load_config(app)
        _set_up_log(settings)
        listeners = listen()
        if listeners.metrics:
            prometheus.serve(listeners.metrics)
        started = partial(on_started, configuration, listeners)
        debug = settings.reloads or settings.debug is not None
        serving.serve(configuration, listeners.app, settings.base_url, started, debug=debug)
    except DaraError as error:
        code = _report(settings, error)
        if settings.reloads:
            _serve_reason(settings, listeners, error)
        return code
    return 0


@contextmanager
def _notice_if_slow(notice: str) -> Iterator[None]:
    """Print a line if the block takes long, and somebody is watching: on a terminal."""
    timer = threading.Timer(SLOW_SECONDS, click.echo, [notice], {'err': True})
    if sys.stderr.isatty() and os.environ[WORKERS] == '1':
        timer.daemon = True
        timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _serve_reason(settings: Settings, listeners: Listeners | None, error: DaraError) -> None:
    """Show in the pages why the app cannot be served, until the process is replaced."""
    from dara.core._server import broken

    try:
        listener = listeners.app if listeners else _listener(settings.host, settings.port, '--host or --port')
    except DaraError:
        return  # reported already, or another server answers
    broken.serve(listener, settings.base_url, short_traceback(error))


def _report(settings: Settings, error: DaraError) -> int:
    """Print why the app cannot be served; return the exit code."""
    trace = traceback_of(error) if settings.debug else None
    if trace:
        click.echo(trace, err=True)
    click.echo(f'dara: {" ".join(str(error).split())}', err=True)
    return 2


def serve_and_reload(settings: Settings, folders: Sequence[str]) -> None:
    """Serve an app, and start it again when a Python file in one of the folders changes."""
    from watchfiles import PythonFilter, run_process

    from dara.core._server import secret

    # Sessions survive the reloads even where the secret cannot be stored.
    os.environ.setdefault(secret.TEMPORARY, secrets.token_urlsafe(32))
    run_process(*folders, target=serve, args=(replace(settings, reloads=True),), watch_filter=PythonFilter())


def _set_up_log(settings: Settings) -> None:
    """Log to stderr, unless the app has set up the log itself. The levels asked for are in force in any case."""
    logging.basicConfig(level=logging.INFO, format='%(levelname)s %(name)s: %(message)s')
    if settings.log:
        logging.getLogger().setLevel(settings.log)
    if settings.debug:
        logging.getLogger('dara').setLevel(settings.debug)


def _listen(settings: Settings) -> Listeners:
    app = _listener(settings.host, settings.port, '--host or --port')
    if settings.metrics_port is None:
        return Listeners(app, None)
    from dara.core._server.prometheus import check_installed

    check_installed()
    return Listeners(app, _listener(settings.host, settings.metrics_port, '--metrics-port'))


def _listener(host: str, port: int, options: str) -> socket.socket:
    family = socket.AF_INET6 if ':' in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise InvalidConfig(
            f'cannot listen on {host}:{port}: {error.strerror}; choose another with {options}'
        ) from error
    return listener


def _print_addresses(configuration: Configuration, listeners: Listeners, base: str) -> None:
    """Print the addresses of the app and its metrics, and the locations of its data."""
    click.echo(f'{configuration.title} is at {_address(listeners.app)}{base}')
    if listeners.metrics:
        click.echo(f'  its metrics: {_address(listeners.metrics)}/metrics')
    for location in dict.fromkeys(store.core.backend.describe() for store in configuration.tree.all_stores):
        click.echo(f'  its data: {location}')
    click.echo('  press Ctrl-C to stop')
    sys.stdout.flush()


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f'http://[{host}]:{port}' if ':' in host else f'http://{host}:{port}'
