/** The formatters of a Table's columns: texts, badges and colours of values. No React. */

import { isObject } from '../../edits/apply'
import type { Json } from '../../protocol'
import { memberOf, stringOf, textOf } from '../../view/values'
import { decimalsOf, moments } from './columnTypes'
import { formatDate } from './dates'

export type Formatter = Record<string, Json> & { type: string }

const NUMERIC = new Set(['number', 'number_intl', 'percent', 'adaptive_precision', 'threshold'])
const ADAPTIVE_DIGITS = 4
const PERCENT_DECIMALS = 2

/** Read a formatter: its name, or an object with its options. */
export function formatterOf(given: Json | undefined): Formatter | null {
  if (typeof given === 'string') return { type: given }
  return isObject(given) && typeof given.type === 'string' ? (given as Formatter) : null
}

/** Return whether a formatter is of numbers. */
export function isNumeric({ type }: Formatter): boolean {
  return NUMERIC.has(type)
}

/** Return the function that formats values such as the given ones; it returns `null` for a value of another type. */
export function formatFunctionOf(
  formatter: Formatter,
  values: readonly Json[],
): ((value: Json) => string | null) | null {
  const precision = typeof formatter.precision === 'number' ? formatter.precision : null
  const digits = precision === null ? {} : { minimumFractionDigits: precision, maximumFractionDigits: precision }
  switch (formatter.type) {
    case 'number':
      return precision === null ? null : numberFormat(undefined, digits)
    case 'percent':
      return numberFormat(undefined, { style: 'percent', ...percentDigits(values), ...digits })
    case 'number_intl':
      return numberFormat(formatter.locales as string | string[] | undefined, (formatter.options ?? {}) as object)
    case 'adaptive_precision':
      return numberFormat(undefined, { maximumSignificantDigits: ADAPTIVE_DIGITS })
    case 'datetime':
      return dateFormat(stringOf(formatter.format))
    case 'badge':
      return (value) => badgeOf(formatter, value)?.label ?? null
    default:
      return null
  }
}

/** Return the badge that a formatter declares for a value. */
export function badgeOf(formatter: Formatter, value: Json): { label: string; color: string | null } | null {
  const badge = isObject(formatter.badges) ? memberOf(formatter.badges, textOf(value)) : null
  if (!isObject(badge)) return null
  return { label: textOf(badge.label), color: stringOf(badge.color) }
}

/** Return the colour that a formatter gives to a value. */
export function toneOf(formatter: Formatter | null, value: Json): string | null {
  if (formatter?.type === 'compare') return value === formatter.target ? 'success' : 'error'
  if (!formatter?.thresholds || typeof value !== 'number') return null
  const thresholds = Array.isArray(formatter.thresholds) ? formatter.thresholds.filter(isObject) : []
  const reached = thresholds.find(({ bounds }) => {
    const [from, below] = Array.isArray(bounds) ? bounds : []
    return isWithin(value, from, below)
  })
  return stringOf(reached?.color)
}

/** Return whether a number is in a range; a bound that is missing is open. */
function isWithin(value: number, from: Json | undefined, below: Json | undefined): boolean {
  return (typeof from !== 'number' || from <= value) && (typeof below !== 'number' || value < below)
}

/** Return as many decimals for all percentages as the given fractions need, up to two. */
function percentDigits(values: readonly Json[]): Intl.NumberFormatOptions {
  const decimals = decimalsOf(values.filter((value) => typeof value === 'number').map((value) => value * 100))
  return { minimumFractionDigits: Math.min(decimals, PERCENT_DECIMALS), maximumFractionDigits: PERCENT_DECIMALS }
}

function numberFormat(locales: string | string[] | undefined, options: Intl.NumberFormatOptions) {
  const format = intlFormat(locales, options)
  return (value: Json) => (typeof value === 'number' ? format.format(value) : null)
}

/** Return a format of numbers; options that the browser does not know give its own. */
function intlFormat(locales: string | string[] | undefined, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  try {
    return new Intl.NumberFormat(locales, options)
  } catch {
    return new Intl.NumberFormat()
  }
}

function dateFormat(pattern: string | null) {
  if (pattern !== null) return (value: Json) => formatDate(value, pattern)
  const write = moments('datetime')
  return (value: Json) => {
    if (typeof value === 'number') return write(new Date(value).toISOString())
    return typeof value === 'string' ? write(value) : null
  }
}
