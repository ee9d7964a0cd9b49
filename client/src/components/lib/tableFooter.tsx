/** The line below a Table: the number of its rows, and a field to go to one of them. */

import { type FormEvent, useId } from 'react'
import { COLUMNS } from '../../messages/columns'
import { TABLE } from '../../messages/table'

interface TableFooterProps {
  /** The number of rows that are found, and of all. */
  found: number
  total: number
  /** The number of lines to which one can go. */
  count: number
  /** Absent if all rows are in view. */
  onGo?: ((position: number) => void) | undefined
}

export function TableFooter({ found, total, count, onGo }: TableFooterProps) {
  const id = useId()
  const go = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const number = Number(new FormData(event.currentTarget).get('row'))
    if (Number.isInteger(number) && number >= 1) onGo?.(Math.min(number, count) - 1)
  }
  return (
    <form className="dara-table-footer" onSubmit={go}>
      <output>{TABLE.rows(found, total)}</output>
      {onGo && (
        <>
          <label htmlFor={id}>{COLUMNS.goToRow}</label>
          <input id={id} name="row" type="number" min={1} max={count} step={1} inputMode="numeric" />
        </>
      )}
    </form>
  )
}
