/** The rows of a Table that are in view, of any number of rows. */

import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from 'react'
import { ScrollScale } from './scrollScale'

/** The rows that are drawn above and below the view. */
const OVERSCAN = 12
/** Rows are drawn anew after so many have been scrolled. */
const STEP_ROWS = 4
/** The time without an event after which scrolling has ended. */
const STILL_MS = 150
/** The height of the view before it is known. */
const VIEW_PX = 600

/** The drawn rows, from `first` to before `end`, and the heights of the rest above and below them. */
interface Drawn {
  first: number
  end: number
  above: number
  below: number
}

export interface TableScroll extends Drawn {
  /** Scroll so that a row is the first in view. */
  goTo: (position: number) => void
  /** Return the position of the first row in view. */
  position: () => number
  /** The number of rows in view. */
  page: number
}

/** Follow the scrolling of a frame, whose heading is as high as a row. */
export function useTableScroll(frame: RefObject<HTMLDivElement | null>, count: number, rowPx: number): TableScroll {
  const [scale] = useState(() => new ScrollScale())
  const [viewPx, setViewPx] = useState(VIEW_PX)
  const [, setDrawn] = useState('')
  const still = useRef<ReturnType<typeof setTimeout>>(undefined)
  scale.resize(count * rowPx, viewPx)
  const drawn = drawnRows(scale, count, rowPx, viewPx)
  const redraw = useCallback(() => {
    setDrawn(JSON.stringify(drawnRows(scale, count, rowPx, viewPx)))
  }, [scale, count, rowPx, viewPx])

  useLayoutEffect(() => {
    const element = frame.current
    if (element && Math.abs(element.scrollTop - scale.scrollTop) >= 1) element.scrollTop = scale.scrollTop
  })
  useLayoutEffect(() => {
    const element = frame.current
    if (!element) return
    const observer = new ResizeObserver(() => setViewPx(Math.max(0, element.clientHeight - rowPx)))
    observer.observe(element)
    return () => observer.disconnect()
  }, [frame, rowPx])
  useLayoutEffect(() => {
    const element = frame.current
    if (!element) return
    const onScroll = () => {
      scale.follow(element.scrollTop)
      redraw()
      clearTimeout(still.current)
      still.current = setTimeout(() => {
        scale.settle()
        redraw()
      }, STILL_MS)
    }
    element.addEventListener('scroll', onScroll, { passive: true })
    return () => {
      clearTimeout(still.current)
      element.removeEventListener('scroll', onScroll)
    }
  }, [frame, scale, redraw])

  const goTo = useCallback(
    (position: number) => {
      scale.goTo(position * rowPx)
      redraw()
    },
    [scale, rowPx, redraw],
  )
  const position = useCallback(() => Math.round(scale.top / rowPx), [scale, rowPx])
  return { ...drawn, goTo, position, page: Math.max(1, Math.floor(viewPx / rowPx)) }
}

function drawnRows(scale: ScrollScale, count: number, rowPx: number, viewPx: number): Drawn {
  const { top, offset, scrollPx } = scale
  const inView = Math.floor(top / rowPx / STEP_ROWS) * STEP_ROWS
  // Rows that would be before the beginning of the element, or behind its end, are out of reach until it is moved.
  const reachable = { first: Math.ceil(-offset / rowPx), end: Math.floor((scrollPx - offset) / rowPx) }
  const first = Math.max(0, inView - OVERSCAN, reachable.first)
  const end = Math.min(count, inView + STEP_ROWS + Math.ceil(viewPx / rowPx) + OVERSCAN, Math.max(reachable.end, first))
  const above = Math.max(0, offset + first * rowPx)
  return { first, end, above, below: Math.max(0, scrollPx - above - (end - first) * rowPx) }
}
