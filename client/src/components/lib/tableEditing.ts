/** The editing of the rows of a Table. */

import { useEffect, useMemo, useSyncExternalStore } from 'react'
import { isObject } from '../../edits'
import type { Node, Ref } from '../../fragments'
import { never } from '../../observable'
import type { Json } from '../../protocol'
import { useApp, useFlag, useProp, useReadonly } from '../../view/react'
import { CellEdits } from './cellEdits'
import type { Column } from './table'

export interface Editing {
  list: Ref
  edits: CellEdits
  /** The names of the columns whose cells can be edited. */
  columns: readonly string[]
  /** True if rows can be added and removed. */
  hasRows: boolean
  /** Return a row to add. */
  newRow: () => Json
}

/** Return how a table is edited; `null` if it is not, or not by this user. */
export function useEditing(node: Node, columns: readonly Column[]): Editing | null {
  const { graph } = useApp()
  const list = node.variables.data
  const isWhole = useFlag(node, 'editable') === true
  const isReadonly = useReadonly(node, 'data') !== null
  const template = useProp(node, 'new_row')
  const idColumn = useProp(node, 'row_data_id_column')
  const edits = useMemo(
    () => list && new CellEdits((path) => graph.source({ variable: list.variable, path: [...list.path, ...path] })),
    [graph, list],
  )
  useEffect(() => edits?.start(), [edits])
  useSyncExternalStore(edits?.state.subscribe ?? never, () => edits?.state.get().open ?? null)
  const editable = columns.filter(({ isEditable, isRowName }) => isEditable ?? (isWhole && !isRowName))
  if (!list || !edits || isReadonly || (editable.length === 0 && !isWhole)) return null
  return {
    list,
    edits,
    columns: editable.map(({ id }) => id),
    hasRows: isWhole,
    newRow: () => ({
      ...emptyRow(columns),
      ...(isObject(template) && template),
      ...(typeof idColumn === 'string' && { [idColumn]: newId() }),
    }),
  }
}

function emptyRow(columns: readonly Column[]): Record<string, Json> {
  const empty = { number: null, date: null, datetime: null, boolean: false, text: '' }
  return Object.fromEntries(columns.map(({ id, type }) => [id, empty[type]]))
}

function newId(): string {
  return [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
