"""Preparation of a release: a tested wheel, the notes, and the commands to run by hand: `python -m tools.release`."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Final

from tools.wheel import ROOT, NotReady, check_files, try_out

DIST: Final = ROOT / 'dist'
VERSION: Final = re.compile(r'\d+\.\d+\.\d+((a|b|rc)\d+)?')
RELATIVE_LINK: Final = re.compile(r'\[([^\]]+)\]\((?!\w+:)[^)]+\)')
NEXT_SECTION: Final = re.compile(r'^(## |\[[^\]]+\]: )', re.M)


def declared_version(pyproject: str) -> str:
    """Return the version in pyproject.toml."""
    return str(tomllib.loads(pyproject)['project']['version'])


def check_version(version: str, tags: Collection[str]) -> None:
    """Check that a version is well-formed and new.

    Raises:
        NotReady: the version is malformed, or has been released.
    """
    if not VERSION.fullmatch(version):
        raise NotReady(
            f'the version {version!r} in pyproject.toml is not one like 1.2.3 or 1.2.3rc1. Correct it there.'
        )
    if f'v{version}' in tags:
        raise NotReady(f'{version} is tagged already. Raise `version` in pyproject.toml.')


def release_notes(version: str, changelog: str) -> str:
    """Return the changelog's section of a version, without its heading and its links to files of the repository.

    Raises:
        NotReady: the section is missing or empty, or there are unreleased changes.
    """
    if _section(r'\[?Unreleased\]?', changelog):
        raise NotReady(
            f'CHANGELOG.md lists changes as unreleased. Move them below a heading `## {version} - YYYY-MM-DD`, '
            'and keep `## Unreleased` above it, empty.'
        )
    notes = _section(rf'\[?{re.escape(version)}\]? - \d{{4}}-\d\d-\d\d', changelog)
    if notes is None:
        raise NotReady(f'CHANGELOG.md has no section `## {version} - YYYY-MM-DD`. Write one.')
    if not notes:
        raise NotReady(f'the section of {version} in CHANGELOG.md is empty. Write what is new.')
    return RELATIVE_LINK.sub(r'\1', notes)


def _section(heading: str, changelog: str) -> str | None:
    """Return the text below a heading, or `None` if there is no such heading."""
    found = re.search(rf'^## {heading}[ \t]*$', changelog, re.M)
    return None if found is None else NEXT_SECTION.split(changelog[found.end() :], maxsplit=1)[0].strip()


def remaining_commands(version: str, wheel: Path) -> list[str]:
    """Return the commands that publish a release: one creates the tag, the other uploads the files."""
    return [
        f"git tag --annotate v{version} --message 'dara-live {version}' && git push origin v{version}",
        f'gh release create v{version} --verify-tag --title {version} --notes-file dist/NOTES.md dist/{wheel.name}',
    ]


def prepare() -> list[str]:
    """Check, build and test the version of this checkout, and write its notes; return the remaining commands."""
    version = declared_version((ROOT / 'pyproject.toml').read_text(encoding='utf-8'))
    if _git('status', '--porcelain'):
        raise NotReady(
            'the checkout has changes that are not committed. Commit or stash them: the wheel is built of it.'
        )
    check_version(version, _git('tag', '--list').split())
    notes = release_notes(version, (ROOT / 'CHANGELOG.md').read_text(encoding='utf-8'))
    wheel = _build(version)
    check_files(wheel)
    try_out(wheel)
    (DIST / 'NOTES.md').write_text(f'{notes}\n', encoding='utf-8')
    return remaining_commands(version, wheel)


def _git(*arguments: str) -> str:
    return subprocess.run(['git', *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def _build(version: str) -> Path:
    wheel = DIST / f'dara_live-{version}-py3-none-any.whl'
    wheel.unlink(missing_ok=True)
    ended = subprocess.run([sys.executable, '-m', 'build', '--wheel', '--outdir', str(DIST), str(ROOT)])
    if ended.returncode or not wheel.exists():
        raise NotReady(f'no {wheel.name} was built. The output above says why; `make build` tries again.')
    return wheel


def main() -> None:
    try:
        left = prepare()
    except NotReady as error:
        sys.exit(f'Not ready: {error}')
    print('Ready. The notes are in dist/NOTES.md. Two commands are left, to be run in this order:', *left, sep='\n  ')


if __name__ == '__main__':
    main()
