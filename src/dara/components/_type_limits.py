"""Limits of values, read from the type of their store: the limits of the fields that edit them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from dara.core._json import Json
from dara.core.persistence.schema import ValueSchema
from dara.core.persistence.stores import store_of
from dara.core.variables import AnyVariable

Limits = dict[str, Json]
_IN_SCHEMA: Final = {
    'minimum': 'min',
    'maximum': 'max',
    'exclusiveMinimum': 'above',
    'exclusiveMaximum': 'below',
    'multipleOf': 'multiple_of',
    'minLength': 'min_length',
    'maxLength': 'max_length',
    'pattern': 'search',  # pydantic finds it anywhere in the text; a field's own pattern is for the whole text
}
_FORMATS: Final = {'email': 'email', 'uri': 'url'}
_MOMENTS: Final = ('date', 'time', 'date-time')
_SCALARS: Final = ('string', 'number', 'integer')


def member_limits(variable: AnyVariable[Any] | None) -> dict[str, Limits]:
    """Return the limits of the members of a variable by its store's type, by name or by path as in `address/city`.

    A member that has to be there, and cannot be null, is required.
    """
    found = None if variable is None else _schema_of(variable)
    if variable is None or found is None:
        return {}
    place = _place_in(found, variable)
    return {} if place is None else dict(_members(place[0], found.get('$defs', {}), ''))


def member_defaults(variable: AnyVariable[Any] | None) -> Limits:
    """Return the values with which the members of a variable begin by its store's type, by name.

    These are their defaults; of a flag and a list without one that have to be there, false and the empty list.
    """
    found = None if variable is None else _schema_of(variable)
    place = None if variable is None or found is None else _place_in(found, variable)
    if place is None or found is None:
        return {}
    members = place[0].get('properties', {}).items()
    begins = {name: _beginning(given, found.get('$defs', {})) for name, given in members}
    return {name: value for name, value in begins.items() if value is not None}


def _beginning(given: Mapping[str, Any], named: Mapping[str, Any]) -> Json:
    if 'default' in given:
        default: Json = given['default']
        return default
    member, is_nullable = _resolved(given, named)
    takes_empty_list = member.get('type') == 'array' and not member.get('minItems')
    if is_nullable or not (takes_empty_list or member.get('type') == 'boolean'):
        return None
    return [] if takes_empty_list else False


def value_limits(variable: object) -> Limits:
    """Return the limits of the value of a variable by its store's type, for a field outside of a form.

    It is required if it can be neither null nor an empty text.
    """
    found = _schema_of(variable) if isinstance(variable, AnyVariable) else None
    place = _place_in(found, variable) if found and isinstance(variable, AnyVariable) else None
    if place is None:
        return {}
    schema, is_nullable = place
    limits = _limits_in(schema)
    takes_no_empty_text = schema.get('type') in ('number', 'integer') or schema.get('format') in _MOMENTS
    if not is_nullable and (takes_no_empty_text or limits.get('min_length')):
        limits['required'] = True
    return limits


def _schema_of(variable: AnyVariable[Any]) -> Mapping[str, Any] | None:
    store = store_of(variable)
    schema: ValueSchema | None = None if store is None else store.core.schema
    return None if schema is None or schema.type is None else schema.json_schema


def _place_in(schema: Mapping[str, Any], variable: AnyVariable[Any]) -> tuple[Mapping[str, Any], bool] | None:
    """Return the schema of the value at a variable's path, and whether it can be null; `None` if it is not known."""
    named = schema.get('$defs', {})
    place, is_nullable = _resolved(schema, named)
    for step in variable.path:
        inner = place.get('properties', {}).get(step) if isinstance(step, str) else place.get('items')
        if inner is None:
            inner = place.get('additionalProperties')
        if not isinstance(inner, Mapping):
            return None
        place, is_nullable = _resolved(inner, named)
    return place, is_nullable


def _members(schema: Mapping[str, Any], named: Mapping[str, Any], path: str) -> Iterator[tuple[str, Limits]]:
    needed = schema.get('required', [])
    for name, given in schema.get('properties', {}).items():
        member, is_nullable = _resolved(given, named)
        limits = _limits_in(member)
        if name in needed and not is_nullable and member.get('type') in _SCALARS:
            limits['required'] = True
        if limits:
            yield f'{path}{name}', limits
        if path.count('/') < len(named):  # a type may contain itself
            yield from _members(member, named, f'{path}{name}/')


def _limits_in(schema: Mapping[str, Any]) -> Limits:
    if schema.get('type') not in _SCALARS:
        return {}
    limits: Limits = {prop: schema[key] for key, prop in _IN_SCHEMA.items() if key in schema}
    if schema['type'] == 'integer':
        limits['integer'] = True
    if schema.get('format') in _FORMATS:
        limits['format'] = _FORMATS[schema['format']]
    return limits


def _resolved(schema: Mapping[str, Any], named: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
    """Return the schema of a member without references and null, and whether it can be null."""
    others = [each for each in schema.get('anyOf', []) if each.get('type') != 'null']
    is_nullable = len(others) < len(schema.get('anyOf', []))
    if 'anyOf' in schema and len(others) == 1:
        schema = others[0]
    reference = schema.get('$ref')
    return (named.get(reference.rpartition('/')[2], {}) if reference else schema), is_nullable
