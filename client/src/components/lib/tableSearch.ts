/** The rows of a Table as its user searches and sorts them, found in slices. No React. */

import type { Json } from '../../protocol'
import { inSlices, type Steps } from '../../slices'
import { memberOf, textOf } from '../../view/values'
import type { Column, IndexedRow, Order, Row } from './table'

/** The number of rows that are searched, sorted or merged in one step. */
const STEP_ROWS = 500

const COLLATOR = new Intl.Collator(undefined, { numeric: true })

/** The texts of rows in some columns, made when a row is first searched. */
export class RowTexts {
  readonly #columns: readonly Column[]
  #rows: readonly Row[] = []
  #texts: (string | undefined)[] = []

  constructor(columns: readonly Column[]) {
    this.#columns = columns
  }

  /** Begin to search rows. The texts of rows that were at the same index before are kept. */
  begin(rows: readonly Row[]): void {
    if (rows === this.#rows) return
    const [before, texts] = [this.#rows, this.#texts]
    this.#texts = rows.map((row, index) => (row === before[index] ? texts[index] : undefined))
    this.#rows = rows
  }

  /** Return the text of all columns of a row, in lower case. */
  at(index: number): string {
    const known = this.#texts[index]
    if (known !== undefined) return known
    const row = this.#rows[index] ?? {}
    let text = ''
    for (const { id, textOf } of this.#columns) text += `${textOf(memberOf(row, id))}\n`
    const lower = text.toLowerCase()
    this.#texts[index] = lower
    return lower
  }
}

/** The search of a user among rows, in lower case, and the order of what is found. */
export interface Query {
  rows: readonly Row[]
  texts: RowTexts
  wanted: string
  order: Order | null
}

/** Find the rows with the wanted text, in the wanted order. */
export function* searchAndSort({ rows, texts, wanted, order }: Query): Steps<IndexedRow[]> {
  const found: IndexedRow[] = []
  if (wanted !== '') texts.begin(rows)
  for (const [index, row] of rows.entries()) {
    if (wanted === '' || texts.at(index).includes(wanted)) found.push({ row, index })
    if (index % STEP_ROWS === 0) yield
  }
  return order ? yield* sorted(found, order) : found
}

/** A table's newest query, answered in slices. */
export class TableSearch {
  readonly #onFound: (query: Query, rows: IndexedRow[]) => void
  #query: Query | null = null
  #cancel = () => {}
  #next: Query | null = null

  constructor(onFound: (query: Query, rows: IndexedRow[]) => void) {
    this.#onFound = onFound
  }

  /**
   * Answer a query instead of the present one. If only the rows are others, the present one is answered first, so that
   * the table is up to date from time to time even if its rows change all the time.
   */
  ask(query: Query): void {
    const present = this.#query
    if (present && present.texts === query.texts && present.wanted === query.wanted && present.order === query.order) {
      this.#next = query
      return
    }
    this.stop()
    this.#start(query)
  }

  stop(): void {
    this.#cancel()
    this.#query = this.#next = null
  }

  #start(query: Query): void {
    this.#query = query
    this.#cancel = inSlices(searchAndSort(query), (rows) => {
      const next = this.#next
      this.#query = this.#next = null
      this.#onFound(query, rows)
      if (next) this.#start(next)
    })
  }
}

/** A row with its value in the column by which rows are sorted. */
interface Keyed {
  row: IndexedRow
  key: Json
}

/** Sort stably: short runs first, which are then merged. */
function* sorted(rows: readonly IndexedRow[], { column, isDescending }: Order): Steps<IndexedRow[]> {
  const sign = isDescending ? -1 : 1
  const inOrder = (a: Keyed, b: Keyed) => compare(a.key, b.key, sign)
  let runs: Keyed[][] = []
  for (let start = 0; start < rows.length; start += STEP_ROWS) {
    const run = rows.slice(start, start + STEP_ROWS).map((row) => ({ row, key: memberOf(row.row, column) }))
    runs.push(run.sort(inOrder))
    yield
  }
  while (runs.length > 1) {
    const longer: Keyed[][] = []
    for (let i = 0; i < runs.length; i += 2) longer.push(yield* merged(runs[i] ?? [], runs[i + 1] ?? [], inOrder))
    runs = longer
  }
  return (runs[0] ?? []).map(({ row }) => row)
}

function* merged<T>(first: T[], second: T[], inOrder: (a: T, b: T) => number): Steps<T[]> {
  const all: T[] = []
  let [i, j] = [0, 0]
  while (i < first.length && j < second.length) {
    const [a, b] = [first[i] as T, second[j] as T]
    if (inOrder(a, b) <= 0) {
      all.push(a)
      i++
    } else {
      all.push(b)
      j++
    }
    if (all.length % STEP_ROWS === 0) yield
  }
  return all.concat(first.slice(i), second.slice(j))
}

/** Compare two values: numbers come before text, missing values last in both directions. */
function compare(a: Json, b: Json, sign: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  if (typeof a === 'number' && typeof b === 'number') return sign * (a - b)
  if (typeof a === 'number' || typeof b === 'number') return sign * (typeof a === 'number' ? -1 : 1)
  return sign * COLLATOR.compare(textOf(a), textOf(b))
}
