"""`SwitchVariable`: a value that depends on another, computed in the browser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dara.core._ids import content_uid
from dara.core._json import Json, member_name
from dara.core.errors import InvalidDefinition
from dara.core.variables import AnyVariable, Condition, dump_operand, dump_ref, variables_among


class SwitchVariable(AnyVariable[Any]):
    """A value that depends on another, computed in the browser: `SwitchVariable.when(...)`, `.match(...)`.

    Args:
        value: a variable or condition.
        value_map: the results by value; or a variable that holds an object with the results.
        default: the result for other values.
        uid: a name that no other variable has. Derived from the definition if not given.

    Raises:
        InvalidDefinition: `value_map` is neither a dict nor a variable.
    """

    value: object
    value_map: Mapping[Any, Any] | AnyVariable[Any]
    default: object

    def __init__(
        self,
        value: object,
        value_map: Mapping[Any, Any] | AnyVariable[Any],
        default: object = None,
        uid: str | None = None,
    ) -> None:
        if not isinstance(value_map, (Mapping, AnyVariable)):
            raise InvalidDefinition(f'SwitchVariable: value_map is a dict or a variable, not {value_map!r}')
        self.value = value
        self.value_map = value_map
        self.default = default
        self.uid = uid or content_uid('switch', self._definition)

    @staticmethod
    def when(condition: object, true_value: object, false_value: object, uid: str | None = None) -> SwitchVariable:
        """Return `true_value` while `condition` holds (is truthy in Python's sense), else `false_value`."""
        test = condition if isinstance(condition, Condition) else Condition('truthy', condition)
        return SwitchVariable(test, {True: true_value, False: false_value}, uid=uid)

    @staticmethod
    def match(
        value: object,
        mapping: Mapping[Any, Any] | AnyVariable[Any],
        default: object = None,
        uid: str | None = None,
    ) -> SwitchVariable:
        """Return the entry of `mapping` for `value`, else `default`. Numbers and booleans match by their JSON text."""
        return SwitchVariable(value, mapping, default, uid)

    @property
    def _definition(self) -> dict[str, Json]:
        return {
            'kind': 'switch',
            'value': dump_operand(self.value),
            'mapping': self._dump_mapping(),
            'default': dump_operand(self.default),
        }

    @property
    def _dependencies(self) -> tuple[AnyVariable[Any], ...]:
        mapped = (self.value_map,) if isinstance(self.value_map, AnyVariable) else tuple(self.value_map.values())
        return variables_among(self.value, self.default, *mapped)

    def _dump_mapping(self) -> Json:
        if isinstance(self.value_map, AnyVariable):
            return dump_ref(self.value_map)
        return {'value': {member_name(key): dump_operand(value) for key, value in self.value_map.items()}}
