"""The `dara` command."""

from __future__ import annotations

import gc
import importlib
import logging
import os
import secrets
import signal
import socket
import sys
import traceback
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any

import click

from dara.core.configuration import Configuration, ConfigurationBuilder
from dara.core.errors import DaraError, InvalidConfig

GRACEFUL_SECONDS = 2


@click.group()
@click.version_option(package_name='dara-live', prog_name='dara')
def main() -> None:
    """Web apps in Python whose state is persistent and shared live."""


@main.command()
@click.option(
    '--config', default='main:config', show_default=True, help='Where the ConfigurationBuilder is: module:name.'
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
    help='Path below which browsers find the app, such as /notes.',
)
@click.option('--reload', is_flag=True, help='Start again whenever a Python file changes.')
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
    """Import and build the configuration that `config`, as `module:name`, refers to.

    Raises:
        InvalidConfig: there is none, or it cannot be imported; says where.
        InvalidDefinition: it is written wrongly.
    """
    module_name, _, name = config.partition(':')
    if not module_name or not name:
        raise InvalidConfig(f'--config takes module:name, such as main:config, not {config!r}')
    module = _import(module_name)
    builder = getattr(module, name, None)
    if isinstance(builder, Configuration):
        return builder
    if not isinstance(builder, ConfigurationBuilder):
        what = f'is {builder!r}, not a ConfigurationBuilder' if hasattr(module, name) else 'does not exist'
        raise InvalidConfig(f'{config}: {name!r} {what}. {_suggestion(module)}')
    try:
        return builder.build()
    except DaraError:
        raise
    except Exception as error:  # of a page function of the app
        raise InvalidConfig(_where(error)) from error


def _import(module_name: str) -> Any:
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and (module_name == error.name or module_name.startswith(f'{error.name}.')):
            raise InvalidConfig(
                f'there is no module {error.name!r} in {os.getcwd()} or among the installed packages; see --config'
            ) from error
        raise InvalidConfig(_where(error)) from error
    except DaraError as error:
        raise InvalidConfig(_where(error, is_ours=True)) from error
    except Exception as error:
        raise InvalidConfig(_where(error)) from error


def _where(error: BaseException, *, is_ours: bool = False) -> str:
    """Say what was raised, and at which line of the app."""
    what = str(error) if is_ours else f'{type(error).__name__}: {error}'
    if isinstance(error, SyntaxError):
        return f'{error.filename}, line {error.lineno}: {what}'
    ours = str(Path(__file__).parent)
    lines = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith((ours, '<'))
        and 'site-packages' not in frame.filename
        and f'{os.sep}importlib{os.sep}' not in frame.filename
    ]
    return f'{lines[-1].filename}, line {lines[-1].lineno}: {what}' if lines else what


def _suggestion(module: Any) -> str:
    found = [name for name, value in vars(module).items() if isinstance(value, ConfigurationBuilder)]
    return f'Did you mean {module.__name__}:{found[0]}?' if found else 'Write: config = ConfigurationBuilder()'


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ':' in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise InvalidConfig(
            f'cannot listen on {host}:{port}: {error.strerror}; choose another with --host or --port'
        ) from error
    return listener


def _serve(configuration: Configuration, listener: socket.socket, base_url: str) -> None:
    import uvicorn

    from dara.core._server.base import BasePath
    from dara.core._server.connections import Connection, Connections, room_for_connections
    from dara.core._server.stopping import Stopping
    from dara.core.asgi import create_app

    logging.basicConfig(level=logging.INFO, format='%(levelname)s %(name)s: %(message)s')
    app = create_app(configuration)
    hub = app.state.hub
    running = AsyncExitStack()
    base = '/' + base_url.strip('/') if base_url.strip('/') else ''
    mounted = BasePath(app, base) if base else app

    class Server(uvicorn.Server):
        """Says goodbye to every tab before its sockets are closed."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            # Before anybody is told that we are here.
            stopping.watch()
            await running.enter_async_context(app.router.lifespan_context(app))
            await super().startup(sockets)
            _look_for_garbage_less_often()
            if self.started:
                _announce(configuration, listener, base)

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            try:
                await hub.drain()
                await super().shutdown(sockets)
            finally:
                await running.aclose()
                stopping.over()

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # uvicorn raises it again when it has shut down
    server = Server(
        uvicorn.Config(
            mounted,
            log_config=None,
            access_log=False,
            lifespan='off',  # ours, so that what fails in it is said in one line
            log_level='warning',
            http=partial(Connection, connections=Connections(room_for_connections())),  # type: ignore[arg-type]
            ws='websockets-sansio',
            ws_per_message_deflate=False,
            ws_max_size=hub.limits.frame_bytes,
            timeout_graceful_shutdown=GRACEFUL_SECONDS,
        )
    )
    stopping = Stopping(lambda: server.should_exit)
    with suppress(KeyboardInterrupt):  # uvicorn raises it again when it has shut down
        server.run(sockets=[listener])


def _look_for_garbage_less_often() -> None:
    """What the app consists of stays; looking through it, and through every tab, at each rush holds up everybody."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


def _announce(configuration: Configuration, listener: socket.socket, base: str) -> None:
    host, port = listener.getsockname()[:2]
    shown = f'[{host}]' if ':' in host else host
    click.echo(f'{configuration.title} is at http://{shown}:{port}{base}')
    for place in dict.fromkeys(store.core.backend.describe() for store in configuration.tree.all_stores):
        click.echo(f'  its data: {place}')
    click.echo('  press Ctrl-C to stop')
    sys.stdout.flush()


def _start_and_reload(config: str, host: str, port: int, base_url: str, debug: bool) -> None:
    from watchfiles import PythonFilter, run_process

    from dara.core._server import secret

    # Who has logged in stays so while one writes the app, also where no secret can be kept.
    os.environ.setdefault(secret.TEMPORARY, secrets.token_urlsafe(32))
    run_process('.', target=serve, args=(config, host, port, base_url, debug), watch_filter=PythonFilter())


if __name__ == '__main__':
    main()
