"""The promises that every shared backend keeps, as tests."""

from __future__ import annotations

import asyncio
import os
import warnings
from abc import abstractmethod
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

import orjson

from dara.core._edits import ABSENT, Op, Remove, Replace, Splice, Value
from dara.core._json import json_equal
from dara.core.persistence.changelog import Change, CommittedEdit, Mark, Receipt, Update, Writer
from dara.core.persistence.shared import MESSAGE_BYTES, Conflict, Loaded, Proposal, SharedBackend
from dara.testing.backends import ODD_KEYS, ODD_VALUES, BackendContract

Test: TypeAlias = Callable[[SharedBackend, SharedBackend], Coroutine[Any, Any, None]]
SECONDS = 10


class SharedBackendContract(BackendContract):
    """The promises of a shared backend, as tests for pytest.

    Derive a class whose name begins with `Test`, and open your backend in `open`. Each test gets an empty database, and
    opens it once, or twice as two servers would.
    """

    @abstractmethod
    async def open(self) -> SharedBackend:
        """Return a backend over the database of this test: each time a new one, as of another server."""

    def _run(self, test: Test) -> None:
        async def work() -> None:
            one, other = await self.open(), await self.open()
            try:
                async with asyncio.timeout(SECONDS):
                    await test(one, other)
            finally:
                for backend in (one, other):
                    await backend.close()
                    await backend.close()  # may be called again

        asyncio.run(work())

    def test_one_of_concurrent_commits_is_stored(self) -> None:
        """The others are refused, with all commits that they have missed."""

        async def test(one: SharedBackend, other: SharedBackend) -> None:
            servers = [one, other] * 5
            proposals = [_proposal(server, Loaded(Mark('e', 0), '', ABSENT), i) for i, server in enumerate(servers)]
            answers = await asyncio.gather(
                *(server.propose(each) for server, each in zip(servers, proposals, strict=True))
            )
            stored = [each for each, answer in zip(proposals, answers, strict=True) if answer is None]
            assert len(stored) == 1
            assert (await other.load('key')).value == stored[0].value
            for answer in answers:
                assert answer is None or [each.tip for each in answer.updates or ()] == [stored[0].update.tip]

        self._run(test)

    def test_a_commit_is_seen_by_every_server_at_once(self) -> None:
        """Value, mark, tip, log and receipts belong together."""

        async def test(one: SharedBackend, other: SharedBackend) -> None:
            for i in range(5):
                proposal = await _commit(one if i % 2 else other, 'key', i, receipts={_tab(): Receipt(i + 1)})
                for server in (one, other):
                    loaded = await server.load('key')
                    assert (loaded.value, loaded.tip, loaded.mark) == (i, proposal.update.tip, proposal.update.mark)
                    assert loaded.updates[-1].tip == loaded.tip
                    assert loaded.receipts[_tab()].n == i + 1
                    assert (await server.tips(['key']))['key'] == loaded.tip

        self._run(test)

    def test_a_version_is_never_used_twice(self) -> None:
        """A proposal that expects another tip is refused, even if the version is the present one."""

        async def test(one: SharedBackend, other: SharedBackend) -> None:
            first = await _commit(one, 'key', 'first')
            loaded = await other.load('key')
            stranger = Loaded(loaded.mark, 'another:1', loaded.value)
            answer = await other.propose(_proposal(other, stranger, 'second'))
            assert isinstance(answer, Conflict)
            assert answer.updates is None
            assert (await one.load('key')).tip == first.update.tip

        self._run(test)

    def test_a_server_gets_what_it_has_missed(self) -> None:
        """All commits since a tip, in order, or the news that the log does not reach back."""

        async def test(one: SharedBackend, other: SharedBackend) -> None:
            tips = [(await _commit(one, 'key', i)).update.tip for i in range(5)]
            for i, tip in enumerate(tips):
                updates = await other.updates('key', tip)
                assert updates is not None
                assert [each.tip for each in updates] == tips[i + 1 :]
                assert [_ops(each) for each in updates] == [(Replace((), value),) for value in range(i + 1, 5)]
            assert await other.updates('key', 'unknown:1') is None

        self._run(test)

    def test_the_name_of_a_commit_tells_whether_it_has_happened(self) -> None:
        """Every server finds the receipt of the server that made it."""

        async def test(one: SharedBackend, other: SharedBackend) -> None:
            proposal = await _commit(one, 'key', 'value')
            receipts = await other.receipts('key', [one.writer, other.writer])
            assert {writer: receipt.n for writer, receipt in receipts.items()} == {
                one.writer: proposal.update.receipts[one.writer].n
            }

        self._run(test)

    def test_a_commit_without_ops_counts(self) -> None:
        """It settles the numbers of edits, and others hear of it."""

        async def test(one: SharedBackend, other: SharedBackend) -> None:
            before = (await _commit(one, 'key', 'value')).update.tip
            loaded = await one.load('key')
            name, receipt = one.name_of_next(mark := loaded.mark._replace(version=loaded.mark.version + 1))
            rejected = Receipt(1, 'rejected', loaded.mark.version, 'No.', 5, loaded.mark.epoch)
            receipts = {one.writer: receipt, _tab(): rejected}
            update = Update(before, name, mark, Change(loaded.mark.version, mark.version, ()), receipts)
            assert await one.propose(Proposal('key', update, loaded.value)) is None
            seen = await other.load('key')
            assert (seen.value, seen.mark) == ('value', mark)
            assert (await other.receipts('key', [_tab()]))[_tab()] == rejected
            assert [dict(each.receipts) for each in await other.updates('key', before) or ()] == [receipts]

        self._run(test)

    def test_a_fork_is_another_server(self) -> None:
        """Its commits have names of their own, and it disturbs no connection of its parent."""

        async def test(one: SharedBackend, other: SharedBackend) -> None:
            await _commit(one, 'key', 'value')
            mark = (await one.load('key')).mark
            loaded, name = await _in_a_fork(lambda: (asyncio.run(one.load('key')).value, one.name_of_next(mark)[0]))
            assert loaded == 'value'
            assert name.partition(':')[0] != one.name_of_next(mark)[0].partition(':')[0]
            await _commit(one, 'key', 'again')
            assert (await other.load('key')).value == 'again'

        if hasattr(os, 'fork'):
            self._run(test)

    def test_every_value_and_every_key_survives(self) -> None:
        """And keys do not mix."""

        async def test(one: SharedBackend, other: SharedBackend) -> None:
            for i, value in enumerate(ODD_VALUES):
                await one.write(f'value {i}', value)  # some of them only other programs may write
                assert json_equal((await other.load(f'value {i}')).value, value)
            for i, key in enumerate(ODD_KEYS):
                await _commit(one, key, i)
            assert [(await other.load(key)).value for key in ODD_KEYS] == list(range(len(ODD_KEYS)))
            assert {key: value async for key, value in other.items() if key in ODD_KEYS} == {
                key: i for i, key in enumerate(ODD_KEYS)
            }

        self._run(test)

    def test_a_deletion_is_a_version_and_null_a_value(self) -> None:
        """A deleted value has a mark, and can be written again."""

        async def test(one: SharedBackend, other: SharedBackend) -> None:
            await _commit(one, 'key', None)
            assert (await other.load('key')).value is None
            deleted = await _commit(other, 'key', ABSENT)
            loaded = await one.load('key')
            assert loaded.value is ABSENT
            assert loaded.mark == deleted.update.mark
            assert [key async for key, _ in one.items()] == []
            await _commit(one, 'key', 'again')
            assert (await other.load('key')).value == 'again'

        self._run(test)

    def test_commits_of_several_keys_have_outcomes_of_their_own(self) -> None:
        """One that is refused does not keep the others from being stored."""

        async def test(one: SharedBackend, other: SharedBackend) -> None:
            await _commit(other, 'taken', 'theirs')
            nothing = Loaded(Mark('e', 0), '', ABSENT)
            proposals = [_proposal(one, nothing, 'ours', key=key) for key in ('a', 'taken', 'b')]
            answers = await one.commit(proposals)
            assert [answer is None for answer in answers] == [True, False, True]
            assert [(await other.load(key)).value for key in ('a', 'taken', 'b')] == ['ours', 'theirs', 'ours']

        self._run(test)

    def test_a_large_value_need_not_be_stored_with_each_edit(self) -> None:
        """It follows from the last snapshot and the edits since, which the log keeps until the next snapshot."""

        async def test(one: SharedBackend, other: SharedBackend) -> None:
            text = 'x' * 20_000
            first = await _commit(one, 'key', text)
            for i in range(100):
                await _type(one if i % 2 else other, 'key', '😀')
                text = f'😀{text}'
            last = await _type(one, 'key', 'y')
            assert (await other.load('key')).value == f'y{text}'
            for tip in (first.update.tip, 'unknown:1'):
                await one.store_snapshot('key', tip, b'"of an older tip"')
            assert (await other.load('key')).value == f'y{text}'
            await one.store_snapshot('key', last.update.tip, orjson.dumps(f'y{text}'))
            await _type(other, 'key', 'z')
            assert (await one.load('key')).value == f'zy{text}'
            assert {key: value async for key, value in other.items()} == {'key': f'zy{text}'}
            assert len(await other.updates('key', first.update.tip) or ()) == 102

        self._run(test)

    def test_a_server_that_has_lost_races_gets_its_turn(self) -> None:
        """Others are refused for a moment after it has asked, until it has committed."""

        async def test(one: SharedBackend, other: SharedBackend) -> None:
            for _ in range(20):  # on a slow machine the turn may be over before the other server proposes
                stale = await one.load('key')
                await _commit(other, 'key', 1)
                known = await other.load('key')
                answer = await one.propose(_proposal(one, stale, 2, has_turn=True))
                assert isinstance(answer, Conflict)
                refused = await other.propose(_proposal(other, known, 3))
                if refused is not None:
                    break
            assert isinstance(refused, Conflict)
            assert refused.is_anothers_turn
            assert list(refused.updates or ()) == []
            assert await one.propose(_proposal(one, await one.load('key'), 4, has_turn=True)) is None
            await _commit(other, 'key', 5)

        self._run(test)

    def test_many_keys_are_committed_at_once(self) -> None:
        """One call takes all of them along."""

        async def test(one: SharedBackend, other: SharedBackend) -> None:
            nothing = Loaded(Mark('e', 0), '', ABSENT)
            keys = [f'key {i}' for i in range(600)]
            answers = await asyncio.gather(*(one.propose(_proposal(one, nothing, key, key)) for key in keys))
            assert answers == [None] * len(keys)
            assert {key: value async for key, value in other.items()} == {key: key for key in keys}
            assert len(await other.tips([*keys, 'unknown'])) == len(keys)

        self._run(test)

    def test_the_feed_reports_the_commits_of_served_keys(self) -> None:
        """Of all servers, each once it is served, in the order of its key."""

        async def test(one: SharedBackend, other: SharedBackend) -> None:
            reported: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
            await one.watch(lambda key, update: reported.put_nowait((key, update.tip)), lambda _: None)
            await one.serve(['key'], [])
            await _commit(other, 'another', 'not reported')
            made = [('key', (await _commit(each, 'key', i)).update.tip) for i, each in enumerate([one, other, other])]
            assert [await reported.get() for _ in made] == made
            await one.serve([], ['key'])
            await _commit(other, 'key', 'not reported')
            await one.serve(['last'], [])
            last = await _commit(other, 'last', 'reported')
            assert await reported.get() == ('last', last.update.tip)

        self._run(test)

    def test_writes_past_the_stores_are_reported_to_every_server(self) -> None:
        """Of all keys, and nothing else is: their listeners need it. For backends with `watch_outside`."""

        async def test(one: SharedBackend, other: SharedBackend) -> None:
            if type(one).watch_outside is SharedBackend.watch_outside:
                return
            reported: list[asyncio.Queue[tuple[str, str]]] = [asyncio.Queue(), asyncio.Queue()]
            for each, queue in zip((one, other), reported, strict=True):
                await each.watch(lambda *_: None, lambda _: None)
                await each.watch_outside(lambda key, tip, queue=queue: queue.put_nowait((key, tip)))  # type: ignore[misc]
            await one.serve(['served'], [])
            before: list[tuple[str, str]] = []
            for key in ('served', 'another'):
                await _commit(other, key, 'by a record')
                await one.write(key, 'past the stores')
                written = (key, (await one.load(key)).tip)
                await other.delete(key)
                removed = (key, (await one.load(key)).tip)
                for queue in reported:
                    found: list[tuple[str, str]] = []
                    while len(found) < 2:
                        if (report := await queue.get()) not in (*before, *found):  # one may be reported again
                            found.append(report)
                    assert found == [written, removed]
                before = [written, removed]

        self._run(test)

    def test_messages_reach_the_other_servers(self) -> None:
        """Any text of up to `MESSAGE_BYTES`; nothing is received after `close`."""

        async def test(one: SharedBackend, other: SharedBackend) -> None:
            received: asyncio.Queue[str] = asyncio.Queue()
            await one.receive(received.put_nowait)
            for message in ('plain', 'ä 😀 \' " \\ \n', 'x' * MESSAGE_BYTES):
                await other.send(message)
                while (found := await received.get()) != message:
                    assert found
            await one.close()
            await other.send('late')
            await other.load('key')
            assert received.empty()

        self._run(test)

    def test_a_backend_that_was_closed_can_be_used_again(self) -> None:
        """The next call opens it."""

        async def test(one: SharedBackend, other: SharedBackend) -> None:
            reported: asyncio.Queue[str] = asyncio.Queue()
            for run in range(2):
                await one.watch(lambda _, update: reported.put_nowait(update.tip), lambda _: None)
                await one.serve(['key'], [])
                assert (await _commit(other, 'key', run)).update.tip == await reported.get()
                await one.close()
                await other.load('key')

        self._run(test)


async def _in_a_fork(work: Callable[[], Any]) -> Any:
    """Return the result of `work` in a fork of this process, as JSON."""
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', DeprecationWarning)  # there may be other threads
        child = os.fork()
    if not child:
        try:
            os.write(writer, orjson.dumps(work()))
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, 'rb') as answer:
        found = await asyncio.to_thread(answer.read)
    await asyncio.to_thread(os.waitpid, child, 0)
    return orjson.loads(found)


def _tab() -> Writer:
    return Writer("ann's", 'tab', 'store', 'room')


def _ops(update: Update) -> Any:
    assert isinstance(update.change, Change)
    return tuple(op for entry in update.change.entries for op in entry.ops)


def _proposal(
    server: SharedBackend,
    loaded: Loaded,
    value: Value,
    key: str = 'key',
    receipts: dict[Writer, Receipt] | None = None,
    *,
    has_turn: bool = False,
) -> Proposal:
    op = Remove(()) if value is ABSENT else Replace((), value)
    return Proposal(key, _update(server, loaded, op, receipts), value, has_turn=has_turn)


def _update(server: SharedBackend, loaded: Loaded, op: Op, receipts: dict[Writer, Receipt] | None = None) -> Update:
    version = loaded.mark.version
    mark = loaded.mark._replace(version=version + 1)
    name, receipt = server.name_of_next(mark)
    change = Change(version, version + 1, (CommittedEdit.of(0, 0, (op,)),))
    return Update(loaded.tip, name, mark, change, {server.writer: receipt, **(receipts or {})})


async def _commit(server: SharedBackend, key: str, value: Value, receipts: Any = None) -> Proposal:
    proposal = _proposal(server, await server.load(key), value, key, receipts)
    assert await server.propose(proposal) is None
    return proposal


async def _type(server: SharedBackend, key: str, character: str) -> Proposal:
    """Commit a character at the start of a text, and not the whole text."""
    loaded = await server.load(key)
    update = _update(server, loaded, Splice((), 0, 0, character))
    proposal = Proposal(key, update, f'{character}{loaded.value}', is_snapshot=False)
    assert await server.propose(proposal) is None
    return proposal
