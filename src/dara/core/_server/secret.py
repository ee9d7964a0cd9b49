"""The secret that signs cookies: from the environment, or generated once and stored."""

from __future__ import annotations

import logging
import os
import secrets
from pathlib import Path
from typing import Final

from dara.core._server.state import VARIABLE, StateFolder, is_open_to_others
from dara.core.auth import BaseAuthConfig
from dara.core.errors import InvalidConfig

MIN_CHARACTERS: Final = 16
MAX_CHARACTERS: Final = 4096
TEMPORARY: Final = 'DARA_TEMPORARY_SECRET'
"""The variable with the secret of a reloading server that cannot store one."""
logger = logging.getLogger('dara')


def secret_for(auth: BaseAuthConfig, folder: StateFolder) -> str:
    """Return `DARA_SECRET`, or else the app's stored secret, which is generated at the first start.

    If it cannot be stored, return a secret for this start alone, and log the consequences.

    Raises:
        InvalidConfig: `DARA_SECRET` is too short, or the stored secret is damaged.
    """
    given = os.environ.get('DARA_SECRET', '')
    if given:
        return _checked(given)
    file = folder.file('secret')
    try:
        secret = _read(file)
        if secret is None:
            folder.create(file, f'{secrets.token_urlsafe(32)}\n'.encode())
            logger.info('Generated the secret of this app, %s. It keeps %s across restarts.', file, _benefit(auth))
            secret = _read(file)
        if secret is None:
            raise FileNotFoundError(2, os.strerror(2), str(file))
        return secret
    except OSError as error:
        logger.warning(
            'The secret of this app cannot be stored in %s (%s). After a restart %s. Set %s to a writable folder, '
            'or set DARA_SECRET.',
            folder.path,
            error.strerror or error,
            _consequence(auth),
            VARIABLE,
        )
        return os.environ.get(TEMPORARY) or secrets.token_urlsafe(32)


def _checked(given: str) -> str:
    if len(given) < MIN_CHARACTERS:
        raise InvalidConfig(
            f'DARA_SECRET has {len(given)} characters, and needs {MIN_CHARACTERS} or more random ones: '
            'python -c "import secrets; print(secrets.token_urlsafe(32))"'
        )
    return given


def _read(file: Path) -> str | None:
    """Return the stored secret, or `None` if there is no file. Restrict the file to its owner."""
    try:
        secret = file.read_text('utf-8', errors='replace').strip()
    except FileNotFoundError:
        return None
    if not MIN_CHARACTERS <= len(secret) <= MAX_CHARACTERS or not (secret.isascii() and secret.isprintable()):
        raise InvalidConfig(
            f'{file} is damaged: it has no secret of {MIN_CHARACTERS} characters or more. Restore it from a copy, or '
            'delete it: then a new secret is generated, and every browser counts as a new one.'
        )
    if is_open_to_others(file):
        _close_to_others(file)
    return secret


def _close_to_others(file: Path) -> None:
    try:
        file.chmod(0o600)
        result = 'Only its owner can read it from now on'
    except OSError as error:
        result = f'That cannot be changed ({error.strerror})'
    logger.warning('Other users of this machine could read %s. %s; delete it if you do not trust them.', file, result)


def _benefit(auth: BaseAuthConfig) -> str:
    return 'people logged in' if auth._identification == 'login' else "each browser's own values"


def _consequence(auth: BaseAuthConfig) -> str:
    match auth._identification:
        case 'login':
            return 'all users have to log in again'
        case 'guest':
            return "every browser counts as a new one, and loses its values of stores with scope='user'"
        case 'authenticate':
            return 'every browser gets a new session; users keep their values'
