/** Rows of a table on the server that are selected together, though the tab does not have all of them. */

import { SELECTION } from '../../messages/selection'
import type { Json, Rows, WireQuery } from '../../protocol'
import { RowWindows } from './rowWindows'
import type { IndexedRow } from './table'

/** The number of rows that are selected together: each is fetched, for its id and its record. */
const MOST = 10_000
const STEP = 500

/** Return the rows from `first` to before `end`. Throws an error for the user if they are too many, or change meanwhile. */
export async function farRows(
  { query, version, columns }: RowWindows,
  first: number,
  end: number,
  fetch: (start: number, count: number) => Promise<Rows>,
): Promise<IndexedRow[]> {
  if (end - first > MOST) throw new Error(SELECTION.tooMany(end - first, MOST))
  const windows = new RowWindows(query, version, columns)
  for (let start = first; start < end; start += STEP) {
    const rows = await fetch(start, Math.min(STEP, end - start))
    if (rows.version !== version) throw new Error(SELECTION.changed)
    windows.add(rows)
  }
  return Array.from({ length: end - first }, (_, at) => windows.at(first + at)).filter(
    (row): row is IndexedRow => row !== null && !('group' in row),
  )
}

/** Return the rows of a query that have some values in a column. Throws an error for the user as `farRows` does. */
export async function rowsWithValues(
  { version, columns }: RowWindows,
  query: WireQuery,
  column: string,
  values: readonly Json[],
  fetch: (query: WireQuery, count: number) => Promise<Rows>,
): Promise<IndexedRow[]> {
  if (values.length > MOST) throw new Error(SELECTION.tooMany(values.length, MOST))
  const found: IndexedRow[] = []
  for (let start = 0; start < values.length; start += STEP) {
    const filter = { column, operator: 'IN' as const, value: values.slice(start, start + STEP) }
    const asked = { ...query, filters: [...(query.filters ?? []), filter] }
    const rows = await fetch(asked, STEP)
    if (rows.version !== version) throw new Error(SELECTION.changed)
    const windows = new RowWindows(asked, version, columns)
    windows.add(rows)
    for (let at = 0; at < rows.rows.length; at++) {
      const row = windows.at(at)
      if (row && !('group' in row)) found.push(row)
    }
  }
  return found
}
