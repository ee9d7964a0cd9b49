import './Table.css'
import './lib/tableQuery.css'
import '../fields/field.css'
import { type CSSProperties, type KeyboardEvent, lazy, Suspense, useEffect, useRef, useState } from 'react'
import { keyOf } from '../fields/choices'
import { TextInput } from '../fields/textInput'
import type { Node } from '../fragments'
import { COMPONENT } from '../messages'
import { COLUMNS } from '../messages/columns'
import { TABLE } from '../messages/table'
import { Glyph } from '../view/iconButton'
import { Marked } from '../view/marked'
import { type ComponentProps, useFlag, useNumber, useProp, useText } from '../view/react'
import { explained, NodeFailure, NodeFallback } from '../view/render'
import { useStyle } from '../view/style'
import { useLocalRows } from './lib/localRows'
import { ALL_ROWS, type Group, isFiltered, type RowQuery, type RowSource } from './lib/rowSource'
import { useServerRows, useServerTable } from './lib/serverRows'
import type { ServerTable } from './lib/serverTable'
import { type Column, fillingColumn, idOf } from './lib/table'
import { useTableEdges } from './lib/tableEdges'
import { useEditing } from './lib/tableEditing'
import { placeOfElement, type TableFocus, useTableFocus } from './lib/tableFocus'
import { TableFooter } from './lib/tableFooter'
import { Heading } from './lib/tableHeading'
import { TableRow } from './lib/tableRow'
import { type TableScroll, useTableScroll } from './lib/tableScroll'
import { type Selection, useSelection } from './lib/tableSelection'
import { type RowUse, useRowUse } from './lib/tableUse'

const ExportButtons = lazy(() => import('./lib/tableExport'))
const GroupRow = lazy(() => import('./lib/tableGroup'))
const HiddenSelection = lazy(() => import('./lib/hiddenSelection'))
const ROW_PX = 40
const SELECTOR_PX = 44
const ACTION_PX = 36
const ACTION_PADDING_PX = 8

export default function Table({ node }: ComponentProps) {
  const table = useServerTable(node)
  return table ? <TableOnServer node={node} table={table} /> : <TableInTab node={node} />
}

function TableInTab({ node }: ComponentProps) {
  const [query, setQuery] = useState(ALL_ROWS)
  const rows = useLocalRows(node, query)
  return <TableView node={node} rows={rows} query={query} onQuery={setQuery} />
}

function TableOnServer({ node, table }: ComponentProps & { table: ServerTable }) {
  const [query, setQuery] = useState(ALL_ROWS)
  const rows = useServerRows(node, table, query)
  const { freshness, isReady } = table
  const retry = () => table.trigger(true)
  if (!isReady && freshness.error) return <NodeFailure node={node} freshness={freshness} onRetry={retry} />
  if (!isReady) return <NodeFallback node={node} freshness={freshness} />
  return (
    <Marked freshness={explained(freshness, node)} onRetry={retry}>
      <TableView node={node} rows={rows} query={query} onQuery={setQuery} />
    </Marked>
  )
}

interface TableViewProps {
  node: Node
  rows: RowSource
  query: RowQuery
  onQuery: (query: RowQuery) => void
}

function TableView({ node, rows, query, onQuery }: TableViewProps) {
  const { id, style } = useStyle(node)
  const label = useText(node, 'label')
  const rowPx = useNumber(node, 'row_height') ?? ROW_PX
  const maxRows = useNumber(node, 'max_rows')
  const isSearchable = useFlag(node, 'searchable')
  const selection = useSelection(node, rows)
  const idColumns = useProp(node, 'row_data_id_column')
  const { columns, count, isBusy } = rows
  const editing = useEditing(node, columns)
  const formats = useProp(node, 'export')
  const hasExports = formats === true || (Array.isArray(formats) && formats.length > 0)
  const use = useRowUse(node, selection, editing)
  const frame = useRef<HTMLDivElement>(null)
  const scroll = useTableScroll(frame, count, rowPx)
  useTableEdges(frame)
  const { first, end } = scroll
  useEffect(() => rows.show(first, end))
  const focus = useTableFocus(frame, scroll, count, editing?.columns ?? [])
  const actionsPx = use.actions.length * ACTION_PX + 2 * ACTION_PADDING_PX
  const widths = [
    `${selection?.hasBoxes ? SELECTOR_PX : 0}px`,
    ...columns.map(widthOf),
    `${use.actions.length > 0 ? actionsPx : 0}px`,
  ]
  const filling = fillingColumn(columns, selection?.hasBoxes === true || use.actions.length > 0)
  const sticks = (side: Column['sticky']) => columns.some(({ sticky }) => sticky === side)
  const isOfFrame = rows.all === null || (rows.kinds?.length ?? 0) > 0
  const height = maxRows !== null && { maxHeight: rowPx * (maxRows + 1) }
  return (
    <div id={id} className="dara-table" style={style}>
      {(isSearchable || hasExports) && (
        <div className="dara-table-tools">
          {isSearchable && (
            <TextInput
              className="dara-field"
              type="search"
              aria-label={TABLE.search}
              placeholder={TABLE.search}
              value={query.search}
              onChange={(event) => onQuery({ ...query, search: event.currentTarget.value })}
            />
          )}
          {hasExports && (
            <Suspense fallback={<span className="dara-table-tool">&nbsp;</span>}>
              <ExportButtons node={node} rows={rows} />
            </Suspense>
          )}
        </div>
      )}
      <div
        className="dara-table-view"
        data-left={sticks('left') ? 'columns' : selection?.hasBoxes ? 'boxes' : undefined}
        data-right={sticks('right') || use.actions.length > 0 || undefined}
      >
        {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys scroll further than the browser would by itself */}
        <div
          ref={frame}
          className="dara-table-frame"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable with the keyboard
          tabIndex={0}
          onKeyDown={(event) => {
            if (!onRowKey(event, rows, selection, use, focus)) onScrollKey(event, scroll, count)
          }}
          style={{ '--dara-row': `${rowPx}px`, ...height } as CSSProperties}
        >
          <table
            aria-label={label ?? undefined}
            aria-rowcount={count + 1}
            aria-busy={isBusy || undefined}
            style={
              {
                minWidth: minWidthOf(widths),
                ...(selection?.hasBoxes && { '--dara-lead': `${SELECTOR_PX}px` }),
              } as CSSProperties
            }
          >
            <colgroup>
              {selection?.hasBoxes && <col style={{ width: SELECTOR_PX }} />}
              {columns.map((column) => (
                <col key={column.id} style={column === filling ? undefined : { width: widthOf(column) }} />
              ))}
              {use.actions.length > 0 && <col style={{ width: actionsPx }} />}
            </colgroup>
            <thead>
              <tr aria-rowindex={1}>
                {selection?.hasBoxes && <SelectAll selection={selection} onPress={use.checkAll} />}
                {columns.map((column) => (
                  <Heading key={column.id} column={column} rows={rows} query={query} onQuery={onQuery} />
                ))}
                {use.actions.length > 0 && <th data-sticky="right" data-edge="right" aria-label={TABLE.actions} />}
              </tr>
            </thead>
            <tbody>
              {scroll.above > 0 && <tr aria-hidden style={{ height: scroll.above }} />}
              {positions(first, end).map((position) => {
                const row = rows.at(position)
                const group = row ? null : rows.groupAt(position)
                const cells = {
                  position,
                  columns,
                  hasBox: selection?.hasBoxes === true,
                  hasActions: use.actions.length > 0,
                }
                if (group)
                  return (
                    <Suspense key={`group ${keyOf(group.value)}`} fallback={<Skeleton {...cells} />}>
                      <GroupRow
                        {...cells}
                        group={group}
                        by={columns.find(({ id }) => id === query.group?.by)}
                        onToggle={() => onQuery(withToggled(query, group))}
                      />
                    </Suspense>
                  )
                if (!row) return <Skeleton key={`at ${position}`} {...cells} />
                return (
                  <TableRow
                    key={keyOf(idOf(row, idColumns))}
                    row={row}
                    position={position}
                    columns={columns}
                    selection={selection}
                    use={use}
                    focus={focus}
                    editing={editing}
                  />
                )
              })}
              {scroll.below > 0 && <tr aria-hidden style={{ height: scroll.below }} />}
            </tbody>
          </table>
          {count === 0 && !isBusy && (
            <p className="dara-table-empty">{rows.isEmpty ? TABLE.noData : COMPONENT.nothingFound}</p>
          )}
        </div>
      </div>
      {editing?.hasRows && (
        <button
          type="button"
          className="dara-table-add"
          onClick={() => {
            editing.edits.add(editing.newRow())
            focus.move({ position: count, column: editing.columns[0] ?? null })
          }}
        >
          <Glyph d="M10 4v12M4 10h12" size={16} />
          {COLUMNS.addRow}
        </button>
      )}
      {selection?.isMultiple && selection.selected.size > 0 && isFiltered(rows) && (
        <Suspense>
          <HiddenSelection rows={rows} selection={selection} onDrop={use.drop} />
        </Suspense>
      )}
      {(isSearchable || isOfFrame || columns.some(({ filter }) => filter)) && (
        <TableFooter
          {...rows.size}
          count={count}
          onGo={isOfFrame && count > scroll.page + 1 ? scroll.goTo : undefined}
        />
      )}
    </div>
  )
}

interface SkeletonProps {
  position: number
  columns: readonly Column[]
  hasBox: boolean
  hasActions: boolean
}

/** A row that is being fetched. */
function Skeleton({ position, columns, hasBox, hasActions }: SkeletonProps) {
  return (
    <tr aria-rowindex={position + 2} aria-busy className="dara-table-skeleton">
      {hasBox && <td />}
      {columns.map(({ id, align }) => (
        <td key={id} data-align={align}>
          <span />
        </td>
      ))}
      {hasActions && <td data-sticky="right" data-edge="right" />}
    </tr>
  )
}

/** Return the query with a group open that was closed, or closed that was open. */
function withToggled(query: RowQuery, { value, isOpen }: Group): RowQuery {
  const { group } = query
  if (!group) return query
  const open = isOpen ? group.open.filter((each) => each !== value) : [...group.open, value]
  return { ...query, group: { ...group, open } }
}

function positions(first: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - first) }, (_, index) => first + index)
}

/** Scroll by the keys that go further than the browser would by itself. */
function onScrollKey(event: KeyboardEvent, scroll: TableScroll, count: number): void {
  if (event.target instanceof HTMLInputElement) return
  const ways: Record<string, () => number> = {
    Home: () => 0,
    End: () => count,
    PageUp: () => scroll.position() - scroll.page,
    PageDown: () => scroll.position() + scroll.page,
  }
  const way = ways[event.key]
  if (!way || event.altKey || event.shiftKey) return
  event.preventDefault()
  scroll.goTo(way())
}

/** Use the row that has the focus by a key; return whether the key does something. */
function onRowKey(event: KeyboardEvent, rows: RowSource, selection: Selection | null, use: RowUse, focus: TableFocus) {
  const place = placeOfElement(event.target)
  const row = place && rows.at(place.position)
  if (!row || event.altKey) return false
  const isAll = event.key === 'a' && (event.ctrlKey || event.metaKey) && selection?.all != null
  const to = focus.step(event, place)
  if (isAll) use.checkAll()
  else if (to) {
    focus.move(to)
    if (event.shiftKey && selection?.isMultiple) use.check(row, to.position, true)
  } else if (event.key === ' ' && selection) use.check(row, place.position, event.shiftKey)
  else if (event.key === 'Enter' && use.isClickable) use.click(row, place.position, event.shiftKey)
  else return false
  event.preventDefault()
  return true
}

/** The box that selects all rows. */
function SelectAll({ selection, onPress }: { selection: Selection; onPress: () => void }) {
  if (selection.all === null) return <th data-box aria-label={TABLE.selected} />
  return (
    <th data-box>
      <input
        ref={(box) => {
          if (box) box.indeterminate = selection.all === 'some'
        }}
        type="checkbox"
        aria-label={TABLE.selectAll}
        checked={selection.all === 'all'}
        onChange={onPress}
      />
    </th>
  )
}

/** Return the width of a column, of which one that stays visible leaves half of a narrow table to the others. */
function widthOf({ width, isLead }: Column): string {
  return isLead ? `min(${width}, 50cqw)` : width
}

function minWidthOf(widths: readonly string[]): string {
  return `calc(${widths.join(' + ')})`
}
