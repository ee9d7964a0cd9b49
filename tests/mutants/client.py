"""Breaks of the TypeScript side."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant
from tests.mutants.server import ADDED, RESTARTED, STORED, TWINS

REPLICA: Final = 'client/src/replica.ts'
REPLICA_TEST: Final = 'client/tests/replica.test.ts'

CLIENT: Final = (
    Mutant(
        'a gap is not noticed',
        REPLICA,
        'if (message.base !== this.#since.version) return this.#ask()\n',
        '',
        f'{REPLICA_TEST}::after a gap makes the tab ask for what it missed, once [S11]',
    ),
    Mutant(
        'another number after a reconnect',
        REPLICA,
        'const { n, ops, exact } = this.#inFlight\n',
        'const { ops, exact } = this.#inFlight\n    const n = (this.#inFlight.n = ++this.#n)\n',
        ADDED,
    ),
    Mutant(
        'an acknowledgement is taken for that of somebody else',
        REPLICA,
        'if (author === this.#author && n === this.#inFlight?.n)',
        'if (false)',
        ADDED,
    ),
    Mutant(
        'an older snapshot is taken',
        REPLICA,
        'const isOlder = message.epoch === this.#since?.epoch && message.version < this.#since.version',
        'const isOlder = false',
        ADDED,
    ),
    Mutant(
        'where the server cannot know, everything is sent again',
        REPLICA,
        'ops: this.#unsaved(flying, value), exact: null',
        'ops: flying.ops, exact: null',
        RESTARTED,
    ),
    Mutant(
        'a refused edit stays in the view',
        REPLICA,
        'if (!flying || message.n !== flying.n) return\n    this.#inFlight = null',
        'if (!flying || message.n !== flying.n) return',
        STORED,
    ),
    Mutant(
        'positions in texts count UTF-16 units',
        'client/src/edits/text.ts',
        'units += isPairAt(text, units) ? 2 : 1',
        'units += 1',
        TWINS,
    ),
)
