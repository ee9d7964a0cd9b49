/**
 * Days, times and moments as ISO text: what of them a field shows, and what becomes of them when that is changed. One
 * with an offset is an instant, shown in a time zone; one without is what a clock on the wall shows, and is not moved.
 */

import type { Json } from '../protocol'
import type { Notation, Reading } from './valueBinding'

const OFFSET = /(Z|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)?$/i
const MOMENT = new RegExp(
  `^(?:(\\d{4}-\\d\\d-\\d\\d)(?:([T ])|$))?(?:(\\d\\d:\\d\\d)(:\\d\\d)?([.,]\\d+)?${OFFSET.source.slice(0, -1)})?$`,
  'i',
)
const SECOND = 1000
const DAY = 86_400_000
/** No year that anybody types ends before this one, but most begin there. */
const FIRST_LIKELY_YEAR = 1000

/** The parts of a text; those that it does not have are empty. */
interface Moment {
  day: string
  separator: string
  /** Hour and minute. */
  clock: string
  /** With the colon before them. */
  seconds: string
  /** With the point before it. */
  fraction: string
  offset: string
}

/** `null` if the text is no date, no time and no date with a time, or one that no calendar has. */
function parsed(value: Json | undefined): Moment | null {
  const found = typeof value === 'string' ? MOMENT.exec(value.trim()) : null
  if (!found || found[0] === '') return null
  const [, day = '', separator = '', clock = '', seconds = '', fraction = '', offset = ''] = found
  const isComplete = (separator !== '') === (day !== '' && clock !== '') && (fraction === '' || seconds !== '')
  const [hour = 0, minute = 0] = clock.split(':').map(Number)
  const isClock = hour < 24 && minute < 60 && Number(seconds.slice(1)) < 60
  return isComplete && isClock && (day === '' || isDay(day))
    ? { day, separator, clock, seconds, fraction, offset }
    : null
}

function isDay(day: string): boolean {
  const time = utc(day)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day) && !day.startsWith('0000')
}

/** The day of a moment in ISO format. */
export function dayOf(value: Json | undefined, zone: string | null): string | null {
  const moment = parsed(value)
  return moment?.day ? inZone(moment, zone).day : null
}

/** The day and the time of a moment, `2026-07-15 13:30:00`; midnight of a day alone. */
export function wallOf(value: Json | undefined, zone: string | null): string | null {
  const moment = parsed(value)
  if (!moment?.day) return null
  const { day, clock, seconds } = inZone(moment, zone)
  return `${day} ${clock || '00:00'}${seconds || ':00'}`
}

/** The value on another day, at the same time. */
export function onDay(value: Json | undefined, day: string, zone: string | null): Reading {
  const moment = parsed(value)
  if (!moment?.day) return { value: day }
  return atWall(value as string, moment, { ...inZone(moment, zone), day }, zone)
}

/** The value at another day and time, `2026-07-15 13:30:00`. */
export function atDayAndTime(value: Json | undefined, text: string, zone: string | null): Reading {
  const moment = parsed(value)
  const wall = parsed(text)
  if (!wall || wallOf(value, zone) === text) return { value: value ?? null }
  if (!moment?.day) return { value: text.replace(' ', 'T') }
  const { fraction } = wall.seconds === inZone(moment, zone).seconds ? moment : wall
  const separator = moment.separator || 'T'
  return atWall(value as string, moment, { ...wall, separator, fraction }, zone)
}

/** How `<input type="date">` is written. */
export function days(zone: string | null): Notation {
  return {
    incomplete: 'This date is not complete.',
    show: (value) => (value === null || value === '' ? '' : dayOf(value, zone)),
    read: (text, before, isDone) => {
      if (text === '') return { value: null }
      if (Number(text.slice(0, text.indexOf('-'))) < FIRST_LIKELY_YEAR && !isDone)
        return { reason: 'This year is not complete.', isBegun: true }
      if (parsed(text) === null) return { reason: 'This is a day that the calendar does not have.' }
      return dayOf(before, zone) === text ? { value: before } : onDay(before, text, zone)
    },
  }
}

/** How `<input type="time">` is written. */
export function times(zone: string | null): Notation {
  return {
    incomplete: 'This time is not complete.',
    show: (value) => (value === null || value === '' ? '' : timeOf(value, zone)),
    read: (text, before) => {
      if (text === '') return { value: null }
      const moment = parsed(before)
      if (timeOf(before, zone) === text) return { value: before }
      const wall = parsed(text)
      if (!moment?.clock || !wall) return { value: text }
      const shown = inZone(moment, zone)
      const seconds = wall.seconds || (moment.seconds && ':00')
      const fraction = tailOf(shown) === tailOf(wall) ? moment.fraction : padded(wall.fraction, moment.fraction)
      return atWall(before as string, moment, { ...shown, clock: wall.clock, seconds, fraction }, zone)
    },
  }
}

function timeOf(value: Json, zone: string | null): string | null {
  const moment = parsed(value)
  if (!moment?.clock) return null
  const shown = inZone(moment, zone)
  return shown.clock + tailOf(shown)
}

/** Seconds and milliseconds, which is as much as a browser shows; nothing if they are zero. */
function tailOf({ seconds, fraction }: Moment): string {
  const milliseconds = fraction.slice(1, 4).padEnd(3, '0')
  if (milliseconds !== '000') return `${seconds}.${milliseconds}`
  return Number(seconds.slice(1)) === 0 ? '' : seconds
}

function padded(fraction: string, before: string): string {
  return fraction === '' ? '' : fraction.padEnd(before.length, '0')
}

/** The instant in the zone; what has no offset, or no day that would tell the zone's, as it is. */
function inZone(moment: Moment, zone: string | null): Moment {
  const instant = instantOf(moment)
  return instant === null ? moment : { ...moment, ...written(instant + offsetAt(instant, zone), moment) }
}

/** The moment that clocks in the zone show as `wall`, written as `moment` is. */
function atWall(value: string, moment: Moment, wall: Moment, zone: string | null): Reading {
  const before = instantOf(moment)
  if (before === null)
    return { value: textOf({ ...wall, separator: wall.separator || moment.separator, offset: moment.offset }) }
  const local = utc(wall.day, wall.clock + (wall.seconds || ':00'))
  const [first, second] = instantsAt(local, zone)
  if (first === undefined)
    return { reason: `There is no ${wall.clock} on ${wall.day}: the clocks are put forward then.` }
  // Where clocks are put back, the hour that is twice there stays the one that it was.
  const isSecond = second !== undefined && offsetAt(before, zone) === local - second
  const instant = isSecond ? second : first
  if (instant === before && wall.fraction === moment.fraction) return { value }
  const after = written(instant + offsetOf(moment.offset), wall)
  if (!/^(?!0000)\d{4}-/.test(after.day)) return { reason: 'This year is out of range.' }
  return { value: textOf({ ...moment, ...after, fraction: wall.fraction }) }
}

function textOf({ day, separator, clock, seconds, fraction, offset }: Moment): string {
  return day + separator + clock + seconds + fraction + offset
}

function instantOf({ day, clock, seconds, offset }: Moment): number | null {
  return offset === '' || day === '' ? null : utc(day, clock + (seconds || ':00')) - offsetOf(offset)
}

/** Milliseconds as day and time, with seconds if the other has some, or they are not zero. */
function written(time: number, { seconds }: Moment): Pick<Moment, 'day' | 'clock' | 'seconds'> {
  const text = new Date(time).toISOString()
  const [day = '', clock = ''] = text.split('T')
  const isExact = seconds === '' && clock.slice(5, 8) === ':00'
  return { day, clock: clock.slice(0, 5), seconds: isExact ? '' : clock.slice(5, 8) }
}

function utc(day: string, clock = '00:00:00'): number {
  return Date.parse(`${day}T${clock}Z`)
}

/** An offset such as `+02:00` in milliseconds. */
function offsetOf(offset: string): number {
  if (/^z$/i.test(offset)) return 0
  const [hours = 0, minutes = 0, seconds = 0] = (offset.slice(1).match(/\d\d/g) ?? []).map(Number)
  return (offset.startsWith('-') ? -SECOND : SECOND) * (hours * 3600 + minutes * 60 + seconds)
}

/** The instants at which clocks in the zone show that: none, one or two. */
function instantsAt(local: number, zone: string | null): number[] {
  const offsets = new Set([offsetAt(local - DAY, zone), offsetAt(local + DAY, zone)])
  const instants = [...offsets].map((offset) => local - offset)
  return instants.filter((instant) => local - instant === offsetAt(instant, zone)).sort((a, b) => a - b)
}

const FORMATS = new Map<string | null, Intl.DateTimeFormat>()

function formatIn(zone: string | null): Intl.DateTimeFormat {
  const known = FORMATS.get(zone)
  if (known) return known
  const numeric = { year: 'numeric', month: 'numeric', day: 'numeric', era: 'short' } as const
  const clock = { hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' } as const
  const format = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
    ...numeric,
    ...clock,
    ...(zone !== null && { timeZone: zone }),
  })
  FORMATS.set(zone, format)
  return format
}

/** By how much clocks in the zone, the reader's own if it is `null`, are ahead of UTC. */
function offsetAt(instant: number, zone: string | null): number {
  const parts = Object.fromEntries(
    formatIn(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, value]),
  )
  const [year, month, day, hour, minute, second] = ['year', 'month', 'day', 'hour', 'minute', 'second'].map((type) =>
    Number(parts[type]),
  ) as [number, number, number, number, number, number]
  const isBefore = parts.era?.startsWith('B')
  const local = new Date(0)
  local.setUTCFullYear(isBefore ? 1 - year : year, month - 1, day)
  local.setUTCHours(hour, minute, second)
  return local.getTime() - Math.floor(instant / SECOND) * SECOND
}
