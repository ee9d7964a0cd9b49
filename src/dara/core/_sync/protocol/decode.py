"""Decoding of the frames of a tab."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from functools import cache
from typing import Annotated, Any, Final, TypeAlias, get_args

import orjson
from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import SchemaValidator, core_schema

from dara.core._json import loads, shortened
from dara.core._slices import Steps, finish
from dara.core._sync.protocol.messages import (
    CallMessage,
    ClientMessage,
    DerivedInput,
    EditMessage,
    Input,
    StoreInput,
    ValueInput,
)
from dara.core.errors import DaraError

LONG_FRAME: Final = 64 * 1024
"""The characters from which on the values of a frame are left out of validation: pydantic would try each value as each
kind of input.
"""
MAX_CONTAINERS: Final = 250_000
ENVELOPE_BYTES: Final = 256 * 1024
ERROR_CHARACTERS: Final = 500
_Tagged: TypeAlias = Annotated[ClientMessage, Field(discriminator='type')]
_MESSAGE_FIELDS: Final = frozenset(field.name for message in get_args(ClientMessage) for field in fields(message))
_INPUT_FIELDS: Final = frozenset(field.name for kind in get_args(Input) for field in fields(kind))


class MalformedFrame(DaraError):
    """A frame that is not JSON, or does not hold messages of the protocol."""


def decode(frame: str) -> list[ClientMessage]:
    """Return the messages of a frame.

    Raises:
        MalformedFrame: the frame is not JSON, or does not hold messages of a tab.
    """
    messages: list[ClientMessage] = finish(decode_steps(frame))
    return messages


def decode_steps(frame: str) -> Steps[list[ClientMessage]]:
    """Decode a frame as `decode` does, one message of a long frame in each step."""
    if len(frame) < LONG_FRAME:
        yield
        with _malformed_if_invalid():
            return _validate_list(frame) if frame.startswith('[') else [_validate(frame)]
    if frame.count('[') + frame.count('{') > MAX_CONTAINERS:
        raise MalformedFrame(f'a frame may hold {MAX_CONTAINERS} lists and objects')
    try:
        content = loads(frame)
    except orjson.JSONDecodeError as error:
        raise MalformedFrame(f'a frame must be JSON: {error}') from None
    messages: list[ClientMessage] = []
    for each in content if isinstance(content, list) else [content]:
        yield
        messages.append(_validate_long(each))
    return messages


def _validate(message: str | bytes) -> ClientMessage:
    validated: ClientMessage = _validators()[0].validate_json(message)
    return validated


def _validate_list(frame: str) -> list[ClientMessage]:
    validated: list[ClientMessage] = _validators()[1].validate_json(frame)
    return validated


@cache
def _validators() -> tuple[SchemaValidator, SchemaValidator]:
    """Return the validators of a message and of a list, made for the first frame: that takes a while."""
    schema = TypeAdapter(_Tagged).core_schema
    return SchemaValidator(schema), SchemaValidator(core_schema.list_schema(schema, fail_fast=True))


def _validate_long(content: Any) -> ClientMessage:
    """Validate a message without the values in it, which are checked where they are used."""
    if not isinstance(content, dict):
        raise MalformedFrame('a message must be an object')
    envelope = {name: content[name] for name in content if name in _MESSAGE_FIELDS}
    if isinstance(content.get('ops'), list):
        envelope['ops'] = []
    if isinstance(content.get('inputs'), list):
        envelope['inputs'] = _without_values(content['inputs'])
    encoded = orjson.dumps(envelope)
    if len(encoded) > ENVELOPE_BYTES:
        raise MalformedFrame(f'a message may take {ENVELOPE_BYTES} bytes besides its values')
    with _malformed_if_invalid():
        message = _validate(encoded)
    if isinstance(message, EditMessage):
        return replace(message, ops=content['ops'])
    if isinstance(message, CallMessage):
        return replace(message, inputs=_with_values(message.inputs, content['inputs']))
    return message


def _without_values(inputs: list[Any]) -> list[Any]:
    return [_without_value(each) if isinstance(each, dict) else None for each in inputs]


def _without_value(content: dict[str, Any]) -> dict[str, Any]:
    envelope = {name: content[name] for name in content if name in _INPUT_FIELDS}
    if 'value' in content:
        envelope['value'] = None
    if isinstance(content.get('inputs'), list):
        envelope['inputs'] = _without_values(content['inputs'])
    return envelope


def _with_values(inputs: list[Input], contents: list[Any]) -> list[Input]:
    return [_with_value(*pair) for pair in zip(inputs, contents, strict=True)]


def _with_value(input: Input, content: Any) -> Input:
    match input:
        case ValueInput():
            return ValueInput(content['value'])
        case DerivedInput(inputs, path):
            return DerivedInput(_with_values(inputs, content['inputs']), path)
        case StoreInput():
            return input


@contextmanager
def _malformed_if_invalid() -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        reason = shortened(f'{".".join(map(str, first["loc"]))}: {first["msg"]}', ERROR_CHARACTERS)
        # The reason goes into the log, in which a tab must not be able to write lines of its own.
        raise MalformedFrame(reason if reason.isprintable() else repr(reason)) from None
