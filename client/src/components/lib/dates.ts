/** Dates as text. */

import dayjs from 'dayjs'

const PARTS = /'((?:[^']|'')*)'|[yuMdEaHhmsSX]+/g
const EQUIVALENTS: Record<string, string> = {
  yyyy: 'YYYY',
  yy: 'YY',
  y: 'YYYY',
  d: 'D',
  dd: 'DD',
  E: 'ddd',
  EE: 'ddd',
  EEE: 'ddd',
  EEEE: 'dddd',
  a: 'A',
}

/** A pattern such as `dd/MM/yyyy`, with text in quotes, as dayjs writes it. */
export function patternOf(pattern: string): string {
  return pattern.replace(PARTS, (part, quoted?: string) =>
    quoted === undefined ? (EQUIVALENTS[part] ?? part) : `[${quoted.replaceAll("''", "'")}]`,
  )
}

/** ISO text, or milliseconds since 1970, in the user's time zone; `null` if it is no date. */
export function formatDate(value: unknown, pattern: string | null): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null
  const date = dayjs(value)
  if (!date.isValid()) return null
  if (pattern !== null) return date.format(patternOf(pattern))
  const hasTime = typeof value === 'number' || value.length > 10
  return date.toDate().toLocaleString(undefined, { dateStyle: 'medium', ...(hasTime && { timeStyle: 'short' }) })
}
