"""The promises of shared backends, kept by the one over Redis; and what Redis alone promises."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from redis.exceptions import RedisError

from dara.core._edits import ABSENT, Splice
from dara.core._json import json_equal
from dara.core.errors import DaraError, InvalidConfig, InvalidDefinition
from dara.core.persistence.changelog import LOG_BYTES, LOG_EDITS, Change, CommittedEdit, Receipt, Update, Whole, Writer
from dara.core.persistence.databases import redis_upkeep
from dara.core.persistence.databases.redis import RedisBackend
from dara.core.persistence.edit import Committed, Edit
from dara.core.persistence.records import Records
from dara.core.persistence.shared import Loaded, Proposal, SharedBackend
from dara.testing import SharedBackendContract
from tests.patience import stretched, within
from tests.redis_server import RedisServer, Sentinel, free_port

NOT_JSON: list[str | bytes] = [
    *('NaN', 'Infinity', '-Infinity', '0x10', '01', '-', '+1', '1.', '.5', '1e', '1e400', '[1,]', '{"a":1,}', '{1:2}'),
    *('"a\nb"', '"true\n1"', '"\\ud800"', '"\\x"', '"\\u12"', '"open', '[1 2]', '', ' ', 'nul', '1 2', "'a'", '\x0b1'),
    *(b'"\xff"', b'"\xc0\xaf"', b'"\xed\xa0\x80"', b'"\xf5\x80\x80\x80"', b'"\xe2\x82"', '[' * 2000 + ']' * 2000),
]
JSON = [
    *('null', 'true', '0', '-0.5', '1e300', '1E+2', '[]', '{}', '""', ' [1, 2]\n', '"\\ud83d\\ude00"', '"ä 😀 \x7f"'),
    *('{"": {"a/b": ["\\"", "\\\\", "x\\\\\\"y"]}}', '[true, false, null, 1.5e-3]', '"' + 'x' * 100_000 + '"'),
]


@pytest.fixture(scope='module')
def _server() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture
def server(_server: RedisServer) -> RedisServer:
    """A server with an empty database, which the tests of this file share."""
    _server.call('FLUSHALL')
    return _server


@pytest.fixture
async def backend(server: RedisServer) -> AsyncIterator[RedisBackend]:
    """A backend of one server of an app."""
    backend = RedisBackend(server.url)
    yield backend
    await backend.close()


class TestRedis(SharedBackendContract):
    """Of several servers in front of one empty database."""

    @pytest.fixture(autouse=True)
    def _with_a_database(self, server: RedisServer) -> None:
        self.url = server.url

    async def open(self) -> SharedBackend:
        return RedisBackend(self.url)


# Other programs.


async def test_another_program_writes_and_deletes(server: RedisServer, backend: RedisBackend) -> None:
    """Each is a commit, which the feed reports."""
    reported: asyncio.Queue[Update] = asyncio.Queue()
    await backend.watch(lambda _, update: reported.put_nowait(update), lambda _: None)
    await backend.serve(['a {key}: 100%'], [])
    for value in ('{"a": 1}', None, '[2]'):
        before = await backend.load('a {key}: 100%')
        if value is None:
            server.call('FCALL', 'dara_delete', 1, '{dara:a %7Bkey%7D: 100%25}')
        else:
            server.call('FCALL', 'dara_write', 1, '{dara:a %7Bkey%7D: 100%25}', value)
        update = await asyncio.wait_for(reported.get(), stretched(1))
        after = await backend.load('a {key}: 100%')
        assert isinstance(update.change, Whole)
        assert (update.base, update.tip) == (before.tip, after.tip)
        assert update.mark == after.mark
        assert update.mark.version == before.mark.version + 1
        assert json_equal(after.value, ABSENT if value is None else orjson.loads(value))
        assert after.value is update.change.value or json_equal(after.value, update.change.value)


async def test_another_program_cannot_write_what_is_no_json(server: RedisServer, backend: RedisBackend) -> None:
    """The decoder of Redis takes more than JSON; all servers would then fail to read it."""
    await backend.load('key')  # which defines the function
    for text in NOT_JSON:
        with pytest.raises(Exception, match='JSON'):
            server.call('FCALL', 'dara_write', 1, '{dara:key}', text)
    with pytest.raises(Exception, match='NAME:KEY'):
        server.call('FCALL', 'dara_write', 1, 'key', '1')
    assert await backend.get_all() == {}
    for value in JSON:
        server.call('FCALL', 'dara_write', 1, '{dara:key}', value)
        assert json_equal(await backend.read('key'), orjson.loads(value))


async def test_what_another_program_writes_merges_with_what_people_type(server: RedisServer) -> None:
    records = Records(RedisBackend(server.url))
    await records.watch('key')
    record = records.get('key')
    await record.load()
    await record.transact(lambda _: {'text': 'ab', 'count': 0})
    base = record.version
    server.call('FCALL', 'dara_write', 1, '{dara:key}', '{"text": "ab", "count": 7}')
    writer = Writer('', 'tab', 'store')
    edit = Edit(writer, writer.author, 1, record.epoch, base, (Splice(('text',), 2, 0, 'c'),))
    assert isinstance(await record.edit(edit), Committed)
    assert json_equal(record.value, {'text': 'abc', 'count': 7})
    await close(records)


async def test_a_record_that_was_deleted_by_hand_begins_again(server: RedisServer, backend: RedisBackend) -> None:
    """Even if its log and its receipts are still there."""
    for i in range(3):
        await backend.write('key', i)
    before = await backend.load('key')
    server.call('DEL', '{dara:key}')
    gone = await backend.load('key')
    assert gone.value is ABSENT
    assert gone.mark.epoch != before.mark.epoch
    await backend.write('key', 'again')
    after = await backend.load('key')
    assert (after.value, after.mark.version, len(after.updates)) == ('again', 1, 1)


# The log.


async def test_the_log_is_bounded_but_reaches_back_to_the_snapshot(server: RedisServer, backend: RedisBackend) -> None:
    await backend.write('key', '')
    await type_into(backend, 'key', LOG_EDITS + 200, is_snapshot=False)
    assert server.call('LLEN', '{dara:key}:log') == LOG_EDITS + 200
    await type_into(backend, 'key', 50, is_snapshot=True)
    assert LOG_EDITS <= server.call('LLEN', '{dara:key}:log') <= LOG_EDITS + 50
    await type_into(backend, 'key', 150, is_snapshot=True, text='x' * (LOG_BYTES // 50))
    assert 40 <= server.call('LLEN', '{dara:key}:log') <= 100
    loaded = await backend.load('key')
    assert isinstance(loaded.value, str)
    assert len(loaded.value) == LOG_EDITS + 250 + 150 * (LOG_BYTES // 50)


async def test_a_key_press_in_a_large_value_costs_little(server: RedisServer) -> None:
    records = Records(RedisBackend(server.url))
    record = records.get('key')
    await record.load()
    await record.transact(lambda _: 'x' * 1_000_000)
    writer, before, edits = Writer('ann', 'tab' * 10, 'a store'), server.log_bytes, 200
    for n in range(1, edits + 1):
        edit = Edit(writer, writer.author, n, record.epoch, record.version, (Splice((), 500_000, 0, 'y'),))
        assert isinstance(await record.edit(edit), Committed)
    assert (server.log_bytes - before) / edits < 4096
    await close(records)


async def test_old_receipts_are_removed(server: RedisServer, backend: RedisBackend) -> None:
    old, young = int(time.time()) - 25 * 3600, int(time.time()) - 23 * 3600
    await backend.write('key', '')
    rows = {f'old {i}': f'{old} []' for i in range(1000)} | {f'young {i}': f'{young} []' for i in range(10)}
    server.call('HSET', '{dara:key}:receipts', *(part for row in rows.items() for part in row))
    await type_into(backend, 'key', 50, is_snapshot=True)
    async with within(5):
        while server.call('HLEN', '{dara:key}:receipts') > 200:
            await asyncio.sleep(0.01)
    assert sum(field.startswith(b'young') for field in server.call('HKEYS', '{dara:key}:receipts')) == 10


@pytest.mark.parametrize('is_loaded', [True, False])
async def test_a_value_is_stored_though_its_server_has_ended(
    server: RedisServer, backend: RedisBackend, monkeypatch: pytest.MonkeyPatch, *, is_loaded: bool
) -> None:
    """By another one, whether it uses the value or not."""
    monkeypatch.setattr(redis_upkeep, 'PAUSE_SECONDS', 0.1)
    ended = RedisBackend(server.url)
    await ended.write('key', '')
    await type_into(ended, 'key', 3, is_snapshot=False)
    await ended.close()
    assert server.call('HGET', '{dara:key}', 'value') == b'""'
    if is_loaded:
        monkeypatch.setattr(backend._names, 'pattern', 'nothing')
        await backend.watch(lambda *_: None, lambda _: None)
        await backend.load('key')
    else:
        await backend.watch(lambda *_: None, lambda _: None)
    async with within(5):
        while server.call('HGET', '{dara:key}', 'value') != b'"xxx"':
            await asyncio.sleep(0.01)
    assert len({*server.call('HMGET', '{dara:key}', 'version', 'snapshot')}) == 1


async def test_answers_stay_in_step_with_calls(server: RedisServer, backend: RedisBackend) -> None:
    """Even after one that cannot be sent."""
    await backend.write('key', 1)
    with pytest.raises(UnicodeEncodeError):
        await backend.send('\ud800')
    async with within(5):
        assert await backend.read('key') == 1
        assert set(await backend.tips(['key'])) == {'key'}


async def test_a_message_of_a_stranger_does_not_end_the_feed(server: RedisServer, backend: RedisBackend) -> None:
    """Nor does a callback that fails."""
    heard: asyncio.Queue[str] = asyncio.Queue()

    def receive(message: str) -> None:
        heard.put_nowait(message)
        if message == 'bad':
            raise ValueError

    await backend.receive(receive)
    for content in (b'\xff\xfe', b'bad', b'good'):
        server.call('PUBLISH', '{dara:}:messages', content)
    async with within(5):
        assert [await heard.get() for _ in range(2)] == ['bad', 'good']


# Refusals.


@pytest.mark.parametrize(
    ('setting', 'reason'), [('allkeys-lru', 'set it to noeviction'), ('volatile-ttl', 'set it to noeviction')]
)
async def test_a_database_that_evicts_keys_is_refused(setting: str, reason: str) -> None:
    with RedisServer(maxmemory='100mb', maxmemory_policy=setting) as server:
        await refused(server.url, reason)


async def test_a_full_database_refuses_one_value_and_stays_whole() -> None:
    with RedisServer(maxmemory='100mb', maxmemory_policy='noeviction') as server:
        backend = RedisBackend(server.url)
        await backend.write('key', 'small')
        server.call('CONFIG', 'SET', 'maxmemory', 1)
        with pytest.raises(Exception, match='maxmemory'):
            await backend.write('key', 'more')
        server.call('CONFIG', 'SET', 'maxmemory', '100mb')
        assert (await backend.load('key')).value == 'small'
        await backend.close()


async def test_a_newer_schema_is_refused(server: RedisServer) -> None:
    server.call('SET', '{dara:}:schema', 2)
    await refused(server.url, 'version 2, and this version of Dara knows 1')


@pytest.mark.parametrize('wrong', ['{dara:poisoned}', '{dara:poisoned}:receipts'])
async def test_a_poisoned_proposal_fails_alone(server: RedisServer, backend: RedisBackend, wrong: str) -> None:
    """One whose record or receipts are something else; the others of the same round are stored."""
    server.call('SET', wrong, 'not a hash')
    other = RedisBackend(server.url)
    proposals = [proposal_for(backend, Loaded((await other.load('a')).mark, '', ABSENT), key) for key in 'abc']
    proposals[1].key = 'poisoned'
    answers = await asyncio.gather(*map(backend.propose, proposals), return_exceptions=True)
    assert [answer is None for answer in answers] == [True, False, True]
    assert 'WRONGTYPE' in str(answers[1])
    assert server.call('KEYS', '{dara:poisoned}*') == [wrong.encode()]
    await other.close()


async def test_scripts_that_were_removed_are_defined_again(server: RedisServer, backend: RedisBackend) -> None:
    await backend.write('key', 1)
    server.call('SCRIPT', 'FLUSH')
    await backend.write('key', 2)
    assert await backend.read('key') == 2


# Addresses.


async def test_apps_of_different_names_have_different_values(server: RedisServer) -> None:
    one, other = RedisBackend(server.url, name='one'), RedisBackend(server.url, 'one.more')
    assert one.identity != other.identity
    await one.write('key', 1)
    await other.write('key', 2)
    assert (await one.get_all(), await other.get_all()) == ({'key': 1}, {'key': 2})
    await asyncio.gather(one.close(), other.close())


@pytest.mark.parametrize('url', ['', 'localhost', 'http://localhost', 'redis://:s3cr/et@localhost', 'redis://a:b:s3cr'])
def test_a_wrong_url_is_explained_without_its_password(url: str) -> None:
    with pytest.raises(InvalidDefinition, match='redis://USER:PASSWORD@HOST') as caught:
        RedisBackend(url)
    assert 's3cr' not in f'{caught.value!r} {caught.value.__cause__!r}'


async def test_the_password_is_in_no_text(server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    texts = []
    for address in (server.url, 'redis://127.0.0.1:1/3'):
        backend = RedisBackend(address.replace('//', '//canary:s3cr%2Fet@'))
        for work in (backend.load('key'), backend.serve(['key'], [])):
            with pytest.raises((DaraError, OSError, RedisError)) as caught:
                await work
            texts.append(repr(caught.value))
        texts += [repr(backend), str(backend), backend.describe(), str(backend.model_dump())]
        await backend.close()
    assert not [text for text in [*texts, caplog.text] if 's3cr' in text or '%2Fet' in text]
    assert '127.0.0.1:1/3' in texts[-2]


async def test_a_connection_with_tls_checks_the_certificate(tmp_path: Path) -> None:
    key, certificate = tmp_path / 'key.pem', tmp_path / 'certificate.pem'
    name = ['-subj', '/CN=redis', '-addext', 'subjectAltName=IP:127.0.0.1']
    made = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', str(key), '-out', str(certificate)]
    subprocess.run(['openssl', 'req', *made, *name], check=True, capture_output=True)
    port = free_port()
    files = {'tls_cert_file': str(certificate), 'tls_key_file': str(key)}
    with RedisServer(tls_port=str(port), tls_auth_clients='no', tls_ca_cert_file=str(certificate), **files):
        backend = RedisBackend(f'rediss://127.0.0.1:{port}/0?ssl_ca_certs={certificate}')
        await backend.watch(lambda *_: None, lambda _: None)
        await backend.serve(['key'], [])
        await backend.write('key', 1)
        assert await backend.read('key') == 1
        await backend.close()
        for url in (f'rediss://127.0.0.1:{port}/0', f'rediss://localhost:{port}/0?ssl_ca_certs={certificate}'):
            backend = RedisBackend(url)
            with pytest.raises(Exception, match=r'(?i)certificate'):
                await backend.load('key')
            await backend.close()


async def test_a_database_that_is_away_fails_fast(server: RedisServer) -> None:
    backend = RedisBackend('redis://127.0.0.1:1/0')
    await backend.watch(lambda *_: None, lambda _: None)
    async with within(1):
        for work in (backend.load('key'), backend.serve(['key'], []), backend.write('key', 1)):
            with pytest.raises(Exception, match=r'127\.0\.0\.1:1'):
                await work
    await backend.close()


def test_missing_packages_are_named() -> None:
    code = "import sys; sys.modules['redis'] = None\nfrom dara.core.persistence import RedisBackend\nRedisBackend('redis://x')"
    run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert 'InvalidDefinition: RedisBackend: ' in run.stderr
    assert "pip install 'dara-live[redis]'" in run.stderr


async def refused(url: str, reason: str) -> None:
    backend = RedisBackend(url)
    with pytest.raises(InvalidConfig, match=reason) as caught:
        await backend.load('key')
    assert 's3cr' not in str(caught.value)
    await backend.close()


@pytest.mark.parametrize('database', ['0', '1'])
async def test_a_node_of_a_cluster_is_refused(database: str) -> None:
    with RedisServer(cluster_enabled='yes') as server:
        backend = RedisBackend(server.url.removesuffix('0') + database)
        with pytest.raises(
            (InvalidConfig, ConnectionError, RedisError), match=r'it is a node of a cluster|out of range'
        ):
            await backend.load('key')  # the latter is said by Valkey, whose clusters may have several databases
        await backend.close()


async def test_a_sentinel_is_refused() -> None:
    with Sentinel() as sentinel:
        await refused(sentinel.url, 'it is a Sentinel, which keeps no values; give the address of the primary')


async def close(records: Records) -> None:
    assert isinstance(records.backend, SharedBackend)
    await records.wait_until_idle()
    await records.backend.close()


def proposal_for(
    backend: RedisBackend, loaded: Loaded, key: str, *, is_snapshot: bool = True, text: str = 'x'
) -> Proposal:
    """Return a proposal that types at the start of a text."""
    mark = loaded.mark._replace(version=loaded.mark.version + 1)
    name, receipt = backend.name_of_next(mark)
    entry = CommittedEdit.of(5, 1, (Splice((), 0, 0, text),))
    receipts = {backend.writer: receipt, Writer('', f'tab {mark.version}', 's'): Receipt(1, version=mark.version)}
    update = Update(loaded.tip, name, mark, Change(loaded.mark.version, mark.version, (entry,)), receipts)
    before: Any = '' if loaded.value is ABSENT else loaded.value
    return Proposal(key, update, text + before, is_snapshot=is_snapshot)


async def type_into(backend: RedisBackend, key: str, times: int, *, is_snapshot: bool, text: str = 'x') -> None:
    loaded = await backend.load(key)
    for _ in range(times):
        proposal = proposal_for(backend, loaded, key, is_snapshot=is_snapshot, text=text)
        assert await backend.propose(proposal) is None
        loaded = Loaded(proposal.update.mark, proposal.update.tip, proposal.value)
