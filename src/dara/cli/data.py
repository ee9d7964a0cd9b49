"""The commands `dara data`: they show and move the values of an app."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import Any, BinaryIO, Final, TypeAlias, TypeVar, cast

import click

from dara.cli.lines import dump, load
from dara.cli.moving import Import, export_values, message_of, notes_on_export
from dara.cli.refused import Refused
from dara.cli.stored import AppStores, bound, held, is_in_memory, load_stores
from dara.core._edits import ABSENT
from dara.core.errors import DaraError, NotJson
from dara.core.persistence.scope import GLOBAL_KEY
from dara.core.persistence.store_core import StoreCore

T = TypeVar('T')
Command = TypeVar('Command', bound=Callable[..., Any])
STDIO: Final = '-'
Row: TypeAlias = tuple[str, str, str, str]
HEADINGS: Final[Row] = ('store', 'scope', 'keys', 'backend')


def _app_option(command: Command) -> Command:
    text = 'The app, as in dara start: a file such as main.py, or module:name.'
    return click.option('--config', 'app', metavar='APP', help=text)(command)


@click.group()
def data() -> None:
    """Show and move the values of an app, which may be running."""


@data.command('list')
@click.argument('app', required=False)
@click.option('--config', help='The app: module:name.')
def list_stores(app: str | None, config: str | None) -> None:
    """List the stores of the app in the current folder, or of APP, with the number of keys and the backend of each."""
    if app and config:
        raise click.UsageError(f'Name the app once: {app} or --config {config}.')

    async def work(stores: AppStores) -> list[Row]:
        counts = {core.uid: 0 for core in stores.stores.values() if not is_in_memory(core)}
        for source in stores.sources:
            async for core, _, _ in source.items():
                counts[core.uid] += 1
        return [HEADINGS, *(_row(core, counts.get(core.uid)) for core in stores.stores.values())]

    rows = _run(app or config, work)
    uids, scopes, numbers, _ = (max(map(len, column)) for column in zip(*rows, strict=True))
    for uid, scope, number, backend in rows:
        click.echo(f'{uid:{uids}}  {scope:{scopes}}  {number:>{numbers}}  {backend}')


@data.command('get')
@click.argument('store')
@click.argument('key', required=False)
@_app_option
def get_value(store: str, key: str | None, app: str | None) -> None:
    """Print the value of STORE as JSON: the one that all share, or that of KEY."""

    async def work(stores: AppStores) -> bytes:
        core = stores.find(store)
        value = await held(core, _key(core, key))
        if value is ABSENT:
            raise Refused(f'the store {store!r} has no value under the key {_key(core, key)!r}')
        try:
            return dump(value)
        except NotJson as error:
            raise Refused(message_of(error)) from error

    click.echo(_run(app, work))


@data.command('set', context_settings={'ignore_unknown_options': True})  # such as the value -1
@click.argument('store')
@click.argument('arguments', nargs=-1, required=True, metavar='[KEY] JSON')
@_app_option
def set_value(store: str, arguments: tuple[str, ...], app: str | None) -> None:
    """Store a value in STORE, given as JSON; - reads it from stdin. KEY is needed if each user has their own."""
    if len(arguments) > 2:
        raise click.UsageError('Give STORE, KEY and JSON; quote JSON that has spaces.')
    *keys, text = arguments

    async def work(stores: AppStores) -> str:
        core = stores.find(store)
        key = _key(core, keys[0] if keys else None)
        try:
            value = load(sys.stdin.buffer.read() if text == STDIO else text.encode())
        except ValueError as error:
            raise Refused(f'the value is {error}; a text stands in double quotes: \'"a text"\'') from error
        try:
            checked = core.check(value)
        except DaraError as error:
            raise Refused(f'store {store!r}, key {key!r}: {message_of(error)}') from error
        await bound(core, key).transact(lambda _, __: checked)
        return key

    click.echo(f'dara: {store}: {_run(app, work)!r} is stored', err=True)


@data.command('export')
@click.argument('file', default=STDIO)
@_app_option
def export(file: str, app: str | None) -> None:
    """Write all values to FILE, one line of JSON for each; without FILE, or with -, to stdout."""

    async def work(stores: AppStores) -> tuple[int, list[str]]:
        with _output(file, out) as opened:
            return await export_values(stores, opened), [*notes_on_export(stores)]

    out = sys.stdout.buffer
    count, notes = _run(app, work)
    for note in notes:
        click.echo(f'dara: {note}', err=True)
    click.echo(f'dara: {count:,} values exported', err=True)


@data.command('import')
@click.argument('file')
@click.option('--dry-run', is_flag=True, help='Check all lines, and write nothing.')
@click.option('--overwrite', is_flag=True, help='Replace other values that are there.')
@click.option('--partial', is_flag=True, help='Accept a part of an export: its first line, and some of the others.')
@_app_option
def import_(file: str, dry_run: bool, overwrite: bool, partial: bool, app: str | None) -> None:
    """Store the values of FILE, which dara data export has written; - reads stdin.

    All lines are checked before anything is written. If the import is interrupted, run it again.
    """

    async def work(stores: AppStores) -> dict[Any, int]:
        with _input(file) as opened:
            values = Import(stores, opened, overwrite=overwrite, is_partial=partial)
            counts = await values.check()
            if not dry_run:
                await values.write()
            return counts

    counts = _run(app, work)
    replacing = f', {counts["other"]:,} in place of others' if counts['other'] else ''
    summary = f'{counts["new"]:,} new{replacing}; {counts["equal"]:,} were there already'
    click.echo(f'dara: {"nothing was written; it would be " if dry_run else "values imported: "}{summary}', err=True)


def _run(app: str | None, work: Callable[[AppStores], Awaitable[T]]) -> T:
    """Run `work` for the stores of an app. Whatever the app prints goes to stderr.

    Raises:
        Refused: in place of all errors of Dara.
    """

    async def run(stores: AppStores) -> T:
        try:
            return await work(stores)
        finally:
            await stores.close()

    logging.getLogger('dara').setLevel(logging.ERROR)  # a running server may hold the journal of a file
    try:
        with redirect_stdout(sys.stderr):
            return asyncio.run(run(load_stores(app)))
    except DaraError as error:
        raise Refused(message_of(error)) from error


def _key(core: StoreCore, key: str | None) -> str:
    """Return the key, or that of the value that all share.

    Raises:
        Refused: no key is given, and each user has a value.
    """
    if key is None and core.scope != 'global':
        raise Refused(f'the store {core.uid!r} has a value for each user: give the KEY, such as an identity_id')
    return GLOBAL_KEY if key is None else key


def _row(core: StoreCore, keys: int | None) -> Row:
    scope = core.scope if isinstance(core.scope, str) else getattr(core.scope, '__name__', 'function')
    return core.uid, scope, '' if keys is None else f'{keys:,}', core.backend.describe()


@contextmanager
def _output(name: str, stdout: BinaryIO) -> Iterator[BinaryIO]:
    """Open the file of an export. It replaces a file of its name when it is complete, and is for its owner alone."""
    if name == STDIO:
        yield stdout
        return
    path = Path(name).resolve()
    try:
        if path.exists() and not path.is_file():  # a pipe, or a device
            with path.open('wb') as file:
                yield file
            return
        with NamedTemporaryFile(dir=path.parent, prefix=f'.{path.name}.', delete=False) as temporary:
            try:
                yield cast(BinaryIO, temporary)
                temporary.flush()
                os.fsync(temporary.fileno())
                os.replace(temporary.name, path)
            finally:
                Path(temporary.name).unlink(missing_ok=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Refused(f'cannot write {name}: {error.strerror or error}') from error


@contextmanager
def _input(name: str) -> Iterator[BinaryIO]:
    """Open the file of an import, from which several passes can read."""
    try:
        with sys.stdin.buffer if name == STDIO else Path(name).open('rb') as file, TemporaryFile() as copy:
            if file.seekable():
                yield file
            else:
                shutil.copyfileobj(file, copy)
                yield cast(BinaryIO, copy)
    except OSError as error:
        raise Refused(f'cannot read {name}: {error.strerror or error}') from error
