"""The check of a form's value by the server, which does not rely on the check that the browser has made before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import ge, gt, le, lt
from typing import Any, Final, TypeAlias

from dara.components._limits import broken_limit
from dara.components.inputs import Field, Input, Textarea
from dara.core import _messages as messages
from dara.core._any_variable import dump_path
from dara.core._json import Json, json_equal, member_name, to_json
from dara.core._operators import Operator
from dara.core.component import ComponentInstance, children_of
from dara.core.errors import InvalidValue
from dara.core.flow import For, If, Match
from dara.core.variables import AnyVariable, Condition

Names: TypeAlias = tuple[str | int, ...]
Steps: TypeAlias = tuple[str | int | None, ...]
Test: TypeAlias = Callable[[Json], bool | None]
"""Tells from the form's value whether something is shown; `None` if that depends on something else."""

_ORDERS: Final = {
    Operator.LESS_THAN: lt,
    Operator.LESS_EQUAL: le,
    Operator.GREATER_THAN: gt,
    Operator.GREATER_EQUAL: ge,
}
_MISSING: Final = object()


@dataclass(frozen=True, slots=True)
class _Checked:
    """A field, or those of the items of a list.

    Attributes:
        path: the members that it edits in the form's value, with `None` for each item of a list.
        kind: the kind of its values; `None` for any.
        takes_several: the value may be a list of these.
        tests: all have to hold for it to be shown.
    """

    path: Steps
    kind: str | None
    takes_several: bool
    limits: Mapping[str, Any]
    tests: tuple[Test, ...]

    def is_shown(self, value: Json) -> bool | None:
        return _all(test(value) for test in self.tests)


class FormCheck:
    """A check of a form's value by the limits of its fields.

    A field is required only if it is certainly shown, as far as the form's value decides that. Whatever was entered has
    to meet the limits anyway: those of one of its fields, if several edit the same member and none is certainly shown.

    Args:
        form: contains the fields.
        value: the variable of the form.
        kind: the class of forms, as fields of inner forms are not checked.
    """

    def __init__(self, form: ComponentInstance, value: AnyVariable[Any], kind: type[ComponentInstance]) -> None:
        self._fields = tuple(_fields(form, _Finder(value, kind), ()))

    def __call__(self, value: Json) -> None:
        """Check a value.

        Raises:
            InvalidValue: it does not meet a limit.
        """
        found: dict[Names, list[tuple[bool | None, Json, _Checked]]] = {}
        for field in self._fields:
            is_shown = field.is_shown(value)
            for names, member in _members(value, field.path, ()):
                found.setdefault(names, []).append((is_shown, member, field))
        reasons = {'/'.join(map(str, names)): _reason(fields) for names, fields in found.items()}
        broken = {name: reason for name, reason in reasons.items() if reason is not None}
        if broken:
            raise InvalidValue(broken)


@dataclass(frozen=True, slots=True)
class _Finder:
    """The members of a form's value, as conditions and fields name them."""

    value: AnyVariable[Any]
    form: type[ComponentInstance]

    def path_of(self, variable: object) -> Steps | None:
        """Return the path of a variable in the form's value; `None` if it is not of it."""
        if not isinstance(variable, AnyVariable) or variable.uid != self.value.uid:
            return None
        begin = len(self.value.path)
        names, inner = dump_path(variable), variable.path[begin:]
        is_within = names[:begin] == dump_path(self.value)
        path = tuple(step for step in inner if isinstance(step, str | int | None))
        return path if is_within and len(path) == len(inner) else None

    def test_of(self, condition: object) -> Test:
        """Return the test that a condition holds."""
        if not isinstance(condition, Condition):
            return lambda value: None if (found := self.read(condition, value)) is _MISSING else bool(found)
        left, right = condition.variable, condition.other
        match condition.operator:
            case Operator.TRUTHY:
                return self.test_of(left)
            case Operator.NOT:
                return _negated(self.test_of(left))
            case Operator.AND:
                return _both(self.test_of(left), self.test_of(right))
            case Operator.OR:
                return _negated(_both(_negated(self.test_of(left)), _negated(self.test_of(right))))
        return lambda value: _compared(condition.operator, self.read(left, value), self.read(right, value))

    def read(self, operand: object, value: Json) -> Any:
        """Return the value of an operand; `_MISSING` if it is not in the form's value."""
        if not isinstance(operand, AnyVariable):
            return to_json(operand)
        path = self.path_of(operand)
        if path is None or None in path:
            return _MISSING
        return next((member for _, member in _members(value, path, ())), None)


def _fields(parent: ComponentInstance, finder: _Finder, tests: tuple[Test, ...]) -> Iterator[_Checked]:
    """Yield the fields in a component that edit the form's value, those in inner forms excepted."""
    for child, test in _shown_in(parent, finder):
        inner = tests if test is None else (*tests, test)
        if isinstance(child, Field):
            checked = _checked(child, finder)
            if checked is not None:
                yield replace(checked, tests=inner)
        elif not isinstance(child, finder.form):
            yield from _fields(child, finder, inner)


def _checked(field: Field, finder: _Finder) -> _Checked | None:
    own, name = getattr(field, 'value', None), field._name_in_form
    path = finder.path_of(own) if isinstance(own, AnyVariable) else (name,) if name is not None else None
    takes_several = not isinstance(field, Input | Textarea)
    return None if not path else _Checked(path, field._value_kind, takes_several, field._own_limits, ())


def _shown_in(parent: ComponentInstance, finder: _Finder) -> Iterator[tuple[ComponentInstance, Test | None]]:
    """Yield the children of a component, each with the test whether it is shown; without one, it is."""
    if isinstance(parent, If):
        test = finder.test_of(parent.condition)
        yield from ((child, test) for child in _listed(parent.true_children))
        yield from ((child, _negated(test)) for child in _listed(parent.false_children))
    elif isinstance(parent, Match):
        cases = parent.when.components
        tests = {case: _case(finder, parent.value, case) for case in cases}
        yield from ((child, tests[case]) for case, child in cases.items())
        yield from ((child, _none_of(tuple(tests.values()))) for child in _listed(parent.default))
    else:
        draws_some = isinstance(parent, For) and (parent.where is not None or parent.virtualization is not None)
        is_sure = not draws_some and not parent._hides_parts
        yield from ((child, None if is_sure else _unknown) for child in children_of(parent))


def _listed(branch: ComponentInstance | list[ComponentInstance] | None) -> Sequence[ComponentInstance]:
    return [] if branch is None else branch if isinstance(branch, list) else [branch]


def _case(finder: _Finder, variable: object, case: str) -> Test:
    def test(value: Json) -> bool | None:
        found = finder.read(variable, value)
        return None if found is _MISSING else member_name(found) == case

    return test


def _reason(fields: Sequence[tuple[bool | None, Json, _Checked]]) -> str | None:
    """Return the reason why a member does not meet the limits of its fields."""
    shown = [_broken(value, field, field.limits) for is_shown, value, field in fields if is_shown]
    if shown:
        return next(filter(None, shown), None)
    possible = [each for each in fields if each[0] is None] or fields
    reasons = [_broken(value, field, {**field.limits, 'required': False}) for _, value, field in possible]
    return None if None in reasons else reasons[0]


def _broken(value: Json, field: _Checked, limits: Mapping[str, Any]) -> str | None:
    if isinstance(value, list) and value and field.takes_several:
        return next(filter(None, (_broken(each, field, limits) for each in value if each is not None)), None)
    if value is None and field.kind == 'flag':
        value = False
    is_empty = value is None or value is False or value in ('', [])
    return broken_limit(value, limits) if is_empty or _fits(value, field) else messages.NOT_IN_THIS_FORM


def _fits(value: Json, field: _Checked) -> bool:
    """Return whether a field can hold a value; one without limits shows whatever is stored."""
    is_limited = any(limit not in ('required', 'type') for limit in field.limits)
    match field.kind if is_limited or field.limits.get('type') in ('email', 'url') else None:
        case 'number':
            return isinstance(value, int | float) and not isinstance(value, bool)
        case 'text' | 'moment':
            return isinstance(value, str)
    return True


def _members(value: Json, path: Steps, names: Names) -> Iterator[tuple[Names, Json]]:
    """Yield the members at a path, with their names; what is not there is null."""
    if not path:
        yield names, value
        return
    step, *rest = path
    if step is None:
        for index, item in enumerate(value if isinstance(value, list) else ()):
            yield from _members(item, tuple(rest), (*names, index))
    elif isinstance(value, dict):
        yield from _members(value.get(str(step)), tuple(rest), (*names, step))
    else:
        is_there = isinstance(value, list) and isinstance(step, int) and -1 < step < len(value)
        yield from _members(value[step] if is_there else None, tuple(rest), (*names, step))  # type: ignore[index]


def _compared(operator: Operator, left: Any, right: Any) -> bool | None:
    if left is _MISSING or right is _MISSING:
        return None
    if operator in (Operator.EQUAL, Operator.NOT_EQUAL):
        return json_equal(left, right) is (operator is Operator.EQUAL)
    are_texts = isinstance(left, str) and isinstance(right, str)
    are_numbers = all(isinstance(side, int | float) and not isinstance(side, bool) for side in (left, right))
    return (are_texts or are_numbers) and bool(_ORDERS[operator](left, right))


def _negated(test: Test) -> Test:
    return lambda value: None if (holds := test(value)) is None else not holds


def _both(*tests: Test) -> Test:
    return lambda value: _all(test(value) for test in tests)


def _none_of(tests: tuple[Test, ...]) -> Test:
    return _both(*map(_negated, tests))


def _unknown(_: Json) -> None:
    return None


def _all(results: Iterator[bool | None]) -> bool | None:
    """Return whether all results hold; `None` if that depends on one that is unknown."""
    known = list(results)
    return False if False in known else None if None in known else True
