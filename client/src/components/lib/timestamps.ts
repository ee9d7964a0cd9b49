/** Moments as people read them. No React. */

import type { Json } from '../../protocol'

const MOMENT = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/i
const DAY_MS = 86_400_000

/** A moment in two lengths. */
interface Reading {
  short: string
  full: string
}

/**
 * Return the reading of ISO text; `null` for any other value. An instant, which has an offset, is read in a time zone, or
 * in the user's; the time is left out of a date. The short one has no day if that is today, and no year if it is this one.
 */
export function readingOf(value: Json, now: Date, zone?: string): Reading | null {
  const [match, offset] = typeof value === 'string' ? (MOMENT.exec(value) ?? []) : []
  if (match === undefined) return null
  const hasTime = match.length > 10
  const moment = new Date(`${hasTime ? match.replace(' ', 'T') : `${match}T00:00`}${offset ? '' : 'Z'}`)
  if (Number.isNaN(moment.getTime())) return null
  const timeZone = offset ? zone : 'UTC'
  const write = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(undefined, { timeZone, ...options }).format(moment)
  const [day, today] = [dayOf(moment, timeZone), dayOf(now, zone)]
  const time = hasTime ? write({ timeStyle: 'short' }) : ''
  const date = nameOf(day - today) ?? write({ day: 'numeric', month: 'short', ...(isOtherYear(day, today) && YEAR) })
  return {
    short: day === today && hasTime ? time : [date, time].filter(Boolean).join(', '),
    full: write({ dateStyle: 'full', ...(hasTime && { timeStyle: offset ? 'long' : 'short' }) }),
  }
}

const YEAR = { year: 'numeric' } as const

/** Return the number of the day of a moment in a time zone. */
function dayOf(moment: Date, timeZone: string | undefined): number {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(moment)
  return Date.parse(parts) / DAY_MS
}

function isOtherYear(day: number, today: number): boolean {
  return new Date(day * DAY_MS).getUTCFullYear() !== new Date(today * DAY_MS).getUTCFullYear()
}

/** Return the word for a day that is so many days from today, such as "yesterday", with a capital letter. */
function nameOf(days: number): string | null {
  if (Math.abs(days) > 1) return null
  const name = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' }).format(days, 'day')
  return name.charAt(0).toLocaleUpperCase() + name.slice(1)
}
