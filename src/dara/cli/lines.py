"""The lines of an export: one that names the app, one for each value, and one that ends it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import orjson

from dara.cli.refused import Refused
from dara.core._json import encoded_plain, shortened, to_json
from dara.core.errors import NotJson
from dara.core.persistence.document import parse
from dara.core.persistence.versions import is_version

FORMAT: Final = 1
SHOWN: Final = 200


class Entry(NamedTuple):
    """A value of an export, with the uid of its store and the version of the value."""

    store: str
    key: str
    value: Any
    version: int = 1


class End(NamedTuple):
    """The last line of an export, without which it is incomplete."""

    values: int


def dump_head(app: str) -> bytes:
    """Return the first line of an export."""
    time = datetime.now(UTC).isoformat(timespec='seconds').replace('+00:00', 'Z')
    return orjson.dumps({'dara': 'data', 'format': FORMAT, 'app': app, 'time': time}) + b'\n'


def dump_entry(entry: Entry) -> bytes:
    """Return the line of a value. It states the versions after the first.

    Raises:
        NotJson: the value is not JSON.
    """
    store, key, value, version = map(dump, entry)
    stated = b'"version":%b,' % version if entry.version > 1 else b''
    return b'{"store":%b,"key":%b,%b"value":%b}\n' % (store, key, stated, value)


def dump_end(values: int) -> bytes:
    """Return the last line of an export with so many values."""
    return orjson.dumps({'end': values}) + b'\n'


def dump(value: Any) -> bytes:
    """Return a value as JSON, with all digits of large integers.

    Raises:
        NotJson: the value is not JSON.
    """
    encoded = encoded_plain(value)
    if encoded is not None:
        return encoded
    try:
        return orjson.dumps(to_json(value))
    except NotJson as error:  # it may be JSON of other programs that Dara does not store itself
        try:
            return json.dumps(value, allow_nan=False, separators=(',', ':')).encode()
        except (TypeError, ValueError, RecursionError):
            raise error from None


def load(text: bytes) -> Any:
    """Return a JSON value, with all digits of large integers.

    Raises:
        ValueError: the text is not JSON; the message says why.
    """
    try:
        return parse(text)
    except json.JSONDecodeError as error:
        raise ValueError(f'not JSON at column {error.colno} ({error.msg})') from error


def check_head(line: bytes) -> None:
    """Check the first line of an export.

    Raises:
        Refused: this is no export, or one of another format.
    """
    head = load_object(line, 1)
    if head.get('dara') != 'data':
        raise Refused('line 1: this is no export of dara data, which begins with {"dara":"data",...}')
    if head.get('format') != FORMAT:
        raise Refused(
            f'line 1: the export has the format {head.get("format")!r}, and this version of Dara reads {FORMAT}; '
            'import it with the version that made it, or a newer one'
        )


def load_line(line: bytes, number: int) -> Entry | End:
    """Return what the line of that number says.

    Raises:
        Refused: it is not a line of an export.
    """
    match load_object(line, number):
        case {'store': str(store), 'key': str(key), 'value': value, **rest} if rest.keys() <= {
            'version'
        } and is_version(rest.get('version', 1)):
            return Entry(store, key, value, **rest)
        case {'end': int(values), **rest} if not rest:
            return End(values)
    shown = shortened(line.decode(errors='replace').strip(), SHOWN)
    raise Refused(
        f'line {number}: expected an object with the members store, key and value, and perhaps a version, not {shown}'
    )


def load_object(line: bytes, number: int) -> dict[str, Any]:
    """Return the object in the line of that number.

    Raises:
        Refused: it is not one JSON object.
    """
    try:
        value = load(line.rstrip())
    except ValueError as error:
        raise Refused(f'line {number}: {error}') from error
    if not isinstance(value, dict):
        raise Refused(f'line {number}: expected an object, not {shortened(repr(value), SHOWN)}')
    return value
