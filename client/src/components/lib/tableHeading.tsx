/** The headings of a Table. */

import { lazy, type MouseEvent, Suspense, useState } from 'react'
import { COLUMNS } from '../../messages/columns'
import { Glyph } from '../../view/iconButton'
import { nextOrders, type RowQuery, type RowSource } from './rowSource'
import { type Column, placeOf } from './table'

const ColumnMenu = lazy(() => import('./columnMenu'))
const TRIANGLE = 'M8 2.5 1.5 13.5h13zM8 6.5v3.5M8 11.9v.1'
const FUNNEL = 'M2.5 4h11L9.5 9v4l-3 1V9z'

interface HeadingProps {
  column: Column
  rows: RowSource
  query: RowQuery
  onQuery: (query: RowQuery) => void
}

/**
 * The heading of a column. A first click sorts in ascending order, a second in descending, a third not at all; with
 * Shift within the present order.
 */
export function Heading({ column, rows, query, onQuery }: HeadingProps) {
  const { orders } = query
  const rank = orders.findIndex((order) => order.column === column.id)
  const own = orders[rank]
  const sort = ({ shiftKey }: MouseEvent) => onQuery({ ...query, orders: nextOrders(orders, column.id, shiftKey) })
  return (
    <th
      scope="col"
      {...(placeOf(column) as object)}
      aria-sort={own ? (own.isDescending ? 'descending' : 'ascending') : undefined}
    >
      <div className="dara-table-heading">
        {column.isMissing && (
          <span
            className="dara-table-unknown"
            role="img"
            aria-label={COLUMNS.missing(column.id)}
            title={COLUMNS.missing(column.id)}
          >
            <Glyph d={TRIANGLE} size={16} box={16} strokeWidth={1.4} />
          </span>
        )}
        <button
          type="button"
          title={column.tooltip ?? undefined}
          aria-label={column.label ? undefined : column.id}
          onClick={sort}
        >
          <span>{column.label}</span>
        </button>
        {column.filter && <MenuButton column={column} rows={rows} query={query} onQuery={onQuery} />}
        <span className="dara-table-order" aria-hidden="true">
          {own && (
            <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
              <path d={own.isDescending ? 'M1 3.5h8L5 8z' : 'M1 6.5h8L5 2z'} fill="currentColor" />
            </svg>
          )}
          {own && orders.length > 1 && <sup>{rank + 1}</sup>}
        </span>
      </div>
    </th>
  )
}

function MenuButton({ column, rows, query, onQuery }: HeadingProps) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  return (
    <>
      <button
        type="button"
        className="dara-table-menu"
        aria-label={COLUMNS.menuOf(column.label || column.id)}
        aria-haspopup="dialog"
        aria-expanded={anchor !== null}
        data-active={column.id in query.filters || (rows.canGroup && query.group?.by === column.id) || undefined}
        onClick={({ currentTarget }) => setAnchor(anchor ? null : currentTarget)}
      >
        <Glyph d={FUNNEL} size={14} box={16} strokeWidth={1.4} />
      </button>
      {anchor && (
        <Suspense>
          <ColumnMenu
            anchor={anchor}
            column={column}
            rows={rows}
            query={query}
            onQuery={onQuery}
            onClose={() => setAnchor(null)}
          />
        </Suspense>
      )}
    </>
  )
}
