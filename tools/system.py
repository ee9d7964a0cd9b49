"""Installs the programs that the tests drive and pip cannot bring, or says which are missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

CHROMIUM = ('chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome')  # the first is the fastest
NEEDED = {'chromium-headless-shell': CHROMIUM}


def find_chromium() -> str | None:
    """Return the path of the machine's Chromium, if it has one."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


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
