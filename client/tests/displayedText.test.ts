/** Texts with line ends of any kind in elements that show all of them as one character. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { apply } from '../src/edits'
import { DisplayedText } from '../src/fields/displayedText'
import { applyChange, spliceOf } from '../src/fields/text'
import './arbitrary'

const PARTS = ['a', 'b', ' ', '\n', '\r', '\r\n', '\0', '\x07', '\u2028', '\u200f', 'e\u0301', '😀', '👩‍👧', 'ש']
const values = fc.array(fc.constantFrom(...PARTS), { maxLength: 12 }).map((parts) => parts.join(''))
const typed = values.map((text) => text.replace(/\r\n?/g, '\n'))
const isLine = fc.boolean()

/** Return an offset in the displayed text that divides no character. */
function place(text: string, number: number): number {
  const points = [...text]
  return points.slice(0, number % (points.length + 1)).join('').length
}

describe('a text in an element', () => {
  it.each([
    ['one\r\ntwo', false, 'one\ntwo'],
    ['one\r\n\r\ntwo\rthree\n', false, 'one\n\ntwo\nthree\n'],
    ['one\r\ntwo\nthree\rfour', true, 'one two three four'],
    ['\u2028\0\u200f', true, '\u2028\0\u200f'],
  ])('%j in a field of one line: %j', (value, line, text) => {
    expect(new DisplayedText(value, line).text).toBe(text)
  })

  it('has other offsets than its value behind line breaks of two characters', () => {
    const shown = new DisplayedText('one\r\ntwo\r\n')
    expect([0, 3, 4, 7, 8].map((offset) => shown.valueOffset(offset))).toEqual([0, 3, 5, 8, 10])
    expect([0, 3, 4, 5, 8, 10].map((offset) => shown.elementOffset(offset))).toEqual([0, 3, 4, 4, 7, 8])
  })

  it('maps each place of the element to the value and back', () => {
    fc.assert(
      fc.property(values, isLine, fc.nat(), (value, line, number) => {
        const shown = new DisplayedText(value, line)
        const offset = number % (shown.text.length + 1)
        expect(shown.elementOffset(shown.valueOffset(offset))).toBe(offset)
        expect(new DisplayedText(value.slice(0, shown.valueOffset(offset)), line).text).toBe(
          shown.text.slice(0, offset),
        )
      }),
    )
  })
})

describe('typed text', () => {
  it.each([
    // A letter leaves all line ends alone, whatever they are.
    ['one\r\ntwo', 'one\ntwo!', 8, 'one\r\ntwo!'],
    ['one\rtwo', 'one!\ntwo', 4, 'one!\rtwo'],
    ['a\r\nb\r\nc', 'a\nbX\nc', 4, 'a\r\nbX\r\nc'],
    // A line break that is deleted goes as a whole; a new one is like the others.
    ['one\r\ntwo', 'onetwo', 3, 'onetwo'],
    ['one\r\ntwo', 'one\ntwo\n', 8, 'one\r\ntwo\r\n'],
    ['one\rtwo', 'one\n\ntwo', 5, 'one\r\rtwo'],
    // What was two line breaks stays two.
    ['a\rX\nb', 'a\n\nb', 2, 'a\n\nb'],
    ['a\rX\nb', 'a\n\n\nb', 3, 'a\r\r\n\nb'],
  ])('in %j, so that it shows %j', (value, text, caret, after) => {
    const change = new DisplayedText(value).changeTo(text, caret)
    expect(change && applyChange(value, change)).toBe(after)
  })

  it('shows as it was typed, and changes no text around it', () => {
    fc.assert(
      fc.property(values, typed, isLine, fc.nat(), fc.nat(), (value, come, line, from, length) => {
        const shown = new DisplayedText(value, line)
        const inserted = line ? come.replaceAll('\n', ' ') : come
        const at = place(shown.text, from)
        const end = at + place(shown.text.slice(at), length)
        const text = shown.text.slice(0, at) + inserted + shown.text.slice(end)
        const change = shown.changeTo(text, at + inserted.length)
        if (!change) {
          expect(text).toBe(shown.text)
          return
        }
        const after = applyChange(value, change)
        expect(new DisplayedText(after, line).text).toBe(text)
        expect(apply(value, [spliceOf(value, change)])).toBe(after)
        // But for a lone \r, before which no \n may come to stand, no more changes than was typed.
        const [before, behind] = [value.slice(0, shown.valueOffset(at)), value.slice(shown.valueOffset(end))]
        expect(after.startsWith(before) || before.endsWith('\r')).toBe(true)
        expect(after.endsWith(behind)).toBe(true)
      }),
    )
  })

  it('changes no line end if it is a letter', () => {
    const ends = (text: string) => text.match(/\r\n|\r|\n/g)
    fc.assert(
      fc.property(values, isLine, fc.nat(), (value, line, number) => {
        const shown = new DisplayedText(value, line)
        const at = place(shown.text, number)
        const change = shown.changeTo(`${shown.text.slice(0, at)}x${shown.text.slice(at)}`, at + 1)
        expect(change && ends(applyChange(value, change))).toEqual(ends(value))
      }),
    )
  })
})
