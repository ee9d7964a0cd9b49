/** The use of the rows of a Table: clicks, boxes and buttons. */

import { isObject } from '../../edits'
import type { Node } from '../../fragments'
import { COLUMNS } from '../../messages/columns'
import type { Json } from '../../protocol'
import { useAction, useFlag, useProp, useValue } from '../../view/react'
import { stringOf, textOf } from '../../view/values'
import type { IndexedRow, Row } from './table'
import type { Editing } from './tableEditing'
import type { Selection } from './tableSelection'

/** A button in each row. */
export interface RowAction {
  id: string
  label: string
  icon: string
}

const REMOVE: RowAction = { id: '', label: COLUMNS.removeRow, icon: 'trash-can' }

export interface RowUse {
  /** True if a click on a row does something. */
  isClickable: boolean
  actions: readonly RowAction[]
  /** Use a row by a click on it. */
  click: (row: IndexedRow, position: number, isRange: boolean) => void
  /** Select a row by its box. */
  check: (row: IndexedRow, position: number, isRange: boolean) => void
  checkAll: () => void
  /** Deselect rows by their names. */
  drop: (names: readonly Json[]) => void
  act: (action: RowAction, row: IndexedRow) => void
}

/** Return the handlers of a table's rows. */
export function useRowUse(node: Node, selection: Selection | null, editing: Editing | null): RowUse {
  const onClick = useAction(node, 'onclick_row')
  const onSelect = useAction(node, 'onselect_row')
  const onAction = useAction(node, 'on_action')
  const isQuiet = useFlag(node, 'suppress_click_events_for_selection') === true
  const declared = actionsOf(useProp(node, 'actions'))
  const actions = editing?.hasRows ? [...declared, REMOVE] : declared
  const [, setClicked] = useValue(node, 'clicked_row', 'replace')
  const hasClicked = 'clicked_row' in node.variables
  const run = (row: Row, selected: readonly Row[] | null) => {
    void onClick?.([...(selected && selection?.isMultiple ? selected : [row])])
  }
  return {
    isClickable: onClick !== null || selection !== null || hasClicked,
    actions,
    click: async ({ row }, position, isRange) => {
      if (hasClicked) setClicked(row)
      run(row, selection ? await selection.press(position, isRange) : null)
    },
    check: async ({ row }, position, isRange) => {
      const selected = await selection?.press(position, isRange)
      if (!selected) return
      void onSelect?.([...selected])
      if (!isQuiet) run(row, selected)
    },
    checkAll: async () => {
      const selected = await selection?.pressAll()
      if (selected) void onSelect?.([...selected])
    },
    drop: async (names) => {
      const selected = await selection?.drop(names)
      if (selected) void onSelect?.([...selected])
    },
    act: (action, { row, index }) => {
      if (action === REMOVE) editing?.edits.remove(index)
      else void onAction?.({ action_id: action.id, data: row })
    },
  }
}

function actionsOf(given: Json): RowAction[] {
  if (!Array.isArray(given)) return []
  return given.filter(isObject).map(({ id, label, icon_name: icon }) => ({
    id: textOf(id),
    label: textOf(label),
    icon: stringOf(icon) ?? '',
  }))
}
