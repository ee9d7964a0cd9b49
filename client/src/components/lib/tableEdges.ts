/** The ends of a Table that scrolls sideways. */

import { type RefObject, useLayoutEffect } from 'react'

/** Keep the attributes `data-before` and `data-after` around a frame, which tell that it can be scrolled to that side. */
export function useTableEdges(frame: RefObject<HTMLDivElement | null>): void {
  useLayoutEffect(() => {
    const element = frame.current
    const view = element?.parentElement
    if (!element || !view) return
    const mark = () => {
      const { scrollLeft, scrollWidth, clientWidth } = element
      view.toggleAttribute('data-before', scrollLeft > 0)
      view.toggleAttribute('data-after', scrollLeft + clientWidth < scrollWidth - 1)
    }
    const observer = new ResizeObserver(mark)
    observer.observe(element)
    if (element.firstElementChild) observer.observe(element.firstElementChild)
    element.addEventListener('scroll', mark, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', mark)
    }
  }, [frame])
}
