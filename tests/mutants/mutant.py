"""What a deliberate break is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    """A break of one file: `text`, which is in it once, is `instead` something else, and `test` fails.

    `test` is the id of a test of pytest, or `client/tests/FILE::name`.
    """

    name: str
    file: str
    text: str
    instead: str
    test: str
