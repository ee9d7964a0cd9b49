/** The place of the keyboard in a Table: one row, or one cell of those that can be edited. */

import { type KeyboardEvent, type RefObject, useLayoutEffect, useRef, useState } from 'react'
import type { TableScroll } from './tableScroll'

export interface Place {
  position: number
  /** The column of the cell; `null` for the row itself. */
  column: string | null
}

export interface TableFocus {
  /** True if the places are cells. */
  hasCells: boolean
  /** Return whether the Tab key enters the table here. */
  isEntry: (place: Place) => boolean
  /** Note that a row or a cell has the focus. */
  note: (place: Place) => void
  /** Move the focus, and scroll there; also to a row that is about to be added. */
  move: (place: Place) => void
  /** Move the focus by an arrow key; return where to, or `null` for any other key. */
  step: (event: KeyboardEvent, from: Place) => Place | null
  /** Return the place below another; the last row is below itself. */
  below: (from: Place) => Place
  /** Return the place next to another, in reading order. */
  next: (from: Place, isBack: boolean) => Place
}

/** Move the focus among `count` rows, or among their cells in `columns` if there are some. */
export function useTableFocus(
  frame: RefObject<HTMLDivElement | null>,
  scroll: TableScroll,
  count: number,
  columns: readonly string[],
): TableFocus {
  const [active, setActive] = useState<Place>({ position: 0, column: null })
  const wanted = useRef<Place | null>(null)
  useLayoutEffect(() => {
    const element = wanted.current && elementAt(frame.current, wanted.current)
    if (!element) return
    wanted.current = null
    element.focus({ preventScroll: true })
    element.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  })
  const isDrawn = active.position >= scroll.first && active.position < scroll.end
  const entry = isDrawn ? active.position : scroll.first
  const column = columns.includes(active.column ?? '') ? active.column : (columns[0] ?? null)
  const move = (to: Place) => {
    wanted.current = to
    setActive(to)
    if (to.position < scroll.first || to.position >= scroll.end) scroll.goTo(Math.max(0, to.position - 1))
  }
  const below = ({ position, column: from }: Place, rows: number) => ({
    position: Math.max(0, Math.min(position + rows, count - 1)),
    column: from,
  })
  return {
    hasCells: columns.length > 0,
    isEntry: (place) => place.position === entry && place.column === column,
    note: (place) => {
      wanted.current = null
      if (place.position !== active.position || place.column !== active.column) setActive(place)
    },
    move,
    below: (place) => below(place, 1),
    step: ({ key }, place) => {
      const { position, column: from } = place
      const rows = { ArrowDown: 1, ArrowUp: -1 }[key]
      const sideways = { ArrowRight: 1, ArrowLeft: -1 }[key]
      if (rows !== undefined) return below(place, rows)
      if (sideways === undefined || from === null) return null
      const to = columns[columns.indexOf(from) + sideways]
      return { position, column: to ?? from }
    },
    next: ({ position, column: from }, isBack) => {
      const at = position * columns.length + columns.indexOf(from ?? '') + (isBack ? -1 : 1)
      const within = Math.max(0, Math.min(at, count * columns.length - 1))
      return { position: Math.floor(within / columns.length), column: columns[within % columns.length] ?? null }
    },
  }
}

function elementAt(frame: HTMLDivElement | null, { position, column }: Place): HTMLElement | null {
  const row = `tr[aria-rowindex="${position + 2}"]`
  return frame?.querySelector(column === null ? row : `${row} > [data-column="${CSS.escape(column)}"]`) ?? null
}

/** Return the place of an element; `null` if it is neither a row nor a cell. */
export function placeOfElement(element: EventTarget): Place | null {
  if (!(element instanceof HTMLElement)) return null
  const row = element.closest<HTMLElement>('tr[aria-rowindex]')
  const isPlace = element === row || element.dataset.column !== undefined
  if (!row || !isPlace) return null
  return { position: Number(row.getAttribute('aria-rowindex')) - 2, column: element.dataset.column ?? null }
}
