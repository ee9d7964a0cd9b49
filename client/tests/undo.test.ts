/** Undo: one's own edits, whatever others do meanwhile. */

import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { lengthOf } from '../src/edits'
import type { Op, Path } from '../src/protocol'
import { edits, FALLBACK, opsFor, runs, stored } from './arbitrary'
import { add, Line, remove, set, splice } from './line'

const PAUSE_MS = 1000

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Somebody types at `path`, one character after the other. */
function type(line: Line, path: Path, at: number, text: string): void {
  for (const [i, character] of [...text].entries())
    line.replica.edit([splice(path, at + i, 0, character)], { path: path })
}

describe('Undo takes back', () => {
  test('what was typed without a pause, as one', () => {
    const line = Line.live({ value: 'Tea' })
    type(line, [], 3, ' and')
    vi.advanceTimersByTime(PAUSE_MS)
    type(line, [], 7, ' milk')
    expect(line.view).toBe('Tea and milk')
    expect(line.replica.undo()).toBe(true)
    expect(line.view).toBe('Tea and')
    expect(line.replica.undo()).toBe(true)
    expect(line.view).toBe('Tea')
    expect(line.replica.undo()).toBe(false)
  })

  test("what was typed here, and leaves the other's text", () => {
    const line = Line.live({ value: 'ab' })
    type(line, [], 1, 'mine')
    other(line, splice([], 0, 0, 'theirs '))
    expect(line.view).toBe('theirs amineb')
    line.replica.undo()
    expect(line.view).toBe('theirs ab')
  })

  test('what was typed into a text that was begun with it, and the text if nobody else has gone on with it', () => {
    for (const isShared of [false, true]) {
      const line = Line.live({ value: { name: null } })
      const begun: Op[] = [add(['name'], {}), add(['name', 'first'], ''), splice(['name', 'first'], 0, 0, 'm')]
      line.replica.edit(begun, { path: ['name', 'first'] })
      type(line, ['name', 'first'], 1, 'ine')
      if (isShared) other(line, splice(['name', 'first'], 0, 0, 'theirs'))
      expect(line.replica.undo()).toBe(true)
      expect(line.view).toEqual({ name: isShared ? { first: 'theirs' } : null })
      expect(line.replica.redo()).toBe(true)
      expect(line.view).toEqual({ name: { first: isShared ? 'theirsmine' : 'mine' } })
    }
  })

  test('the letters around what somebody typed in the middle, and that stays', () => {
    const line = Line.live({ value: '' })
    type(line, [], 0, 'hello')
    other(line, splice([], 3, 0, '_'))
    line.replica.undo()
    expect(line.view).toBe('_')
  })

  test('one step although somebody types at the same time', () => {
    const line = Line.live({ value: '' })
    for (const letter of ['a', 'b', 'c']) {
      type(line, [], (line.view as string).length, letter)
      other(line, splice([], 0, 0, '.'))
    }
    expect(line.view).toBe('...abc')
    line.replica.undo()
    expect(line.view).toBe('...')
  })

  test('a text that was deleted, where it was', () => {
    const line = Line.live({ value: 'one two three' })
    line.edit(splice([], 4, 4, ''))
    other(line, splice([], 0, 0, 'zero '))
    line.replica.undo()
    expect(line.view).toBe('zero one two three')
  })

  test('nothing of a value that somebody else has set since', () => {
    const line = Line.live({ value: { a: 0 } })
    line.edit(set(['a'], 1))
    other(line, set(['a'], 2))
    expect(line.replica.undo()).toBe(false)
    expect(line.view).toEqual({ a: 2 })
  })

  test('what comes before, where the newest cannot be taken back', () => {
    const line = Line.live({ value: { a: 0, b: 0 } })
    line.edit(set(['b'], 1))
    line.edit(set(['a'], 1))
    other(line, set(['a'], 2))
    expect(line.replica.undo()).toBe(true)
    expect(line.view).toEqual({ a: 2, b: 0 })
  })

  test('no item that somebody else has written in', () => {
    const line = Line.live({ value: ['x'] })
    line.edit(add([1], { text: '' }))
    other(line, splice([1, 'text'], 0, 0, 'theirs'))
    expect(line.replica.undo()).toBe(false)
    expect(line.view).toEqual(['x', { text: 'theirs' }])
  })

  test('an item that was removed, in its place among the others', () => {
    const line = Line.live({ value: ['a', 'b', 'c'] })
    line.edit(remove([1]))
    other(line, add([0], 'new'))
    line.replica.undo()
    expect(line.view).toEqual(['new', 'a', 'b', 'c'])
  })

  test('a move', () => {
    const line = Line.live({ value: ['a', 'b', 'c'] })
    line.edit({ op: 'move', from: [0], path: [2] })
    other(line, add([3], 'd'))
    expect(line.view).toEqual(['b', 'c', 'a', 'd'])
    line.replica.undo()
    expect(line.view).toEqual(['a', 'b', 'c', 'd'])
  })

  test('the newest at or below a place, wherever that has gone meanwhile', () => {
    const line = Line.live({ value: { items: [{ text: '' }], title: '' } })
    type(line, ['items', 0, 'text'], 0, 'a')
    type(line, ['title'], 0, 't')
    other(line, add(['items', 0], { text: 'new' }))
    expect(line.replica.undo(['items', 0])).toBe(false)
    expect(line.replica.undo(['items'])).toBe(true)
    expect(line.view).toEqual({ items: [{ text: 'new' }, { text: '' }], title: 't' })
    expect(line.replica.undo()).toBe(true)
    expect(line.view).toEqual({ items: [{ text: 'new' }, { text: '' }], title: '' })
  })

  test('an edit that was refused no more', () => {
    const line = Line.live({ value: 'a' })
    line.edit(splice([], 1, 0, 'b'))
    line.reject(1)
    expect(line.replica.undo()).toBe(false)
    expect(line.view).toBe('a')
  })

  test('nothing of what others have written', () => {
    const line = Line.live({ value: 'a' })
    other(line, splice([], 1, 0, 'b'))
    expect(line.replica.undo()).toBe(false)
  })

  test('nothing in a value that is read-only by now', () => {
    const line = Line.live({ value: 'a' })
    line.edit(splice([], 1, 0, 'b'))
    line.current({ readonly: true })
    expect(line.replica.undo()).toBe(false)
    expect(line.view).toBe('ab')
  })
})

describe('What is undone', () => {
  test('is sent as an edit like any other', () => {
    const line = Line.live({ value: 'a' })
    line.edit(splice([], 1, 0, 'b'))
    line.acknowledge(1, [splice([], 1, 0, 'b')])
    line.edits()
    line.replica.undo()
    expect(line.edits()).toEqual([expect.objectContaining({ n: 2, ops: [splice([], 1, 1, '')] })])
  })

  test('can be done again', () => {
    const line = Line.live({ value: 'a' })
    line.edit(splice([], 1, 0, 'b'))
    line.replica.undo()
    other(line, splice([], 0, 0, '_'))
    expect(line.replica.redo()).toBe(true)
    expect(line.view).toBe('_ab')
    expect(line.replica.undo()).toBe(true)
    expect(line.view).toBe('_a')
  })

  test('cannot after another edit in the same place', () => {
    const line = Line.live({ value: 'a' })
    line.edit(splice([], 1, 0, 'b'))
    line.replica.undo()
    line.edit(splice([], 1, 0, 'c'))
    expect(line.replica.redo()).toBe(false)
    expect(line.view).toBe('ac')
  })
})

test('there are a hundred steps, and the oldest is forgotten', () => {
  const line = Line.live({ value: 0 })
  for (let i = 1; i <= 150; i++) line.edit(set([], i))
  let steps = 0
  while (line.replica.undo()) steps++
  expect([steps, line.view]).toEqual([100, 50])
})

describe('Whatever is edited:', () => {
  test('undoing everything leads back, and redoing everything to the end', () => {
    fc.assert(
      fc.property(stored, fc.array(edits, { maxLength: 6 }), (value, all) => {
        const line = Line.live({ value, fallback: FALLBACK })
        const before = line.view
        for (const choices of all) {
          line.replica.edit(opsFor(line.view, choices, { arranging: true }))
          vi.advanceTimersByTime(PAUSE_MS)
        }
        const after = line.view
        while (line.replica.undo());
        expect(line.view).toEqual(before)
        while (line.replica.redo());
        expect(line.view).toEqual(after)
      }),
      { numRuns: runs(600) },
    )
  })

  test("undoing all of one's own edits leaves every letter that others typed, and none of one's own", () => {
    const step = fc.record({
      isMine: fc.boolean(),
      at: fc.nat(),
      gone: fc.nat(3),
      length: fc.nat(3),
      pause: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const line = Line.live({ value: '' })
        let theirs = 0
        for (const { isMine, at, gone, length, pause } of steps) {
          const text = line.view as string
          const start = at % (lengthOf(text) + 1)
          if (isMine) line.edit(splice([], start, 0, 'm'.repeat(length)))
          else other(line, splice([], start, 0, 't'.repeat(length)))
          if (!isMine) theirs += length
          if (isMine && gone > 0 && lengthOf(line.view as string) > 0) deleteOwn(line)
          if (pause) vi.advanceTimersByTime(PAUSE_MS)
        }
        while (line.replica.undo());
        expect(line.view).toBe('t'.repeat(theirs))
      }),
      { numRuns: runs(600) },
    )
  })

  test('undoing leaves what others have put in a list, and what they wrote there', () => {
    const step = fc.record({ isMine: fc.boolean(), kind: fc.nat(2), place: fc.nat() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const line = Line.live({ value: [] })
        const theirs: string[] = []
        for (const [i, { isMine, kind, place }] of steps.entries()) {
          const list = line.view as { by: string; text: string }[]
          const own = list.findIndex(({ by }) => by.startsWith('me'))
          if (isMine && kind === 0) line.edit(add([place % (list.length + 1)], { by: `me ${i}`, text: '' }))
          else if (isMine && kind === 1 && list.length > 0)
            line.edit({ op: 'move', from: [place % list.length], path: [(place + i) % list.length] })
          else if (isMine && own >= 0) line.edit(splice([own, 'text'], 0, 0, 'm'))
          else if (!isMine && kind === 0) {
            other(line, add([0], { by: `them ${i}`, text: '' }))
            theirs.push(`them ${i}`)
          }
          vi.advanceTimersByTime(PAUSE_MS)
        }
        while (line.replica.undo());
        expect((line.view as { by: string }[]).map(({ by }) => by).sort()).toEqual(theirs.sort())
      }),
      { numRuns: runs(600) },
    )
  })
})

/** Somebody else edits what this tab has made of the value. */
function other(line: Line, ...ops: Op[]): void {
  for (let sent = line.edits(); sent.length > 0; sent = line.edits())
    for (const { n, ops } of sent) line.acknowledge(n, ops)
  line.other(...ops)
}

/** The first letter of one's own goes. */
function deleteOwn(line: Line): void {
  const at = [...(line.view as string)].indexOf('m')
  if (at >= 0) line.edit(splice([], at, 1, ''))
}
