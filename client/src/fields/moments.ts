/**
 * The notations of dates and times, which are stored as ISO text. A moment with an offset is an instant and is shown in a
 * time zone. A moment without an offset is a local time and is shown as it is.
 */

import { MOMENTS } from '../messages/moments'
import type { Json } from '../protocol'
import { typedSegments } from './segments'
import type { Notation, ParseResult } from './valueBinding'

const OFFSET = /(Z|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)?$/i
const MOMENT = new RegExp(
  `^(?:(\\d{4}-\\d\\d-\\d\\d)(?:([T ])|$))?(?:(\\d\\d:\\d\\d)(:\\d\\d)?([.,]\\d+)?${OFFSET.source.slice(0, -1)})?$`,
  'i',
)
const SECOND_MS = 1000
const DAY_MS = 86_400_000
/** Years before this one are taken for the first digits of a later year. */
const FIRST_LIKELY_YEAR = 1000

/** The parts of a date, a time, or both. Missing parts are empty. */
interface Moment {
  date: string
  separator: string
  /** The hour and the minute. */
  clock: string
  /** The seconds with the colon before them. */
  seconds: string
  /** The fraction of a second with the point before it. */
  fraction: string
  offset: string
}

/** Parse a date, a time, or both; return `null` for any other value, and for a date that no calendar has. */
function parseMoment(value: Json | undefined): Moment | null {
  const match = typeof value === 'string' ? MOMENT.exec(value.trim()) : null
  if (!match || match[0] === '') return null
  const [, date = '', separator = '', clock = '', seconds = '', fraction = '', offset = ''] = match
  const isComplete = (separator !== '') === (date !== '' && clock !== '') && (fraction === '' || seconds !== '')
  const [hour = 0, minute = 0] = clock.split(':').map(Number)
  const isClock = hour < 24 && minute < 60 && Number(seconds.slice(1)) < 60
  return isComplete && isClock && (date === '' || isDate(date))
    ? { date, separator, clock, seconds, fraction, offset }
    : null
}

function isDate(date: string): boolean {
  const time = utc(date)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date) && !date.startsWith('0000')
}

/** Return the date of a moment, such as `2026-07-15`. */
export function dateOf(value: Json | undefined, zone: string | null): string | null {
  const moment = parseMoment(value)
  return moment?.date ? inZone(moment, zone).date : null
}

/** Return the date and time of a moment, such as `2026-07-15 13:30:00`; midnight for a date alone. */
export function dateTimeOf(value: Json | undefined, zone: string | null): string | null {
  const moment = parseMoment(value)
  if (!moment?.date) return null
  const { date, clock, seconds } = inZone(moment, zone)
  return `${date} ${clock || '00:00'}${seconds || ':00'}`
}

/** Return the value with another date and the same time. */
export function withDate(value: Json | undefined, date: string, zone: string | null): ParseResult {
  const moment = parseMoment(value)
  if (!moment?.date) return { value: date }
  return withLocal(value as string, moment, { ...inZone(moment, zone), date }, zone)
}

/** Return the value with another date and time, such as `2026-07-15 13:30:00`. */
export function withDateTime(value: Json | undefined, text: string, zone: string | null): ParseResult {
  const moment = parseMoment(value)
  const local = parseMoment(text)
  if (!local || dateTimeOf(value, zone) === text) return { value: value ?? null }
  if (!moment?.date) return { value: text.replace(' ', 'T') }
  const { fraction } = local.seconds === inZone(moment, zone).seconds ? moment : local
  const separator = moment.separator || 'T'
  return withLocal(value as string, moment, { ...local, separator, fraction }, zone)
}

/** Return whether a year is more likely the beginning of a later one: it is early, and the value before had another. */
function isUnlikely(text: string, before: string | null): boolean {
  const year = text.slice(0, text.indexOf('-'))
  return Number(year) < FIRST_LIKELY_YEAR && before?.startsWith(`${year}-`) !== true
}

/** Return the reason not to store a date whose year is unlikely; `null` if there is none. */
export function unlikelyYear(text: string, before: string | null): string | null {
  return isUnlikely(text, before) ? MOMENTS.unlikelyYear(Number(text.slice(0, text.indexOf('-')))) : null
}

/** Return whether a limit, such as `0800-01-01`, allows for years that are unlikely elsewhere. */
export function isEarly(limit: unknown): boolean {
  return typeof limit === 'string' && isDate(limit.slice(0, 10)) && isUnlikely(limit, null)
}

/** Return the notation of `<input type="date">`. */
export function dateNotation(zone: string | null, allowsEarly = false): Notation {
  return {
    incomplete: MOMENTS.noDate,
    segments: typedSegments,
    words: wordsOf,
    format: (value) => (value === null || value === '' ? '' : dateOf(value, zone)),
    parse: (text, before, isDone) => {
      if (text === '') return { value: null }
      if (isUnlikely(text, null) && !isDone) return { reason: MOMENTS.incompleteYear, isPartial: true }
      if (parseMoment(text) === null) return { reason: MOMENTS.noDay }
      const reason = allowsEarly ? null : unlikelyYear(text, dateOf(before, zone))
      if (reason !== null) return { reason }
      return dateOf(before, zone) === text ? { value: before } : withDate(before, text, zone)
    },
  }
}

/** Return the notation of `<input type="time">`. */
export function timeNotation(zone: string | null): Notation {
  return {
    incomplete: MOMENTS.incompleteTime,
    segments: typedSegments,
    words: wordsOf,
    format: (value) => (value === null || value === '' ? '' : timeOf(value, zone)),
    parse: (text, before) => {
      if (text === '') return { value: null }
      const moment = parseMoment(before)
      if (timeOf(before, zone) === text) return { value: before }
      const local = parseMoment(text)
      if (!moment?.clock || !local) return { value: text }
      const shown = inZone(moment, zone)
      const seconds = local.seconds || (moment.seconds && ':00')
      const fraction = secondsOf(shown) === secondsOf(local) ? moment.fraction : padded(local.fraction, moment.fraction)
      return withLocal(before as string, moment, { ...shown, clock: local.clock, seconds, fraction }, zone)
    },
  }
}

/** Return a date such as `2026-07-15`, or a time such as `13:30`, as people write it. */
function wordsOf(text: string): string {
  const [moment, style] = text.includes('-')
    ? [text, { dateStyle: 'medium' } as const]
    : [`2000-01-01T${text}Z`, { timeStyle: text.length > 5 ? 'medium' : 'short' } as const]
  return new Intl.DateTimeFormat(undefined, { timeZone: 'UTC', ...style }).format(Date.parse(moment))
}

function timeOf(value: Json, zone: string | null): string | null {
  const moment = parseMoment(value)
  if (!moment?.clock) return null
  const shown = inZone(moment, zone)
  return shown.clock + secondsOf(shown)
}

/** Return seconds and milliseconds as browsers show them; an empty string if both are zero. */
function secondsOf({ seconds, fraction }: Moment): string {
  const milliseconds = fraction.slice(1, 4).padEnd(3, '0')
  if (milliseconds !== '000') return `${seconds}.${milliseconds}`
  return Number(seconds.slice(1)) === 0 ? '' : seconds
}

/** Extend a fraction to the number of digits that it had before. */
function padded(fraction: string, before: string): string {
  return fraction === '' ? '' : fraction.padEnd(before.length, '0')
}

/** Return an instant as local time in the zone; any other moment as it is. */
function inZone(moment: Moment, zone: string | null): Moment {
  const instant = instantOf(moment)
  return instant === null ? moment : { ...moment, ...partsOf(instant + offsetAt(instant, zone), moment) }
}

/** Return the value whose local time in the zone is `local`, in the format of `moment`. */
function withLocal(value: string, moment: Moment, local: Moment, zone: string | null): ParseResult {
  const before = instantOf(moment)
  if (before === null)
    return { value: textOf({ ...local, separator: local.separator || moment.separator, offset: moment.offset }) }
  const localMs = utc(local.date, local.clock + (local.seconds || ':00'))
  const [first, second] = instantsAt(localMs, zone)
  if (first === undefined) return { reason: MOMENTS.skippedTime(local.clock, wordsOf(local.date)) }
  // Where clocks are put back, an hour exists twice: the value stays in the one in which it was.
  const isSecond = second !== undefined && offsetAt(before, zone) === localMs - second
  const instant = isSecond ? second : first
  if (instant === before && local.fraction === moment.fraction) return { value }
  const after = partsOf(instant + offsetOf(moment.offset), local)
  if (!/^(?!0000)\d{4}-/.test(after.date)) return { reason: MOMENTS.yearOutOfRange }
  return { value: textOf({ ...moment, ...after, fraction: local.fraction }) }
}

function textOf({ date, separator, clock, seconds, fraction, offset }: Moment): string {
  return date + separator + clock + seconds + fraction + offset
}

/** Return a moment as milliseconds since 1970; `null` if it has no offset or no date. */
function instantOf({ date, clock, seconds, offset }: Moment): number | null {
  return offset === '' || date === '' ? null : utc(date, clock + (seconds || ':00')) - offsetOf(offset)
}

/** Convert milliseconds to a date and a time, without seconds if they are zero and the given moment has none. */
function partsOf(time: number, { seconds }: Moment): Pick<Moment, 'date' | 'clock' | 'seconds'> {
  const text = new Date(time).toISOString()
  const [date = '', clock = ''] = text.split('T')
  const hasNoSeconds = seconds === '' && clock.slice(5, 8) === ':00'
  return { date, clock: clock.slice(0, 5), seconds: hasNoSeconds ? '' : clock.slice(5, 8) }
}

function utc(date: string, clock = '00:00:00'): number {
  return Date.parse(`${date}T${clock}Z`)
}

/** Convert an offset such as `+02:00` to milliseconds. */
function offsetOf(offset: string): number {
  if (/^z$/i.test(offset)) return 0
  const [hours = 0, minutes = 0, seconds = 0] = (offset.slice(1).match(/\d\d/g) ?? []).map(Number)
  return (offset.startsWith('-') ? -SECOND_MS : SECOND_MS) * (hours * 3600 + minutes * 60 + seconds)
}

/** Return the instants with a local time in the zone, in order: none, one or two. */
function instantsAt(localMs: number, zone: string | null): number[] {
  const offsets = new Set([offsetAt(localMs - DAY_MS, zone), offsetAt(localMs + DAY_MS, zone)])
  const instants = [...offsets].map((offset) => localMs - offset)
  return instants.filter((instant) => localMs - instant === offsetAt(instant, zone)).sort((a, b) => a - b)
}

/** Formats by time zone; `null` is the user's own. */
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

/** Return the milliseconds by which local time in the zone is ahead of UTC; `null` is the user's own zone. */
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
  return local.getTime() - Math.floor(instant / SECOND_MS) * SECOND_MS
}
