/** The types of a Table's columns, and the text of their values without a formatter. No React. */

import { isObject } from '../../edits/apply'
import type { Json } from '../../protocol'
import { textOf } from '../../view/values'

export type ColumnType = 'number' | 'boolean' | 'date' | 'datetime' | 'text'

/** The text of a value that is not null. */
type TextFunction = (value: NonNullable<Json>) => string

const DATE = /^\d{4}-\d\d-\d\d$/
const MOMENT = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(Z|[+-]\d\d(?::?\d\d)?)?$/i
const MIDNIGHT = /[T ]00:00(?::00(?:[.,]0+)?)?$/
/** The names that apps give to types; pandas has one for each resolution of its datetimes. */
const DECLARED: Record<string, ColumnType> = { number: 'number', boolean: 'boolean', date: 'date', string: 'text' }
const SIGNIFICANT_DIGITS = 6
const FEW_DECIMALS = 2
/** Numbers from here on are not exact, and too long to read. */
const LONG_NUMBER = 1e15
const NAME = /(^|[_\s])id$|[a-z]I[dD]$/i

/** Return the type that an app has declared; `null` if it has declared none. */
export function declaredType(type: Json): ColumnType | null {
  if (typeof type !== 'string') return null
  return type.startsWith('datetime') ? 'datetime' : (DECLARED[type] ?? null)
}

/** Return the type that all values have. A datetime that is a midnight without a time zone counts as a date. */
export function inferredType(values: readonly Json[]): ColumnType {
  const present = values.filter((value) => value !== null && value !== '')
  if (present.length === 0) return 'text'
  if (present.every((value) => typeof value === 'number')) return 'number'
  if (present.every((value) => typeof value === 'boolean')) return 'boolean'
  if (!present.every((value) => typeof value === 'string' && (DATE.test(value) || MOMENT.test(value)))) return 'text'
  return present.every((value) => DATE.test(value as string) || MIDNIGHT.test(value as string)) ? 'date' : 'datetime'
}

/** Return the function that writes the values of a column. A value of another type is written as it is. */
export function textFunctionFor(type: ColumnType, name: string, values: readonly Json[]): TextFunction {
  switch (type) {
    case 'number':
      return numbers(
        values.filter((value) => typeof value === 'number'),
        NAME.test(name),
      )
    case 'date':
    case 'datetime':
      return moments(type)
    default:
      return mixed(values)
  }
}

/** Return the function that writes texts, or a mixture of numbers and moments such as a summary of dates. */
function mixed(values: readonly Json[]): TextFunction {
  const present = values.filter((value) => value !== null && value !== '')
  const isMoment = (value: Json) => typeof value === 'string' && inferredType([value]) !== 'text'
  const [numeric, moment] = [present.filter((value) => typeof value === 'number'), present.filter(isMoment)]
  const isMixture = numeric.length > 0 && moment.length > 0 && numeric.length + moment.length === present.length
  if (!isMixture) return plainText
  const writeNumber = numbers(numeric, false)
  const writeMoment = moments(inferredType(moment) === 'date' ? 'date' : 'datetime')
  return (value) => (typeof value === 'number' ? writeNumber(value) : writeMoment(value))
}

/** Return the function that writes dates and datetimes; an instant, which has an offset, in the user's time zone. */
export function moments(type: 'date' | 'datetime'): TextFunction {
  const day = { dateStyle: 'medium' } as const
  const style: Intl.DateTimeFormatOptions = type === 'datetime' ? { ...day, timeStyle: 'short' } : day
  const local = new Intl.DateTimeFormat(undefined, style)
  const asWritten = new Intl.DateTimeFormat(undefined, { ...style, timeZone: 'UTC' })
  const date = new Intl.DateTimeFormat(undefined, { ...day, timeZone: 'UTC' })
  return (value) => {
    if (typeof value !== 'string') return plainText(value)
    if (DATE.test(value)) return isDate(value) ? date.format(Date.parse(value)) : value
    const [match, offset] = MOMENT.exec(value) ?? []
    if (match === undefined || !isDate(value.slice(0, 10))) return value
    const time = Date.parse(`${value.replace(' ', 'T').replace(',', '.')}${offset ? '' : 'Z'}`)
    return Number.isNaN(time) ? value : (offset ? local : asWritten).format(time)
  }
}

/** Return whether a calendar has the date. */
function isDate(date: string): boolean {
  const time = Date.parse(`${date}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date)
}

/** Return the function that writes numbers with the decimals that these need, so that their points are below each other. */
function numbers(values: readonly number[], isName: boolean): TextFunction {
  const decimals = decimalsOf(values)
  const format = new Intl.NumberFormat(undefined, {
    // Whole numbers of four digits may be years. The known values do not decide: they may be a part of the column.
    useGrouping: decimals > 0 ? 'always' : isName ? false : 'min2',
    minimumFractionDigits: decimals,
    // Where all known numbers are whole, a fraction that comes later is not hidden.
    maximumFractionDigits: decimals || SIGNIFICANT_DIGITS,
  })
  const smallest = 0.5 * 10 ** -(decimals || SIGNIFICANT_DIGITS)
  return (value) => {
    if (typeof value !== 'number') return plainText(value)
    const size = Math.abs(value)
    const isReadable = size === 0 || (size >= smallest && size < LONG_NUMBER)
    return isReadable ? format.format(value) : String(Number(value.toPrecision(SIGNIFICANT_DIGITS)))
  }
}

/** Return the number of decimals that numbers need below each other; of numbers with many, six digits of the largest. */
export function decimalsOf(values: readonly number[]): number {
  const needed = Math.max(0, ...values.map(decimalsOfOne))
  const largest = Math.max(1, ...values.map(Math.abs))
  const shown = SIGNIFICANT_DIGITS - 1 - Math.floor(Math.log10(largest))
  return Math.min(needed, Math.max(shown, FEW_DECIMALS))
}

function decimalsOfOne(value: number): number {
  const whole = String(Math.trunc(Math.abs(value))).length
  const digits = Math.min(Math.max(SIGNIFICANT_DIGITS, whole + 2), 15)
  const [, decimals = '', exponent = '0'] =
    /^-?\d+(?:\.(\d*))?(?:e([+-]\d+))?$/.exec(String(Number(value.toPrecision(digits)))) ?? []
  return Math.max(0, decimals.length - Number(exponent))
}

function plainText(value: NonNullable<Json>): string {
  return Array.isArray(value) && !value.some((each) => isObject(each) || Array.isArray(each))
    ? value.map(textOf).join(', ')
    : textOf(value)
}
