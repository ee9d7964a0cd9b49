"""The promises that stores make over every backend, as tests."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, Final, TypeAlias

from dara.core.persistence.backend import PersistenceBackend
from dara.core.persistence.shared import SharedBackend
from dara.core.persistence.stores import BackendStore

Test: TypeAlias = Callable[[BackendStore], Coroutine[Any, Any, None]]
SECONDS: Final = 20
ODD_VALUES: Final[list[Any]] = [
    None,
    '',
    0,
    -0.5,
    1e300,
    2**53,
    [],
    {},
    {'': {'a/b~c': ['\u2028', '😀', '"\\"']}},
    'x' * 1_000_000,
    [[[[[[[[[[1]]]]]]]]]],
]
ODD_KEYS: Final = ['global', ' ', 'a:b', 'a/b', '{a}', '*', 'ä', '😀', "'; --", '%', 'k' * 512]


class BackendContract(ABC):
    """The promises of stores over a backend, as tests for pytest.

    Derive a class whose name begins with `Test`, and open your backend in `open`. Each test gets an empty one.
    """

    is_lasting: ClassVar[bool] = True
    """True if values survive the process: a backend that is opened again has them."""

    @abstractmethod
    async def open(self) -> PersistenceBackend:
        """Return a backend over the data of this test: each time a new one, as of a process that has started anew."""

    def run(self, *tests: Test) -> None:
        """Run tests one after the other, each with a store over a backend that is opened anew."""

        async def work() -> None:
            backends = []
            try:
                for test in tests:
                    backends.append(await self.open())
                    async with asyncio.timeout(SECONDS):
                        await test(BackendStore(backends[-1]))
            finally:
                for backend in backends:
                    if isinstance(backend, SharedBackend):
                        await backend.close()

        asyncio.run(work())

    def test_every_value_is_read_as_it_was_written(self) -> None:
        """Null is a value, too."""

        async def test(store: BackendStore) -> None:
            for value in ODD_VALUES:
                await store.write(value)
                assert await store.read() == value
                assert await store.get_all() == {'global': value}

        self.run(test)

    def test_keys_do_not_mix(self) -> None:
        """Whatever characters they have."""

        async def test(store: BackendStore) -> None:
            for key in ODD_KEYS:
                await store.at(key).write([key])
            for key in ODD_KEYS:
                assert await store.at(key).read() == [key]
            assert sorted((await store.get_all()).values()) == sorted([key] for key in ODD_KEYS)
            await store.at('*').delete()
            assert len(await store.get_all()) == len(ODD_KEYS) - 1

        self.run(test)

    def test_a_deleted_value_is_gone(self) -> None:
        """It can be written anew, and deleting it twice does no harm."""

        async def test(store: BackendStore) -> None:
            await store.delete()
            await store.write(1)
            await store.delete()
            await store.delete()
            assert await store.get_all() == {}
            await store.write(2)
            assert await store.read() == 2

        self.run(test)

    def test_all_values_are_found_one_by_one_and_together(self) -> None:
        """`items` yields what `get_all` returns."""

        async def test(store: BackendStore) -> None:
            await asyncio.gather(*(store.at(f'key {number}').write(number) for number in range(200)))
            everything = await store.get_all()
            assert sorted(everything.values()) == [*range(200)]
            assert {key: value async for key, value in store.backend.items()} == everything

        self.run(test)

    def test_edits_at_the_same_time_are_all_made(self) -> None:
        """Of one value, and of many."""

        async def test(store: BackendStore) -> None:
            await store.write({'count': 0, 'text': ''})
            await asyncio.gather(*(store.modify(_counted) for _ in range(50)))
            assert (await store.read())['count'] == 50
            rooms = [store.at(f'room {number}') for number in range(10)]
            await asyncio.gather(*(room.write(0) for room in rooms))
            await asyncio.gather(*(room.modify(lambda number: number + 1) for room in rooms for _ in range(5)))
            assert [await room.read() for room in rooms] == [5] * 10

        self.run(test)

    def test_nobody_reads_half_of_a_value(self) -> None:
        """While large ones replace each other."""
        values = [letter * 200_000 for letter in 'ab']

        async def test(store: BackendStore) -> None:
            await store.write(values[0])

            async def write() -> None:
                for number in range(20):
                    await store.write(values[number % 2])

            async def read() -> None:
                for _ in range(40):
                    assert (await store.get_all())['global'] in values

            await asyncio.gather(write(), read())

        self.run(test)

    def test_values_survive_the_process(self) -> None:
        """A write that has returned is there when the backend is opened again, and so is a deletion."""
        if not self.is_lasting:
            return

        async def write(store: BackendStore) -> None:
            await store.at('kept').write({'a': [1, None, 'ä']})
            await store.at('deleted').write(1)
            await store.at('deleted').delete()

        async def read(store: BackendStore) -> None:
            assert await store.get_all() == {'kept': {'a': [1, None, 'ä']}}

        self.run(write, read)


def _counted(value: Any) -> Any:
    return {**value, 'count': value['count'] + 1}
