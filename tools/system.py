"""An installer of the programs that the tests need and pip cannot install; it reports the missing ones."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

FULL = ('chromium', 'chromium-browser', 'google-chrome')
FASTEST = ('chromium-headless-shell', *FULL)
NEEDED = {
    'chromium': FULL,
    'chromium-headless-shell': FASTEST,
    'pgbouncer': ('pgbouncer', '/usr/sbin/pgbouncer'),
    'postgresql': ('postgres', 'pg_ctlcluster'),
    'redis-server': ('redis-server',),
}


def find_chromium(*, is_full: bool = False) -> str | None:
    """Return the path of the machine's fastest Chromium, or of a full one; `None` if there is none."""
    return next(filter(None, map(shutil.which, FULL if is_full else FASTEST)), None)


def main() -> None:
    missing = [package for package, names in NEEDED.items() if not any(map(shutil.which, names))]
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which('apt-get'):
        sys.exit(f'The tests need {", ".join(missing)}: install it (Debian: sudo apt-get install {" ".join(missing)}).')
    environment = {**os.environ, 'DEBIAN_FRONTEND': 'noninteractive'}
    for arguments in (['update'], ['install', '--yes', '--no-install-recommends', *missing]):
        subprocess.run(['apt-get', '--quiet', *arguments], env=environment, check=True)


if __name__ == '__main__':
    main()
