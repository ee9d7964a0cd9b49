"""Patterns of addresses, such as `/notes/:id`, and their matching. Twin of `client/src/pages/pattern.ts`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias
from urllib.parse import unquote

Kind: TypeAlias = Literal['static', 'parameter', 'splat']
Parameters: TypeAlias = dict[str, str | None]

SPLAT: Final = 'splat'
_ESCAPED: Final = re.compile(r'~+\.{1,2}')
_BROKEN: Final = re.compile('%(?![0-9A-Fa-f]{2})')


class PatternError(ValueError):
    """A pattern is invalid."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a pattern between two slashes: static text, or a parameter with its name."""

    kind: Kind
    text: str
    is_optional: bool = False

    @property
    def is_plain(self) -> bool:
        """True if a path can be built without a value for the segment."""
        return self.kind == 'static' or self.is_optional or self.kind == 'splat'


def parse(pattern: str) -> tuple[Segment, ...]:
    """Return the segments of a pattern.

    Raises:
        PatternError: it is invalid.
    """
    words = pattern.strip('/').split('/') if pattern.strip('/') else []
    segments = tuple(_segment(word) for word in words)
    names = [segment.text for segment in segments if segment.kind != 'static']
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise PatternError(f'two of its parameters are called {twice!r}')
    if any(segment.kind == 'splat' for segment in segments[:-1]):
        raise PatternError("'*' takes the rest of the address, and so can only be its end")
    return segments


def _segment(word: str) -> Segment:
    if word == '*':
        return Segment('splat', SPLAT)
    is_optional = word.endswith('?')
    word = word.removesuffix('?')
    if not word or set(word) & set('?#*\\') or word in ('.', '..') or not word.isprintable():
        raise PatternError(f'{word!r} cannot be a part of an address')
    if not word.startswith(':'):
        if ':' in word:
            raise PatternError(f'a parameter is a whole part between slashes; {word!r} is none')
        return Segment('static', word, is_optional)
    name = word[1:]
    if not name.isidentifier() or name == SPLAT:
        reason = 'is what * is called' if name == SPLAT else 'is no name for a parameter'
        raise PatternError(f'{name!r} {reason}')
    return Segment('parameter', name, is_optional)


def match(segments: Sequence[Segment], path: str, case_sensitive: bool = False) -> Parameters | None:
    """Return the parameters of the percent-encoded `path`, or `None` if it does not match."""
    words = _words(path.strip('/'))
    return None if words is None else _match(segments, words, case_sensitive)


def _words(path: str) -> list[str] | None:
    if not path:
        return []
    if '//' in path or _BROKEN.search(path):
        return None
    try:
        return [unquote(word, errors='strict') for word in path.split('/')]
    except UnicodeDecodeError:
        return None


def _match(segments: Sequence[Segment], words: Sequence[str], case_sensitive: bool) -> Parameters | None:
    if not segments:
        return None if words else {}
    first, rest = segments[0], segments[1:]
    if first.kind == 'splat':
        return {SPLAT: '/'.join(map(_unescaped, words))}
    if words and (first.kind == 'parameter' or _is_same(first.text, words[0], case_sensitive)):
        found = _match(rest, words[1:], case_sensitive)
        if found is not None:
            return {first.text: _unescaped(words[0]), **found} if first.kind == 'parameter' else found
    if not first.is_optional:
        return None
    found = _match(rest, words, case_sensitive)
    if found is not None and first.kind == 'parameter':
        return {first.text: None, **found}
    return found


def _unescaped(word: str) -> str:
    """Remove the tilde that escapes a value of one or two dots, which browsers would resolve as a relative path."""
    return word[1:] if _ESCAPED.fullmatch(word) else word


def _is_same(word: str, other: str, case_sensitive: bool) -> bool:
    return word == other or (not case_sensitive and word.lower() == other.lower())


def rank(segments: Sequence[Segment]) -> tuple[int, ...]:
    """Return the specificity of a pattern: of several that match a path, the greatest rank wins."""
    return (*(_RANKS[segment.kind, segment.is_optional] for segment in segments), _END)


_END: Final = 3
_RANKS: Final[dict[tuple[Kind, bool], int]] = {
    ('static', False): 5,
    ('static', True): 4,
    ('parameter', False): 2,
    ('parameter', True): 1,
    ('splat', False): 0,
}


def shape(segments: Sequence[Segment], case_sensitive: bool) -> tuple[str, ...]:
    """Return the canonical form of a pattern: two patterns with one form match the same paths with the same rank."""
    return (str(case_sensitive), *(_shape(segment, case_sensitive) for segment in segments))


def _shape(segment: Segment, case_sensitive: bool) -> str:
    if segment.kind == 'static':
        word = segment.text if case_sensitive else segment.text.lower()
        return f'{word}?' if segment.is_optional else word
    return f'{":" if segment.kind == "parameter" else "*"}{"?" if segment.is_optional else ""}'
