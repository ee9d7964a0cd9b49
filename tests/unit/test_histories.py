"""Tests of the checker of histories: it finds what is wrong, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from dara.core.persistence.changelog import Mark
from tests.histories.checker import digest_of, problems
from tests.histories.history import History, Loss, Outcome, Read, Sight, Write


def wrote(token: str, ended: float, outcome: Outcome = 'acknowledged', store: str = 'small') -> Write:
    """Return a write that took half a second; those of one character are a typist's."""
    return Write('ann' if len(token) == 1 else 'code', store, token, ended - 0.5, ended, outcome)


def value(text: str, *codes: str) -> dict[str, Any]:
    return {'text': f'{text}...', 'codes': list(codes)}


def good() -> History:
    """Return a history in which all is well: the last of four edits has no answer, and has not happened."""
    history = History(began=0)
    history.writes = [wrote('a', 1), wrote('b', 2), wrote('no', 2, 'rejected'), wrote('c', 0, 'open'), wrote('one', 3)]
    history.assignments = [wrote('r1', 1, store='register'), wrote('r2', 2, store='register')]
    history.reads = [
        Read('server', 'small', 1.2, value('a')),
        Read('server', 'small', 1.2, value('ba')),
        Read('server', 'register', 1.2, 'r1'),
        Read('server', 'register', 1.6, 'r2'),
    ]
    for reader in ('reader 1', 'reader 2'):
        history.sights += [saw(reader, 'e', 1, 'a'), saw(reader, 'e', 2, 'ba'), saw(reader, 'f', 1, 'ba')]
    for place in ('server', 'reader 1', 'the database'):
        history.finals[place] = {'small': value('ba', 'one'), 'register': 'r2'}
    return history


def saw(reader: str, epoch: str, version: int, text: str) -> Sight:
    return Sight(reader, 'small', Mark(epoch, version), digest_of(value(text)))


def everywhere(history: History, store: str, stored: Any) -> None:
    """Have another value in the end."""
    for values in history.finals.values():
        values[store] = stored


def test_nothing_is_wrong_with_what_may_happen() -> None:
    assert problems(good()) == []
    late = good()
    everywhere(late, 'small', value('cba', 'one'))
    assert problems(late) == []


def test_what_a_failover_lost_is_excused() -> None:
    """Writes that were acknowledged in that time are, and others are not."""
    history = good()
    everywhere(history, 'small', value('b', 'one'))
    history.reads.clear()
    history.losses = [Loss(0.9, 1.1)]
    assert problems(history) == []
    history.losses = [Loss(1.1, 1.9)]
    assert problems(history) == ['acknowledged and lost: 1 writes, such as a of ann in small']


@pytest.mark.parametrize(
    ('stored', 'problem'),
    [
        (value('a', 'one'), 'acknowledged and lost: 1 writes, such as b of ann in small'),
        (value('ba'), 'acknowledged and lost: 1 writes, such as one of code in small'),
        (value('bba', 'one'), "applied twice in small: ['b']"),
        (value('ba', 'one', 'one'), "applied twice in small: ['one']"),
        (value('ba', 'one', 'no'), "rejected or never written, and in small: ['no']"),
        (value('ba', 'one', 'what'), "rejected or never written, and in small: ['what']"),
        (value('ab', 'one'), 'ann wrote b after a, and small says otherwise'),
    ],
)
def test_what_is_stored_in_the_end(stored: Any, problem: str) -> None:
    history = good()
    everywhere(history, 'small', stored)
    assert problems(history) == [problem]


@pytest.mark.parametrize(
    ('read', 'problem'),
    [
        (
            Read('s', 'small', 2.5, value('a')),
            'missing in what s returned at 2.50 s: 1 writes, such as b of ann in small',
        ),
        (Read('s', 'small', 0, value('aa')), "applied twice in small: ['a']"),
        (Read('s', 'register', 2.5, 'r1'), 's had r1 in the register after r2 was acknowledged'),
    ],
)
def test_what_is_read_meanwhile(read: Read, problem: str) -> None:
    history = good()
    history.reads.append(read)
    assert problems(history) == [problem]


@pytest.mark.parametrize(
    ('sight', 'problem'),
    [
        (saw('reader 1', 'e', 1, 'a'), "reader 1 went back in small to Mark(epoch='e', version=1)"),
        (
            saw('reader 1', 'f', 1, 'cba'),
            "reader 1 and reader 1 show two values of small at Mark(epoch='f', version=1)",
        ),
        (saw('reader 3', 'e', 2, 'a'), "reader 1 and reader 3 show two values of small at Mark(epoch='e', version=2)"),
    ],
)
def test_what_tabs_show(sight: Sight, problem: str) -> None:
    history = good()
    history.sights.append(sight)
    assert problems(history) == [problem]


def test_places_that_differ() -> None:
    history = good()
    history.finals['the database'] = {'small': value('ba', 'one'), 'register': 'r1'}
    assert problems(history) == [
        'the database and server differ in register in the end',
        'the database had r1 in the register after r2 was acknowledged',
    ]
