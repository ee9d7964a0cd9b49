"""Limits of values, read from the type of their store: the limits of the fields that edit them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

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
    place = _place_of(variable)
    return {} if place is None else dict(_members(place.schema, place.named, ''))


def member_defaults(variable: AnyVariable[Any] | None) -> Limits:
    """Return the values with which the members of a variable begin by its store's type, by name.

    These are their defaults, and an empty list for a member without one that has to be a list.
    """
    place = _place_of(variable)
    if place is None:
        return {}
    members = place.schema.get('properties', {}).items()
    begins = {name: _beginning(given, place.named) for name, given in members}
    return {name: value for name, value in begins.items() if value is not None}


def _beginning(given: Mapping[str, Any], named: Mapping[str, Any]) -> Json:
    if 'default' in given:
        default: Json = given['default']
        return default
    member, is_nullable = _resolved(given, named)
    takes_empty_list = member.get('type') == 'array' and not member.get('minItems')
    return [] if takes_empty_list and not is_nullable else None


def value_limits(variable: object) -> Limits:
    """Return the limits of the value of a variable by its store's type, for a field outside of a form.

    It is required if it can be neither null nor an empty text.
    """
    place = _place_of(variable)
    if place is None:
        return {}
    schema = place.schema
    limits = _limits_in(schema)
    takes_no_empty_text = schema.get('type') in ('number', 'integer') or schema.get('format') in _MOMENTS
    if not place.is_nullable and (takes_no_empty_text or limits.get('min_length')):
        limits['required'] = True
    return limits


class _Place(NamedTuple):
    """The place of a value in the type of its store.

    Attributes:
        schema: the schema of the value, without null.
        is_nullable: the value can be null.
        named: the schemas to which others refer, by name.
    """

    schema: Mapping[str, Any]
    is_nullable: bool
    named: Mapping[str, Any]


def _place_of(variable: object) -> _Place | None:
    """Return the place of a variable in the type of its store; `None` if the type does not know it."""
    store = store_of(variable) if isinstance(variable, AnyVariable) else None
    schema: ValueSchema | None = None if store is None else store.core.schema
    if not isinstance(variable, AnyVariable) or schema is None or schema.type is None:
        return None
    whole = schema.json_schema
    named = whole.get('$defs', {})
    place, is_nullable = _resolved(whole, named)
    for step in variable.path:
        inner = place.get('properties', {}).get(step) if isinstance(step, str) else place.get('items')
        if inner is None:
            inner = place.get('additionalProperties')
        if not isinstance(inner, Mapping):
            return None
        place, is_nullable = _resolved(inner, named)
    return _Place(place, is_nullable, named)


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
