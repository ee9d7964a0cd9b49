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
    'nginx-light': ('nginx',),
    'caddy': ('caddy',),
    'openssl': ('openssl',),
    'pgbouncer': ('pgbouncer',),
    'postgresql': ('postgres', 'pg_ctlcluster'),
    'redis-server': ('redis-server',),
}


def find(program: str) -> str | None:
    """Return the path of a program, also of one that is for administrators; `None` if there is none."""
    return shutil.which(program, path=os.pathsep.join([os.environ.get('PATH', os.defpath), '/usr/sbin']))


def find_chromium(*, is_full: bool = False) -> str | None:
    """Return the path of the machine's fastest Chromium, or of a full one; `None` if there is none."""
    return next(filter(None, map(find, FULL if is_full else FASTEST)), None)


def main() -> None:
    missing = [package for package, names in NEEDED.items() if not any(map(find, names))]
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which('apt-get'):
        sys.exit(f'The tests need {", ".join(missing)}: install it (Debian: sudo apt-get install {" ".join(missing)}).')
    environment = {**os.environ, 'DEBIAN_FRONTEND': 'noninteractive'}
    for arguments in (['update'], ['install', '--yes', '--no-install-recommends', *missing]):
        subprocess.run(['apt-get', '--quiet', *arguments], env=environment, check=True)


if __name__ == '__main__':
    main()
