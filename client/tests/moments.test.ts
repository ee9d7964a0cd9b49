/** Days and times in fields: their display, and their values after an edit. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dateNotation, dateOf, dateTimeOf, timeNotation, withDate, withDateTime } from '../src/fields/moments'
import type { Notation } from '../src/fields/valueBinding'
import type { Json } from '../src/protocol'
import './arbitrary'

const BERLIN = 'Europe/Berlin'
const YORK = 'America/New_York'
const ZONES = ['UTC', BERLIN, YORK, 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Apia', 'Africa/Monrovia']

function typed(notation: Notation, before: Json, text: string): Json {
  const result = notation.parse(text, before, true)
  return 'value' in result ? result.value : result.reason
}

describe('a day', () => {
  it.each([
    ['2026-07-15', null, '2026-07-15'],
    ['2026-07-15T00:00:00', null, '2026-07-15'],
    ['2026-07-15 23:59:59.999999', null, '2026-07-15'],
    ['2026-07-15T00:00', YORK, '2026-07-15'],
    ['2026-07-15T23:30:00+00:00', BERLIN, '2026-07-16'],
    ['2026-07-15T23:30:00Z', 'UTC', '2026-07-15'],
    ['2026-07-15T01:30:00+0530', YORK, '2026-07-14'],
    ['2024-02-29', null, '2024-02-29'],
    ['0001-01-01', YORK, '0001-01-01'],
    ['9999-12-31T23:59:59', YORK, '9999-12-31'],
    ['2023-02-29', null, null],
    ['2026-13-01', null, null],
    ['0000-01-01', null, null],
    ['13:30', null, null],
    ['tomorrow', null, null],
    [20260715, null, null],
  ])('of %j in %j is %j', (value, zone, day) => {
    expect(dateNotation(zone).format(value)).toBe(day)
  })

  it.each([
    ['2026-07-15', null, '2026-07-20', '2026-07-20'],
    ['2026-07-15T00:00:00', null, '2026-07-20', '2026-07-20T00:00:00'],
    ['2026-07-15 09:30:00.123456', null, '2026-07-20', '2026-07-20 09:30:00.123456'],
    ['2026-07-15T23:30:00+00:00', BERLIN, '2026-07-20', '2026-07-19T23:30:00+00:00'],
    ['2026-07-15T23:30:00.000001+00:00', BERLIN, '2026-07-20', '2026-07-19T23:30:00.000001+00:00'],
    ['2026-07-15T13:30+02:00', BERLIN, '2026-12-15', '2026-12-15T14:30+02:00'],
    ['2026-07-15T13:30:00Z', YORK, '2026-01-01', '2026-01-01T14:30:00Z'],
    [null, BERLIN, '2026-07-20', '2026-07-20'],
    ['', BERLIN, '2026-07-20', '2026-07-20'],
    ['tomorrow', null, '2026-07-20', '2026-07-20'],
    ['2026-07-15T00:00:00', null, '', null],
    [
      '2026-03-28T02:30:00+01:00',
      BERLIN,
      '2026-03-29',
      'There is no 02:30 on Mar 29, 2026: the clocks are put forward then.',
    ],
    ['0001-01-02T00:00:00+00:00', YORK, '0001-01-05', '0001-01-06T00:00:00+00:00'],
  ])('of %j in %j that becomes %j makes it %j', (value, zone, day, after) => {
    expect(typed(dateNotation(zone), value, day)).toBe(after)
  })

  it('of a half-typed year is not stored', () => {
    const { parse } = dateNotation(null)
    for (const year of ['0002', '0020', '0202'])
      expect(parse(`${year}-07-15`, '2026-07-15', false)).toMatchObject({ isPartial: true })
    expect(parse('2027-07-15', '2026-07-15', false)).toEqual({ value: '2027-07-15' })
    expect(parse('0020-07-15', null, true)).toHaveProperty('reason')
    expect(parse('0020-07-15', '0020-08-15', true)).toEqual({ value: '0020-07-15' })
    expect(dateNotation(null, true).parse('0020-07-15', null, true)).toEqual({ value: '0020-07-15' })
  })
})

describe('a time', () => {
  it.each([
    ['13:30', null, '13:30'],
    ['13:30:00', null, '13:30'],
    ['13:30:15', null, '13:30:15'],
    ['13:30:00.123456', null, '13:30:00.123'],
    ['13:30:15.000456', null, '13:30:15'],
    ['13:30:00+00:00', BERLIN, '13:30'],
    ['2026-07-15T13:30:00+00:00', BERLIN, '15:30'],
    ['2026-07-15T13:30:00', BERLIN, '13:30'],
    ['2026-07-15', null, null],
    ['24:00', null, null],
    ['soon', null, null],
  ])('of %j in %j is %j', (value, zone, time) => {
    expect(timeNotation(zone).format(value)).toBe(time)
  })

  it.each([
    ['13:30', '14:45', '14:45'],
    ['13:30:00', '14:45', '14:45:00'],
    ['13:30:00+00:00', '14:45', '14:45:00+00:00'],
    ['13:30:00.123456', '14:30:00.123', '14:30:00.123456'],
    ['13:30:00.123456', '13:30:00.200', '13:30:00.200000'],
    ['13:30:00.123456', '13:30:01', '13:30:01'],
    ['2026-07-15T13:30:00+00:00', '16:30', '2026-07-15T14:30:00+00:00'],
    ['2026-07-15T22:30:00+00:00', '23:30', '2026-07-16T21:30:00+00:00'],
    ['2026-07-15T13:30:00', '16:30', '2026-07-15T16:30:00'],
    [null, '16:30', '16:30'],
    ['13:30', '', null],
  ])('of %j in Berlin that becomes %j makes it %j', (value, time, after) => {
    expect(typed(timeNotation(BERLIN), value, time)).toBe(after)
  })

  it('that occurs twice in a day keeps its occurrence', () => {
    const [first, second] = ['2026-10-25T00:30:00+00:00', '2026-10-25T01:30:00+00:00']
    expect([first, second].map((value) => timeNotation(BERLIN).format(value))).toEqual(['02:30', '02:30'])
    expect(typed(timeNotation(BERLIN), first, '02:45')).toBe('2026-10-25T00:45:00+00:00')
    expect(typed(timeNotation(BERLIN), second, '02:45')).toBe('2026-10-25T01:45:00+00:00')
    expect(typed(timeNotation(BERLIN), second, '02:30')).toBe(second)
    expect(typed(timeNotation(BERLIN), '2026-10-24T22:30:00Z', '02:30')).toBe('2026-10-25T00:30:00Z')
  })

  it('that does not occur is not stored', () => {
    expect(typed(timeNotation(YORK), '2026-03-08T12:00:00-05:00', '02:30')).toContain(
      'There is no 02:30 on Mar 8, 2026',
    )
  })
})

describe('a moment', () => {
  it('is shown and set as a whole', () => {
    expect(dateTimeOf('2026-07-15', null)).toBe('2026-07-15 00:00:00')
    expect(dateTimeOf('2026-07-15T13:30:00.5+00:00', BERLIN)).toBe('2026-07-15 15:30:00')
    const set = (value: Json, text: string) => withDateTime(value, text, BERLIN)
    expect(set('2026-07-15T13:30:00.5+00:00', '2026-07-15 16:30:00')).toEqual({ value: '2026-07-15T14:30:00.5+00:00' })
    expect(set('2026-07-15', '2026-07-15 16:30:00')).toEqual({ value: '2026-07-15T16:30:00' })
    expect(set(null, '2026-07-15 16:30:00')).toEqual({ value: '2026-07-15T16:30:00' })
    expect(set('2026-07-15 13:30', '2026-07-16 16:30:00')).toEqual({ value: '2026-07-16 16:30:00' })
  })

  const moments = fc
    .record({
      time: fc.date({ min: new Date('0001-01-03'), max: new Date('9999-12-28'), noInvalidDate: true }),
      micros: fc.constantFrom('', '.5', '.000001', '.123456'),
      offset: fc.constantFrom('', 'Z', '+00:00', '+02:00', '-0330', '+05:30'),
    })
    .map(({ time, micros, offset }) => `${time.toISOString().slice(0, 19)}${micros}${offset}`)

  it('that is set to its displayed text is unchanged', () => {
    fc.assert(
      fc.property(moments, fc.constantFrom(...ZONES), (value, zone) => {
        for (const notation of [dateNotation(zone), timeNotation(zone)])
          expect(typed(notation, value, notation.format(value) as string)).toBe(value)
        expect(withDateTime(value, dateTimeOf(value, zone) as string, zone)).toEqual({ value })
      }),
    )
  })

  it('is displayed as it was set, or refused', () => {
    const day = fc
      .date({ min: new Date('1001-01-01'), max: new Date('9998-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10))
    fc.assert(
      fc.property(moments, day, fc.constantFrom(...ZONES), (value, text, zone) => {
        const result = withDate(value, text, zone)
        if (!('value' in result)) return expect(result.reason).toMatch(/There is no|out of range/)
        expect(dateOf(result.value, zone)).toBe(text)
        expect(timeNotation(zone).format(result.value)).toBe(timeNotation(zone).format(value))
        const offset = /T.{5,15}?(Z|[+-].*)?$/.exec(value)?.[1] ?? ''
        expect((result.value as string).endsWith(offset)).toBe(true)
        expect((result.value as string).length).toBe(value.length)
      }),
    )
  })
})
