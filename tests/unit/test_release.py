"""Tests of the parts of a release that depend on texts: the version, the notes, the files of a wheel."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.release import check_version, declared_version, release_notes, remaining_commands
from tools.wheel import MANIFEST, NotReady, documented_modules, missing_files

CHANGELOG = """# Changelog

## Unreleased

## 0.2.0 - 2026-12-01

### Added
- `Spacer(dashed=True)`.

### Fixed
- A crash.

## [0.1.1rc1] - 2026-11-20
- A try.

[0.1.1rc1]: https://forge.example/0.1.1rc1

## 0.1.0 - 2026-11-01
"""


def test_the_notes_of_a_version_are_its_section_of_the_changelog() -> None:
    """They end at the heading of the next version."""
    assert release_notes('0.2.0', CHANGELOG) == '### Added\n- `Spacer(dashed=True)`.\n\n### Fixed\n- A crash.'


def test_a_version_may_be_in_brackets_with_its_link_below() -> None:
    assert release_notes('0.1.1rc1', CHANGELOG) == '- A try.'


def test_the_notes_have_no_links_that_are_broken_on_a_release_page() -> None:
    """Links to files of the repository become text."""
    changelog = '## 1.0.0 - 2026-12-01\n- [Docs](docs/pages.md#links), [SemVer](https://semver.org).'
    assert release_notes('1.0.0', changelog) == '- Docs, [SemVer](https://semver.org).'


@pytest.mark.parametrize(
    ('version', 'changelog', 'message'),
    [
        ('0.3.0', CHANGELOG, 'has no section `## 0.3.0 - YYYY-MM-DD`. Write one.'),
        ('0.1', CHANGELOG, 'has no section `## 0.1 - YYYY-MM-DD`'),
        ('0.2.0', CHANGELOG.replace(' - 2026-12-01', ''), 'has no section `## 0.2.0 - YYYY-MM-DD`'),
        ('0.1.0', CHANGELOG, 'the section of 0.1.0 in CHANGELOG.md is empty. Write what is new.'),
        ('0.2.0', CHANGELOG.replace('Unreleased\n', 'Unreleased\n- More.\n'), 'Move them below a heading `## 0.2.0 - '),
    ],
)
def test_an_incomplete_changelog_is_an_error(version: str, changelog: str, message: str) -> None:
    with pytest.raises(NotReady) as caught:
        release_notes(version, changelog)
    assert message in str(caught.value)


def test_a_version_is_released_once() -> None:
    check_version('0.2.0', ['v0.1.0', 'v0.2.0rc1'])
    with pytest.raises(NotReady, match=r'0\.1\.0 is tagged already\. Raise `version`'):
        check_version('0.1.0', ['v0.1.0', 'v0.2.0rc1'])


@pytest.mark.parametrize('version', ['1.2', 'v1.2.3', '1.2.3-rc1', '1.2.3 '])
def test_a_version_has_three_numbers(version: str) -> None:
    with pytest.raises(NotReady, match='is not one like'):
        check_version(version, [])


def test_the_version_is_that_of_the_project() -> None:
    pyproject = Path(__file__).parent.parent.parent / 'pyproject.toml'
    check_version(declared_version(pyproject.read_text(encoding='utf-8')), [])


def test_the_remaining_commands_tag_and_upload_the_release() -> None:
    tag, upload = remaining_commands('0.2.0', Path('elsewhere/dara_live-0.2.0-py3-none-any.whl'))
    assert tag.startswith('git tag --annotate v0.2.0 ')
    assert upload.startswith('gh release create v0.2.0 ')
    assert upload.endswith('--notes-file dist/NOTES.md dist/dara_live-0.2.0-py3-none-any.whl')


def test_a_wheel_needs_every_file_of_the_built_client() -> None:
    """The manifest names them: scripts and styles."""
    manifest = {'src/main.tsx': {'file': 'assets/main.js', 'css': ['assets/main.css']}}
    names = ['dara/py.typed', MANIFEST, 'dara/core/_static/assets/main.js']
    assert missing_files(names, manifest) == ['dara/core/_static/assets/main.css']
    assert missing_files([*names, 'dara/core/_static/assets/main.css'], manifest) == []


def test_a_wheel_without_a_client_lacks_its_manifest() -> None:
    assert missing_files(['dara/py.typed'], {}) == [MANIFEST]


def test_the_modules_that_a_wheel_must_import_are_those_of_the_reference() -> None:
    assert {'dara.components', 'dara.core', 'dara.core.persistence'} <= set(documented_modules())
