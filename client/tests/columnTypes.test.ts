/** The types of a table's columns, and the texts of their values. */

import { afterEach, expect, test, vi } from 'vitest'
import { toneOf } from '../src/components/lib/formatters'
import { columnsOf, rowNamesOf } from '../src/components/lib/table'
import type { Json } from '../src/protocol'

afterEach(() => {
  vi.unstubAllEnvs()
})

/** Return the texts of the values of one column. */
function texts(values: Json[], declared: Record<string, Json> = {}, name = 'v'): string[] {
  const [column] = columnsOf(
    [{ col_id: name, ...declared }],
    values.map((value) => ({ [name]: value })),
  )
  return values.map((value) => column?.textOf(value) ?? '')
}

test('numbers of a column have the same number of decimals', () => {
  expect(texts([7, 12.25, null, -0.5])).toEqual(['7.00', '12.25', '', '-0.50'])
  expect(texts([0.1 + 0.2, 1])).toEqual(['0.3', '1.0'])
  expect(texts([1234567, 89])).toEqual(['1,234,567', '89'])
  expect(texts([52.516275, 13.377704])).toEqual(['52.5163', '13.3777'])
  expect(texts([12345.6789, 1])).toEqual(['12,345.68', '1.00'])
  expect(texts([0.5, 0.1234567])).toEqual(['0.50000', '0.12346'])
})

test('small and large numbers stay readable, and years and names have no separators', () => {
  expect(texts([1e-9, 1])).toEqual(['1e-9', '1.00000'])
  expect(texts([1.5e20, 1])).toEqual(['150000000000000000000', '1'])
  expect(texts([1999, 2026])).toEqual(['1999', '2026'])
  expect(texts([10482, 1], {}, 'order_id')).toEqual(['10482', '1'])
})

test('a number is written alike, whatever part of its column is known', () => {
  const [few] = columnsOf(null, [{ v: 1 }, { v: 2 }])
  const [many] = columnsOf(null, [{ v: 1 }, { v: 20_000 }])
  for (const column of [few, many])
    expect([2026, 20_000].map((value) => column?.textOf(value))).toEqual(['2026', '20,000'])
})

test('a summary of dates, which has numbers and moments, shows both as they are read', () => {
  vi.stubEnv('TZ', 'UTC')
  expect(texts([49_500, '2025-10-27T00:00:00', '2026-08-23'])).toEqual(['49,500', 'Oct 27, 2025', 'Aug 23, 2026'])
  expect(texts([49_500, '2025-10-27T16:10:00', null])[1]).toMatch(/^Oct 27, 2025, 4:10/)
  expect(texts(['2025-10-27', 'none'])).toEqual(['2025-10-27', 'none'])
})

test('a fraction below the known rows is not hidden', () => {
  const rows = [...Array.from({ length: 300 }, (_, v) => ({ v })), { v: 0.25 }]
  const [column] = columnsOf(null, rows)
  expect(column?.textOf(0.25)).toBe('0.25')
})

test('dates are those that were written, and instants are in the time zone of the user', () => {
  for (const zone of ['America/Los_Angeles', 'Europe/Berlin', 'Pacific/Kiritimati']) {
    vi.stubEnv('TZ', zone)
    expect(texts(['2026-01-01', null])).toEqual(['Jan 1, 2026', ''])
    expect(texts(['2026-01-01T00:00:00', '2026-01-02T00:00:00'])).toEqual(['Jan 1, 2026', 'Jan 2, 2026'])
    expect(texts(['2026-01-01T13:30:59', '2026-01-01'])[0]).toMatch(/^Jan 1, 2026, 1:30\sPM$/)
    expect(texts(['2026-01-01'], { formatter: { type: 'datetime', format: 'dd/MM/yyyy' } })).toEqual(['01/01/2026'])
  }
  vi.stubEnv('TZ', 'Asia/Tokyo')
  expect(texts(['2026-01-01T13:30:00+00:00'])[0]).toMatch(/^Jan 1, 2026, 10:30\sPM$/)
  expect(texts(['2026-01-01T23:30:00Z'], { formatter: 'datetime' })[0]).toMatch(/^Jan 2, 2026, 8:30\sAM$/)
})

test('a text that only looks like a date is one', () => {
  expect(texts(['2026-02-30', '2026-01-01'])).toEqual(['2026-02-30', 'Jan 1, 2026'])
  expect(texts(['2026-01-01', 'soon'])).toEqual(['2026-01-01', 'soon'])
  expect(texts(['2026-01-01'], { type: 'string' })).toEqual(['2026-01-01'])
})

test('percentages have the decimals that they need', () => {
  expect(texts([0.256, 0.5], { formatter: 'percent' })).toEqual(['25.6%', '50.0%'])
  expect(texts([0.25, 0.5], { formatter: 'percent' })).toEqual(['25%', '50%'])
  expect(texts([0.2567], { formatter: { type: 'percent', precision: 1 } })).toEqual(['25.7%'])
})

test('options of a number format that the browser does not know leave plain numbers', () => {
  expect(texts([1.5], { formatter: { type: 'number_intl', options: { style: 'currency' } } })).toEqual(['1.5'])
  expect(
    texts([1.5], { formatter: { type: 'number_intl', locales: 'de', options: { minimumFractionDigits: 2 } } }),
  ).toEqual(['1,50'])
})

test('a threshold with an open end has no limit', () => {
  const formatter = { type: 'threshold', thresholds: [{ bounds: [10, null], color: 'green' }] }
  expect([9, 10, 1e9].map((value) => toneOf(formatter, value))).toEqual([null, 'green', 'green'])
})

test('a percentage can have the colour of its range', () => {
  const formatter = { type: 'percent', thresholds: [{ bounds: [0, 0.5], color: 'red' }] }
  expect(toneOf(formatter, 0.2)).toBe('red')
  expect(toneOf(formatter, 0.5)).toBeNull()
})

test('sticky columns stand next to each other', () => {
  const given = [
    { col_id: 'a', sticky: 'left', width: 80 },
    { col_id: 'b' },
    { col_id: 'c', sticky: 'left', width: '6rem' },
    { col_id: 'd', sticky: 'right' },
  ]
  const placed = columnsOf(given, []).map(({ offset, edge }) => [offset, edge])
  expect(placed).toEqual([
    [null, null],
    [null, null],
    ['calc(80px)', 'left'],
    [null, 'right'],
  ])
})

test('the names of rows are a column of their own, unless they are not wanted', () => {
  const rows = [{ index: 'mean', v: 1 }]
  expect(columnsOf(null, rows).map(({ id, isRowName }) => [id, isRowName])).toEqual([
    ['index', true],
    ['v', false],
  ])
  expect(columnsOf(null, rows, rowNamesOf(null, false)).map(({ id }) => id)).toEqual(['v'])
})
