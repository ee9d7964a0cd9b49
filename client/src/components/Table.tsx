import '../view/badge.css'
import './Table.css'
import { TextInput } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, useMemo, useRef, useState } from 'react'
import type { Json } from '../protocol'
import { type ComponentProps, useAction, useFlag, useNumber, useProp, useValue, useWords } from '../view/react'
import { colorOf, useStyle } from '../view/style'
import { memberOf } from '../view/values'
import {
  arrange,
  badgeOf,
  type Column,
  columnsOf,
  type Order,
  type Placed,
  type Row,
  rowsOf,
  toneOf,
} from './lib/table'

const ROW_PX = 40
const SELECTOR_PX = 44
const OVERSCAN = 12
const LONG = 20

export default function Table({ node }: ComponentProps) {
  const { id, style } = useStyle(node)
  const data = useProp(node, 'data')
  const given = useProp(node, 'columns')
  const label = useWords(node, 'label')
  const maxRows = useNumber(node, 'max_rows')
  const rowPx = useNumber(node, 'row_height') ?? ROW_PX
  const isSearchable = useFlag(node, 'searchable')
  const searched = useProp(node, 'search_columns')
  const selection = useSelection(node)
  const onRow = useAction(node, 'onclick_row')
  const [text, setText] = useState('')
  const [order, setOrder] = useState<Order | null>(null)
  const rows = useMemo(() => rowsOf(data), [data])
  const columns = useMemo(() => columnsOf(given, rows), [given, rows])
  const shown = useMemo(() => {
    const within = Array.isArray(searched) ? columns.filter((column) => searched.includes(column.id)) : columns
    return arrange(rows, within, text, order)
  }, [rows, columns, searched, text, order])
  const frame = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowPx,
    overscan: OVERSCAN,
    // React complains about a flush that happens while it renders.
    useFlushSync: false,
  })
  const leastWidth = `calc(${[selection ? `${SELECTOR_PX}px` : '0px', ...columns.map(({ width }) => width)].join(' + ')})`
  const drawn = virtual.getVirtualItems()
  const above = drawn[0]?.start ?? 0
  const below = virtual.getTotalSize() - (drawn.at(-1)?.end ?? 0)
  const isUsable = onRow !== null || selection !== null
  const use = ({ row, index }: Placed) => {
    selection?.toggle(index)
    void onRow?.([row])
  }
  return (
    <div id={id} className="dara-table" style={style}>
      {isSearchable && (
        <TextInput
          className="dara-field"
          type="search"
          aria-label="Search"
          placeholder="Search"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      )}
      <div
        ref={frame}
        className="dara-table-frame"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable with the keyboard
        tabIndex={0}
        style={{ '--dara-row': `${rowPx}px`, ...(maxRows !== null && { maxHeight: rowPx * (maxRows + 1) }) } as object}
      >
        <table aria-label={label ?? undefined} aria-rowcount={shown.length + 1} style={{ minWidth: leastWidth }}>
          <colgroup>
            {selection && <col style={{ width: SELECTOR_PX }} />}
            {columns.map((column) => (
              <col key={column.id} style={column.isWidest ? undefined : { width: column.width }} />
            ))}
          </colgroup>
          <thead>
            <tr aria-rowindex={1}>
              {selection && <th aria-label="Selected" />}
              {columns.map((column) => (
                <Heading key={column.id} column={column} order={order} onOrder={setOrder} />
              ))}
            </tr>
          </thead>
          <tbody>
            {above > 0 && <tr aria-hidden style={{ height: above }} />}
            {drawn.map(({ index: at }) => {
              const placed = shown[at]
              if (!placed) return null
              const isSelected = selection?.has(placed.index)
              return (
                <tr
                  key={placed.index}
                  aria-rowindex={at + 2}
                  aria-selected={isSelected}
                  data-usable={isUsable || undefined}
                  tabIndex={isUsable && !selection ? 0 : undefined}
                  onClick={isUsable ? () => use(placed) : undefined}
                  onKeyDown={isUsable && !selection ? onEnter(() => use(placed)) : undefined}
                >
                  {selection && (
                    <td>
                      <input
                        type={selection.isMultiple ? 'checkbox' : 'radio'}
                        aria-label={`Row ${placed.index + 1}`}
                        checked={isSelected}
                        onClick={(event) => event.stopPropagation()}
                        onChange={() => use(placed)}
                      />
                    </td>
                  )}
                  {columns.map((column) => (
                    <TabVariable key={column.id} column={column} row={placed.row} />
                  ))}
                </tr>
              )
            })}
            {below > 0 && <tr aria-hidden style={{ height: below }} />}
          </tbody>
        </table>
        {shown.length === 0 && <p className="dara-table-empty">{rows.length > 0 ? 'Nothing found' : 'No data'}</p>}
      </div>
    </div>
  )
}

interface HeadingProps {
  column: Column
  order: Order | null
  onOrder: (order: Order | null) => void
}

/** A click sorts upwards, then downwards, then not at all. */
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

function TabVariable({ column, row }: { column: Column; row: Row }) {
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
      <Content column={column} row={row} text={text} />
    </td>
  )
}

/** What does not fit, or is not shown to the last digit. */
function titleOf(value: Json, text: string): string | undefined {
  if (typeof value === 'number') return String(value) === text ? undefined : String(value)
  return text.length > LONG ? text : undefined
}

function Content({ column, row, text }: { column: Column; row: Row; text: string }) {
  switch (column.formatter?.type) {
    case 'link':
      return typeof row.href === 'string' ? <a href={row.href}>{text}</a> : text
    case 'code':
      return <code>{text}</code>
    case 'formatted_text':
      return <span className="dara-table-formatted">{text}</span>
    case 'badge': {
      const badge = badgeOf(column.formatter, memberOf(row, column.id))
      if (!badge) return text
      return (
        <span className="dara-badge" style={{ '--dara-badge': colorOf(badge.color ?? 'gray', 'text') } as object}>
          {badge.label}
        </span>
      )
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

function useSelection(node: ComponentProps['node']): Selection | null {
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

function onEnter(use: () => void) {
  return (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.target !== event.currentTarget) return
    use()
  }
}
