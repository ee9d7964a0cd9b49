/** The rows of a Table as its user asks for them, wherever they are: in the tab or on the server. */

import type { Aggregate, Json } from '../../protocol'
import type { ServerTable } from './serverTable'
import type { Column, IndexedRow, Order, Row } from './table'

/** The values of a column that a user wants to see; `null` bounds are open. */
export type Filter =
  | { kind: 'text'; text: string }
  | { kind: 'range'; from: Json; to: Json }
  | { kind: 'values'; values: readonly Json[] }

/** The rows that a user asks for, and their order. */
export interface RowQuery {
  search: string
  /** The columns by which rows are sorted, the most important first. */
  orders: readonly Order[]
  /** By column. */
  filters: Readonly<Record<string, Filter>>
  group: Grouping | null
}

/** The column whose values are groups, the aggregate of the other columns, and the groups that show their rows. */
export interface Grouping {
  by: string
  aggregate: Aggregate
  open: readonly Json[]
}

export const ALL_ROWS: RowQuery = { search: '', orders: [], filters: {}, group: null }

/** A group of the rows with one value, in the place of these rows. */
export interface Group {
  value: Json
  count: number
  values: Row
  isOpen: boolean
}

/** The rows that a query finds. A Table draws those in view, and asks for no others. */
export interface RowSource {
  columns: readonly Column[]
  /** The number of lines: the rows that are found, or groups and the rows of open ones. */
  count: number
  /** True if there are no rows to find. */
  isEmpty: boolean
  /** True while the rows are those of an older query, or of older data. */
  isBusy: boolean
  /** The identity of what is found: another object for rows of another query or version. */
  found: object
  /** All rows, also those that are not found; `null` for rows on the server. */
  all: readonly Row[] | null
  /** The number of rows that are found, and of all. */
  size: { found: number; total: number }
  canGroup: boolean
  /** The columns of the DataFrame whose rows are all in the tab, with their kinds. */
  kinds?: ServerTable['columns']
  /** Return the row at a position among those that are found; `null` for a group, and while it is fetched. */
  at(position: number): IndexedRow | null
  /** Return the group at a position; `null` for a row. */
  groupAt(position: number): Group | null
  /** Return the distinct values of a column, those that are first in order. */
  valuesOf(column: string): Promise<readonly Json[]>
  /** Announce the positions that are drawn, from `first` to before `end`. */
  show(first: number, end: number): void
  /** Fetch the rows at some positions; absent if all are in the tab. */
  between?: ServerTable['between']
  /** Fetch the rows with some values in a column, or those of them that are found; absent if all are in the tab. */
  withValues?: ServerTable['withValues']
  /** Have the server send a file with all rows that are found; absent if these are in the tab. */
  export?: ServerTable['export']
}

/** Return the orders after a click on a heading: ascending, descending, none. `isAdded`: the others stay, before it. */
export function nextOrders(orders: readonly Order[], column: string, isAdded: boolean): readonly Order[] {
  const own = orders.find((order) => order.column === column)
  const next = own?.isDescending ? null : { column, isDescending: own !== undefined }
  if (!isAdded) return next ? [next] : []
  if (!own) return next ? [...orders, next] : orders
  return orders.flatMap((order) => (order !== own ? order : (next ?? [])))
}

/** Convert rows to a source's rows, which know their index in the data. */
export function indexed(rows: readonly Row[]): IndexedRow[] {
  return rows.map((row, index) => ({ row, index }))
}

/** Return whether there are rows that are not found. */
export function isFiltered({ size }: RowSource): boolean {
  return size.found < size.total
}

/** Return the filters that the headings show: those of columns that the data has no longer, or not yet, wait for them. */
export function shownFilters({ filters }: RowQuery, columns: readonly Column[]): RowQuery['filters'] {
  const shown = new Set(columns.filter(({ filter, isMissing }) => filter && !isMissing).map(({ id }) => id))
  const kept = Object.entries(filters).filter(([column]) => shown.has(column))
  return kept.length === Object.keys(filters).length ? filters : Object.fromEntries(kept)
}
