/** The colours of people in one tab. */

import { expect, test } from 'vitest'
import { Colors } from '../src/sync/colors'

const TEAL = '#167f78'
const person = (id: number, color = TEAL) => ({ id: String(id), name: `Person ${id}`, color })

test('of two people are never the same, and stay, while there are enough', () => {
  const colors = new Colors()
  const given = Array.from({ length: 12 }, (_, id) => colors.of(person(id)).color)
  expect(given[0]).toBe(TEAL)
  expect(new Set(given).size).toBe(12)
  expect(colors.of(person(12)).color).toBe(TEAL)
  expect(colors.of(person(3)).color).toBe(given[3])
  expect(colors.of(person(0))).toEqual(person(0))
})
