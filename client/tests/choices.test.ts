/** The choices of a select, for any items and any value. */

import { expect, test } from 'vitest'
import { fromKey, keyOf, sectionsOf, selectedKeyOf } from '../src/fields/choices'
import type { Json } from '../src/protocol'

const labels = (items: Json) =>
  sectionsOf(items).map((each) => ('items' in each ? each.items.map(({ label }) => label) : each.label))

test.each<[Json, unknown]>([
  [null, []],
  ['text', []],
  [{ a: 1 }, []],
  [
    [null, 1, 'a', true, {}],
    ['1', 'a', 'true', '{}'],
  ],
  [
    [1, 1, '1'],
    ['1', '1'],
  ],
  [[{ label: { a: 1 }, value: 1 }], ['{"a":1}']],
  [
    [{ label: null, value: 1 }, { value: 2 }],
    ['', '2'],
  ],
  [[{ label: 'only' }], ['{"label":"only"}']],
  [[{ label: 'in', items: [1, null, { items: [], label: 'x' }] }, 1], [['1', '{"items":[],"label":"x"}']]],
  [[{ toString: 1 } as unknown as Json], ['{"toString":1}']],
])('the items %j', (items, expected) => {
  expect(labels(items)).toEqual(expected)
})

test('null selects the item with the value null, or nothing if there is none', () => {
  const choices = [{ key: keyOf(null) }, { key: keyOf(1) }]
  expect(selectedKeyOf(choices, null)).toBe('null')
  expect(selectedKeyOf(choices.slice(1), null)).toBeNull()
  expect(fromKey('null')).toBeNull()
})

test('objects are chosen whatever the order of their members', () => {
  expect(keyOf({ a: 1, b: [{ d: 1, c: 2 }] })).toBe(keyOf({ b: [{ c: 2, d: 1 }], a: 1 }))
  expect(keyOf('1')).not.toBe(keyOf(1))
})
