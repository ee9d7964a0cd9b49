/** The rows of a Table that are in the tab. */

import { useEffect, useLayoutEffect, useMemo, useState } from 'react'
import type { Node } from '../../fragments'
import type { Json } from '../../protocol'
import { finish } from '../../slices'
import { useFlag, useProp } from '../../view/react'
import { memberOf } from '../../view/values'
import { compare } from './ordering'
import { type RowQuery, type RowSource, shownFilters } from './rowSource'
import { columnsOf, type IndexedRow, type Row, type RowNames, rowNamesOf, rowsOf, withMissing } from './table'
import { type Query, RowTexts, searchAndSort, TableSearch } from './tableSearch'

/** The number of rows above which they are searched and sorted in slices. */
const LONG_ROWS = 2000
/** The number of values from which a user can choose. */
const MAX_DISTINCT = 500

/** Return the rows of the value of `data` that a query finds. */
export function useLocalRows(node: Node, query: RowQuery): RowSource {
  const data = useProp(node, 'data')
  const given = useProp(node, 'columns')
  const all = useMemo(() => rowsOf(data), [data])
  return useRowsOf(node, all, query, given, useRowNames(node))
}

/** Return those of the rows that a query finds, with the given columns. */
export function useRowsOf(
  node: Node,
  all: readonly Row[],
  query: RowQuery,
  given: Json,
  rowNames: RowNames,
): RowSource {
  const { search, orders } = query
  const searched = useProp(node, 'search_columns')
  const isEditable = useFlag(node, 'editable') === true
  const columns = useMemo(() => {
    const columns = columnsOf(given, all, rowNames)
    const canBeAdded = new Set(columns.filter((each) => each.isEditable ?? isEditable).map(({ id }) => id))
    const isKnown = (id: string) => canBeAdded.has(id) || all.some((row) => id in row)
    return withMissing(columns, all.length > 0 ? isKnown : null)
  }, [given, all, rowNames, isEditable])
  const within = Array.isArray(searched) ? columns.filter((column) => searched.includes(column.id)) : columns
  // The same texts for equal columns, which are new objects whenever the data changes.
  const texts = useMemo(() => new RowTexts(within), [JSON.stringify(within)])
  const filters = useMemo(() => shownFilters(query, columns), [query, columns])
  const wanted = search.trim().toLowerCase()
  const asked = useMemo(() => ({ rows: all, texts, wanted, orders, filters }), [all, texts, wanted, orders, filters])
  const { rows, isBusy } = useFound(asked)
  return {
    columns,
    count: rows.length,
    isEmpty: all.length === 0,
    isBusy,
    found: rows,
    all,
    size: { found: rows.length, total: all.length },
    canGroup: false,
    at: (position) => rows[position] ?? null,
    groupAt: () => null,
    valuesOf: async (column) => distinct(all, column),
    show: () => {},
  }
}

/** Return the distinct values of a column, in their order. */
function distinct(rows: readonly Row[], column: string): Json[] {
  const values = new Map(rows.map((row) => [JSON.stringify(memberOf(row, column)), memberOf(row, column)]))
  return [...values.values()].sort((a, b) => compare(a, b, 1)).slice(0, MAX_DISTINCT)
}

/** Return the names of the columns that hold the names of rows, and whether they are shown. */
function useRowNames(node: Node): RowNames {
  const given = useProp(node, 'index_columns')
  const isShown = useFlag(node, 'include_index') !== false
  return useMemo(() => rowNamesOf(given, isShown), [given, isShown])
}

/** Return the rows that a query finds; of a long table, those of the last one until it is answered. */
function useFound(query: Query): { rows: IndexedRow[]; isBusy: boolean } {
  const isLong = query.rows.length > LONG_ROWS
  const [found, setFound] = useState<{ query: Query | null; rows: IndexedRow[] }>({ query: null, rows: [] })
  const [tableSearch] = useState(() => new TableSearch((query, rows) => setFound({ query, rows })))
  const rows = useMemo(() => (isLong ? null : finish(searchAndSort(query))), [query, isLong])
  useLayoutEffect(() => {
    if (isLong) tableSearch.ask(query)
    else tableSearch.stop()
  }, [query, isLong, tableSearch])
  useEffect(() => () => tableSearch.stop(), [tableSearch])
  return rows ? { rows, isBusy: false } : { rows: found.rows, isBusy: found.query !== query }
}
