"""The secret that cookies are signed with: given by the environment, or made once and kept."""

from __future__ import annotations

import logging
import os
import secrets
from pathlib import Path
from typing import Final

from dara.core._server.state import VARIABLE, StateFolder, is_open_to_others
from dara.core.auth import BaseAuthConfig
from dara.core.errors import InvalidConfig

CHARACTERS: Final = 16
CHARACTERS_AT_MOST: Final = 4096
# Where nothing can be kept, `--reload` has all its starts use one secret.
TEMPORARY: Final = 'DARA_TEMPORARY_SECRET'
logger = logging.getLogger('dara')


def secret_for(auth: BaseAuthConfig, folder: StateFolder) -> str:
    """Return `DARA_SECRET`, or else the secret that the app keeps in its state folder; the first time, make one.

    Where it cannot be kept, it is one for this start alone, and the log says what follows from that.

    Raises:
        InvalidConfig: it is too short to be one, or the file where it was kept is damaged.
    """
    given = os.environ.get('DARA_SECRET', '')
    if given:
        return _checked(given)
    file = folder.file('secret')
    try:
        secret = _kept(file)
        if secret is None:
            folder.create(file, f'{secrets.token_urlsafe(32)}\n'.encode())
            logger.info('Made the secret of this app, %s. It keeps %s across restarts.', file, _what_lasts(auth))
            secret = _kept(file)
        if secret is None:
            raise FileNotFoundError(2, os.strerror(2), str(file))
        return secret
    except OSError as error:
        logger.warning(
            'The secret of this app cannot be kept in %s (%s). After a restart %s. Set %s to a folder that can be '
            'written, or DARA_SECRET.',
            folder.path,
            error.strerror or error,
            _what_ends(auth),
            VARIABLE,
        )
        return os.environ.get(TEMPORARY) or secrets.token_urlsafe(32)


def _checked(given: str) -> str:
    if len(given) < CHARACTERS:
        raise InvalidConfig(
            f'DARA_SECRET has {len(given)} characters, and needs {CHARACTERS} or more that nobody can guess: '
            'python -c "import secrets; print(secrets.token_urlsafe(32))"'
        )
    return given


def _kept(file: Path) -> str | None:
    """Return what is in the file, and see to it that nobody else can read that; `None` if there is no file."""
    try:
        secret = file.read_text('utf-8', errors='replace').strip()
    except FileNotFoundError:
        return None
    if not CHARACTERS <= len(secret) <= CHARACTERS_AT_MOST or not (secret.isascii() and secret.isprintable()):
        raise InvalidConfig(
            f'{file} is damaged: it holds no secret of {CHARACTERS} characters or more. Restore it from a copy, or '
            'delete it: then a new one is made, and every browser counts as a new one.'
        )
    if is_open_to_others(file):
        _close_to_others(file)
    return secret


def _close_to_others(file: Path) -> None:
    try:
        file.chmod(0o600)
        now = "It is its owner's alone from now on"
    except OSError as error:
        now = f'That cannot be changed ({error.strerror})'
    logger.warning('Other users of this machine could read %s. %s; delete it if you do not trust them.', file, now)


def _what_lasts(auth: BaseAuthConfig) -> str:
    return 'people logged in' if auth._way == 'login' else "each browser's own values"


def _what_ends(auth: BaseAuthConfig) -> str:
    match auth._way:
        case 'login':
            return 'everybody has to log in again'
        case 'guest':
            return "every browser counts as a new one, and values with scope='user' are not found again"
        case 'authenticate':
            return 'every browser has a new session; users and their values stay'
