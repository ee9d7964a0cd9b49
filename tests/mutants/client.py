"""Breaks of the TypeScript side."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant
from tests.mutants.server import ADDED, DIRECTED, FORGETTING, RESTARTED, STORED, TWINS

REPLICA: Final = 'client/src/replica.ts'
LAYERS: Final = 'client/src/layers.ts'
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
        'const { n, units, exact } = flying\n',
        'const { units, exact } = flying\n    const n = this.#wasCut ? flying.n + 1 : flying.n\n',
        ADDED,
    ),
    Mutant(
        'an acknowledgement is taken for that of somebody else',
        REPLICA,
        'if (!flying || author !== this.#author || n !== flying.n)\n',
        'if (!flying || author >= 0)\n',
        ADDED,
    ),
    Mutant(
        'an older snapshot is taken',
        REPLICA,
        'const isOlder = message.epoch === this.#since?.epoch && message.version < this.#since.version',
        'const isOlder = false',
        f"{REPLICA_TEST}::of a version before the tab's own is ignored [S12, I4]",
    ),
    Mutant(
        'where the server cannot know, everything is sent again',
        REPLICA,
        'if (flying && last === null) this.#layers.reduce(flying, this.#unsaved(flying, value))',
        'if (flying && last === null) this.#layers.reduce(flying, flying.units.flat())',
        RESTARTED,
    ),
    Mutant(
        'a refused edit stays on its way',
        REPLICA,
        'this.#layers.reject(flying)',
        '',
        STORED,
    ),
    Mutant(
        'a refused edit takes along what was sent with it',
        LAYERS,
        'if (count < 2) return false',
        'return false',
        f'{DIRECTED}::test_what_is_refused_takes_nothing_else_along',
    ),
    Mutant(
        'what was written in a removed place is not told',
        LAYERS,
        'if (written.length > 0) this.#onDropped(written)',
        '',
        f'{DIRECTED}::test_text_in_an_item_that_another_removes_is_told',
    ),
    Mutant(
        'what is on its way is not moved to where its place is now',
        LAYERS,
        'applyUnits(value, past.units, this.#fallback)',
        'applyUnits(value, flying.units, this.#fallback)',
        ADDED,
    ),
    Mutant(
        'what waits is not moved to where its place is now',
        LAYERS,
        'applyUnits(value, transformed.units, this.#fallback)',
        'applyUnits(value, this.#pending, this.#fallback)',
        ADDED,
    ),
    Mutant(
        'undo takes back what somebody else did',
        'client/src/history.ts',
        '  const ops = rebase(back, over, { earlier: true })\n',
        '  const ops = back\n',
        f'{DIRECTED}::test_undo_takes_back_ones_own',
    ),
    Mutant(
        'positions in texts count UTF-16 units',
        'client/src/edits/text.ts',
        'units += isPairAt(text, units) ? 2 : 1',
        'units += 1',
        TWINS,
    ),
    Mutant(
        'what was on its way is forgotten with the value',
        LAYERS,
        'if (flying && !isAgain) this.#pending = [...flying.units, ...this.#pending]\n',
        '',
        f'{FORGETTING}::test_what_was_on_its_way_is_there_once',
    ),
    Mutant(
        'offsets are counted in what the element shows',
        'client/src/shown.ts',
        'return offset + this.#pairsBefore((pair) => pair < offset)',
        'return offset',
        'client/tests/displayedText.test.ts::has each place of the element in the value, and back',
    ),
    Mutant(
        'the second of two hours becomes the first',
        'client/src/moments.ts',
        'const instant = isSecond ? second : first',
        'const instant = first',
        'client/tests/moments.test.ts::that is there twice stays the one that it was',
    ),
    Mutant(
        'a number that is too small to be held is 0',
        'client/src/numbers.ts',
        'if (value === 0 && /[1-9]/.test(digits))',
        'if (digits === null)',
        'client/tests/numbers.test.ts::is not "1e-400"',
    ),
    Mutant(
        'an action does not wait for the one before it',
        'client/src/turns.ts',
        'this.#last ? this.#last.then(task) : task()',
        'task()',
        'client/tests/turns.test.ts::the first begins at once, each other one when the one before it has ended',
    ),
    Mutant(
        'two dots are another place',
        'client/src/pattern.ts',
        'words.push(escaped(value))',
        'words.push(value)',
        'client/tests/location.test.ts::comes back as it was, through an address as browsers write it',
    ),
    Mutant(
        'null chooses nothing',
        'client/src/options.ts',
        'value !== null || choices',
        'value !== null && choices',
        'client/tests/options.test.ts::null chooses the item whose value it is, and nothing where there is none',
    ),
)
