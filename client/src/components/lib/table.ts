/** The columns of a Table, and the text of its cells. No React. */

import { isObject } from '../../edits/apply'
import type { Json } from '../../protocol'
import { memberOf, sizeOf, stringOf, textOf } from '../../view/values'
import { formatDate } from './dates'

export type Row = Record<string, Json>
type Formatter = Record<string, Json> & { type: string }

/** A column as the app declares it. */
interface ColumnDeclaration {
  col_id: string
  label?: string | undefined
  formatter?: Formatter | undefined
  width?: number | string | undefined
  align?: Column['align'] | undefined
  sticky?: 'left' | 'right' | undefined
  tooltip?: string | undefined
}

export interface Column {
  id: string
  label: string
  align: 'left' | 'center' | 'right'
  /** A CSS length. */
  width: string
  /** The column takes the width that the others leave. */
  isWidest: boolean
  sticky: 'left' | 'right' | null
  tooltip: string | null
  formatter: Formatter | null
  textOf: (value: Json) => string
}

/** A row with its index in the data. */
export interface IndexedRow {
  row: Row
  index: number
}

export interface Order {
  column: string
  isDescending: boolean
}

const NUMERIC = new Set(['number', 'number_intl', 'percent', 'adaptive_precision', 'threshold'])
const ALIGNS = ['left', 'center', 'right'] as const
const STICKY = ['left', 'right'] as const
/** The number of rows that decide the widths and alignments of columns. */
const SAMPLE_ROWS = 200
const WIDTH_CH = { min: 4, max: 42, padding: 5 }
/** The additional width of a heading, which is bold and has an arrow. */
const HEADING_CH = 3

/** Convert data to rows. Anything that is not an object becomes an empty row. */
export function rowsOf(data: Json): Row[] {
  return Array.isArray(data) ? data.map((row) => (isObject(row) ? row : {})) : []
}

/** Return the declared columns, or one for each member of the data. */
export function columnsOf(given: Json, rows: readonly Row[]): Column[] {
  const sample = rows.slice(0, SAMPLE_ROWS)
  const columns = Array.isArray(given) ? given.flatMap(declarationOf) : membersOf(sample).flatMap(declarationOf)
  const completed = withoutDuplicates(columns).map((column) => complete(column, sample))
  const texts = completed.filter(({ align, isSized }) => align === 'left' && !isSized)
  const widest = texts.toSorted((a, b) => b.characters - a.characters)[0] ?? null
  return completed.map((column) => ({ ...column, isWidest: column === widest }))
}

/** Return the colour that a formatter gives to a value. */
export function toneOf(column: Column, value: Json): string | null {
  const formatter = column.formatter
  if (formatter?.type === 'compare') return value === formatter.target ? 'success' : 'error'
  if (formatter?.type !== 'threshold' || typeof value !== 'number') return null
  const thresholds = Array.isArray(formatter.thresholds) ? formatter.thresholds.filter(isObject) : []
  const reached = thresholds.find(({ bounds }) => {
    const [from, to] = Array.isArray(bounds) ? bounds : []
    return typeof from === 'number' && typeof to === 'number' && from <= value && value < to
  })
  return stringOf(reached?.color)
}

/** Read a column's declaration, a name or an object; return an empty list if it names no member. */
function declarationOf(given: Json): ColumnDeclaration[] {
  if (!isObject(given)) return stringOf(given) === null ? [] : [{ col_id: textOf(given) }]
  if (stringOf(given.col_id) === null) return []
  const { formatter, align, sticky, tooltip } = given
  return [
    {
      col_id: textOf(given.col_id),
      label: given.label == null ? undefined : textOf(given.label),
      formatter: isObject(formatter) && typeof formatter.type === 'string' ? (formatter as Formatter) : undefined,
      width: sizeOf(given.width) ?? undefined,
      align: ALIGNS.find((each) => each === align),
      sticky: STICKY.find((each) => each === sticky),
      tooltip: tooltip == null ? undefined : textOf(tooltip),
    },
  ]
}

/** Keep the first of several columns with the same name. */
function withoutDuplicates(columns: ColumnDeclaration[]): ColumnDeclaration[] {
  const ids = new Set<string>()
  return columns.filter(({ col_id: id }) => !ids.has(id) && ids.add(id))
}

/** Return the names of all members of the rows. */
function membersOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))]
}

/** Complete a declaration with what the values of the column suggest. */
function complete({ col_id: id, label, formatter, width, align, sticky, tooltip }: ColumnDeclaration, sample: Row[]) {
  const values = sample.map((row) => memberOf(row, id)).filter((value) => value !== null)
  const isNumeric = formatter ? NUMERIC.has(formatter.type) : values.length > 0 && values.every(isNumber)
  const toText = textFunctionOf(formatter ?? null)
  const longest = Math.max((label ?? id).length + HEADING_CH, ...values.map((value) => toText(value).length))
  return {
    id,
    label: label ?? id,
    align: align ?? (isNumeric ? 'right' : 'left'),
    isSized: width !== undefined,
    characters: longest,
    width: width === undefined ? widthFor(longest) : typeof width === 'number' ? `${width}px` : width,
    sticky: sticky ?? null,
    tooltip: tooltip ?? null,
    formatter: formatter ?? null,
    textOf: toText,
  }
}

function widthFor(characters: number): string {
  return `${Math.min(Math.max(characters, WIDTH_CH.min), WIDTH_CH.max) + WIDTH_CH.padding}ch`
}

/** Return the function that converts the values of a column to text. */
function textFunctionOf(formatter: Formatter | null): (value: Json) => string {
  const format = formatter ? formatFunctionOf(formatter) : null
  return (value) => (value === null ? '' : (format?.(value) ?? plainText(value)))
}

/** Return the function of a formatter. It returns `null` for a value of another type. */
function formatFunctionOf(formatter: Formatter): ((value: Json) => string | null) | null {
  const precision = typeof formatter.precision === 'number' ? formatter.precision : null
  const digits = precision === null ? {} : { minimumFractionDigits: precision, maximumFractionDigits: precision }
  switch (formatter.type) {
    case 'number':
      return numberFormat(new Intl.NumberFormat(undefined, digits))
    case 'percent':
      return numberFormat(new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 2, ...digits }))
    case 'number_intl': {
      const { locales, options } = formatter
      return numberFormat(new Intl.NumberFormat(locales as string | string[] | undefined, (options ?? {}) as object))
    }
    case 'adaptive_precision':
      return numberFormat(new Intl.NumberFormat(undefined, { maximumSignificantDigits: 4 }))
    case 'datetime':
      return (value) => formatDate(value, typeof formatter.format === 'string' ? formatter.format : null)
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

function numberFormat(format: Intl.NumberFormat): (value: Json) => string | null {
  return (value) => (isNumber(value) ? format.format(value) : null)
}

/** Convert a value without a formatter. A fraction is rounded to six digits, a large one to two decimals. */
function plainText(value: NonNullable<Json>): string {
  if (isNumber(value)) {
    const wholeDigits = String(Math.trunc(Math.abs(value))).length
    return Number.isInteger(value)
      ? String(value)
      : String(Number(value.toPrecision(Math.min(Math.max(6, wholeDigits + 2), 15))))
  }
  return textOf(value)
}

function isNumber(value: Json): value is number {
  return typeof value === 'number'
}
