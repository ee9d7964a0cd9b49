/** Values as files. */

import { expect, test } from 'vitest'
import { csvOf } from '../src/app/files'

test('A list of objects has a column for every member, in the order of their first use', () => {
  const rows = [
    { a: 1, b: 'x, "y"' },
    { b: null, c: ['z'] },
  ]
  expect(csvOf(rows)).toBe('a,b,c\r\n1,"x, ""y""",\r\n,,"[""z""]"')
})

test('Other values are one cell each', () => {
  expect(csvOf(3)).toBe('value\r\n3')
  expect(csvOf([true, 'a\nb'])).toBe('value\r\ntrue\r\n"a\nb"')
})

test('A text that a spreadsheet would run is only a text', () => {
  expect(csvOf([{ a: '=1+1' }, { a: -1 }])).toBe("a\r\n'=1+1\r\n-1")
})
