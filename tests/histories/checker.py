"""The checker of histories. It is pure, and knows neither servers nor clients."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import pairwise
from typing import Any, Final

import orjson

from dara.core.persistence.changelog import Mark
from tests.histories.history import History, Read, Write

FILLER: Final = '.'
"""The character of texts that is no token."""
SHOWN: Final = 5


def tokens_of(value: Any) -> list[str]:
    """Return the tokens in a value: each character of its text, and each code."""
    return [*value['text'].replace(FILLER, ''), *value['codes']]


def problems(history: History) -> list[str]:
    """Return what is wrong with a history: nothing, if the app kept its promises."""
    return [
        *(f'{client} had no answer in the end' for client in history.stuck),
        *history.contradictions,
        *_unequal(history),
        *_lost(history),
        *_doubled(history),
        *_invented(history),
        *_out_of_order(history),
        *_stale(history),
        *_gone_back(history),
        *_diverged(history),
        *_overwritten(history),
    ]


def _unequal(history: History) -> Iterator[str]:
    """Check that all servers, all tabs and the database have the same in the end."""
    places = list(history.finals)
    for place in places[1:]:
        for store, value in history.finals[places[0]].items():
            if history.finals[place].get(store) != value:
                yield f'{place} and {places[0]} differ in {store} in the end'


def _lost(history: History) -> Iterator[str]:
    """Check that every acknowledged write is there, unless the database could lose it."""
    for store, tokens in _stored(history):
        missing = [each for each in _acknowledged(history, store) if each.token not in tokens]
        yield from _told('acknowledged and lost', [each for each in missing if not _may_be_lost(each, history)])


def _doubled(history: History) -> Iterator[str]:
    """Check that no write was applied twice, in the end and in the values that were read."""
    values = [(read.store, read.value) for read in history.reads if read.store != 'register']
    for store, counts in [*_stored(history), *((store, Counter(tokens_of(value))) for store, value in values)]:
        twice = [token for token, count in counts.items() if count > 1]
        if twice:
            yield f'applied twice in {store}: {twice[:SHOWN]}'


def _invented(history: History) -> Iterator[str]:
    """Check that nothing is there that was rejected, or not written at all."""
    for store, tokens in _stored(history):
        possible = {each.token for each in history.writes if each.store == store and each.outcome != 'rejected'}
        if tokens.keys() - possible:
            yield f'rejected or never written, and in {store}: {sorted(tokens.keys() - possible)[:SHOWN]}'


def _out_of_order(history: History) -> Iterator[str]:
    """Check the order: a typist writes each character in front of all earlier ones, and server code appends."""
    for store, tokens in _stored(history):
        places = {token: place for place, token in enumerate(tokens)}
        for writes in _by_writer(each for each in history.writes if each.store == store and each.token in tokens):
            is_typed = len(writes[0].token) == 1
            known = writes if is_typed else [each for each in writes if each.outcome == 'acknowledged']
            for first, then in pairwise(known):
                if (places[first.token] < places[then.token]) == is_typed:
                    yield f'{then.writer} wrote {then.token} after {first.token}, and {store} says otherwise'


def _stale(history: History) -> Iterator[str]:
    """Check that a read has every write that was acknowledged before it began."""
    for read in history.reads:
        if read.store != 'register':
            missing = _missing(read, history)
            yield from _told(f'missing in what {read.place} returned {_at(read.began, history)}', missing)


def _missing(read: Read, history: History) -> list[Write]:
    tokens = set(tokens_of(read.value))
    return [
        each
        for each in _acknowledged(history, read.store)
        if each.ended < read.began and each.token not in tokens and not _may_be_lost(each, history)
    ]


def _gone_back(history: History) -> Iterator[str]:
    """Check that no tab shows an older version after a newer one of the same epoch."""
    newest: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for sight in history.sights:
        versions = newest[sight.reader, sight.store]
        if versions.get(sight.mark.epoch, 0) > sight.mark.version:
            yield f'{sight.reader} went back in {sight.store} to {sight.mark}'
        versions[sight.mark.epoch] = sight.mark.version


def _diverged(history: History) -> Iterator[str]:
    """Check that a version of an epoch is the same value for all readers."""
    known: dict[tuple[str, Mark], tuple[str, bytes]] = {}
    for sight in history.sights:
        reader, digest = known.setdefault((sight.store, sight.mark), (sight.reader, sight.digest))
        if digest != sight.digest:
            yield f'{reader} and {sight.reader} show two values of {sight.store} at {sight.mark}'


def _overwritten(history: History) -> Iterator[str]:
    """Check that a value that is set as a whole is the latest acknowledged one, or one that is still open."""
    reads = [read for read in history.reads if read.store == 'register']
    finals = [Read(place, 'register', float('inf'), values['register']) for place, values in history.finals.items()]
    for read in [*reads, *finals]:
        before = [each for each in history.assignments if each.outcome == 'acknowledged' and each.ended < read.began]
        newer = history.assignments[history.assignments.index(before[-1]) :] if before else history.assignments
        still_open = [each for each in history.assignments if each.outcome == 'open']
        possible = {each.token for each in [*newer, *still_open] if each.began < read.began}
        is_first = not before
        may_be_lost = any(loss.began < read.began for loss in history.losses)
        if read.value not in possible and not is_first and not may_be_lost:
            yield f'{read.place} had {read.value} in the register after {before[-1].token} was acknowledged'


def _stored(history: History) -> Iterator[tuple[str, Counter[str]]]:
    """Yield the tokens of each store in the end, in their order."""
    values = next(iter(history.finals.values()))
    for store, value in values.items():
        if store != 'register':
            yield store, Counter(tokens_of(value))


def _acknowledged(history: History, store: str) -> list[Write]:
    return [each for each in history.writes if each.store == store and each.outcome == 'acknowledged']


def _may_be_lost(write: Write, history: History) -> bool:
    return any(loss.began <= write.ended <= loss.ended for loss in history.losses)


def _by_writer(writes: Iterable[Write]) -> list[list[Write]]:
    found: dict[str, list[Write]] = {}
    for each in writes:
        found.setdefault(each.writer, []).append(each)
    return list(found.values())


def _told(what: str, writes: list[Write]) -> Iterator[str]:
    if writes:
        examples = ', '.join(f'{each.token} of {each.writer} in {each.store}' for each in writes[:SHOWN])
        yield f'{what}: {len(writes)} writes, such as {examples}'


def _at(moment: float, history: History) -> str:
    return f'at {moment - history.began:.2f} s'


def digest_of(value: Any) -> bytes:
    """Return bytes that tell a value from others."""
    return blake2b(orjson.dumps(value, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()
