/** The rows of a Table. */

import { lazy, Suspense } from 'react'
import { TABLE } from '../../messages/table'
import { NamedIcon } from './namedIcon'
import type { Column, IndexedRow } from './table'
import { Cell } from './tableCell'
import type { Editing } from './tableEditing'
import type { TableFocus } from './tableFocus'
import type { Selection } from './tableSelection'
import type { RowUse } from './tableUse'

const EditableCell = lazy(() => import('./editableCell'))

interface TableRowProps {
  row: IndexedRow
  /** The index among the rows that are shown. */
  position: number
  columns: readonly Column[]
  selection: Selection | null
  use: RowUse
  focus: TableFocus
  editing: Editing | null
}

export function TableRow({ row, position, columns, selection, use, focus, editing }: TableRowProps) {
  const isSelected = selection?.has(row)
  const place = { position, column: null }
  return (
    <tr
      aria-rowindex={position + 2}
      aria-selected={isSelected}
      data-usable={use.isClickable || undefined}
      tabIndex={use.isClickable ? (focus.isEntry(place) ? 0 : -1) : undefined}
      onFocus={(event) => event.target === event.currentTarget && focus.note(place)}
      onMouseDown={(event) => event.shiftKey && event.preventDefault() /* selects rows instead of text */}
      onClick={use.isClickable ? (event) => use.click(row, position, event.shiftKey) : undefined}
    >
      {selection?.hasBoxes && (
        <td data-box>
          <input
            type={selection.isMultiple ? 'checkbox' : 'radio'}
            aria-label={TABLE.row(row.index + 1)}
            checked={isSelected}
            tabIndex={focus.hasCells ? 0 : -1}
            onChange={() => {}}
            onClick={(event) => {
              event.stopPropagation()
              use.check(row, position, event.shiftKey)
            }}
          />
        </td>
      )}
      {columns.map((column) =>
        editing?.columns.includes(column.id) ? (
          <Suspense key={column.id} fallback={<Cell column={column} row={row.row} />}>
            <EditableCell {...{ column, row, position, focus }} list={editing.list} edits={editing.edits} />
          </Suspense>
        ) : (
          <Cell key={column.id} column={column} row={row.row} />
        ),
      )}
      {use.actions.length > 0 && (
        <td data-sticky="right" data-edge="right" data-actions>
          {use.actions.map((action) => (
            <button
              key={action.id}
              type="button"
              className="dara-icon-button"
              aria-label={action.label}
              title={action.label}
              onClick={(event) => {
                event.stopPropagation()
                use.act(action, row)
              }}
            >
              <NamedIcon icon={action.icon} />
            </button>
          ))}
        </td>
      )}
    </tr>
  )
}
