/**
 * The segments of a date or time field in the browser: of a month, a day, a year. Its value is empty unless all of them
 * together are a date, so the keys tell what is missing. No React.
 */

import { listen } from './binding'
import type { Segments } from './valueBinding'

const FORWARD = new Set(['Tab', 'ArrowRight', '/', '.', '-', ',', ':'])
const DELETING = new Set(['Backspace', 'Delete'])
/** Keys that leave the segments as they are. */
const SILENT = new Set(['Enter', 'Escape', 'Shift', 'Control', 'Alt', 'Meta', 'Home', 'End'])
/** The fewest digits of a date that no calendar has: 2, 30 and a year. */
const DIGITS_OF_A_DATE = 7

const NEXT = '>'
const DELETED = '<'
const OTHER = '?'

/** Follow the keys in an element, for the reasons of input that is incomplete, impossible, or one of these. */
export function typedSegments(
  element: HTMLInputElement,
  incomplete: string,
  impossible = incomplete,
  unclear = incomplete,
): Segments {
  let isTyping = false
  let keys = ''
  /** The number of keys before the input was last a date; `null` if it never was. */
  let wholeAt: number | null = null
  const press = ({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent) => {
    if (element.value !== '') wholeAt = keys.length
    if (key === ' ' || key === 'F4' || altKey)
      isTyping = false // it opens the calendar
    else if (!ctrlKey && !metaKey && !SILENT.has(key)) {
      keys += /^\d$/.test(key) ? key : DELETING.has(key) ? DELETED : FORWARD.has(key) && !shiftKey ? NEXT : OTHER
      if (key !== 'Tab') isTyping = true
    }
  }
  const end = () => {
    isTyping = false
  }
  const stop = listen(element, {
    keydown: (event) => press(event as KeyboardEvent),
    pointerdown: () => {
      end() // the calendar may open
      keys += OTHER
    },
    blur: end,
  })
  return {
    get isTyping() {
      return isTyping
    },
    reason: () => ({ incomplete, impossible, unclear })[stateOf(keys, wholeAt)],
    reset: () => {
      end()
      keys = ''
      wholeAt = null
    },
    stop,
  }
}

/** Return why segments are no date, by the keys since they were empty, or whole. */
function stateOf(keys: string, wholeAt: number | null): 'incomplete' | 'impossible' | 'unclear' {
  const since = keys.slice(wholeAt ?? 0)
  if (since.endsWith(DELETED)) return 'incomplete'
  if (since.includes(DELETED)) return 'unclear'
  if (wholeAt !== null) {
    if (!keys.endsWith('0')) return 'impossible'
    return /\d0$/.test(keys) ? 'unclear' : 'incomplete' // a zero that begins a segment is not a month or a day yet
  }
  if (since.slice(since.search(/\d/)).includes(OTHER)) return 'unclear'
  return since.replaceAll(NEXT, '').replaceAll(OTHER, '').length < DIGITS_OF_A_DATE ? 'incomplete' : 'impossible'
}
