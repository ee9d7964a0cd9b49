/** Searching and sorting the rows of a table, in slices. */

import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { columnsOf, type IndexedRow, type Row, rowsOf } from '../src/components/lib/table'
import { type Query, RowTexts, searchAndSort, TableSearch } from '../src/components/lib/tableSearch'
import { finish } from '../src/slices'

/** The time that one step takes. */
const STEP_MS = 4
let now = 0

beforeEach(() => {
  vi.spyOn(performance, 'now').mockImplementation(() => (now += STEP_MS))
})
afterEach(() => {
  vi.restoreAllMocks()
})

function query(rows: Row[], wanted = '', order: Query['order'] = null): Query {
  return { rows, texts: new RowTexts(columnsOf(null, rows)), wanted, order }
}

function numbered(count: number): Row[] {
  return rowsOf(Array.from({ length: count }, (_, i) => ({ i, name: `Row ${i % 100}` })))
}

/** Let the tasks that are due run. */
const turn = () => new Promise((resolve) => setImmediate(resolve))

async function until(isTrue: () => boolean): Promise<void> {
  for (let turns = 0; !isTrue(); turns++) {
    expect(turns).toBeLessThan(10_000)
    await turn()
  }
}

test('rows are found by any of their texts, and stay in order', () => {
  const found = finish(searchAndSort(query(numbered(5000), 'row 42')))
  expect(found.map(({ index }) => index)).toEqual(Array.from({ length: 50 }, (_, i) => 42 + 100 * i))
})

test('rows are sorted as the browser would sort all at once', () => {
  const values = fc.oneof(
    fc.integer({ min: 0, max: 20 }),
    fc.constant(null),
    fc.constantFrom('b', 'a10', 'a9', 'A', 'é'),
  )
  fc.assert(
    fc.property(fc.array(values, { maxLength: 3000, size: 'max' }), fc.boolean(), (cells, isDescending) => {
      const rows = rowsOf(cells.map((x) => ({ x })))
      const order = { column: 'x', isDescending }
      const found = finish(searchAndSort(query(rows, '', order)))
      expect(found.map(({ row }) => row)).toEqual(expected(found, isDescending))
    }),
    { numRuns: 20 },
  )
})

function expected(found: IndexedRow[], isDescending: boolean): Row[] {
  const collator = new Intl.Collator(undefined, { numeric: true })
  const sign = isDescending ? -1 : 1
  const rank = (x: unknown) => (typeof x === 'number' ? 0 : 1)
  return found
    .toSorted((a, b) => a.index - b.index)
    .sort(({ row: { x: a } }, { row: { x: b } }) => {
      if (a == null || b == null) return Number(a == null) - Number(b == null)
      if (rank(a) !== rank(b)) return sign * (rank(a) - rank(b))
      return sign * (typeof a === 'number' ? a - Number(b) : collator.compare(String(a), String(b)))
    })
    .map(({ row }) => row)
}

test('a search is answered in slices, and ends when there is a newer one', async () => {
  const rows = numbered(50_000)
  const answers: [Query, number][] = []
  const search = new TableSearch((query, found) => answers.push([query, found.length]))
  const texts = new RowTexts(columnsOf(null, rows))
  const [older, newer] = ['row 1', 'row 12'].map((wanted) => ({ rows, texts, wanted, order: null }) as Query)
  search.ask(older as Query)
  expect(answers).toEqual([])
  await turn()
  search.ask(newer as Query)
  await until(() => answers.length > 0)
  for (let i = 0; i < 100; i++) await turn()
  expect(answers).toEqual([[newer, 500]])
})

test('rows that change all the time are answered nevertheless', async () => {
  const texts = new RowTexts(columnsOf(null, numbered(1)))
  const answers: Query[] = []
  const search = new TableSearch((query) => answers.push(query))
  const queries = Array.from({ length: 5 }, () => ({ rows: numbered(20_000), texts, wanted: 'row', order: null }))
  for (const query of queries) {
    search.ask(query)
    await turn()
  }
  await until(() => answers.at(-1) === queries.at(-1))
  expect(answers[0]).toBe(queries[0])
})

test('a search that was stopped is not answered', async () => {
  const answers: Query[] = []
  const search = new TableSearch((query) => answers.push(query))
  search.ask(query(numbered(20_000), 'row'))
  search.stop()
  for (let i = 0; i < 100; i++) await turn()
  expect(answers).toEqual([])
})
