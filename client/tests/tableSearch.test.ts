/** Searching and sorting the rows of a table, in slices. */

import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ALL_ROWS } from '../src/components/lib/rowSource'
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

function query(rows: Row[], wanted = '', orders: Query['orders'] = ALL_ROWS.orders): Query {
  return { rows, texts: new RowTexts(columnsOf(null, rows)), ...ALL_ROWS, wanted, orders }
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

test('a range of moments has all of its last day', () => {
  const rows = rowsOf(['2026-01-01T00:00:00', '2026-01-01T23:30:00', '2026-01-02T00:00:00'].map((at) => ({ at })))
  const filters = { at: { kind: 'range' as const, from: null, to: '2026-01-01' } }
  const found = finish(searchAndSort({ ...query(rows), filters }))
  expect(found.map(({ index }) => index)).toEqual([0, 1])
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
      const found = finish(searchAndSort(query(rows, '', [order])))
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

test('rows are sorted by several columns, and filtered by what each column may be', () => {
  const rows = rowsOf(
    ['b 2 2026-01-02', 'a 2 2026-01-03', 'a 10 2026-01-01', 'c 1 2026-01-04'].map((text) => {
      const [name, n, day] = text.split(' ')
      return { name: name as string, n: Number(n), day: day as string }
    }),
  )
  const found = (filters: Query['filters']) => {
    const orders = [
      { column: 'name', isDescending: true },
      { column: 'n', isDescending: false },
    ]
    return finish(searchAndSort({ ...query(rows, '', orders), filters })).map(({ index }) => index)
  }
  expect(found({})).toEqual([3, 0, 1, 2])
  expect(found({ name: { kind: 'values', values: ['a', 'b'] } })).toEqual([0, 1, 2])
  expect(found({ n: { kind: 'range', from: 2, to: null } })).toEqual([0, 1, 2])
  expect(found({ day: { kind: 'range', from: '2026-01-02', to: '2026-01-03' } })).toEqual([0, 1])
  expect(found({ day: { kind: 'text', text: '-03' }, name: { kind: 'text', text: 'A' } })).toEqual([1])
})

test('a search is answered in slices, and ends when there is a newer one', async () => {
  const rows = numbered(50_000)
  const answers: [Query, number][] = []
  const search = new TableSearch((query, found) => answers.push([query, found.length]))
  const texts = new RowTexts(columnsOf(null, rows))
  const [older, newer] = ['row 1', 'row 12'].map((wanted) => ({ rows, texts, ...ALL_ROWS, wanted }) as Query)
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
  const queries = Array.from({ length: 5 }, () => ({
    rows: numbered(20_000),
    texts,
    ...ALL_ROWS,
    wanted: 'row',
  }))
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
