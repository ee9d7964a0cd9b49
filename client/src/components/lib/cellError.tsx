/** The reason for which the input of a cell cannot be stored. */

import { type ReactNode, useLayoutEffect, useRef } from 'react'

const MARGIN_PX = 8

/** Shows the reason below its cell, or above it at the end of the window, while the cell has the focus and is in view. */
export function CellError({ children }: { children: ReactNode }) {
  const element = useRef<HTMLSpanElement>(null)
  useLayoutEffect(() => {
    const { current } = element
    const cell = current?.parentElement
    if (!current || !cell) return
    const place = () => show(current, cell)
    const signal = new AbortController()
    const options = { passive: true, signal: signal.signal }
    place()
    for (const type of ['focusin', 'focusout']) cell.addEventListener(type, place, options)
    document.addEventListener('scroll', place, { ...options, capture: true })
    window.addEventListener('resize', place, options)
    return () => signal.abort()
  }, [])
  return (
    // A popover is above everything: the frame of the table would clip it.
    <span ref={element} popover="manual" className="dara-table-error">
      {children}
    </span>
  )
}

function show(reason: HTMLElement, cell: HTMLElement): void {
  const isShown = cell.contains(document.activeElement) && isInView(cell)
  reason.togglePopover(isShown)
  if (!isShown) return
  const { left, top, bottom } = cell.getBoundingClientRect()
  const { offsetWidth, offsetHeight } = reason
  const isBelow = bottom + offsetHeight + MARGIN_PX <= window.innerHeight
  reason.style.left = `${Math.max(MARGIN_PX, Math.min(left, window.innerWidth - offsetWidth - MARGIN_PX))}px`
  reason.style.top = `${isBelow ? bottom : top - offsetHeight}px`
}

/** Return whether the frame of the table shows a part of the cell. */
function isInView(cell: HTMLElement): boolean {
  const frame = cell.closest('.dara-table-frame')?.getBoundingClientRect()
  const { left, right, top, bottom } = cell.getBoundingClientRect()
  return !frame || (bottom > frame.top && top < frame.bottom && right > frame.left && left < frame.right)
}
