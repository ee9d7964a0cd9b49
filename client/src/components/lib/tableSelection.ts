/** The selected rows of a Table. */

import { useMemo, useRef } from 'react'
import { keyOf } from '../../fields/choices'
import type { Node } from '../../fragments'
import type { Json } from '../../protocol'
import { useApp, useFlag, useProp, useValue } from '../../view/react'
import { indexed, type RowSource } from './rowSource'
import { type Extent, useExtent } from './selectionExtent'
import { type IndexedRow, idOf, type Row } from './table'

/** The selected rows, later if some have to be fetched; `null` if that is not possible, for which the user is told why. */
export type Selected = readonly Row[] | Promise<readonly Row[] | null>

/** The number of rows above which a range of a table on the server is fetched. */
const NEAR = 500

export interface Selection {
  isMultiple: boolean
  hasBoxes: boolean
  /** The selection of all rows together; `null` if only one can be selected. */
  all: Extent | null
  has: (row: IndexedRow) => boolean
  /** Select the row at a position, or deselect it; with `isRange` select all from the one before. Return the selected rows. */
  press: (position: number, isRange: boolean) => Selected
  /** Select all rows that are found, or deselect them. Return the selected rows. */
  pressAll: () => Selected
  /** The names of the selected rows, which are ids or indexes in the data, by their keys. */
  selected: ReadonlyMap<string, Json>
  nameOf: (row: IndexedRow) => Json
  /** The column with the names; `null` if there is none, or if they are made of several. */
  idColumn: string | null
  /** Deselect rows by their names. Return the selected rows. */
  drop: (names: readonly Json[]) => Selected
}

/** Return the selected rows, by their index in the data or by their id; `null` if the table has no selection. */
export function useSelection(node: Node, rows: RowSource): Selection | null {
  const isMultiple = useFlag(node, 'multi_select') === true
  const boxes = useFlag(node, 'show_checkboxes')
  const idColumns = useProp(node, 'row_data_id_column')
  const isById = isGiven(node, 'selected_ids')
  const [value, set] = useValue(node, isById ? 'selected_ids' : 'selected_indices')
  const selected = useMemo(() => new Map(listOf(value).map((each) => [keyOf(each), each])), [value])
  /** The row that was pressed last, from which a range extends. */
  const anchor = useRef<{ position: number; key: string } | null>(null)
  const seen = useRef(new Map<string, Row>())
  const app = useApp()
  const latest = useRef(selected)
  latest.current = selected
  const nameOf = (row: IndexedRow): Json => (isById ? idOf(row, idColumns) : row.index)
  const [extent, learn] = useExtent(rows, selected, (row) => keyOf(nameOf(row)), isMultiple)
  const isWanted = isById || isGiven(node, 'selected_indices') || boxes === true || 'onselect_row' in node.actions
  if (!isWanted) return null

  const has = (row: IndexedRow) => selected.has(keyOf(nameOf(row)))
  const idColumn = isById && typeof idColumns === 'string' ? idColumns : null
  const store = (names: Json[]): Selected => {
    set(names)
    return recordsOf(names)
  }
  /** Return the records of the selected rows: also of those that others have selected, or that no query finds now. */
  const recordsOf = (names: readonly Json[]): Selected => {
    const known = rows.all ? new Map(indexed(rows.all).map((row) => [keyOf(nameOf(row)), row.row])) : seen.current
    const present = () => names.map((name) => known.get(keyOf(name))).filter((row) => row !== undefined)
    const unseen = names.filter((name) => !known.has(keyOf(name)))
    if (!rows.withValues || idColumn === null || unseen.length === 0) return present()
    const learn = (fetched: readonly IndexedRow[]) => {
      for (const row of fetched) known.set(keyOf(nameOf(row)), row.row)
      return present()
    }
    return rows.withValues(idColumn, unseen, false).then(learn, present)
  }
  /** Use the rows at some positions, from the server if the tab does not have them. */
  const withRows = (first: number, end: number, use: (found: readonly IndexedRow[]) => Selected): Selected => {
    const isFar = rows.between !== undefined && end - first > NEAR
    const positions = isFar ? [] : Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i)
    const isHere = !isFar && positions.every((position) => rows.at(position) ?? rows.groupAt(position))
    if (isHere || !rows.between) return use(positions.flatMap((position) => rows.at(position) ?? []))
    return rows.between(first, end).then(use, (error: Error) => {
      app.notify(error.message, 'warning')
      return null
    })
  }
  /** Return where the last pressed row is; `null` if it is there no more, because the order is another one. */
  const anchorPosition = () => {
    const row = anchor.current && rows.at(anchor.current.position)
    return row && keyOf(nameOf(row)) === anchor.current?.key ? anchor.current.position : null
  }
  const add = (added: readonly IndexedRow[]) => {
    for (const row of added) seen.current.set(keyOf(nameOf(row)), row.row)
    const all = new Map([...latest.current, ...added.map((row) => [keyOf(nameOf(row)), nameOf(row)] as const)])
    return store([...all.values()])
  }
  const remove = (removed: readonly IndexedRow[]) => {
    const names = new Set(removed.map((row) => keyOf(nameOf(row))))
    return store([...latest.current].flatMap(([key, name]) => (names.has(key) ? [] : [name])))
  }
  return {
    selected,
    nameOf,
    idColumn,
    drop: (names) => {
      const dropped = new Set(names.map(keyOf))
      return store([...latest.current].flatMap(([key, name]) => (dropped.has(key) ? [] : [name])))
    },
    isMultiple,
    hasBoxes: boxes !== false,
    all: isMultiple ? extent : null,
    has,
    press: (position, isRange) => {
      const from = isRange && isMultiple ? anchorPosition() : null
      if (from !== null) return withRows(Math.min(from, position), Math.max(from, position) + 1, add)
      const row = rows.at(position)
      if (!row) return []
      anchor.current = { position, key: keyOf(nameOf(row)) }
      if (has(row)) return remove([row])
      if (isMultiple) return add([row])
      seen.current.set(keyOf(nameOf(row)), row.row)
      return store([nameOf(row)])
    },
    pressAll: () =>
      withRows(0, rows.count, (all) => {
        if (rows.between) learn(rows.found, all)
        return all.every(has) ? remove(all) : add(all)
      }),
  }
}

function isGiven(node: Node, prop: string): boolean {
  return prop in node.props || prop in node.variables
}

function listOf(value: Json): readonly Json[] {
  return Array.isArray(value) ? value : []
}
