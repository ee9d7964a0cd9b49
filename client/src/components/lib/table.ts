/** The columns of a Table, and the text of its cells. No React. */

import { isObject } from '../../edits/apply'
import type { Json } from '../../protocol'
import { memberOf, sizeOf, stringOf, textOf } from '../../view/values'
import { type ColumnType, declaredType, inferredType, textFunctionFor } from './columnTypes'
import { columnMeasure, type Measure, withLongNumbers } from './columnWidths'
import { type Formatter, formatFunctionOf, formatterOf, isNumeric } from './formatters'

export type Row = Record<string, Json>

/** A column as the app declares it. */
interface ColumnDeclaration {
  col_id: string
  label?: string | undefined
  formatter?: Formatter | undefined
  width?: number | string | undefined
  align?: Column['align'] | undefined
  sticky?: 'left' | 'right' | undefined
  tooltip?: string | undefined
  type?: ColumnType | undefined
  unique_items?: readonly Json[] | undefined
  editable?: boolean | undefined
  filter?: ColumnFilter | undefined
}

export type ColumnFilter = (typeof FILTERS)[number]

export interface Column {
  id: string
  label: string
  align: 'left' | 'center' | 'right'
  /** A CSS length. */
  width: string
  /** The width is as declared. */
  isSized: boolean
  /** The width of its texts, in widths of a zero. */
  ch: number
  sticky: 'left' | 'right' | null
  /** The width of the sticky columns between this one and the edge of the table, as CSS. */
  offset: string | null
  /** The first column, which stays visible in a narrow table if no other does. */
  isLead: boolean
  /** The column is the innermost of those that are sticky on one side. */
  edge: 'left' | 'right' | null
  tooltip: string | null
  formatter: Formatter | null
  type: ColumnType
  /** The values that a cell can have; `null` for any. */
  choices: readonly Json[] | null
  /** True if cells can be edited, false if not; `null` if the table decides. */
  isEditable: boolean | null
  /** The kind of filter in the heading; `null` for none. */
  filter: ColumnFilter | null
  /** The values are the names of the rows. */
  isRowName: boolean
  /** No row has such a member. */
  isMissing: boolean
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

const ALIGNS = ['left', 'center', 'right'] as const
const STICKY = ['left', 'right'] as const
const FILTERS = ['categorical', 'datetime', 'numeric', 'text'] as const
/** The number of rows that decide the widths and alignments of columns. */
const SAMPLE_ROWS = 200
/** The width of texts, in widths of a zero, that may be longer outside the sample. */
const LONG_CH = 24
/** Moments of all months: their names differ in length. */
const MOMENTS = Array.from({ length: 12 }, (_, month) => `2028-${String(month + 1).padStart(2, '0')}-28`)

/** Return the id of a row: the values of its id columns, joined if they are several; without any, its index in the data. */
export function idOf({ row, index }: IndexedRow, idColumns: Json): Json {
  if (typeof idColumns === 'string') return memberOf(row, idColumns)
  return Array.isArray(idColumns) ? idColumns.map((name) => textOf(memberOf(row, textOf(name)))).join('_') : index
}

/** Convert data to rows. Anything that is not an object becomes an empty row. */
export function rowsOf(data: Json): Row[] {
  return Array.isArray(data) ? data.map((row) => (isObject(row) ? row : {})) : []
}

/** The name that pandas gives to an index without one. */
const NAMELESS = 'index'
/** The names of the members that hold the names of rows. */
const ROW_NAMES: readonly string[] = [NAMELESS]

export interface RowNames {
  names: readonly string[]
  /** True if they are shown in a table without declared columns. */
  isShown: boolean
}

/** Return the names of the members that hold the names of rows, as a table declares them. */
export function rowNamesOf(given: Json, isShown: boolean): RowNames {
  const names = Array.isArray(given) ? given.filter((name) => typeof name === 'string') : ROW_NAMES
  return { names, isShown }
}

/** Return the declared columns, or one for each member of the data. */
export function columnsOf(given: Json, rows: readonly Row[], rowNames = rowNamesOf(null, true)): Column[] {
  const sample = withLongNumbers(rows.slice(0, SAMPLE_ROWS), rows)
  const members = () => membersOf(sample).filter((name) => rowNames.isShown || !rowNames.names.includes(name))
  const columns = Array.isArray(given) ? given.flatMap(declarationOf) : members().flatMap(declarationOf)
  const measure = columnMeasure()
  const completed = withoutDuplicates(columns).map((column) => complete(column, sample, rowNames, measure))
  const lead = completed.some(({ sticky }) => sticky === 'left') ? null : completed[0]
  const placed = completed.map((column) => ({ ...column, isLead: column === lead }))
  return withOffsets(withOffsets(placed, 'left'), 'right')
}

/**
 * Return the column that takes the width that the others leave; `null` if all share it.
 *
 * It is the one of the longest texts: if they may be cut off, or to leave others their widths, such as that of boxes.
 */
export function fillingColumn(columns: readonly Column[], hasFixed: boolean): Column | null {
  const texts = columns.filter(({ type, align, isSized, sticky }) => {
    return type === 'text' && align === 'left' && !isSized && !sticky
  })
  const longest = texts.toSorted((a, b) => b.ch - a.ch)[0]
  const isFilling = longest && (longest.ch > LONG_CH || hasFixed || columns.some(({ isSized }) => isSized))
  return isFilling ? longest : null
}

/** Return the columns with those marked that the data does not have, if it has rows. */
export function withMissing(columns: readonly Column[], isKnown: ((id: string) => boolean) | null): readonly Column[] {
  if (!isKnown || columns.every(({ id }) => isKnown(id))) return columns
  return columns.map((column) => ({ ...column, isMissing: !isKnown(column.id) }))
}

/** Place the columns that are sticky on one side next to each other. */
function withOffsets(columns: Column[], side: 'left' | 'right'): Column[] {
  const inward = side === 'left' ? columns : columns.toReversed()
  const sticky = inward.filter((column) => column.sticky === side)
  return columns.map((column) => {
    const rank = sticky.indexOf(column)
    if (rank < 0) return column
    const outer = sticky.slice(0, rank).map(({ width }) => width)
    const offset = outer.length > 0 ? `calc(${outer.join(' + ')})` : null
    return { ...column, offset, edge: rank === sticky.length - 1 ? side : null }
  })
}

/** Return the attributes that place the cells and the heading of a column. */
export function placeOf({ align, sticky, offset, edge, isLead, filter }: Column) {
  return {
    'data-align': align,
    ...(filter && { 'data-menu': true }),
    ...(sticky && { 'data-sticky': sticky }),
    ...(edge && { 'data-edge': edge }),
    ...(isLead && { 'data-lead': true }),
    ...(offset && { style: { '--dara-offset': offset } }),
  }
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
      formatter: formatterOf(formatter) ?? undefined,
      width: sizeOf(given.width) ?? undefined,
      align: ALIGNS.find((each) => each === align),
      sticky: STICKY.find((each) => each === sticky),
      tooltip: tooltip == null ? undefined : textOf(tooltip),
      type: declaredType(given.type ?? null) ?? undefined,
      unique_items: Array.isArray(given.unique_items) ? given.unique_items : undefined,
      editable: typeof given.editable === 'boolean' ? given.editable : undefined,
      filter: FILTERS.find((each) => each === given.filter),
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
function complete(declared: ColumnDeclaration, sample: readonly Row[], rowNames: RowNames, measure: Measure) {
  const isRowName = rowNames.names.includes(declared.col_id)
  const {
    col_id: id,
    label = isRowName && id === NAMELESS ? '' : id,
    formatter = null,
    width,
    align,
    sticky,
    tooltip,
    filter,
  } = declared
  const values = sample.map((row) => memberOf(row, id)).filter((value) => value !== null)
  const type = declared.type ?? (formatter && isNumeric(formatter) ? 'number' : inferredType(values))
  const toText = textFunctionOf(formatter, values, textFunctionFor(type, id, values))
  const alignment = align ?? (type === 'number' ? 'right' : 'left')
  const { width: ownWidth, ch } = measure({
    heading: label,
    values: [...values, ...(values.length > 0 ? momentsOf(type) : [])].map(toText),
    align: alignment,
    hasMenu: filter !== undefined,
    isBadge: formatter?.type === 'badge',
  })
  return {
    id,
    label,
    type,
    align: alignment,
    isSized: width !== undefined,
    ch,
    width: width === undefined ? ownWidth : typeof width === 'number' ? `${width}px` : width,
    sticky: sticky ?? null,
    offset: null,
    edge: null,
    tooltip: tooltip ?? null,
    formatter,
    choices: declared.unique_items ?? null,
    isEditable: declared.editable ?? null,
    filter: filter ?? null,
    isRowName,
    isMissing: false,
    textOf: toText,
  }
}

/** Return values that are as long as any of a column of moments. */
function momentsOf(type: ColumnType): string[] {
  if (type === 'date') return MOMENTS
  return type === 'datetime' ? MOMENTS.map((date) => `${date}T22:58:58`) : []
}

/** Return the function that converts the values of a column to text; a formatter leaves other types to the column's own. */
function textFunctionOf(
  formatter: Formatter | null,
  values: readonly Json[],
  plain: (value: NonNullable<Json>) => string,
) {
  const format = formatter && formatFunctionOf(formatter, values)
  return (value: Json) => (value === null ? '' : (format?.(value) ?? plain(value)))
}
