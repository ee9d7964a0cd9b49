import { expect, test } from 'vitest'
import { readingOf } from '../src/components/lib/timestamps'

const NOW = new Date('2026-07-15T22:30:00Z')
const BERLIN = 'Europe/Berlin' // where it is half past midnight of the 16th

test.each([
  ['2026-07-15T13:30:00+00:00', 'UTC', '1:30 PM'],
  ['2026-07-15T13:30:00Z', BERLIN, 'Yesterday, 3:30 PM'],
  ['2026-07-15T22:10:00.123456+00:00', BERLIN, '12:10 AM'],
  ['2026-07-12T13:30:00+02:00', 'UTC', 'Jul 12, 11:30 AM'],
  ['2025-12-31T13:30:00Z', 'UTC', 'Dec 31, 2025, 1:30 PM'],
  ['2026-07-15T13:30', 'UTC', '1:30 PM'], // without an offset: the same everywhere
  ['2026-07-15T13:30', BERLIN, 'Yesterday, 1:30 PM'],
  ['2026-07-15', 'UTC', 'Today'],
  ['2026-07-16', 'UTC', 'Tomorrow'],
  ['2024-02-29', 'UTC', 'Feb 29, 2024'],
])('%s in %s reads %s', (text, zone, expected) => {
  expect(readingOf(text, NOW, zone)?.short.replaceAll('\u202f', ' ')).toBe(expected)
})

test('the full reading has the day of the week and the time zone', () => {
  expect(readingOf('2026-07-15T13:30:00+00:00', NOW, 'UTC')?.full).toMatch(
    /^Wednesday, July 15, 2026 at 1:30:00\sPM UTC$/,
  )
})

test.each(['', 'soon', '2026-13-45', 5, null, { a: 1 }])('%j is no moment', (value) => {
  expect(readingOf(value, NOW)).toBeNull()
})
