/** Formatting of dates. */

import dayjs from 'dayjs'

const TOKENS = /'((?:[^']|'')*)'|[yuMdEaHhmsSX]+/g
/** Tokens that dayjs writes in another way. */
const DAYJS_TOKENS: Record<string, string> = {
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

/** Convert a pattern such as `dd/MM/yyyy`, in which literal text is quoted, to one of dayjs. */
export function toDayjsPattern(pattern: string): string {
  return pattern.replace(TOKENS, (token, quoted?: string) =>
    quoted === undefined ? (DAYJS_TOKENS[token] ?? token) : `[${quoted.replaceAll("''", "'")}]`,
  )
}

/** Format ISO text or milliseconds since 1970, in the user's time zone; return `null` for any other value. */
export function formatDate(value: unknown, pattern: string): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null
  const date = dayjs(value)
  return date.isValid() ? date.format(toDayjsPattern(pattern)) : null
}
