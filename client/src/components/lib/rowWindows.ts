/** The windows of one version of a table, as one query finds its rows. */

import type { Json, Rows, WireQuery, WireRow } from '../../protocol'

/** The rows of a window that is asked for. */
export const WINDOW_ROWS = 100
/** The number of windows that are kept; those farthest from the view are dropped. */
const KEPT = 60

/** A row with its index in the data, or a group of rows with aggregates of its columns. */
export type TableRow =
  | { row: Record<string, Json>; index: number }
  | { group: Json; rows: number; row: Record<string, Json>; index: number }

export class RowWindows {
  readonly query: WireQuery
  readonly version: string
  readonly columns: readonly string[]
  /** The number of rows that the query finds. */
  found = 0
  /** The number of lines: with groups, those of groups and of the rows in open ones. */
  count = 0
  readonly #windows = new Map<number, (TableRow | null)[]>()

  constructor(query: WireQuery, version: string, columns: readonly string[]) {
    this.query = query
    this.version = version
    this.columns = columns
  }

  /** Return the row at a position, if it has come. */
  at(position: number): TableRow | null {
    return this.#windows.get(Math.floor(position / WINDOW_ROWS))?.[position % WINDOW_ROWS] ?? null
  }

  add({ start, count, found, rows }: Rows): void {
    this.count = count
    this.found = found
    rows.forEach((row, at) => {
      const position = start + at
      const number = Math.floor(position / WINDOW_ROWS)
      const window = this.#windows.get(number) ?? new Array<TableRow | null>(WINDOW_ROWS).fill(null)
      window[position % WINDOW_ROWS] = this.#rowOf(row, position)
      this.#windows.set(number, window)
    })
  }

  /** Return the first windows among some positions that have not come, as a range of positions; `null` if all have. */
  missing(first: number, end: number, most: number): { start: number; count: number } | null {
    const last = Math.min(end, this.count)
    for (let number = Math.floor(Math.max(0, first) / WINDOW_ROWS); number * WINDOW_ROWS < last; number++) {
      if (this.#isComplete(number)) continue
      let until = number + 1
      while (until * WINDOW_ROWS < last && (until - number) * WINDOW_ROWS < most && !this.#isComplete(until)) until++
      return { start: number * WINDOW_ROWS, count: (until - number) * WINDOW_ROWS }
    }
    return null
  }

  /** Drop the windows that are farthest from a position, beyond the number of those that are kept. */
  dropFar(position: number): void {
    const near = position / WINDOW_ROWS
    const numbers = [...this.#windows.keys()].sort((a, b) => Math.abs(a - near) - Math.abs(b - near))
    for (const number of numbers.slice(KEPT)) this.#windows.delete(number)
  }

  #isComplete(number: number): boolean {
    const window = this.#windows.get(number)
    const rows = Math.min(WINDOW_ROWS, this.count - number * WINDOW_ROWS)
    return window?.slice(0, rows).every((row) => row !== null) ?? false
  }

  #rowOf(row: WireRow, position: number): TableRow {
    if (!Array.isArray(row)) {
      const by = this.query.group?.by ?? ''
      return { group: row.group, rows: row.rows, row: { ...row.values, [by]: row.group }, index: -1 - position }
    }
    const [index, ...cells] = row
    return { row: Object.fromEntries(this.columns.map((name, at) => [name, cells[at] ?? null])), index }
  }
}
