/** The text that an element displays, and the conversion of offsets and input between the element and the value. */

import { changeBetween, type TextChange } from './text'

const LINE_BREAK = /\r\n|\r|\n/g

/**
 * A text in an element. The element has one character for each line break: `\n`, or a space in a single-line field.
 * Behind a `\r\n`, the offsets in the element and in the value differ.
 */
export class DisplayedText {
  readonly value: string
  /** The content of the element. */
  readonly text: string
  /** The offsets of the line breaks of two characters, in the element. */
  readonly #pairs: number[] = []

  constructor(value: string, isSingleLine = false) {
    this.value = value
    const mark = isSingleLine ? ' ' : '\n'
    this.text = value.replace(LINE_BREAK, mark)
    if (this.text.length === value.length) return
    for (const { index } of value.matchAll(/\r\n/g)) this.#pairs.push(index - this.#pairs.length)
  }

  /** Convert an offset in the element to the one in the value. */
  valueOffset(offset: number): number {
    return offset + this.#countPairs((pair) => pair < offset)
  }

  /** Convert an offset in the value to the one in the element. */
  elementOffset(offset: number): number {
    return offset - this.#countPairs((pair, index) => pair + index < offset - 1)
  }

  /** Return the change of the value after which the element displays `text`; `null` if it does already. */
  changeTo(text: string, caret?: number): TextChange | null {
    const change = changeBetween(this.text, text, caret)
    if (!change) return null
    const at = this.valueOffset(change.at)
    const removed = this.valueOffset(change.at + change.removed) - at
    const neighbours: [string, string] = [this.value.charAt(at - 1), this.value.charAt(at + removed)]
    for (const lineBreak of [this.#lineBreak, '\r\n']) {
      const inserted = change.inserted.replaceAll('\n', lineBreak)
      if (!makesPair(neighbours, inserted)) return { at, removed, inserted }
    }
    return { at: at - 1, removed: removed + 1, inserted: `\n${change.inserted}` }
  }

  /** The line break that a new line gets: the first one of the text. */
  get #lineBreak(): string {
    return this.value.match(LINE_BREAK)?.[0] ?? '\n'
  }

  /** Count the pairs at the start of the list that satisfy a condition, by binary search. */
  #countPairs(isCounted: (pair: number, index: number) => boolean): number {
    let [low, high] = [0, this.#pairs.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (isCounted(this.#pairs[middle] as number, middle)) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Return whether an insertion puts a `\r` before a `\n` so that two line breaks become one. */
function makesPair([left, right]: [string, string], inserted: string): boolean {
  return (left === '\r' && (inserted || right).startsWith('\n')) || (inserted.endsWith('\r') && right === '\n')
}
