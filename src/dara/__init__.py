"""Web apps in Python whose state is persistent and shared live."""

import os
from importlib.util import find_spec
from typing import Final

_RESTORE: Final = 'pip install --force-reinstall --no-deps dara-live'

# Another distribution may write its files over those of this one. This file is never among them.
if os.path.exists(os.path.join(os.path.dirname(__file__), 'core', 'cli.py')):  # a module of dara-core alone
    raise ImportError(
        'dara-live and dara-core are both installed, and each overwrites files of the other. '
        f'To use dara-live: pip uninstall -y dara-core dara-components && {_RESTORE}'
    )
_core = find_spec('dara.core')
if _core is None or _core.origin is None:
    raise ImportError(f'dara-live lacks files, which uninstalling dara-core removes. To restore them: {_RESTORE}')
