/** Numbers as people write them: each is read as it was meant, or rejected. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NUMBERS, stepped } from '../src/fields/numbers'
import './arbitrary'

function read(text: string) {
  const result = NUMBERS.parse(text, null, true)
  return 'value' in result ? result.value : result.reason
}

describe('a number', () => {
  it.each([
    ['', null],
    ['  ', null],
    ['12', 12],
    ['-1.5', -1.5],
    ['+3', 3],
    ['1,5', 1.5],
    ['0,123', 0.123],
    ['1,2345', 1.2345],
    ['1.234', 1.234],
    ['1.234,56', 1234.56],
    ['1,234.56', 1234.56],
    ['1.234.567', 1234567],
    ['1,234,567', 1234567],
    ['12,34,567.8', 1234567.8],
    ['1 000', 1000],
    ['1\u00a0000', 1000],
    ['1\u202f000,5', 1000.5],
    ["1'234.5", 1234.5],
    ['1’234', 1234],
    ['１２', 12],
    ['－１．５', -1.5],
    ['١٢٫٥', 12.5],
    ['१२', 12],
    ['𝟗𝟏', 91],
    ['\u061c-٣', -3],
    ['−2', -2],
    ['1.50', 1.5],
    ['007', 7],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['2E-3', 0.002],
    ['-0', 0],
    ['9007199254740991', 9007199254740991],
    ['0.1234567890123456789', 0.12345678901234568],
  ])('%j is %j', (text, value) => {
    expect(read(text)).toBe(value)
  })

  it.each([
    '1,234',
    '12,345',
    '-1,000',
    '1e400',
    '0x10',
    '0b1',
    'Infinity',
    'NaN',
    '-',
    '+',
    '.',
    '1e',
    '1e-',
    '1e-400',
    '12345678901234567890',
    '9007199254740992',
    '1 00',
    '12 34',
    '1.2.3',
    '1,2,3',
    '1.234,567,8',
    '1,234 567',
    '1 234.567.89',
    '1-2',
    '5%',
    '$5',
    '1_000',
    '½',
    '5²',
    '①',
    'Ⅻ',
    'twelve',
  ])('is not %j', (text) => {
    expect(read(text)).toBeTypeOf('string')
  })

  it('is read back from its displayed text', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }), (value) => {
        expect(read(NUMBERS.format(value) as string)).toBe(value === 0 ? 0 : value)
      }),
    )
  })

  it.each(['en-US', 'de-DE', 'fr-FR', 'de-CH', 'en-IN', 'hi-IN', 'ar-EG', 'fa-IR', 'ja-JP', 'ru-RU', 'es-ES'])(
    'as %s writes it is that number, or none',
    (locale) => {
      const format = new Intl.NumberFormat(locale, { maximumFractionDigits: 6 })
      fc.assert(
        fc.property(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), (any) => {
          const value = Number(any.toFixed(6))
          const text = format.format(value)
          const found = read(text)
          // A point before three digits is as the field itself shows it.
          if (/^\D*\d{1,3}\.\d{3}$/.test(text)) return
          expect(typeof found === 'string' ? value : found).toBe(value === 0 ? 0 : value)
        }),
      )
    },
  )

  it.each([
    ['-1.5', 1, '-0.5'],
    ['2.3', 1, '3.3'],
    ['1.005', 1, '2.005'],
    ['', 1, '1'],
    ['1,5', -1, '0.5'],
    ['1e-7', 1, '1.0000001'],
    ['x', 1, null],
    ['1,234', 1, null],
  ])('%j and %j are %j', (text, by, next) => {
    expect(stepped(text, by)).toBe(next)
  })

  it('that is half typed is not stored', () => {
    for (const text of ['-', '1e', '.', '+'])
      expect(NUMBERS.parse(text, null, false)).toMatchObject({ isPartial: true })
  })

  it.each([
    [null, ''],
    [1.5, '1.5'],
    ['', ''],
    ['12', '12'],
    ['twelve', null],
    [true, null],
    [[1], null],
  ])('%j shows as %j', (value, text) => {
    expect(NUMBERS.format(value)).toBe(text)
  })
})
