/** The rows of a Table as its user searches and sorts them, found in slices. No React. */

import type { Json } from '../../protocol'
import { inSlices, type Steps } from '../../slices'
import { memberOf, textOf } from '../../view/values'
import { compare } from './ordering'
import type { Filter, RowQuery } from './rowSource'
import type { Column, IndexedRow, Order, Row } from './table'

/** The number of rows that are searched, sorted or merged in one step. */
const STEP_ROWS = 500
const DAY = /^\d{4}-\d\d-\d\d$/

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
    for (const { id, textOf } of this.#columns) text += searchedText(memberOf(row, id), textOf)
    const lower = text.toLowerCase()
    this.#texts[index] = lower
    return lower
  }
}

/** Return the text of a cell as it is shown; for a number also as it is typed. */
function searchedText(value: Json, textOf: Column['textOf']): string {
  const text = textOf(value)
  return typeof value === 'number' && String(value) !== text ? `${text}\n${value}\n` : `${text}\n`
}

/** The search of a user among rows, in lower case, with the filters of columns, and the order of what is found. */
export interface Query extends Pick<RowQuery, 'orders' | 'filters'> {
  rows: readonly Row[]
  texts: RowTexts
  wanted: string
}

/** Find the rows with the wanted text, in the wanted order. */
export function* searchAndSort({ rows, texts, wanted, orders, filters }: Query): Steps<IndexedRow[]> {
  const found: IndexedRow[] = []
  const tests = Object.entries(filters).map(([column, filter]) => ({ column, passes: testOf(filter) }))
  if (wanted !== '') texts.begin(rows)
  for (const [index, row] of rows.entries()) {
    const isFound = wanted === '' || texts.at(index).includes(wanted)
    if (isFound && tests.every(({ column, passes }) => passes(memberOf(row, column)))) found.push({ row, index })
    if (index % STEP_ROWS === 0) yield
  }
  return orders.length > 0 ? yield* sorted(found, orders) : found
}

/** Return the function that tells whether a value passes a filter. */
function testOf(filter: Filter): (value: Json) => boolean {
  switch (filter.kind) {
    case 'text': {
      const wanted = filter.text.toLowerCase()
      return (value) => textOf(value).toLowerCase().includes(wanted)
    }
    case 'values':
      return (value) => filter.values.includes(value)
    case 'range':
      return (value) => value !== null && isWithin(value, filter.from, filter.to)
  }
}

/** Return whether a value is between two others, which it includes, a day as a whole; `null` is an open end. */
function isWithin(value: NonNullable<Json>, from: Json, to: Json): boolean {
  const last = typeof value === 'string' && typeof to === 'string' && DAY.test(to) ? value.slice(0, to.length) : value
  return (from === null || compare(value, from, 1) >= 0) && (to === null || compare(last, to, 1) <= 0)
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
    if (present && isSameSearch(present, query)) {
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

/** Return whether two queries differ in their rows alone. */
function isSameSearch(one: Query, other: Query): boolean {
  const isSame = one.texts === other.texts && one.wanted === other.wanted
  return isSame && one.orders === other.orders && one.filters === other.filters
}

/** A row with its values in the columns by which rows are sorted. */
interface Keyed {
  row: IndexedRow
  keys: Json[]
}

/** Sort stably: short runs first, which are then merged. */
function* sorted(rows: readonly IndexedRow[], orders: readonly Order[]): Steps<IndexedRow[]> {
  const signs = orders.map(({ isDescending }) => (isDescending ? -1 : 1))
  const inOrder = (a: Keyed, b: Keyed) => {
    for (const [at, sign] of signs.entries()) {
      const difference = compare(a.keys[at] as Json, b.keys[at] as Json, sign)
      if (difference !== 0) return difference
    }
    return 0
  }
  let runs: Keyed[][] = []
  for (let start = 0; start < rows.length; start += STEP_ROWS) {
    const keyed = (row: IndexedRow) => ({ row, keys: orders.map(({ column }) => memberOf(row.row, column)) })
    runs.push(
      rows
        .slice(start, start + STEP_ROWS)
        .map(keyed)
        .sort(inOrder),
    )
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
