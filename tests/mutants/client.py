"""Breaks of the TypeScript side."""

from __future__ import annotations

from typing import Final

from tests.mutants.changes import Always, Assign, DropCall, Never, Replace, ReplaceCall
from tests.mutants.mutant import Mutant
from tests.mutants.server import ADDED, DIRECTED, FORGETTING, STORED

EXCHANGE: Final = 'client/src/sync/exchange.ts'
LAYERS: Final = 'client/src/sync/layers.ts'
REPLICA_TESTS: Final = 'client/tests/replica'

CLIENT: Final = (
    Mutant(
        'a gap in versions goes unnoticed',
        EXCHANGE,
        'Exchange.#onChange',
        Never('base'),
        f'{REPLICA_TESTS}.change.test.ts::after a gap makes the tab subscribe from its version, once [S11]',
    ),
    Mutant(
        'an edit gets another number after a reconnect',
        'client/src/sync/subscription.ts',
        'Subscription.sendEdit',
        Replace('edit', 'this.#wasCut ? { ...edit, n: edit.n + 1 } : edit'),
        ADDED,
    ),
    Mutant(
        "the tab's own edit is taken for that of another tab",
        EXCHANGE,
        'Exchange.#onCommitted',
        Always('me'),
        ADDED,
    ),
    Mutant(
        'an older snapshot replaces a newer value',
        EXCHANGE,
        'Exchange.#onPosition',
        Never('isOlder'),
        f'{REPLICA_TESTS}.position.test.ts::of a version before that of the tab is ignored [S12, I4]',
    ),
    Mutant(
        'an edit of unknown outcome is sent again as a whole',
        EXCHANGE,
        'Exchange.#keepUnsaved',
        ReplaceCall('#unsavedOps', '{0}.units.flat()'),
        f'{REPLICA_TESTS}.position.test.ts::an item is not added twice',
    ),
    Mutant(
        'a rejected edit stays in flight',
        EXCHANGE,
        'Exchange.#onReject',
        DropCall('reject'),
        STORED,
    ),
    Mutant(
        'a rejection discards all units of an edit',
        LAYERS,
        'Layers.split',
        Always('count'),
        f'{DIRECTED}::test_what_is_refused_takes_nothing_else_along',
    ),
    Mutant(
        'text in a removed item is lost without notice',
        LAYERS,
        'Layers.#drop',
        DropCall('#onDropped'),
        f'{DIRECTED}::test_text_in_an_item_that_another_removes_is_told',
    ),
    Mutant(
        'an edit in flight is not rebased',
        LAYERS,
        'Layers.setConfirmed',
        Replace('past.units', 'inFlight.units'),
        ADDED,
    ),
    Mutant(
        'a pending edit is not rebased',
        LAYERS,
        'Layers.#follow',
        Replace('transformed.units', 'this.#pending'),
        ADDED,
    ),
    Mutant(
        'undo takes back the edits of others',
        'client/src/sync/undo.ts',
        'harmless',
        Assign('ops', 'back'),
        f'{DIRECTED}::test_undo_takes_back_ones_own',
    ),
    Mutant(
        'positions in strings count UTF-16 units',
        'client/src/edits/text.ts',
        'unitsAt',
        Never('isPairAt'),
        'client/tests/edits.test.ts::a character of two units counts as one',
    ),
    Mutant(
        'an edit in flight is lost when the value is restored',
        LAYERS,
        'Layers.restore',
        Assign('#pending', 'this.#pending'),
        f'{FORGETTING}::test_what_was_on_its_way_is_there_once',
    ),
    Mutant(
        'offsets count the characters of the element, not of the value',
        'client/src/fields/displayedText.ts',
        'DisplayedText.valueOffset',
        ReplaceCall('#countPairs', '0'),
        'client/tests/displayedText.test.ts::maps each place of the element to the value and back',
    ),
    Mutant(
        'the second of two equal hours becomes the first',
        'client/src/fields/moments.ts',
        'withLocal',
        Never('isSecond'),
        'client/tests/moments.test.ts::that occurs twice in a day keeps its occurrence',
    ),
    Mutant(
        'a number too small to represent becomes 0',
        'client/src/fields/numbers.ts',
        'checked',
        Never('digits'),
        'client/tests/numbers.test.ts::is not "1e-400"',
    ),
    Mutant(
        'an action does not wait for the previous one',
        'client/src/view/serialQueue.ts',
        'SerialQueue.run',
        Never('#last'),
        'client/tests/serialQueue.test.ts::the first task begins at once, each other after the end of the one before',
    ),
    Mutant(
        'a parameter of two dots leads to another page',
        'client/src/pages/pattern.ts',
        'fillPattern',
        ReplaceCall('escaped', '{0}'),
        'client/tests/location.test.ts::two dots do not lead to another page',
    ),
    Mutant(
        'null does not select the item whose value is null',
        'client/src/fields/choices.ts',
        'selectedKeyOf',
        Never('some'),
        'client/tests/choices.test.ts::null selects the item with the value null, or nothing if there is none',
    ),
)
