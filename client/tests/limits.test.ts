/** Limits of fields: the golden cases that the server's twin also passes, and the limits of types. */

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { brokenLimit, type Limits } from '../src/fields/limits'
import type { Json } from '../src/protocol'

interface Case {
  name: string
  value: Json
  limits: Limits
  reason: string | null
}

const CASES: Case[] = JSON.parse(readFileSync(new URL('../../tests/golden/limits.json', import.meta.url), 'utf8'))

test.each(CASES)('$name', ({ value, limits, reason }) => {
  expect(brokenLimit(value, limits)).toBe(reason)
})

test.each([
  [33.5, { integer: true }, 'Enter a whole number.'],
  [33, { integer: true }, null],
  [0, { above: 0 }, 'Enter more than 0.'],
  [1, { below: 1 }, 'Enter less than 1.'],
  [15, { min: 5, multiple_of: 10 }, 'Enter a multiple of 10.'],
  [20, { min: 5, multiple_of: 10 }, null],
  ['ann', { format: 'email' }, 'Enter an e-mail address such as name@example.org.'],
  ['example', { format: 'url' }, 'Enter an address such as https://example.org.'],
  ['xA1', { search: '[A-Z][0-9]' }, null],
  ['xA', { search: '[A-Z][0-9]' }, 'This does not have the expected form.'],
  ['x', { search: '(?P<of_python>a)' }, null],
])('%j with the limits %j of a type: %s', (value, limits, reason) => {
  expect(brokenLimit(value, limits)).toBe(reason)
})
