"""Tests of JSON Patch, as `write_partial` and `patch` take it."""

from __future__ import annotations

from typing import Any

import pytest

from dara.core import Variable
from dara.core._edits import dump_ops
from dara.core._json import fresh
from dara.core._patch import is_patch, patched
from dara.core.errors import InvalidEdit, NotJson, TestFailed
from dara.core.persistence import BackendStore
from dara.core.persistence.stores import bound

VALUE: Any = {'a': {'b': 1}, 'list': [1, 2, 3], 'x/y~z': 0}


@pytest.mark.parametrize(
    ('operation', 'expected'),
    [
        ({'op': 'replace', 'path': '/a/b', 'value': 2}, {**VALUE, 'a': {'b': 2}}),
        ({'op': 'add', 'path': '/a/c', 'value': [None]}, {**VALUE, 'a': {'b': 1, 'c': [None]}}),
        ({'op': 'add', 'path': '/list/-', 'value': 4}, {**VALUE, 'list': [1, 2, 3, 4]}),
        ({'op': 'add', 'path': '/list/0', 'value': 0}, {**VALUE, 'list': [0, 1, 2, 3]}),
        ({'op': 'remove', 'path': '/list/1'}, {**VALUE, 'list': [1, 3]}),
        ({'op': 'replace', 'path': '/x~1y~0z', 'value': 1}, {**VALUE, 'x/y~z': 1}),
        ({'op': 'replace', 'path': '', 'value': 'all'}, 'all'),
        ({'op': 'copy', 'from': '/a', 'path': '/list/0'}, {**VALUE, 'list': [{'b': 1}, 1, 2, 3]}),
        ({'op': 'move', 'from': '/list/0', 'path': '/list/2'}, {**VALUE, 'list': [2, 3, 1]}),
        ({'op': 'move', 'from': '/a/b', 'path': '/b'}, {**VALUE, 'a': {}, 'b': 1}),
        ({'op': 'test', 'path': '/a', 'value': {'b': 1.0}}, VALUE),
    ],
)
def test_each_operation_follows_the_rfc(operation: dict[str, Any], expected: Any) -> None:
    """The given value stays as it is."""
    before = fresh(VALUE)
    assert patched(VALUE, [operation]).value == expected
    assert before == VALUE


@pytest.mark.parametrize(
    ('operation', 'message'),
    [
        ({'op': 'replace', 'path': '/nope', 'value': 1}, 'there is nothing at /nope'),
        ({'op': 'remove', 'path': '/list/3'}, 'there is nothing at /list/3'),
        ({'op': 'add', 'path': '/list/5', 'value': 1}, 'there is nothing at /list/5'),
        ({'op': 'add', 'path': '/list/01', 'value': 1}, "'01' is not an index"),
        ({'op': 'add', 'path': 'list', 'value': 1}, 'a path is a JSON pointer'),
        ({'op': 'add', 'path': '/a/b/c', 'value': 1}, 'there is nothing at'),
        ({'op': 'move', 'from': '/a', 'path': '/a/b'}, 'cannot be moved into itself'),
        ({'op': 'jump', 'path': '/a'}, 'an operation has an "op" of add, copy'),
        ({'op': 'add', 'path': '/a'}, 'as it needs'),
    ],
)
def test_an_operation_without_a_target_is_named_by_its_number(operation: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidEdit) as caught:
        patched(VALUE, [{'op': 'test', 'path': '/a/b', 'value': 1}, operation])
    assert str(caught.value).startswith('Invalid JSON patch operation 1')
    assert message in str(caught.value)


async def test_the_documented_snippets_run_as_printed() -> None:
    """Partial updates, from the page "Persistence and Collaboration"."""
    store = BackendStore()
    # Initialize with some structured data
    Variable(default={'user': {'name': 'John', 'age': 30}, 'items': ['apple', 'banana']}, store=store)

    # Apply specific patch operations
    await store.write_partial([
        {'op': 'replace', 'path': '/user/age', 'value': 31},
        {'op': 'add', 'path': '/items/-', 'value': 'cherry'},
        {'op': 'add', 'path': '/user/city', 'value': 'New York'}
    ])  # fmt: skip

    # Get current data
    current = await store.read()
    # Modify the data
    updated_data = {
        **current,
        'user': {**current['user'], 'age': 32},
        'items': current['items'] + ['orange']
    }  # fmt: skip
    published: list[Any] = []
    bound(store).record.subscribe(lambda change: published.extend(dump_ops(change.entries[0].ops)))

    # Apply the changes - only the differences will be sent to clients
    await store.write_partial(updated_data)

    assert await store.read() == updated_data
    assert published == [
        {'op': 'replace', 'path': ['user', 'age'], 'value': 32},
        {'op': 'add', 'path': ['items', 3], 'value': 'orange'},
    ]


async def test_a_patch_is_applied_as_a_whole_or_not_at_all() -> None:
    store = BackendStore()
    await store.write({'a': 1})
    good = {'op': 'replace', 'path': '/a', 'value': 2}
    for bad, error in (
        ({'op': 'test', 'path': '/a', 'value': 1}, TestFailed),
        ({'op': 'remove', 'path': '/b'}, InvalidEdit),
        ({'op': 'add', 'path': '/b', 'value': object()}, NotJson),
    ):
        with pytest.raises(error):
            await store.patch([good, bad])
    assert await store.read() == {'a': 1}


def test_a_list_of_values_is_not_a_patch() -> None:
    assert is_patch([{'op': 'add', 'path': '/a', 'value': 1}])
    assert not any(map(is_patch, ([1], [{'op': 'add'}], {'op': 'add', 'path': ''}, {}, '', None)))


@pytest.mark.parametrize('nothing', [[], ()], ids=['list', 'tuple'])
@pytest.mark.parametrize('value', [{'name': 'Jane'}, [1, 2], 'text', None, 0])
async def test_a_patch_without_operations_changes_nothing(value: Any, nothing: Any) -> None:
    """A computed patch may contain no change; nothing is published."""
    store = BackendStore()
    await store.write(value)
    told: list[Any] = []
    store.on_change(lambda _, value: told.append(value))
    await store.write_partial(nothing)
    await store.patch(nothing)
    assert await store.read() == value
    assert told == []


async def test_a_patch_without_operations_stores_no_default() -> None:
    store = BackendStore()
    await store.write_partial([])
    assert await store.get_all() == {}


@pytest.mark.parametrize('patch', [{}, '', {'op': 'remove', 'path': '/a'}, 0, None])
async def test_only_a_list_is_a_patch(patch: Any) -> None:
    """An empty object or text is not a patch without operations."""
    store = BackendStore()
    await store.write({'a': 1})
    with pytest.raises(InvalidEdit, match='A patch is a list of operations'):
        await store.patch(patch)
    assert await store.read() == {'a': 1}


async def test_a_mistyped_operation_is_an_error_and_not_a_value() -> None:
    store = BackendStore()
    await store.write({'a': 1})
    with pytest.raises(InvalidEdit, match='repalce'):
        await store.write_partial([{'op': 'repalce', 'path': '/a', 'value': 3}])
    with pytest.raises(InvalidEdit, match='not an object'):
        await store.patch([1])  # type: ignore[list-item]
    assert await store.read() == {'a': 1}


async def test_a_patch_stores_no_value_that_a_write_would_reject() -> None:
    """S9: names and depth are checked in the whole value."""
    store = BackendStore()
    await store.write({'a': {}})
    with pytest.raises(NotJson, match='__proto__'):
        await store.patch([{'op': 'add', 'path': '/__proto__', 'value': 1}])
    with pytest.raises(NotJson, match='nested deeper'):
        await store.patch(
            [{'op': 'copy', 'from': '', 'path': '/a/a'.replace('/a/a', '/a' * (i + 1))} for i in range(64)]
        )
    assert await store.read() == {'a': {}}
