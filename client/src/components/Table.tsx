import './Table.css'
import '../fields/field.css'
import { TextInput } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import {
  type CSSProperties,
  type KeyboardEvent,
  type RefObject,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import type { Node } from '../fragments'
import { COMPONENT } from '../messages'
import type { Json } from '../protocol'
import { finish } from '../slices'
import { type ComponentProps, useAction, useFlag, useNumber, useProp, useText, useValue } from '../view/react'
import { colorOf, useStyle } from '../view/style'
import { memberOf } from '../view/values'
import { Badge } from './lib/badge'
import { badgeOf, type Column, columnsOf, type IndexedRow, type Order, type Row, rowsOf, toneOf } from './lib/table'
import { type Query, RowTexts, searchAndSort, TableSearch } from './lib/tableSearch'

const ROW_PX = 40
const SELECTOR_PX = 44
const OVERSCAN = 12
/** The number of rows above which they are searched and sorted in slices. */
const LONG_ROWS = 2000
/** Longer texts may be cut off, so they are also shown as a tooltip. */
const LONG_CHARACTERS = 20

export default function Table({ node }: ComponentProps) {
  const { id, style } = useStyle(node)
  const label = useText(node, 'label')
  const rowPx = useNumber(node, 'row_height') ?? ROW_PX
  const maxRows = useNumber(node, 'max_rows')
  const isSearchable = useFlag(node, 'searchable')
  const selection = useSelection(node)
  const onRow = useAction(node, 'onclick_row')
  const { rows, isBusy, columns, isEmpty, search, setSearch, order, setOrder } = useTableRows(node)
  const frame = useRef<HTMLDivElement>(null)
  const { visible, above, below } = useVisibleRows(frame, rows.length, rowPx)
  const isUsable = onRow !== null || selection !== null
  const use = ({ row, index }: IndexedRow) => {
    selection?.toggle(index)
    void onRow?.([row])
  }
  const height = maxRows !== null && { maxHeight: rowPx * (maxRows + 1) }
  return (
    <div id={id} className="dara-table" style={style}>
      {isSearchable && (
        <TextInput
          className="dara-field"
          type="search"
          aria-label={COMPONENT.search}
          placeholder={COMPONENT.search}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      )}
      <div
        ref={frame}
        className="dara-table-frame"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable with the keyboard
        tabIndex={0}
        style={{ '--dara-row': `${rowPx}px`, ...height } as CSSProperties}
      >
        <table
          aria-label={label ?? undefined}
          aria-rowcount={rows.length + 1}
          aria-busy={isBusy || undefined}
          style={{ minWidth: minWidthOf(columns, selection !== null) }}
        >
          <colgroup>
            {selection && <col style={{ width: SELECTOR_PX }} />}
            {columns.map((column) => (
              <col key={column.id} style={column.isWidest ? undefined : { width: column.width }} />
            ))}
          </colgroup>
          <thead>
            <tr aria-rowindex={1}>
              {selection && <th aria-label={COMPONENT.selected} />}
              {columns.map((column) => (
                <Heading key={column.id} column={column} order={order} onOrder={setOrder} />
              ))}
            </tr>
          </thead>
          <tbody>
            {above > 0 && <tr aria-hidden style={{ height: above }} />}
            {visible.map((position) => {
              const row = rows[position]
              if (!row) return null
              return (
                <TableRow
                  key={row.index}
                  row={row}
                  position={position}
                  columns={columns}
                  selection={selection}
                  onUse={isUsable ? () => use(row) : null}
                />
              )
            })}
            {below > 0 && <tr aria-hidden style={{ height: below }} />}
          </tbody>
        </table>
        {rows.length === 0 && !isBusy && (
          <p className="dara-table-empty">{isEmpty ? COMPONENT.noData : COMPONENT.nothingFound}</p>
        )}
      </div>
    </div>
  )
}

/** Return the columns of a table, and its rows as the user has searched and sorted them. */
function useTableRows(node: Node) {
  const data = useProp(node, 'data')
  const given = useProp(node, 'columns')
  const searched = useProp(node, 'search_columns')
  const [search, setSearch] = useState('')
  const [order, setOrder] = useState<Order | null>(null)
  const all = useMemo(() => rowsOf(data), [data])
  const columns = useMemo(() => columnsOf(given, all), [given, all])
  const within = Array.isArray(searched) ? columns.filter((column) => searched.includes(column.id)) : columns
  // The same texts for equal columns, which are new objects whenever the data changes.
  const texts = useMemo(() => new RowTexts(within), [JSON.stringify(within)])
  const wanted = search.trim().toLowerCase()
  const query = useMemo(() => ({ rows: all, texts, wanted, order }), [all, texts, wanted, order])
  return { ...useFound(query), columns, isEmpty: all.length === 0, search, setSearch, order, setOrder }
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

/** Return the positions of the rows to draw, and the heights of the rest above and below them. */
function useVisibleRows(frame: RefObject<HTMLDivElement | null>, count: number, rowPx: number) {
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => frame.current,
    estimateSize: () => rowPx,
    overscan: OVERSCAN,
    // React warns of a flush during rendering.
    useFlushSync: false,
  })
  const items = virtual.getVirtualItems()
  return {
    visible: items.map(({ index }) => index),
    above: items[0]?.start ?? 0,
    below: virtual.getTotalSize() - (items.at(-1)?.end ?? 0),
  }
}

function minWidthOf(columns: readonly Column[], isSelectable: boolean): string {
  const widths = columns.map(({ width }) => width)
  return `calc(${[isSelectable ? `${SELECTOR_PX}px` : '0px', ...widths].join(' + ')})`
}

interface HeadingProps {
  column: Column
  order: Order | null
  onOrder: (order: Order | null) => void
}

/** The heading of a column. A first click sorts in ascending order, a second in descending, a third not at all. */
function Heading({ column, order, onOrder }: HeadingProps) {
  const own = order?.column === column.id ? order : null
  const next = own?.isDescending ? null : { column: column.id, isDescending: own !== null }
  return (
    <th
      scope="col"
      data-align={column.align}
      data-sticky={column.sticky ?? undefined}
      aria-sort={own ? (own.isDescending ? 'descending' : 'ascending') : undefined}
    >
      <button type="button" title={column.tooltip ?? undefined} onClick={() => onOrder(next)}>
        <span>{column.label}</span>
        <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
          <path d={own?.isDescending ? 'M1 3.5h8L5 8z' : 'M1 6.5h8L5 2z'} fill="currentColor" opacity={own ? 1 : 0} />
        </svg>
      </button>
    </th>
  )
}

interface TableRowProps {
  row: IndexedRow
  /** The index among the rows that are shown. */
  position: number
  columns: readonly Column[]
  selection: Selection | null
  /** Handles a click; `null` where a click does nothing. */
  onUse: (() => void) | null
}

function TableRow({ row: { row, index }, position, columns, selection, onUse }: TableRowProps) {
  const isSelected = selection?.has(index)
  // A row with a checkbox is used through that with the keyboard.
  const onKey = selection ? null : onUse
  return (
    <tr
      aria-rowindex={position + 2}
      aria-selected={isSelected}
      data-usable={onUse ? true : undefined}
      tabIndex={onKey ? 0 : undefined}
      onClick={onUse ?? undefined}
      onKeyDown={onKey ? onEnter(onKey) : undefined}
    >
      {selection && (
        <td>
          <input
            type={selection.isMultiple ? 'checkbox' : 'radio'}
            aria-label={COMPONENT.row(index + 1)}
            checked={isSelected}
            onClick={(event) => event.stopPropagation()}
            onChange={() => onUse?.()}
          />
        </td>
      )}
      {columns.map((column) => (
        <Cell key={column.id} column={column} row={row} />
      ))}
    </tr>
  )
}

function Cell({ column, row }: { column: Column; row: Row }) {
  const value = memberOf(row, column.id)
  const text = column.textOf(value)
  const tone = toneOf(column, value)
  return (
    <td
      data-align={column.align}
      data-sticky={column.sticky ?? undefined}
      title={titleOf(value, text)}
      style={tone ? { color: colorOf(tone, 'text') } : undefined}
    >
      <CellContent column={column} row={row} text={text} />
    </td>
  )
}

/** Return the tooltip of a cell: a text that may be cut off, or a number that is rounded. */
function titleOf(value: Json, text: string): string | undefined {
  if (typeof value === 'number') return String(value) === text ? undefined : String(value)
  return text.length > LONG_CHARACTERS ? text : undefined
}

function CellContent({ column, row, text }: { column: Column; row: Row; text: string }) {
  switch (column.formatter?.type) {
    case 'link':
      return typeof row.href === 'string' ? <a href={row.href}>{text}</a> : text
    case 'code':
      return <code>{text}</code>
    case 'formatted_text':
      return <span className="dara-table-formatted">{text}</span>
    case 'badge': {
      const badge = badgeOf(column.formatter, memberOf(row, column.id))
      return badge ? <Badge {...badge} /> : text
    }
    default:
      return text
  }
}

interface Selection {
  isMultiple: boolean
  has: (index: number) => boolean
  toggle: (index: number) => void
}

/** Return the selected rows, by their index in the data; `null` if the table has no selection. */
function useSelection(node: Node): Selection | null {
  const isMultiple = useFlag(node, 'multi_select') === true
  const [value, set] = useValue(node, 'selected_indices')
  const isWanted = 'selected_indices' in node.props || 'selected_indices' in node.variables
  if (!isWanted) return null
  const selected = Array.isArray(value) ? value : []
  const without = (index: number) => selected.filter((each) => each !== index)
  return {
    isMultiple,
    has: (index) => selected.includes(index),
    toggle: (index) => {
      if (!isMultiple) return set(selected.includes(index) ? [] : [index])
      set(selected.includes(index) ? without(index) : [...selected, index])
    },
  }
}

/** Return a handler that calls `use` when Enter is pressed on the row itself. */
function onEnter(use: () => void) {
  return (event: KeyboardEvent) => {
    if (event.key === 'Enter' && event.target === event.currentTarget) use()
  }
}
