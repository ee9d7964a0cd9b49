/**
 * The segments of a date or time field in the browser: of a month, a day, a year. While they are typed, parts of a date
 * are dates, too, such as the day 02/20 on the way to 02/21. No React.
 */

import { combineUnsubscribes } from '../observable'
import { listen } from './binding'
import type { Segments } from './valueBinding'

/** Keys that leave the segments as they are. */
const SILENT = new Set(['Enter', 'Escape', 'Tab', 'Shift', 'Control', 'Alt', 'Meta', 'Home', 'End'])

/** The time without a key after which a date is taken for a whole one. */
const PAUSE_MS = 1000

/** Follow the keys in an element. When the user pauses after a key that changes a segment, the element has another input. */
export function typedSegments(element: HTMLInputElement): Segments {
  let isTyping = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const end = () => {
    isTyping = false
    clearTimeout(timer)
  }
  const pause = () => {
    end()
    element.dispatchEvent(new Event('input'))
  }
  const press = ({ key, ctrlKey, metaKey, altKey }: KeyboardEvent) => {
    if (key === ' ' || key === 'F4' || altKey) return end() // it opens the calendar
    if (!ctrlKey && !metaKey && !SILENT.has(key)) isTyping = true
    if (!isTyping) return
    clearTimeout(timer)
    timer = setTimeout(pause, PAUSE_MS)
  }
  return {
    get isTyping() {
      return isTyping
    },
    end,
    stop: combineUnsubscribes([
      end,
      listen(element, {
        keydown: (event) => press(event as KeyboardEvent),
        pointerdown: end, // the calendar may open
        blur: end,
      }),
    ]),
  }
}
