"""The JSON schemas of types with the bounds of dates and times, which those of pydantic leave out."""

from __future__ import annotations

from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import DateSchema, TimeSchema

_BOUNDS: Final = {'ge': 'minimum', 'le': 'maximum'}


class SchemaWithBounds(GenerateJsonSchema):
    """A generator that writes the bounds of dates and times as ISO strings."""

    def date_schema(self, schema: DateSchema) -> JsonSchemaValue:
        """Return the schema of a date."""
        return super().date_schema(schema) | _bounds_of(schema)

    def time_schema(self, schema: TimeSchema) -> JsonSchemaValue:
        """Return the schema of a time."""
        return super().time_schema(schema) | _bounds_of(schema)


def _bounds_of(schema: Any) -> dict[str, str]:
    return {name: schema[bound].isoformat() for bound, name in _BOUNDS.items() if schema.get(bound) is not None}
