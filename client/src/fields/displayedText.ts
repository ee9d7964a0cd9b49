/** Texts as elements show them, and which part of the text something that was typed there is. */

import { changeBetween, type TextChange } from './text'

const BREAK = /\r\n|\r|\n/g

/**
 * A text in an element, where each of its line breaks is one character: `\n`, or a space in a field of one line. The
 * offsets of the two differ behind a `\r\n`.
 */
export class DisplayedText {
  readonly value: string
  /** What the element shows. */
  readonly text: string
  /** Where the line breaks of two characters are, as the element shows them. */
  readonly #pairs: number[] = []

  constructor(value: string, isLine = false) {
    this.value = value
    const mark = isLine ? ' ' : '\n'
    this.text = value.replace(BREAK, mark)
    if (this.text.length === value.length) return
    for (const { index } of value.matchAll(/\r\n/g)) this.#pairs.push(index - this.#pairs.length)
  }

  /** The offset in the value that is at `offset` in the element. */
  inValue(offset: number): number {
    return offset + this.#pairsBefore((pair) => pair < offset)
  }

  /** The offset in the element that is at `offset` in the value. */
  inElement(offset: number): number {
    return offset - this.#pairsBefore((pair, i) => pair + i < offset - 1)
  }

  /** The change of the value that makes the element show `text`, with its caret there; `null` if it does already. */
  typed(text: string, caret?: number): TextChange | null {
    const change = changeBetween(this.text, text, caret)
    if (!change) return null
    const at = this.inValue(change.at)
    const gone = this.inValue(change.at + change.gone) - at
    const around: [string, string] = [this.value.charAt(at - 1), this.value.charAt(at + gone)]
    for (const end of [this.#lineEnd, '\r\n']) {
      const come = change.come.replaceAll('\n', end)
      if (!joins(around, come)) return { at, gone, come }
    }
    return { at: at - 1, gone: gone + 1, come: `\n${change.come}` }
  }

  /** The line end that a new line is given: that of the others. */
  get #lineEnd(): string {
    return this.value.match(BREAK)?.[0] ?? '\n'
  }

  /** How many pairs, from the first on, are before. */
  #pairsBefore(isBefore: (pair: number, i: number) => boolean): number {
    let [low, high] = [0, this.#pairs.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (isBefore(this.#pairs[middle] as number, middle)) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Whether a `\r` comes to stand before a `\n` to which it does not belong. */
function joins([left, right]: [string, string], come: string): boolean {
  return (left === '\r' && (come || right).startsWith('\n')) || (come.endsWith('\r') && right === '\n')
}
