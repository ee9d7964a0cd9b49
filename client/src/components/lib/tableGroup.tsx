/**
 * A group of rows in a Table: its value, the number of its rows, and an aggregate of each column of numbers. Fetched when
 * there is one.
 */

import { COLUMNS } from '../../messages/columns'
import { TABLE } from '../../messages/table'
import type { Group } from './rowSource'
import { type Column, placeOf } from './table'
import { Cell } from './tableCell'

interface GroupRowProps {
  group: Group
  by: Column | undefined
  position: number
  columns: readonly Column[]
  hasBox: boolean
  hasActions: boolean
  onToggle: () => void
}

export default function GroupRow({ group, by, position, columns, hasBox, hasActions, onToggle }: GroupRowProps) {
  const [first, ...rest] = columns
  const rows = TABLE.rows(group.count, group.count)
  const name = by?.textOf(group.value) || COLUMNS.noValue
  return (
    <tr className="dara-table-group" aria-rowindex={position + 2}>
      {hasBox && <td />}
      {first && (
        <td {...(placeOf(first) as object)} data-align="left">
          <button type="button" aria-expanded={group.isOpen} title={`${name}: ${rows}`} onClick={onToggle}>
            <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
              <path d={group.isOpen ? 'M1 3h8L5 8z' : 'M3 1v8l5-4z'} fill="currentColor" />
            </svg>
            <span>{name}</span>
            <small>{group.count.toLocaleString()}</small>
          </button>
        </td>
      )}
      {rest.map((column) =>
        column !== by && column.id in group.values ? (
          <Cell key={column.id} column={column} row={group.values} />
        ) : (
          <td key={column.id} {...(placeOf(column) as object)} />
        ),
      )}
      {hasActions && <td data-sticky="right" data-edge="right" />}
    </tr>
  )
}
