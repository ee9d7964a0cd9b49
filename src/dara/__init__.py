"""Web apps in Python whose state is persistent and shared live."""

import os
from typing import Final

_CORE: Final = os.path.join(os.path.dirname(__file__), 'core')
_RESTORE: Final = 'pip install --force-reinstall --no-deps dara-live'

# Another distribution may write its files over those of this one. This file is never among them.
if os.path.exists(os.path.join(_CORE, 'cli.py')):  # a module of dara-core alone
    raise ImportError(
        'dara-live and dara-core are both installed, and each overwrites files of the other. '
        f'To use dara-live: pip uninstall -y dara-core dara-components && {_RESTORE}'
    )
if not os.path.exists(os.path.join(_CORE, '__init__.py')):
    raise ImportError(f'dara-live lacks files, which uninstalling dara-core removes. To restore them: {_RESTORE}')
