/** Values as files. */

import { expect, test } from 'vitest'
import { csvOf as csvOfSheet, sheetOf, withDays } from '../src/app/sheets'
import type { Json } from '../src/protocol'

const csvOf = (value: Json) => csvOfSheet(sheetOf(value))

test('A list of objects has a column for every member, in the order of their first use', () => {
  const rows = [
    { a: 1, b: 'x, "y"' },
    { b: null, c: ['z'] },
  ]
  expect(csvOf(rows)).toBe('a,b,c\r\n1,"x, ""y""",\r\n,,"[""z""]"\r\n')
})

test('Other values are one cell each', () => {
  expect(csvOf(3)).toBe('value\r\n3\r\n')
  expect(csvOf([true, 'a\nb'])).toBe('value\r\ntrue\r\n"a\nb"\r\n')
})

test('A text that a spreadsheet would run is only a text', () => {
  expect(csvOf([{ a: '=1+1' }, { a: -1 }])).toBe("a\r\n'=1+1\r\n-1\r\n")
})

test('Columns of midnights are days, and decimals of a DataFrame have a point or an exponent', () => {
  const headings = ['day', 'at', 'x']
  const rows = [
    ['2026-01-02T00:00:00', '2026-01-02T00:00:00', 5],
    [null, '2026-01-02T03:04:00', 1e16],
    ['2026-01-03T00:00:00', null, 1e-7],
    [null, null, '-inf'],
  ]
  const lines = csvOfSheet(withDays({ headings, rows, kinds: ['datetime', 'datetime', 'decimal'] })).split('\r\n')
  expect(lines).toEqual([
    'day,at,x',
    '2026-01-02,2026-01-02T00:00:00,5.0',
    ',2026-01-02T03:04:00,1e+16',
    '2026-01-03,,1e-7',
    ',,-inf',
    '',
  ])
})
