"""The text of a JSON file `{key: value}`, in which one value changes and every other byte stays."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from json import JSONDecodeError
from typing import Any, Final, NamedTuple, NoReturn

import orjson

from dara.core._edits import ABSENT, Value
from dara.core._json import json_equal

BYTE_ORDER_MARK: Final = b'\xef\xbb\xbf'
CHUNK_MEMBERS: Final = 1000
_SPACE: Final = re.compile(r'[ \t\n\r]*')
_BRACKETS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{\]}]', re.DOTALL)
_MANY_DIGITS: Final = re.compile(rb'\d{16}')
_TYPES: Final = {'[': 'list', '"': 'string', 't': 'boolean', 'f': 'boolean', 'n': 'null'}
_SCANNER: Final = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)


class Member(NamedTuple):
    """One member of the file's object: its text up to the next comma. Its value is `text[start:end]`."""

    name: str
    text: bytes
    start: int
    end: int

    @property
    def raw(self) -> bytes:
        """The encoded value."""
        return self.text[self.start : self.end]


@dataclass(frozen=True)
class Document:
    """A file's text, divided into the members of its object.

    A document is immutable: one thread may read it while another makes the next.

    Attributes:
        head: the text before the members.
        members: the members in the order of the file. Of several members of one name the last counts.
        foot: the text after the members.
    """

    head: bytes = b'{'
    members: Sequence[Member] = ()
    foot: bytes = b'}\n'

    @cached_property
    def _index(self) -> dict[str, int]:
        return {member.name: position for position, member in enumerate(self.members)}

    def __contains__(self, key: str) -> bool:
        return key in self._index

    def __iter__(self) -> Iterator[str]:
        return iter(self._index)

    def raw(self, key: str) -> bytes | None:
        """Return the encoded value of a key; `None` if the key is absent."""
        member = self._member(key)
        return member and member.raw

    def value(self, key: str) -> Any:
        """Return the value of a key, `ABSENT` if the key is absent.

        Raises:
            ValueError: Python cannot represent the value.
        """
        raw = self.raw(key)
        return ABSENT if raw is None else parse(raw)

    def holds(self, key: str, value: Value) -> bool:
        """Return whether a key has that value, in whatever notation; `ABSENT` stands for an absent key."""
        position = self._index.get(key)
        if position is None or value is ABSENT:
            return position is None and value is ABSENT
        member = self.members[position]
        if member.raw == formatted(value, _space_before(member)):
            return True
        try:
            return json_equal(parse(member.raw), value)
        except ValueError:
            return False

    def changed_since(self, former: Document) -> set[str]:
        """Return the keys whose values differ from those in another document, in whatever notation."""
        keys = self._index.keys() | former._index.keys()
        return {key for key in keys if not _are_equal(self._member(key), former._member(key))}

    def _member(self, key: str) -> Member | None:
        position = self._index.get(key)
        return None if position is None else self.members[position]

    @property
    def content(self) -> bytes:
        """The whole text."""
        return b''.join(self.chunks())

    def chunks(self) -> Iterator[bytes]:
        """Yield the text in chunks, so that joining a large one does not hold the interpreter for long."""
        yield self.head
        yield from self._parts
        yield self.foot

    @cached_property
    def _parts(self) -> tuple[bytes, ...]:
        """The text of the members, a thousand in each part. The next document has most of the parts in common."""
        return tuple(map(self._part, range(0, len(self.members), CHUNK_MEMBERS)))

    def _part(self, start: int) -> bytes:
        return b',' * bool(start) + b','.join([each.text for each in self.members[start : start + CHUNK_MEMBERS]])

    def changed(self, values: Mapping[str, Value]) -> Document:
        """Return the document with these values; keys of the value `ABSENT` are removed."""
        members = list(self.members)
        new = [key for key, value in values.items() if value is not ABSENT and key not in self]
        for key, value in values.items():
            if key in self and value is not ABSENT:
                position = self._index[key]
                members[position] = _with_value(members[position], value)
        removed = {key for key, value in values.items() if value is ABSENT and key in self}
        if removed or len(self._index) < len(members):
            members = [each for each in members if not self._is_dropped(each, members, values)]
            members = self._ending_as_before(members)
        for key in new:
            members = self._appended(members, key, values[key])
        document = Document(self.head, members, self.foot.lstrip())
        if len(members) == len(self.members) + len(new):  # no position has changed: this makes one edit cheap
            document._share(self, [self._index[key] for key in values if key in self], new)
        return document

    def _share(self, former: Document, changed: list[int], new: list[str]) -> None:
        """Take over what is known of `former`: members at the positions `changed` differ, and `new` ones are added."""
        size = len(former.members)
        index = {**former._index, **{key: size + i for i, key in enumerate(new)}} if new else former._index
        self.__dict__['_index'] = index
        if '_parts' in former.__dict__:
            stale = {position // CHUNK_MEMBERS for position in changed}
            kept = former._parts[: (size - 1) // CHUNK_MEMBERS] if new else former._parts
            starts = range(0, len(self.members), CHUNK_MEMBERS)
            self.__dict__['_parts'] = tuple(
                kept[i] if i < len(kept) and i not in stale else self._part(start) for i, start in enumerate(starts)
            )

    def _is_dropped(self, member: Member, members: list[Member], values: Mapping[str, Value]) -> bool:
        """Return whether a member is removed, or is an earlier duplicate of a member that is written."""
        if member.name not in values:
            return False
        return values[member.name] is ABSENT or member is not members[self._index[member.name]]

    def _ending_as_before(self, members: list[Member]) -> list[Member]:
        """Return the members with the space before the closing bracket after the one that is now the last."""
        if not members or members[-1].name == self.members[-1].name:
            return members
        last, tail = members[-1], self.members[-1].text[self.members[-1].end :]
        return [*members[:-1], last._replace(text=last.text[: last.end] + tail)]

    def _appended(self, members: list[Member], key: str, value: Value) -> list[Member]:
        name = orjson.dumps(key)
        if not members:
            raw = formatted(value, b'\n  ')
            return [Member(key, b'\n  %b: %b\n' % (name, raw), len(name) + 5, len(name) + 5 + len(raw))]
        last = members[-1]
        space = _space_before(last) or (b' ' if len(members) == 1 else b'')
        lead, raw, tail = b'%b%b: ' % (space, name), formatted(value, space), last.text[last.end :]
        members[-1] = last._replace(text=last.text[: last.end])
        members.append(Member(key, lead + raw + tail, len(lead), len(lead) + len(raw)))
        return members


def formatted(value: Value, space: bytes) -> bytes:
    """Encode a value for a file that has `space` before each key."""
    if b'\n' not in space:
        return orjson.dumps(value)
    indent = space[space.rindex(b'\n') :]
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).replace(b'\n', indent)


def parse(raw: bytes) -> Any:
    """Return a JSON value, with all digits of large integers.

    Raises:
        ValueError: Python cannot represent the value.
    """
    if not _MANY_DIGITS.search(raw):  # orjson turns an integer of more than 64 bits into a float
        try:
            return orjson.loads(raw)
        except orjson.JSONDecodeError:
            pass  # Python's own parser accepts some numbers and strings that orjson does not
    try:
        return json.loads(raw)
    except RecursionError as error:
        raise ValueError('it is nested too deeply') from error


def parse_document(content: bytes, known: Document) -> Document:
    """Divide a file's text into members. Members that a `known` document has, too, are not parsed again.

    Raises:
        JSONDecodeError: the text is not JSON, or not UTF-8.
        TypeError: the text is JSON, but not an object; the message names its type.
    """
    return _Scan(content, known).document()


def _are_equal(one: Member | None, other: Member | None) -> bool:
    if one is None or other is None or one is other or one.raw == other.raw:
        return (one is None) == (other is None)
    try:
        return json_equal(parse(one.raw), parse(other.raw))
    except ValueError:
        return False


class _Scan:
    """One pass over a file's text.

    It parses a member at a time: the parser in C holds the interpreter until it returns. The text is scanned as
    Latin-1, so that a character is a byte; outside of strings JSON is ASCII.
    """

    def __init__(self, content: bytes, known: Document) -> None:
        self._content = content
        self._text = content.decode('latin-1')
        self._known = known
        self._next = 0

    def document(self) -> Document:
        mark = len(BYTE_ORDER_MARK) if self._content.startswith(BYTE_ORDER_MARK) else 0
        opening = self._skip_space(mark)
        if not self._text.startswith('{', opening):
            self._raise_not_an_object(opening)
        at = opening + 1
        members: list[Member] = []
        closing = self._skip_space(at)
        if not self._text.startswith('}', closing):
            at = closing = self._scan_members(at, members)
        end = self._skip_space(closing + 1)
        if end != len(self._text):
            raise JSONDecodeError('Extra data', self._text, end)
        return Document(self._content[: opening + 1], members, self._content[at:])

    def _scan_members(self, at: int, members: list[Member]) -> int:
        """Append all members; return the position of the closing bracket."""
        while True:
            member = self._known_member(at) or self._parse_member(at)
            members.append(member)
            at += len(member.text)
            if self._text.startswith('}', at):
                return at
            if not self._text.startswith(',', at):
                raise JSONDecodeError("Expecting ',' delimiter", self._text, at)
            at += 1

    def _known_member(self, at: int) -> Member | None:
        if self._next >= len(self._known.members):
            return None
        member = self._known.members[self._next]
        end = at + len(member.text)
        if not self._content.startswith(member.text, at) or self._content[end : end + 1] not in (b',', b'}'):
            return None
        self._next += 1
        return member

    def _parse_member(self, at: int) -> Member:
        quote = self._skip_space(at)
        if not self._text.startswith('"', quote):
            raise JSONDecodeError('Expecting property name enclosed in double quotes', self._text, quote)
        name, end = _SCANNER.raw_decode(self._text, quote)
        if not self._content[quote:end].isascii():
            name = json.loads(self._decoded(quote, end))
        colon = self._skip_space(end)
        if not self._text.startswith(':', colon):
            raise JSONDecodeError("Expecting ':' delimiter", self._text, colon)
        start = self._skip_space(colon + 1)
        end = self._end_of_value(start)
        self._decoded(start, end)
        if name in self._known:
            self._next = self._known._index[name] + 1
        return Member(name, self._content[at : self._skip_space(end)], start - at, end - at)

    def _end_of_value(self, at: int) -> int:
        try:
            return _SCANNER.raw_decode(self._text, at)[1]
        except RecursionError:
            return self._end_of_deep_value(at)

    def _end_of_deep_value(self, at: int) -> int:
        """Return the end of a value that is nested too deeply for the parser, which another program wrote."""
        depth = 0
        for found in _BRACKETS.finditer(self._text, at):
            depth += {'[': 1, '{': 1, ']': -1, '}': -1}.get(found.group(), 0)
            if depth == 0:
                return found.end()
        raise JSONDecodeError('Unterminated value', self._text, at)

    def _decoded(self, at: int, end: int) -> str:
        try:
            return self._content[at:end].decode()
        except UnicodeDecodeError as error:
            raise JSONDecodeError(f'not UTF-8: {error.reason}', self._text, at + error.start) from error

    def _skip_space(self, at: int) -> int:
        found = _SPACE.match(self._text, at)
        assert found  # the pattern matches the empty string
        return found.end()

    def _raise_not_an_object(self, at: int) -> NoReturn:
        self._decoded(at, len(self._content))
        _, end = _SCANNER.raw_decode(self._text, at)
        if self._skip_space(end) != len(self._text):
            raise JSONDecodeError('Extra data', self._text, self._skip_space(end))
        raise TypeError(_TYPES.get(self._text[at], 'number'))


def _with_value(member: Member, value: Value) -> Member:
    raw = formatted(value, _space_before(member))
    text = member.text[: member.start] + raw + member.text[member.end :]
    return member._replace(text=text, end=member.start + len(raw))


def _space_before(member: Member) -> bytes:
    return member.text[: len(member.text) - len(member.text.lstrip())]
