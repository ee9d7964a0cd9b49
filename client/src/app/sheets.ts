/** Values as sheets of cells, and these as CSV. */

import { isObject } from '../edits'
import type { Json } from '../protocol'

export interface Sheet {
  headings: readonly string[]
  rows: readonly (readonly Json[])[]
  /** The kinds of the columns of a DataFrame; `null` for others. */
  kinds?: readonly (string | null)[]
}

const MIDNIGHT = /^\d{4}-\d\d-\d\dT00:00:00$/
const DAY_CHARACTERS = 10
/** The kinds whose texts a spreadsheet never takes for formulas. */
const SAFE: ReadonlySet<string | null | undefined> = new Set(['integer', 'decimal', 'boolean', 'date', 'datetime'])
/** The bounds between which floating-point numbers are written without an exponent. */
const PLAIN = { least: 1e-5, most: 1e16 }

/** Return a list of objects as a sheet with a column for every member. Any other value is one cell. */
export function sheetOf(value: Json): Sheet {
  const rows = Array.isArray(value) ? value : [value]
  const headings = [...new Set(rows.flatMap((row) => (isObject(row) ? Object.keys(row) : ['value'])))]
  return { headings, rows: rows.map((row) => headings.map((name) => (isObject(row) ? row[name] : row) ?? null)) }
}

/** Return a sheet with dates in the columns whose moments are all midnights without a time zone: pandas writes days so. */
export function withDays({ rows, ...sheet }: Sheet): Sheet {
  const isOfDays = sheet.headings.map((_, at) =>
    rows.every((row) => row[at] == null || (typeof row[at] === 'string' && MIDNIGHT.test(row[at]))),
  )
  const cellOf = (cell: Json, at: number) =>
    isOfDays[at] && cell !== null ? String(cell).slice(0, DAY_CHARACTERS) : cell
  return { ...sheet, rows: rows.map((row) => row.map(cellOf)) }
}

/** Return a sheet as CSV (RFC 4180), with the same bytes as the server writes for the same DataFrame. */
export function csvOf({ headings, rows, kinds }: Sheet): string {
  const lines = [
    headings.map((heading) => cellOf(heading)),
    ...rows.map((row) => row.map((cell, at) => cellOf(cell, kinds?.[at]))),
  ]
  return `${lines.map((line) => line.join(',')).join('\r\n')}\r\n`
}

/** Return a value as the text of a cell. */
export function cellTextOf(value: Json): string {
  if (value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function cellOf(value: Json, kind?: string | null): string {
  const text = kind === 'decimal' && typeof value === 'number' ? decimalText(value) : cellTextOf(value)
  // A spreadsheet would take a text with such a beginning for a formula.
  const isFormula = typeof value === 'string' && !SAFE.has(kind) && /^[=+\-@\t\r]/.test(text)
  const safe = isFormula ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Return a floating-point number as the server writes it: with a point or an exponent. */
function decimalText(value: number): string {
  const size = Math.abs(value)
  if (size >= PLAIN.most || (size < PLAIN.least && size > 0)) return value.toExponential()
  return Number.isInteger(value) ? `${Object.is(value, -0) ? '-0' : value}.0` : String(value)
}
