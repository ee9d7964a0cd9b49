/**
 * The segments of a date or time field in the browser: of a month, a day, a year. While they are typed, parts of a date
 * are dates, too, such as the day 02/20 on the way to 02/21. No React.
 */

import { listen } from './binding'
import type { Segments } from './valueBinding'

/** Keys that leave the segments as they are. */
const SILENT = new Set(['Enter', 'Escape', 'Tab', 'Shift', 'Control', 'Alt', 'Meta', 'Home', 'End'])

/** Follow the keys in an element. */
export function typedSegments(element: HTMLInputElement): Segments {
  let isTyping = false
  const end = () => {
    isTyping = false
  }
  const press = ({ key, ctrlKey, metaKey, altKey }: KeyboardEvent) => {
    if (key === ' ' || key === 'F4' || altKey) return end() // it opens the calendar
    if (!ctrlKey && !metaKey && !SILENT.has(key)) isTyping = true
  }
  return {
    get isTyping() {
      return isTyping
    },
    end,
    stop: listen(element, {
      keydown: (event) => press(event as KeyboardEvent),
      pointerdown: end, // the calendar may open
      blur: end,
    }),
  }
}
