/** Rows of a table on the server that are selected together, though the tab does not have all of them. */

import { SELECTION } from '../../messages/selection'
import type { Rows } from '../../protocol'
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
