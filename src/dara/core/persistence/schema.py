"""Declared shape of a store's values: their type, and the identities of list items."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import orjson

from dara.core._edits import ABSENT, Value, parse_keys
from dara.core._effects import Steps
from dara.core._json import Json
from dara.core._reasons import invalid_value
from dara.core._threads import Threads
from dara.core.errors import InvalidDefinition

if TYPE_CHECKING:
    from pydantic import TypeAdapter

THREADS: Final = 16


class ValueSchema:
    """The type of a store's values, and the members that identify items of their lists.

    Args:
        type: a type that pydantic can validate; `None` accepts every value.
        item_keys: by JSON pointer of a list, in which `*` is any step, the member that identifies its items.
    """

    def __init__(self, type: Any, item_keys: Mapping[str, str] | None) -> None:
        self.type: Final = type
        self._named_item_keys = dict(item_keys or {})
        for pointer, member in self._named_item_keys.items():
            _check_item_key(pointer, member)
        self.item_keys: Final = parse_keys(self._named_item_keys)

    @property
    def dumped_item_keys(self) -> dict[str, Json]:
        """The item keys in JSON, by pointer."""
        return {**self._named_item_keys}

    def item_key_at(self, path: Steps) -> str | None:
        """Return the member that identifies items of the list at `path`, if one does; `None` in `path` is any item."""
        for pattern, member in self.item_keys:
            if len(pattern) == len(path) and all(
                each in ('*', str(step)) for each, step in zip(pattern, path, strict=True)
            ):
                return member
        return None

    @cached_property
    def threads(self) -> Threads | None:
        """The threads that run `check`, or None if it may run on the event loop.

        Only a type with validators written by the app needs threads, because they may be slow.
        """
        runs_app_code = self.type is not None and runs_python(self._adapter.core_schema)
        return Threads('dara-validator', THREADS) if runs_app_code else None

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        from pydantic import TypeAdapter

        return TypeAdapter(self.type)

    @cached_property
    def json_schema(self) -> dict[str, Any]:
        """The JSON schema of the type; empty if pydantic knows none."""
        from pydantic import PydanticUserError

        from dara.core.persistence.json_schema import SchemaWithBounds

        try:
            return {} if self.type is None else self._adapter.json_schema(schema_generator=SchemaWithBounds)
        except PydanticUserError:  # a type with a validator alone, or one that is defined later
            return {}

    def check(self, value: Value) -> None:
        """Validate `value`. Errors of the app's validators pass through.

        Raises:
            InvalidValue: the value does not fit the type.
        """
        if self.type is None or value is ABSENT:
            return
        from pydantic import ValidationError

        try:
            self._adapter.validate_json(orjson.dumps(value), strict=True)
        except ValidationError as error:
            raise invalid_value(error) from error


def runs_python(schema: Any) -> bool:
    """Return whether validation by this core schema of pydantic calls Python functions."""
    if isinstance(schema, dict):
        kind = schema.get('type')
        is_function = isinstance(kind, str) and kind.startswith('function-')
        has_hook = schema.get('post_init') or schema.get('custom_init')
        return bool(is_function or has_hook) or any(map(runs_python, schema.values()))
    return isinstance(schema, (list, tuple)) and any(map(runs_python, schema))


def _check_item_key(pointer: object, member: object) -> None:
    is_pointer = isinstance(pointer, str) and (not pointer or pointer.startswith('/'))
    if not is_pointer or not isinstance(member, str):
        raise InvalidDefinition(
            'BackendStore: keys maps the JSON pointer of a list to the member that identifies its items, such as '
            f"{{'/items': 'id'}}, not {{{pointer!r}: {member!r}}}"
        )
