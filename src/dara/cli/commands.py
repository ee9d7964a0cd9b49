"""The commands and their options."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

import click

from dara.cli.data import data
from dara.cli.refused import Refused
from dara.cli.serving import Settings, serve, serve_and_reload, serve_with_workers

ENV_FILE: Final = '.env'
VARIABLE: Final = 'DARA_SECRET'
PORTS: Final = click.IntRange(0, 65535)
LEVELS: Final = click.Choice(['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'], case_sensitive=False)
BUILT: Final = 'the client is built already'
Command = TypeVar('Command', bound=Callable[..., Any])


def _without_effect(name: str, reason: str, **attributes: Any) -> Callable[[Command], Command]:
    """Accept a documented option that has no purpose here, with a note that says so."""

    def note(_context: click.Context, _option: click.Parameter, value: Any) -> None:
        if value:
            click.echo(f'dara: {name} has no effect: {reason}', err=True)

    return click.option(name, callback=note, expose_value=False, hidden=True, **attributes)


def _refuse_without_sso(_context: click.Context, _option: click.Parameter, value: bool) -> None:
    if value:
        raise Refused(
            '--require-sso cannot be met: there is no single sign-on. Protect the app with config.add_auth(...), and '
            'start it without this option'
        )


@click.group()
@click.version_option(package_name='dara-live', prog_name='dara')
def main() -> None:
    """Web apps in Python whose state is persistent and shared live."""
    _load_env_file()


main.add_command(data)


@main.command()
@click.argument('app', required=False)
@click.option(
    '--config',
    help='The ConfigurationBuilder of the app: module:name. Without it: main:config, or else PACKAGE.main:config of '
    'the package that is named after the current folder.',
)
@click.option(
    '--host',
    envvar='DARA_HOST',
    default='127.0.0.1',
    show_default=True,
    show_envvar=True,
    help='Address to listen on; 0.0.0.0 for all of this machine.',
)
@click.option(
    '--port',
    envvar='DARA_PORT',
    default=8000,
    show_default=True,
    show_envvar=True,
    type=PORTS,
    help='Port to listen on; 0 takes a free one.',
)
@click.option(
    '--base-url',
    envvar='DARA_BASE_URL',
    default='',
    show_envvar=True,
    help='Path of the app in browsers, such as /notes.',
)
@click.option('--reload', is_flag=True, help='Restart the server when a Python file changes.')
@click.option(
    '--reload-dir',
    'folders',
    multiple=True,
    type=click.Path(exists=True, file_okay=False),
    help='Folder whose changes restart the server, instead of the current one. May be repeated.',
)
@click.option(
    '--workers',
    envvar='DARA_WORKERS',
    default=1,
    show_default=True,
    show_envvar=True,
    type=click.IntRange(1, 256),
    help='Number of processes; more than one need a database for all values. SIGHUP replaces them one by one.',
)
@click.option(
    '--metrics-port',
    envvar='DARA_METRICS_PORT',
    show_envvar=True,
    type=PORTS,
    help='Port of /metrics for Prometheus, beside that of the app. There is none by default.',
)
@click.option('--disable-metrics', is_flag=True, help='Serve no /metrics, even if a port is set.')
@click.option('--log', type=LEVELS, metavar='LEVEL', help='Lowest level of the log: INFO, unless the app sets another.')
@click.option(
    '--debug',
    type=LEVELS,
    is_flag=False,
    flag_value='DEBUG',
    metavar='[LEVEL]',
    help="Show tracebacks, and Dara's own messages from this level on.",
)
@click.option(
    '--require-sso',
    is_flag=True,
    envvar='DARA_ENFORCE_SSO',
    hidden=True,
    expose_value=False,
    callback=_refuse_without_sso,
)
@_without_effect('--production', BUILT, is_flag=True)
@_without_effect('--rebuild', BUILT, is_flag=True)
@_without_effect('--skip-jsbuild', BUILT, is_flag=True)
@_without_effect('--docker', f'{BUILT}. In a container, listen on all addresses: --host 0.0.0.0', is_flag=True)
@_without_effect('--enable-hmr', f'{BUILT}. Restart the server on changes: --reload', is_flag=True)
@_without_effect('--dev-port', BUILT, type=PORTS)
def start(
    app: str | None,
    config: str | None,
    reload: bool,
    folders: tuple[str, ...],
    workers: int,
    metrics_port: int | None,
    disable_metrics: bool,
    **settings: Any,
) -> None:
    """Serve the app in the current folder, or APP: a file such as main.py, or module:name."""
    if app and config:
        raise click.UsageError(f'Name the app once: {app} or --config {config}.')
    chosen = Settings(app=app or config, metrics_port=None if disable_metrics else metrics_port, **settings)
    if workers > 1 and (reload or folders):
        raise click.UsageError('--reload restarts one process: leave out --workers.')
    if workers > 1 and not hasattr(os, 'fork'):
        raise Refused('--workers needs fork(), which this system has not; start one worker')
    if workers > 1:
        sys.exit(serve_with_workers(chosen, workers))
    elif reload or folders:
        serve_and_reload(chosen, folders or ('.',))
    else:
        sys.exit(serve(chosen))


@main.command('generate-env')
@click.option('--force', is_flag=True, help='Replace the secret that the file has. This ends all sessions.')
def generate_env(force: bool) -> None:
    """Write a new DARA_SECRET to the file .env in the current folder. Its other lines stay."""
    from dotenv import dotenv_values, set_key

    try:
        if VARIABLE in dotenv_values(ENV_FILE) and not force:
            raise Refused(f'{ENV_FILE} has a {VARIABLE} already; --force replaces it, and ends all sessions')
        set_key(ENV_FILE, VARIABLE, secrets.token_urlsafe(32), quote_mode='never')
    except (OSError, UnicodeError) as error:
        raise Refused(f'cannot write {Path.cwd() / ENV_FILE}: {error}') from error
    click.echo(f'{VARIABLE} is in {Path.cwd() / ENV_FILE}. Keep this file secret, and out of version control.')


@main.command(hidden=True)
@click.option('--config', expose_value=False)
@click.option('--port', expose_value=False, type=PORTS)
def dev() -> None:
    """Do nothing: the client is built already."""
    click.echo(f'dara: nothing to do: {BUILT}. Restart the server on changes: dara start --reload', err=True)


@main.command('setup-custom-js', hidden=True)
def setup_custom_js() -> NoReturn:
    """Refuse: there are no components in JavaScript."""
    raise Refused(f'components of your own in JavaScript are not supported: {BUILT}')


def _load_env_file() -> None:
    """Add the variables of a file `.env` in the current folder to the environment, which has precedence."""
    if os.path.isfile(ENV_FILE):
        from dotenv import load_dotenv

        try:
            load_dotenv(ENV_FILE)
        except (OSError, UnicodeError) as error:
            raise Refused(f'cannot read {Path.cwd() / ENV_FILE}: {error}') from error
