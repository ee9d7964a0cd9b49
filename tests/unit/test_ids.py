"""Tests of ids: they are derived from the place in the code, and stay when the code around it changes."""

from __future__ import annotations

import types
from textwrap import dedent
from typing import Any

from dara.core._ids import naming_below

PREAMBLE = 'from dara.core import Variable\nfrom dara.core.persistence import BackendStore\n'


def run(source: str, name: str = 'app') -> dict[str, Any]:
    """Run source text as a fresh module of that name, in a process that has run none before."""
    module = types.ModuleType(name)
    with naming_below(''):
        exec(compile(PREAMBLE + dedent(source), f'{name}.py', 'exec'), module.__dict__)
    return module.__dict__


def test_an_id_is_the_assigned_name_and_independent_of_lines_above() -> None:
    before = run('note = Variable(1)')['note'].uid
    after = run('other = Variable(2)\n\n\nprint\nnote = Variable(1)')['note'].uid
    assert before == after == 'app.note'


def test_functions_classes_and_chains_name_their_variables() -> None:
    source = """
        def make():
            inner = Variable(1)
            return inner
        class Model:
            field = Variable(2)
            def __init__(self):
                self.own = Variable(3)
        a = b = Variable(4)
        typed: Variable[int] = Variable[int](5)
        made, model = make(), Model()
        returned = (lambda: Variable(6))()
    """
    module = run(source)
    assert module['made'].uid == 'app.make.inner'
    assert module['Model'].field.uid == 'app.Model.field'
    assert module['model'].own.uid == 'app.Model.__init__.own'
    assert module['a'].uid == 'app.a'
    assert module['typed'].uid == 'app.typed'
    assert module['returned'].uid == 'app.<lambda>:0'


def test_objects_without_a_name_get_an_ordinal() -> None:
    module = run(
        """
        many = [Variable(i) for i in range(3)]
        again = []
        for i in range(2):
            x = Variable(i)
            again.append(x)
        """
    )
    assert len({variable.uid for variable in module['many']}) == 3
    assert [variable.uid for variable in module['again']] == ['app.x', 'app.x:1']


def test_a_store_takes_the_id_of_its_variable() -> None:
    module = run(
        "note = Variable('', store=BackendStore())\nstore = BackendStore(uid='mine')\nother = Variable('', store=store)"
    )
    assert module['note'].store.uid == 'app.note'
    assert module['other'].store.uid == 'mine'


def test_an_object_of_a_subclass_is_named_after_its_call_site() -> None:
    module = run(
        """
        class Shared(BackendStore):
            def __init__(self):
                super().__init__(readonly=True)
        one = Shared()
        """
    )
    assert module['one'].uid == 'app.one'


def test_the_same_code_gives_the_same_ids() -> None:
    source = 'a = Variable(1)\nb = [Variable(2), Variable(3)]'
    first, second = run(source), run(source)
    assert [first['a'].uid, *(each.uid for each in first['b'])] == [
        second['a'].uid,
        *(each.uid for each in second['b']),
    ]
