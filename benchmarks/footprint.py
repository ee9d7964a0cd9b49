"""The installed size of a distribution: `python footprint.py NAME ...` prints bytes and the number of distributions.

The script runs in the environment of that distribution, and needs only the standard library.
"""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path


def closure(names: list[str]) -> list[Distribution]:
    """Return the named distributions and their installed requirements, including those of extras."""
    found: dict[str, Distribution] = {}
    seen: set[str] = set()
    waiting = list(names)
    while waiting:
        requirement = waiting.pop()
        if requirement in seen:
            continue
        seen.add(requirement)
        name, extras = _parse(requirement)
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:  # of another platform, or Python
            continue
        waiting += _required(found[name], extras)
    return list(found.values())


def size(installed: Distribution) -> int:
    """Return the size of its files in bytes; of an editable install, that of the package's own files."""
    files = [Path(str(installed.locate_file(file))) for file in installed.files or ()]
    if installed.name == 'dara-live' and not any('dara/core' in str(file) for file in files):
        import dara.core

        files += Path(dara.core.__path__[0]).parent.rglob('*')
    return sum(file.stat().st_size for file in files if file.is_file() and '__pycache__' not in file.parts)


def _parse(requirement: str) -> tuple[str, set[str]]:
    """Return the normalized name and the extras of a requirement such as `name[extra,other]>=1`."""
    match = re.match(r'([A-Za-z0-9._-]+)\s*(?:\[([^]]*)])?', requirement)
    assert match
    return re.sub(r'[-_.]+', '-', match[1]).lower(), {extra.strip() for extra in (match[2] or '').split(',')}


def _required(installed: Distribution, extras: set[str]) -> list[str]:
    required = []
    for line in installed.requires or ():
        requirement, _, marker = line.partition(';')
        asked = re.findall(r'extra\s*==\s*["\']([^"\']+)', marker)
        if not asked or extras.intersection(asked):
            required.append(requirement.strip())
    return required


if __name__ == '__main__':
    distributions = closure(sys.argv[1:])
    print(json.dumps({'bytes': sum(map(size, distributions)), 'distributions': len(distributions)}))
