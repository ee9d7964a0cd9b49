/** Texts in fields: which change was typed, and where the caret goes when somebody else types. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { apply } from '../src/edits'
import { applyChange, changeBetween, changeOf, spliceOf, transformed } from '../src/fields/text'
import './arbitrary'

const PARTS = ['a', 'b', ' ', '\n', '😀', '😁', '👩‍👩‍👧', 'e\u0301', 'ש', 'ל', '🇩🇪']
const texts = fc.array(fc.constantFrom(...PARTS), { maxLength: 8 }).map((parts) => parts.join(''))

/** Return a text and its caret, which a bar marks. */
function at(marked: string): [string, number] {
  return [marked.replace('|', ''), marked.indexOf('|')]
}

describe('the change of a text', () => {
  it.each([
    ['aaa', 'a|aaa', { at: 0, removed: 0, inserted: 'a' }],
    ['aaa', 'aa|aa', { at: 1, removed: 0, inserted: 'a' }],
    ['aaa', 'aaaa|', { at: 3, removed: 0, inserted: 'a' }],
    ['aaa', 'a|a', { at: 1, removed: 1, inserted: '' }],
    ['aaa', '|aa', { at: 0, removed: 1, inserted: '' }],
    ['one two', 'one three|', { at: 5, removed: 2, inserted: 'hree' }],
    ['abc', 'x|', { at: 0, removed: 3, inserted: 'x' }],
    ['שלום', 'שלו|', { at: 3, removed: 1, inserted: '' }],
    ['שלום', 'של!|ום', { at: 2, removed: 0, inserted: '!' }],
    // Halves of characters are not told apart: both begin alike.
    ['😀', '😁|', { at: 0, removed: 2, inserted: '😁' }],
    ['x😀y', 'x😁|y', { at: 1, removed: 2, inserted: '😁' }],
    ['👩‍👧', '👩‍👦|', { at: 3, removed: 2, inserted: '👦' }],
    // Both end alike.
    ['\u{1f600}', '\u{1fa00}|', { at: 0, removed: 2, inserted: '\u{1fa00}' }],
  ])('%j to %j', (before, marked, change) => {
    const [after, caret] = at(marked)
    expect(changeBetween(before, after, caret)).toEqual(change)
  })

  it('is found with the caret elsewhere, too', () => {
    expect(changeBetween('one two', 'one to', 2)).toEqual({ at: 5, removed: 1, inserted: '' })
    expect(changeBetween('same', 'same', 2)).toBeNull()
  })

  it('is a splice in characters', () => {
    expect(spliceOf('😀😀', { at: 2, removed: 2, inserted: 'x' })).toMatchObject({ at: 1, delete: 1, insert: 'x' })
    expect(spliceOf('👩‍👧!', { at: 5, removed: 1, inserted: '' })).toMatchObject({ at: 3, delete: 1 })
  })

  it('turns one text into the other, wherever the caret is, and cuts no character in two', () => {
    fc.assert(
      fc.property(texts, texts, fc.nat(), (before, after, number) => {
        const change = changeBetween(before, after, number % (after.length + 1))
        if (!change) {
          expect(before).toBe(after)
          return
        }
        expect(applyChange(before, change)).toBe(after)
        expect(change.inserted.isWellFormed()).toBe(true)
        const splice = spliceOf(before, change)
        expect(apply(before, [splice])).toBe(after)
        expect(changeOf(before, splice)).toEqual(change)
      }),
    )
  })

  it('is exactly the text typed or deleted at the caret', () => {
    fc.assert(
      fc.property(texts, texts, texts, (left, middle, right) => {
        if (middle === '') return
        const [short, long] = [left + right, left + middle + right]
        const typed = changeBetween(short, long, left.length + middle.length)
        expect(typed).toEqual({ at: left.length, removed: 0, inserted: middle })
        expect(changeBetween(long, short, left.length)).toEqual({
          at: left.length,
          removed: middle.length,
          inserted: '',
        })
      }),
    )
  })

  it('is no more than the difference if a selection is typed anew', () => {
    expect(changeBetween('hello!', 'hullo!', 6)).toEqual({ at: 1, removed: 1, inserted: 'u' })
  })
})

describe('the caret', () => {
  it.each([
    ['he|ld', { at: 4, removed: 0, inserted: '!' }, 2],
    ['he|ld', { at: 0, removed: 0, inserted: '> ' }, 4],
    ['he|ld', { at: 2, removed: 0, inserted: 'xx' }, 2],
    ['he|ld', { at: 1, removed: 2, inserted: '' }, 1],
    ['held|', { at: 3, removed: 1, inserted: 'lo' }, 5],
    ['he|ld', { at: 0, removed: 4, inserted: 'h' }, 1],
  ])('%j after %j', (marked, change, offset) => {
    const [, caret] = at(marked)
    expect(transformed({ start: caret, end: caret }, change)).toEqual({ start: offset, end: offset })
  })

  it('selects the same text, whatever is inserted around it', () => {
    fc.assert(
      fc.property(texts, texts, texts, texts, fc.nat(), (left, selected, right, put, number) => {
        const text = left + selected + right
        const outside = [
          ...Array(left.length + 1).keys(),
          ...[...Array(right.length + 1).keys()].map((i) => text.length - i),
        ]
        const change = { at: outside[number % outside.length] as number, removed: 0, inserted: put }
        const { start, end } = transformed({ start: left.length, end: left.length + selected.length }, change)
        expect(applyChange(text, change).slice(start, end)).toBe(selected)
      }),
    )
  })

  it('stays inside of the text', () => {
    fc.assert(
      fc.property(texts, texts, fc.nat(), fc.nat(), (before, after, a, b) => {
        const change = changeBetween(before, after)
        if (!change) return
        const [start, end] = [a % (before.length + 1), b % (before.length + 1)].toSorted((x, y) => x - y) as [
          number,
          number,
        ]
        const selection = transformed({ start, end }, change)
        expect(selection.start).toBeLessThanOrEqual(selection.end)
        expect(selection.end).toBeLessThanOrEqual(after.length)
      }),
    )
  })
})
