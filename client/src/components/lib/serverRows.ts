/** The rows of a Table that are on the server. */

import { useEffect, useMemo, useReducer } from 'react'
import { isObject } from '../../edits/apply'
import type { Node } from '../../fragments'
import type { Json, WireQuery } from '../../protocol'
import { useApp, useFlag, useProp } from '../../view/react'
import { useRowsOf } from './localRows'
import { type Filter, type RowQuery, type RowSource, shownFilters } from './rowSource'
import { ServerTable, type TableColumn } from './serverTable'
import { columnsOf, type Row, rowNamesOf, rowsOf, withMissing } from './table'

/** The types and the filters of columns, by the kinds of values that the server tells apart. */
const TYPES: Readonly<Record<string, [type: string, filter: string]>> = {
  boolean: ['boolean', 'categorical'],
  category: ['string', 'categorical'],
  date: ['date', 'datetime'],
  datetime: ['datetime', 'datetime'],
  decimal: ['number', 'numeric'],
  integer: ['number', 'numeric'],
  text: ['string', 'text'],
}
const ROW_NAMES = rowNamesOf(null, true)

/** Return the table behind the prop `data`, if its rows are on the server. */
export function useServerTable(node: Node): ServerTable | null {
  const app = useApp()
  const ref = node.tables?.data
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  const table = useMemo(() => {
    const computation = ref && app.graph.computation(ref)
    return computation ? new ServerTable(computation, redraw) : null
  }, [app, ref])
  useEffect(() => {
    table?.start()
    return () => table?.stop()
  }, [table])
  return table
}

/** Return the rows that a query finds. Those of a small table are in the tab. */
export function useServerRows(node: Node, table: ServerTable, query: RowQuery): RowSource {
  const given = useProp(node, 'columns')
  const searched = useProp(node, 'search_columns')
  const isIndexShown = useFlag(node, 'include_index') !== false
  const { whole, columns: known, sample } = table
  const shown = useMemo(() => declared(given, known, isIndexShown), [given, known, isIndexShown])
  const rowNames = useMemo(() => ({ names: namesOf(known, true), isShown: isIndexShown }), [known, isIndexShown])
  const all = useMemo(() => wholeRows(whole, table), [whole, table])
  const local = useRowsOf(node, all, query, shown, known.length > 0 ? rowNames : ROW_NAMES)
  const columns = useMemo(() => {
    const names = new Set(known.map(([name]) => name))
    return withMissing(columnsOf(shown, sample, rowNames), known.length > 0 ? (id) => names.has(id) : null)
  }, [shown, sample, rowNames, known])
  useEffect(() => {
    table.ask(wireQuery({ ...query, filters: shownFilters(query, columns) }, searched))
  }, [table, query, searched, columns])
  if (whole !== undefined) return { ...local, kinds: known, isBusy: local.isBusy || table.isBusy }
  return {
    columns,
    count: table.count,
    isEmpty: table.total === 0,
    isBusy: table.isBusy,
    found: table.windows ?? table,
    all: null,
    size: { found: table.found, total: table.total },
    canGroup: true,
    at: (position) => {
      const row = table.at(position)
      return row && 'group' in row ? null : row
    },
    groupAt: (position) => {
      const row = table.at(position)
      if (!row || !('group' in row)) return null
      const isOpen = query.group?.open.includes(row.group) === true
      return { value: row.group, count: row.rows, values: row.row, isOpen }
    },
    valuesOf: (column) => table.valuesOf(column),
    show: (first, end) => table.show(first, end),
    between: (first, end) => table.between(first, end),
    withValues: (column, values, isFound) => table.withValues(column, values, isFound),
    export: (file) => table.export(file),
  }
}

/** Return the declarations of the shown columns with the types of the data and their filters, if they are known. */
function declared(given: Json, known: readonly TableColumn[], isIndexShown: boolean): Json {
  if (known.length === 0) return given
  const kinds = new Map(known.map(([name, kind]) => [name, kind]))
  const names = known.filter(([, , isIndex]) => isIndexShown || !isIndex).map(([name]) => name)
  const list = Array.isArray(given) ? given : names
  return list.map((column) => {
    const declaration = isObject(column) ? column : { col_id: column }
    const kind = kinds.get(String(declaration.col_id)) ?? ''
    const [type, filter] = TYPES[kind] ?? [null, null]
    return { ...declaration, type: declaration.type ?? type, filter: declaration.filter ?? filter }
  })
}

function namesOf(columns: readonly TableColumn[], isOfIndex: boolean): string[] {
  return columns.filter(([, , isIndex]) => isIndex === isOfIndex).map(([name]) => name)
}

/** Return the rows of a whole value: records, or rows of cells with their columns. */
function wholeRows(whole: Json | undefined, { columns }: ServerTable): Row[] {
  if (whole === undefined) return []
  if (columns.length === 0 || !Array.isArray(whole)) return rowsOf(whole)
  return whole.map((cells) => {
    const [, ...values] = cells as Json[]
    return Object.fromEntries(columns.map(([name], at) => [name, values[at] ?? null]))
  })
}

function wireQuery({ search, orders, filters, group }: RowQuery, searched: Json): WireQuery {
  const text = search.trim()
  const columns = Array.isArray(searched) ? { columns: searched.filter((each) => typeof each === 'string') } : {}
  return {
    ...(text && { search: { text, ...columns } }),
    ...(orders.length > 0 && {
      orders: orders.map(({ column, isDescending }) => ({ column, descending: isDescending })),
    }),
    ...(Object.keys(filters).length > 0 && { filters: Object.entries(filters).map(wireFilter) }),
    ...(group && { group: { ...group, open: [...group.open] } }),
  }
}

function wireFilter([column, filter]: [string, Filter]): NonNullable<WireQuery['filters']>[number] {
  switch (filter.kind) {
    case 'text':
      return { column, operator: 'CONTAINS', value: filter.text }
    case 'range':
      return { column, operator: 'BT', value: [filter.from, filter.to] }
    case 'values':
      return { column, operator: 'IN', value: [...filter.values] }
  }
}
