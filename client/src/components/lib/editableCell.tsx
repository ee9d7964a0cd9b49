/** The cells of a Table that people edit in place, and see each other in. Fetched with the first such table. */

import { TABLE } from '../../messages/table'
import './editableCell.css'
import {
  type CSSProperties,
  type FocusEvent,
  type KeyboardEvent,
  useEffect,
  useMemo,
  useRef,
  useSyncExternalStore,
} from 'react'
import { isComposed } from '../../fields/binding'
import { fromKey, keyOf } from '../../fields/choices'
import { useFieldPresence } from '../../fields/fieldPresence'
import type { Notation } from '../../fields/valueBinding'
import type { Node, Ref } from '../../fragments'
import type { Typist } from '../../sync/presence'
import { memberOf, textOf } from '../../view/values'
import type { CellDraft, CellEdits } from './cellEdits'
import { CellError } from './cellError'
import { isEditable, notationOf } from './cellNotations'
import { type Column, type IndexedRow, placeOf } from './table'
import { CellContent } from './tableCell'
import type { TableFocus } from './tableFocus'

interface EditableCellProps {
  column: Column
  row: IndexedRow
  position: number
  list: Ref
  edits: CellEdits
  focus: TableFocus
}

const INPUT_TYPES = { number: 'text', date: 'date', datetime: 'datetime-local', text: 'text', boolean: 'text' }

export default function EditableCell({ column, row: indexed, position, list, edits, focus }: EditableCellProps) {
  const { row, index } = indexed
  const at = { index, column: column.id }
  const place = { position, column: column.id }
  const draft = useSyncExternalStore(edits.state.subscribe, () => edits.draftOf(at))
  const isOpen = useSyncExternalStore(edits.state.subscribe, () => edits.isOpen(at))
  const { others, ...presence } = useFieldPresence(useCellNode(list, index, column.id), 'value')
  const value = memberOf(row, column.id)
  const notation = notationOf(column)
  const canEdit = isEditable(column, value)
  const start = (text: string | null) => {
    if (!canEdit) return
    if (notation) edits.open(at, notation, beginningOf(column, text))
    else edits.store(at, value !== true)
  }
  const { style, ...placed } = placeOf(column)
  return (
    <td
      {...placed}
      data-column={column.id}
      data-open={isOpen || undefined}
      aria-invalid={draft?.error ? true : undefined}
      title={draft?.error ?? undefined}
      style={{ ...style, ...personStyle(others) } as CSSProperties}
      data-person={others.length > 0 || undefined}
      tabIndex={focus.isEntry(place) ? 0 : -1}
      onFocus={() => {
        focus.note(place)
        presence.onFocus()
      }}
      onBlur={presence.onBlur}
      onClick={(event) => event.stopPropagation()}
      onDoubleClick={() => !isOpen && start(null)}
      onKeyDown={(event) => {
        if (event.target === event.currentTarget && onCellKey(event, start, () => edits.discard(at))) {
          event.preventDefault()
          event.stopPropagation()
        }
      }}
    >
      {isOpen && notation && draft ? (
        <Editor
          column={column}
          draft={draft}
          onType={(text) => {
            edits.type(text)
            presence.onEdit()
          }}
          onKey={(event) => onEditorKey(event, edits, notation, (way) => focus.move(nextPlace(focus, place, way)))}
          onLeave={(isUnreadable) => edits.isOpen(at) && edits.leave(notation, isUnreadable)}
        />
      ) : (
        <span className="dara-table-value">
          <CellValue column={column} row={indexed} draft={draft} onToggle={notation ? null : () => start(null)} />
        </span>
      )}
      {draft?.error && <CellError>{draft.error}</CellError>}
      {others[0] && !isOpen && <span className="dara-table-person">{namesOf(others)}</span>}
    </td>
  )
}

/** Return the text with which an editor begins; `null` for the present value: some editors cannot show a single key. */
function beginningOf({ choices, type }: Column, text: string | null): string | null {
  if (choices) return null
  return text === '' || type === 'text' || type === 'number' ? text : null
}

/** Return the node of a field for the value of a cell. */
function useCellNode({ variable, path }: Ref, index: number, column: string): Node {
  return useMemo(() => {
    const value = { variable, path: [...path, index, column] }
    return { component: 'Table', id: '', props: {}, variables: { value }, actions: {}, slots: {} }
  }, [variable, path, index, column])
}

interface CellValueProps {
  column: Column
  row: IndexedRow
  draft: CellDraft | null
  /** Changes the value at once; `null` for a cell with an editor. */
  onToggle: (() => void) | null
}

function CellValue({ column, row: { row }, draft, onToggle }: CellValueProps) {
  const value = memberOf(row, column.id)
  if (draft) return column.choices ? textOf(fromKey(draft.text)) : draft.text
  if (!onToggle) return <CellContent column={column} row={row} text={column.textOf(value)} />
  return <input type="checkbox" tabIndex={-1} aria-label={column.label} checked={value === true} onChange={onToggle} />
}

interface EditorProps {
  column: Column
  draft: CellDraft
  onType: (text: string) => void
  onKey: (event: KeyboardEvent<HTMLInputElement | HTMLSelectElement>) => void
  onLeave: (isUnreadable: boolean) => void
}

function Editor({ column, draft, onType, onKey, onLeave }: EditorProps) {
  const element = useRef<HTMLInputElement & HTMLSelectElement>(null)
  useEffect(() => {
    element.current?.focus()
  }, [])
  const common = {
    ref: element,
    className: 'dara-table-editor',
    'aria-label': column.label,
    'aria-invalid': draft.error ? true : undefined,
    value: draft.text,
    onChange: (event: { currentTarget: { value: string } }) => onType(event.currentTarget.value),
    onKeyDown: onKey,
    onBlur: (event: FocusEvent<HTMLInputElement | HTMLSelectElement>) => onLeave(event.currentTarget.validity.badInput),
  }
  if (!column.choices) {
    const isNumber = column.type === 'number'
    return (
      <input
        {...common}
        type={INPUT_TYPES[column.type]}
        autoComplete="off"
        {...(isNumber && { inputMode: 'decimal' })}
      />
    )
  }
  const keys = column.choices.map((choice) => [keyOf(choice), textOf(choice)] as const)
  const isKnown = keys.some(([key]) => key === draft.text)
  return (
    <select {...common}>
      {!isKnown && <option value={draft.text}>{TABLE.choose}</option>}
      {keys.map(([key, label]) => (
        <option key={key} value={key}>
          {label}
        </option>
      ))}
    </select>
  )
}

/** Handle a key on a cell that is not being edited; return whether it does something. */
function onCellKey(event: KeyboardEvent, start: (text: string | null) => void, discard: () => void): boolean {
  const { key, ctrlKey, metaKey, altKey } = event
  if (ctrlKey || metaKey || altKey) return false
  if (key === 'Enter' || key === 'F2') start(null)
  else if (key === 'Delete' || key === 'Backspace') start('')
  else if (key === 'Escape') discard()
  else if (key.length === 1) start(key)
  else return false
  return true
}

type Way = 'down' | 'next' | 'previous' | 'stay'

/** Handle a key in an editor: Enter and Tab store the input and go on, Escape cancels. */
function onEditorKey(
  event: KeyboardEvent<HTMLInputElement | HTMLSelectElement>,
  edits: CellEdits,
  notation: Notation,
  go: (way: Way) => void,
): void {
  event.stopPropagation()
  if (isComposed(event.nativeEvent)) return
  const { key, shiftKey } = event
  if (key === 'Escape') edits.cancel()
  else if (key !== 'Enter' && key !== 'Tab') return
  event.preventDefault()
  if (key === 'Escape') return go('stay')
  if (edits.commit(notation, event.currentTarget.validity.badInput))
    go(key === 'Enter' ? 'down' : shiftKey ? 'previous' : 'next')
}

function nextPlace(focus: TableFocus, place: { position: number; column: string }, way: Way) {
  if (way === 'stay') return place
  return way === 'down' ? focus.below(place) : focus.next(place, way === 'previous')
}

function namesOf(others: readonly Typist[]): string {
  return others.length > 1 ? `${others[0]?.name} +${others.length - 1}` : (others[0]?.name ?? '')
}

function personStyle(others: readonly Typist[]) {
  return others[0] ? { '--dara-person': others[0].color } : {}
}
