"""Tests of the limits of uploads, and of the names and types of files."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dara.components import UploadDropzone
from dara.components.upload import TABLES, read_table
from dara.core import Upload, Variable
from dara.core._context import Identity, UserData
from dara.core._shared_folder import SharedFolder
from dara.core._sync.uploads import UploadLimits, UploadRefused, Uploads
from dara.core._uploads import NAME_BYTES, UploadRules, safe_name
from dara.core.errors import InvalidProp, InvalidValue

RULES = UploadRules('', 1000, 2)


def user(name: str, session: str = 'one') -> Identity:
    return Identity(UserData(identity_id=name, identity_name=name), f'{name} {session}')


async def pieces(*content: bytes) -> AsyncIterator[bytes]:
    for each in content:
        yield each


class Begin:
    """Begins uploads over a folder; returns the words of the answer."""

    def __init__(self, folder: SharedFolder, **limits: int) -> None:
        self.uploads = Uploads(folder, UploadLimits(**limits))

    async def __call__(self, who: Identity, size: int = 10, rules: UploadRules = RULES, target: str = 'a') -> str:
        answer = await self.uploads.begin(who, target, rules, {'name': 'f', 'size': size, 'type': ''})
        return answer.get('id') or answer['refused']


@pytest.fixture
def folder(tmp_path: Path) -> SharedFolder:
    return SharedFolder('app', tmp_path)


async def test_uploads_are_limited_on_all_servers_together(folder: SharedFolder) -> None:
    """By number and size, of a user and of all; what is removed makes room."""
    one = Begin(folder, uploads=6, uploads_per_user=3, bytes=5000, bytes_per_user=1500)
    two = Begin(folder, uploads=6, uploads_per_user=3, bytes=5000, bytes_per_user=1500)
    first = await one(user('ann'))
    assert len(first) == 32
    assert len(await two(user('ann'))) == 32
    assert 'You can upload 2 files' in await one(user('ann'))
    assert len(await one(user('ann'), target='b')) == 32
    assert 'You can upload' in await two(user('ann', 'other'), target='c')
    await two.uploads.remove(first, user('ann').session_id)
    assert len(await one(user('ann'), 1000)) == 32
    assert 'Your uploads have more than' in await one(user('ben'), 1000) + await one(user('ben'), 1000)
    for name in 'cd':
        await one(user(name))
    assert 'no room' in await one(user('eve'))


async def test_an_upload_that_stands_still_gives_its_place_to_another(folder: SharedFolder) -> None:
    begin = Begin(folder)
    rules = UploadRules('', 1000, 1)
    old = await begin(user('ann'), rules=rules)
    assert 'You can upload 1' in await begin(user('ann'), rules=rules)
    then = time.time() - 61
    os.utime(folder.files('uploads', 1).path(f'{old}.part'), (then, then))
    assert len(await begin(user('ann'), rules=rules)) == 32
    with pytest.raises(UploadRefused, match='any more'):
        await begin.uploads.position(old, user('ann').session_id)


async def test_unfinished_parts_go_after_an_hour_without_growth(folder: SharedFolder) -> None:
    begin = Begin(folder)
    upload, session = await begin(user('ann')), user('ann').session_id
    files = folder.files('uploads', 1)
    for age, is_there in ((3590, True), (3610, False)):
        for suffix in ('.part', '.json'):
            os.utime(files.path(upload + suffix), (time.time() - age,) * 2)
        folder.expire()
        assert files.has(f'{upload}.part') is files.has(f'{upload}.json') is is_there
    with pytest.raises(UploadRefused, match='any more'):
        await begin.uploads.receive(upload, session, 0, pieces(b'x'))


async def test_a_full_disk_is_said_before_the_first_byte(folder: SharedFolder) -> None:
    begin = Begin(folder, bytes=10**18, bytes_per_user=10**18)
    assert 'no room' in await begin(user('ann'), 10**17, UploadRules('', 10**18, 1))


@pytest.mark.parametrize(
    ('given', 'safe'),
    [
        ('report.csv', 'report.csv'),
        ('../../etc/passwd', 'passwd'),
        ('C:\\Users\\ann\\plan.xlsx', 'plan.xlsx'),
        ('..', 'file'),
        ('', 'file'),
        ('.htaccess', 'htaccess'),
        ('a\0b\n\u202ec.txt', 'abc.txt'),
        ('Übersicht <2>?.csv ', 'Übersicht _2__.csv'),
    ],
)
def test_names_are_safe_as_the_last_part_of_a_path(given: str, safe: str) -> None:
    assert safe_name(given) == safe


@pytest.mark.parametrize('name', ['ü' * 300 + '.csv', 'a.' + 'x' * 300])
def test_long_names_keep_their_suffix_if_it_is_one(name: str) -> None:
    short = safe_name(name)
    assert len(short.encode()) <= NAME_BYTES
    assert short.endswith('.csv') or short.startswith('a.xx')


@pytest.mark.parametrize(
    ('accept', 'name', 'type', 'is_taken'),
    [
        ('', 'a.exe', '', True),
        ('*/*', 'a.exe', '', True),
        ('image/*, .PDF', 'a.pdf', '', True),
        ('image/*', 'a', 'image/png', True),
        ('image/*', 'a', 'imagery/png', False),
        ('text/csv', 'a', 'Text/CSV; charset=utf-8', True),
        ('.csv', 'csv', '', False),
        (TABLES, 'a.xlsx', '', True),
        (TABLES, 'a.png', 'image/png', False),
    ],
)
def test_files_are_taken_by_suffix_or_type(accept: str, name: str, type: str, is_taken: bool) -> None:
    assert (UploadRules(accept, 10, 1).refusal(name, 10, type) is None) is is_taken


@pytest.mark.parametrize('separator', [',', ';', '\t', '|'])
def test_tables_are_read_whatever_separates_their_columns(separator: str) -> None:
    data = read_table(f'city{separator}people\nUlm{separator}5\n'.encode(), 'a.csv')
    assert data.to_dict('records') == [{'city': 'Ulm', 'people': 5}]
    for content in (b'', b'\xff\xfe\x00a'):
        with pytest.raises(InvalidValue, match=r'a.csv cannot be read as a table'):
            read_table(content, 'a.csv')


def test_a_kept_file_takes_the_place_of_another(tmp_path: Path) -> None:
    (tmp_path / 'upload').write_bytes(b'new')
    (tmp_path / 'kept').write_bytes(b'old')
    upload = Upload('name', 3, '', tmp_path / 'upload')
    assert upload.keep(tmp_path / 'kept').read_bytes() == upload.read() == b'new'
    with pytest.raises(FileNotFoundError):
        upload.keep(tmp_path / 'missing' / 'kept')
    assert sorted(each.name for each in tmp_path.iterdir()) == ['kept', 'upload']


@pytest.mark.parametrize(
    ('props', 'said'),
    [
        ({}, 'nothing receives the files'),
        ({'target': 'x'}, 'target: takes a ServerVariable or a Variable'),
        ({'resolver': 'x'}, 'resolver: takes a function'),
        ({'on_drop': print}, 'on_drop: takes an action'),
        ({'resolver': print, 'max_size': 0}, 'max_size'),
        ({'target': Variable('').get('x'), 'max_files': 21}, 'max_files'),
    ],
)
def test_mistakes_are_said(props: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidProp, match=said):
        UploadDropzone(**props)
