"""Tests of deliberate breaks: each has a place, and a change is the same in Python and in TypeScript."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from tests.mutants.changes import (
    Always,
    Assign,
    Change,
    DropCall,
    MoveCall,
    Never,
    Replace,
    ReplaceCall,
    ReplaceText,
    Return,
)
from tests.mutants.every import EVERY
from tests.mutants.mutant import Mutant, broken

ROOT: Final = Path(__file__).parent.parent.parent
CONTRACT: Final = 'src/dara/testing/contract.py'
"""The tests that those of each backend inherit."""
PYTHON: Final = """\
class Shop:
    async def sell(self, item, *, price):
        if item.is_gone or (price < 0 and not self._is_open('é')):
            raise Refused(item, 'gone')
        self._sold = await self._till.take(
            price, item
        )
        self._tell(item)
        return self._sold if self._count(item) else None

    def close(self): self._is_open = False
"""
TYPESCRIPT: Final = """\
export class Shop<T> {
  async #sell({ item }: Sale, price: number): Promise<void> {
    if (item.isGone || (price < 0 && !this.#isOpen('😀'))) throw new Refused(item, 'gone')
    this.#sold = await this.#till?.take(
      price, item,
    )
    this.#tell({ item })
    return this.#count(item) ? this.#sold : null
  }

  close = (): void => { this.#isOpen = false }
}
"""
SOURCES: Final = {'shop.py': PYTHON, 'shop.ts': TYPESCRIPT}
TAKEN: Final = 'await self._till.take(\n            price, item\n        )'
TAKEN_TS: Final = 'await this.#till?.take(\n      price, item,\n    )'
EXAMPLES: Final[dict[str, list[tuple[Change, str, str]]]] = {
    'shop.py': [
        (DropCall('_tell'), 'self._tell(item)', 'pass'),
        (DropCall('take'), f'self._sold = {TAKEN}', 'pass'),
        (ReplaceCall('take', '{1}.price + {0}'), TAKEN, '(item.price + price)'),
        (ReplaceCall('_count', '{call}'), 'self._count(item)', '(self._count(item))'),
        (ReplaceCall('_tell', 'self.told = {0}'), 'self._tell(item)', 'self.told = item'),
        (Never('is_gone'), 'item.is_gone', 'False'),
        (Never('item', '_count'), 'self._count(item)', 'False'),
        (Always('_is_open'), "self._is_open('é')", 'True'),
        (Assign('_sold', 'item'), TAKEN, 'item'),
        (Return('None', instead_of='Refused'), "raise Refused(item, 'gone')", 'return None'),
        (Replace('self._till  .take( price,item, )', 'item'), TAKEN.removeprefix('await '), 'item'),
    ],
    'shop.ts': [
        (DropCall('#tell'), 'this.#tell({ item })', ';'),
        (DropCall('take'), f'this.#sold = {TAKEN_TS}', ';'),
        (ReplaceCall('take', '{1}.price + {0}'), TAKEN_TS, '(item.price + price)'),
        (ReplaceCall('#count', '{call}'), 'this.#count(item)', '(this.#count(item))'),
        (ReplaceCall('#tell', 'this.told = {0}'), 'this.#tell({ item })', 'this.told = { item }'),
        (Never('isGone'), 'item.isGone', 'false'),
        (Never('item', '#count'), 'this.#count(item)', 'false'),
        (Always('#isOpen'), "this.#isOpen('😀')", 'true'),
        (Assign('#sold', 'item'), TAKEN_TS, 'item'),
        (Return('null', instead_of='Refused'), "throw new Refused(item, 'gone')", 'return null'),
        (Replace('this.#till  ?.take( price,item )', 'item'), TAKEN_TS.removeprefix('await '), 'item'),
        (Replace('price < 0', 'price'), 'price < 0', 'price'),
    ],
}
LOST: Final[dict[str, list[tuple[str, Change, str]]]] = {
    'shop.py': [
        ('Shop.sel', DropCall('take'), 'no function Shop.sel; there is Shop.sell'),
        ('Shop.close', DropCall('take'), 'no "statement that calls take"'),
        ('Shop.sell', Never('item'), '2 of "condition with item", in lines 3, 9'),
        ('Shop.sell', ReplaceCall('_tell', '{1}'), 'the call of _tell has no argument {1}'),
        ('Shop.sell', Assign('_sold', '1 +'), 'the change is no valid code'),
    ],
    'shop.ts': [
        ('Shop.#sel', DropCall('take'), 'no function Shop.#sel; there is Shop.#sell'),
        ('Shop.close', DropCall('take'), 'no "statement that calls take"'),
        ('Shop.#sell', Never('item'), '2 of "condition with item", in lines 3, 8'),
        ('Shop.#sell', ReplaceCall('#tell', '{1}'), 'the call of #tell has no argument {1}'),
        ('Shop.#sell', Assign('#sold', '1 +'), 'the change is no valid code'),
    ],
}


def changed(directory: Path, file: str, *changes: tuple[str, Change]) -> list[str]:
    """Return the source text after each of the changes of a function, or why there is none."""
    (directory / file).write_text(SOURCES[file])
    mutants = [Mutant('', file, function, change, '') for function, change in changes]
    return [str(result) for _, result in broken(mutants, directory)]


def test_every_break_has_a_place() -> None:
    results = broken(EVERY, ROOT)
    assert {mutant.name: str(result) for mutant, result in results if not isinstance(result, str)} == {}


def test_every_break_has_a_name_of_its_own_and_a_test() -> None:
    assert len({mutant.name for mutant in EVERY}) == len(EVERY)
    for mutant in EVERY:
        file, _, name = re.sub('::Test[A-Za-z]+::', '::', mutant.test).partition('::')
        wanted = f'def {name.partition("[")[0]}(' if file.endswith('.py') else name.partition(' "')[0]
        assert wanted in (ROOT / file).read_text() + (ROOT / CONTRACT).read_text(), mutant.test


@pytest.mark.parametrize(('file', 'function'), [('shop.py', 'Shop.sell'), ('shop.ts', 'Shop.#sell')])
def test_a_change_is_of_one_place(tmp_path: Path, file: str, function: str) -> None:
    results = changed(tmp_path, file, *((function, change) for change, _, _ in EXAMPLES[file]))
    for result, (_, before, after) in zip(results, EXAMPLES[file], strict=True):
        assert SOURCES[file].count(before) == 1
        assert result == SOURCES[file].replace(before, after)


@pytest.mark.parametrize('file', SOURCES)
def test_a_missing_place_is_reported(tmp_path: Path, file: str) -> None:
    results = changed(tmp_path, file, *((function, change) for function, change, _ in LOST[file]))
    for result, (_, _, reason) in zip(results, LOST[file], strict=True):
        assert result.startswith(reason)


@pytest.mark.parametrize(
    ('file', 'source'),
    [
        ('shop.lua', 'local function sell(item)\n  return item.price\nend\n\nlocal function close(item)\nend\n'),
        (
            'shop.sql',
            'CREATE FUNCTION dara.sell(item int) AS $$\n  item.price\n$$;\n\nCREATE TABLE dara.item (id int);\n',
        ),
    ],
)
def test_a_text_is_replaced_in_a_function(tmp_path: Path, file: str, source: str) -> None:
    (tmp_path / file).write_text(source)
    mutants = [Mutant('', file, 'sell', ReplaceText(text, '0'), '') for text in ('item.price', 'item', 'shop')]
    (_, found), (_, several), (_, none) = broken(mutants, tmp_path)
    assert found == source.replace('item.price', '0')
    assert str(several) == '2 of "item"'
    assert str(none) == '0 of "shop"'


def test_a_file_that_does_not_exist_is_reported(tmp_path: Path) -> None:
    ((_, result),) = broken([Mutant('', 'missing.py', 'sell', DropCall('take'), '')], tmp_path)
    assert str(result) == 'no such file'


def test_a_call_is_moved_before_another(tmp_path: Path) -> None:
    (result,) = changed(tmp_path, 'shop.py', ('Shop.sell', MoveCall('_tell', before='take')))
    moved = 'self._tell(item); self._sold = await'
    assert result == PYTHON.replace('self._tell(item)', 'pass').replace('self._sold = await', moved)


def test_a_constant_of_a_module_has_another_value(tmp_path: Path) -> None:
    assert changed(tmp_path, 'shop.py', ('', Assign('_is_open', '1'))) == [PYTHON.replace('= False', '= 1')]


def test_a_name_in_an_object_is_replaced_with_its_key(tmp_path: Path) -> None:
    (tmp_path / 'one.ts').write_text('const tell = ({ item }: Sale) => told({ item })\n')
    mutant = Mutant('', 'one.ts', 'tell', Replace('item', 'other'), '')
    ((_, result),) = broken([mutant], tmp_path)
    assert result == 'const tell = ({ item }: Sale) => told({ item: other })\n'
