/** What a Table shows: its columns, their text, and the rows in order. No React. */

import { isObject } from '../../edits/apply'
import type { Json } from '../../protocol'
import { memberOf, sizeOf, stringOf, textOf } from '../../view/values'
import { formatDate } from './dates'

export type Row = Record<string, Json>
type Formatter = Record<string, Json> & { type: string }

interface GivenColumn {
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
  /** CSS; the widest text has the rest of the room. */
  width: string
  isWidest: boolean
  sticky: 'left' | 'right' | null
  tooltip: string | null
  formatter: Formatter | null
  textOf: (value: Json) => string
}

/** A row and its place in the data. */
export interface Placed {
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
const SAMPLE = 200
const WIDTH_CH = { min: 4, max: 42, padding: 5 }
/** Beside a heading is the arrow of its order, and it is bold. */
const ARROW_CH = 3

/** The rows of what was given; anything that is no record has no members. */
export function rowsOf(data: Json): Row[] {
  return Array.isArray(data) ? data.map((row) => (isObject(row) ? row : {})) : []
}

export function columnsOf(given: Json, rows: readonly Row[]): Column[] {
  const sample = rows.slice(0, SAMPLE)
  const columns = Array.isArray(given) ? given.flatMap(asColumn) : membersOf(sample).flatMap(asColumn)
  const completed = unlike(columns).map((column) => complete(column, sample))
  const texts = completed.filter(({ align, isSized }) => align === 'left' && !isSized)
  const widest = texts.toSorted((a, b) => b.characters - a.characters)[0] ?? null
  return completed.map((column) => ({ ...column, isWidest: column === widest }))
}

/** A colour that the value itself asks for. */
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

/** The rows that have `text` in one of `columns`, in the order that was asked for. */
export function arrange(rows: readonly Row[], columns: readonly Column[], text: string, order: Order | null): Placed[] {
  const placed = rows.map((row, index) => ({ row, index }))
  const wanted = text.trim().toLowerCase()
  const found = wanted ? placed.filter(({ row }) => columns.some((column) => hasText(column, row, wanted))) : placed
  if (!order) return found
  const sign = order.isDescending ? -1 : 1
  return found.toSorted((a, b) => compare(memberOf(a.row, order.column), memberOf(b.row, order.column), sign))
}

function hasText(column: Column, row: Row, wanted: string): boolean {
  return column.textOf(memberOf(row, column.id)).toLowerCase().includes(wanted)
}

/** Numbers before text; what is missing is last in both directions. */
function compare(a: Json, b: Json, sign: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  if (typeof a === 'number' && typeof b === 'number') return sign * (a - b)
  if (typeof a === 'number' || typeof b === 'number') return sign * (typeof a === 'number' ? -1 : 1)
  return sign * COLLATOR.compare(textOf(a), textOf(b))
}

const COLLATOR = new Intl.Collator(undefined, { numeric: true })

/** A column by its name, or with what it says of itself; whatever names none is left out. */
function asColumn(given: Json): GivenColumn[] {
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

/** Of columns that have the same name the first is meant. */
function unlike(columns: GivenColumn[]): GivenColumn[] {
  const ids = new Set<string>()
  return columns.filter(({ col_id: id }) => !ids.has(id) && ids.add(id))
}

function membersOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))]
}

function complete({ col_id: id, label, formatter, width, align, sticky, tooltip }: GivenColumn, sample: Row[]) {
  const values = sample.map((row) => memberOf(row, id)).filter((value) => value !== null)
  const isNumeric = formatter ? NUMERIC.has(formatter.type) : values.length > 0 && values.every(isNumber)
  const write = writerOf(formatter ?? null)
  const longest = Math.max((label ?? id).length + ARROW_CH, ...values.map((value) => write(value).length))
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
    textOf: write,
  }
}

function widthFor(characters: number): string {
  return `${Math.min(Math.max(characters, WIDTH_CH.min), WIDTH_CH.max) + WIDTH_CH.padding}ch`
}

function writerOf(formatter: Formatter | null): (value: Json) => string {
  const write = formatter ? formattedBy(formatter) : null
  return (value) => (value === null ? '' : (write?.(value) ?? plain(value)))
}

/** How a formatter writes a value; it answers `null` if the value is not of its kind. */
function formattedBy(formatter: Formatter): ((value: Json) => string | null) | null {
  const precision = typeof formatter.precision === 'number' ? formatter.precision : null
  const digits = precision === null ? {} : { minimumFractionDigits: precision, maximumFractionDigits: precision }
  switch (formatter.type) {
    case 'number':
      return ofNumber(new Intl.NumberFormat(undefined, digits))
    case 'percent':
      return ofNumber(new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 2, ...digits }))
    case 'number_intl': {
      const { locales, options } = formatter
      return ofNumber(new Intl.NumberFormat(locales as string | string[] | undefined, (options ?? {}) as object))
    }
    case 'adaptive_precision':
      return ofNumber(new Intl.NumberFormat(undefined, { maximumSignificantDigits: 4 }))
    case 'datetime':
      return (value) => formatDate(value, typeof formatter.format === 'string' ? formatter.format : null)
    case 'badge':
      return (value) => badgeOf(formatter, value)?.label ?? null
    default:
      return null
  }
}

export function badgeOf(formatter: Formatter, value: Json): { label: string; color: string | null } | null {
  const badge = isObject(formatter.badges) ? memberOf(formatter.badges, textOf(value)) : null
  if (!isObject(badge)) return null
  return { label: textOf(badge.label), color: stringOf(badge.color) }
}

function ofNumber(format: Intl.NumberFormat): (value: Json) => string | null {
  return (value) => (isNumber(value) ? format.format(value) : null)
}

/** A fraction has six digits, or two after the point if it is large; whoever needs more can ask for a formatter. */
function plain(value: NonNullable<Json>): string {
  if (isNumber(value)) {
    const whole = String(Math.trunc(Math.abs(value))).length
    return Number.isInteger(value)
      ? String(value)
      : String(Number(value.toPrecision(Math.min(Math.max(6, whole + 2), 15))))
  }
  return textOf(value)
}

function isNumber(value: Json): value is number {
  return typeof value === 'number'
}
