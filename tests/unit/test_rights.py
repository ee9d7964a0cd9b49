"""Tests of predicates and scope functions: they grant, deny, or give no answer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from dara.core._context import USER, UserData, running_for
from dara.core.errors import (
    CheckFailed,
    Forbidden,
)
from dara.core.persistence import BackendStore, access
from dara.core.persistence.stores import bound
from tests.unit.users import ANN, BEN, identity


async def test_a_predicate_gets_the_key_only_if_it_has_a_parameter_for_it() -> None:
    """A parameter with a default, such as `blocked=blocked` in a loop, does not ask for the key."""
    blocked = {'mallory'}
    store = BackendStore(can_read=lambda user, blocked=blocked: user.identity_id not in blocked)
    assert await bound(store).access.may_read(ANN.user, 'mallory')
    assert not await bound(store).access.may_read(identity('mallory').user, 'ann')
    rooms = BackendStore(can_read=lambda user, key: key == f'of {user.identity_id}')
    assert await bound(rooms).access.may_read(ANN.user, 'of ann')
    assert not await bound(rooms).access.may_read(BEN.user, 'of ann')


class Odd:
    """A result without a truth value."""

    def __bool__(self) -> bool:
        raise ValueError('neither')


async def hangs(user: UserData) -> bool:
    return await asyncio.Event().wait()


async def is_cancelled(user: UserData) -> None:
    raise asyncio.CancelledError


@pytest.mark.parametrize('predicate', [lambda user: {'a': 1}['b'], lambda user: Odd(), hangs, is_cancelled])
async def test_a_predicate_without_an_answer_neither_grants_nor_denies(
    predicate: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It raises, returns a result without a truth value, or never returns."""
    monkeypatch.setattr(access, 'ANSWER_SECONDS', 0.05)
    for check in (
        bound(BackendStore(can_read=predicate)).access.may_read,
        bound(BackendStore(can_write=predicate)).access.may_write,
    ):
        with pytest.raises(CheckFailed, match='The server cannot check now whether you may'):
            await check(ANN.user, 'global')


def forbids(user: UserData) -> bool:
    raise Forbidden('not you')


@pytest.mark.parametrize('predicate', [lambda user: False, lambda user: None, forbids])
async def test_a_predicate_denies_by_a_false_result_or_by_raising_forbidden(predicate: Any) -> None:
    assert await bound(BackendStore(can_read=predicate)).access.may_read(ANN.user, 'global') is False


async def test_a_scope_function_returns_none_for_a_user_without_a_value() -> None:
    """A scope function that raises is an outage."""
    store = BackendStore(scope=lambda user: {'ann': 'team', 'ben': None}[user.identity_id])
    assert await bound(store).key_for(ANN.user) == 'team'
    with pytest.raises(Forbidden, match="user 'ben' has no value here"):
        await bound(store).key_for(BEN.user)
    with pytest.raises(CheckFailed):
        await bound(store).key_for(identity('eve').user)


async def test_a_predicate_runs_for_the_user_whose_right_it_checks() -> None:
    members = BackendStore(scope='user')
    await members.at('ann').write(True)

    async def is_member(user: UserData) -> bool:
        assert USER.get() == user
        return bool(await members.read())

    store = BackendStore(can_read=is_member)
    with running_for(ANN):
        assert await bound(store).access.may_read(ANN.user, 'global')
        assert not await bound(store).access.may_read(BEN.user, 'global')
