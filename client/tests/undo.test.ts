/** Undo: one's own edits, whatever others do meanwhile. */

import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { lengthOf } from '../src/edits'
import type { Op, Path } from '../src/protocol'
import { edits, FALLBACK, opsFor, runs, stored } from './arbitrary'
import { add, remove, set, splice, TestTab } from './testTab'

const PAUSE_MS = 1000

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Type at `path`, one character after the other. */
function type(tab: TestTab, path: Path, at: number, text: string): void {
  for (const [i, character] of [...text].entries())
    tab.replica.edit([splice(path, at + i, 0, character)], { path: path })
}

describe('Undo takes back', () => {
  test('text typed without a pause, as one step', () => {
    const tab = TestTab.live({ value: 'Tea' })
    type(tab, [], 3, ' and')
    vi.advanceTimersByTime(PAUSE_MS)
    type(tab, [], 7, ' milk')
    expect(tab.view).toBe('Tea and milk')
    expect(tab.replica.undo()).toBe(true)
    expect(tab.view).toBe('Tea and')
    expect(tab.replica.undo()).toBe(true)
    expect(tab.view).toBe('Tea')
    expect(tab.replica.undo()).toBe(false)
  })

  test('text typed in this tab, and no text of another', () => {
    const tab = TestTab.live({ value: 'ab' })
    type(tab, [], 1, 'mine')
    other(tab, splice([], 0, 0, 'theirs '))
    expect(tab.view).toBe('theirs amineb')
    tab.replica.undo()
    expect(tab.view).toBe('theirs ab')
  })

  test('letters typed into a new text, and the new text unless somebody else has edited it', () => {
    for (const isShared of [false, true]) {
      const tab = TestTab.live({ value: { name: null } })
      const begun: Op[] = [add(['name'], {}), add(['name', 'first'], ''), splice(['name', 'first'], 0, 0, 'm')]
      tab.replica.edit(begun, { path: ['name', 'first'] })
      type(tab, ['name', 'first'], 1, 'ine')
      if (isShared) other(tab, splice(['name', 'first'], 0, 0, 'theirs'))
      expect(tab.replica.undo()).toBe(true)
      expect(tab.view).toEqual({ name: isShared ? { first: 'theirs' } : null })
      expect(tab.replica.redo()).toBe(true)
      expect(tab.view).toEqual({ name: { first: isShared ? 'theirsmine' : 'mine' } })
    }
  })

  test('the letters around an insertion of somebody else, which stays', () => {
    const tab = TestTab.live({ value: '' })
    type(tab, [], 0, 'hello')
    other(tab, splice([], 3, 0, '_'))
    tab.replica.undo()
    expect(tab.view).toBe('_')
  })

  test('one step although somebody types at the same time', () => {
    const tab = TestTab.live({ value: '' })
    for (const letter of ['a', 'b', 'c']) {
      type(tab, [], (tab.view as string).length, letter)
      other(tab, splice([], 0, 0, '.'))
    }
    expect(tab.view).toBe('...abc')
    tab.replica.undo()
    expect(tab.view).toBe('...')
  })

  test('a text that was deleted, where it was', () => {
    const tab = TestTab.live({ value: 'one two three' })
    tab.edit(splice([], 4, 4, ''))
    other(tab, splice([], 0, 0, 'zero '))
    tab.replica.undo()
    expect(tab.view).toBe('zero one two three')
  })

  test('nothing of a value that somebody else has set since', () => {
    const tab = TestTab.live({ value: { a: 0 } })
    tab.edit(set(['a'], 1))
    other(tab, set(['a'], 2))
    expect(tab.replica.undo()).toBe(false)
    expect(tab.view).toEqual({ a: 2 })
  })

  test('the step before, if the newest cannot be taken back', () => {
    const tab = TestTab.live({ value: { a: 0, b: 0 } })
    tab.edit(set(['b'], 1))
    tab.edit(set(['a'], 1))
    other(tab, set(['a'], 2))
    expect(tab.replica.undo()).toBe(true)
    expect(tab.view).toEqual({ a: 2, b: 0 })
  })

  test('no item that somebody else has written in', () => {
    const tab = TestTab.live({ value: ['x'] })
    tab.edit(add([1], { text: '' }))
    other(tab, splice([1, 'text'], 0, 0, 'theirs'))
    expect(tab.replica.undo()).toBe(false)
    expect(tab.view).toEqual(['x', { text: 'theirs' }])
  })

  test('an item that was removed, in its place among the others', () => {
    const tab = TestTab.live({ value: ['a', 'b', 'c'] })
    tab.edit(remove([1]))
    other(tab, add([0], 'new'))
    tab.replica.undo()
    expect(tab.view).toEqual(['new', 'a', 'b', 'c'])
  })

  test('a move', () => {
    const tab = TestTab.live({ value: ['a', 'b', 'c'] })
    tab.edit({ op: 'move', from: [0], path: [2] })
    other(tab, add([3], 'd'))
    expect(tab.view).toEqual(['b', 'c', 'a', 'd'])
    tab.replica.undo()
    expect(tab.view).toEqual(['a', 'b', 'c', 'd'])
  })

  test('the newest step at or below a path, wherever its item has moved', () => {
    const tab = TestTab.live({ value: { items: [{ text: '' }], title: '' } })
    type(tab, ['items', 0, 'text'], 0, 'a')
    type(tab, ['title'], 0, 't')
    other(tab, add(['items', 0], { text: 'new' }))
    expect(tab.replica.undo(['items', 0])).toBe(false)
    expect(tab.replica.undo(['items'])).toBe(true)
    expect(tab.view).toEqual({ items: [{ text: 'new' }, { text: '' }], title: 't' })
    expect(tab.replica.undo()).toBe(true)
    expect(tab.view).toEqual({ items: [{ text: 'new' }, { text: '' }], title: '' })
  })

  test('no rejected edit', () => {
    const tab = TestTab.live({ value: 'a' })
    tab.edit(splice([], 1, 0, 'b'))
    tab.reject(1)
    expect(tab.replica.undo()).toBe(false)
    expect(tab.view).toBe('a')
  })

  test('nothing of what others have written', () => {
    const tab = TestTab.live({ value: 'a' })
    other(tab, splice([], 1, 0, 'b'))
    expect(tab.replica.undo()).toBe(false)
  })

  test('nothing in a value that is read-only by now', () => {
    const tab = TestTab.live({ value: 'a' })
    tab.edit(splice([], 1, 0, 'b'))
    tab.current({ readonly: true })
    expect(tab.replica.undo()).toBe(false)
    expect(tab.view).toBe('ab')
  })
})

describe('An undone step', () => {
  test('is sent as an edit like any other', () => {
    const tab = TestTab.live({ value: 'a' })
    tab.edit(splice([], 1, 0, 'b'))
    tab.acknowledge(1, [splice([], 1, 0, 'b')])
    tab.edits()
    tab.replica.undo()
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 2, ops: [splice([], 1, 1, '')] })])
  })

  test('can be done again', () => {
    const tab = TestTab.live({ value: 'a' })
    tab.edit(splice([], 1, 0, 'b'))
    tab.replica.undo()
    other(tab, splice([], 0, 0, '_'))
    expect(tab.replica.redo()).toBe(true)
    expect(tab.view).toBe('_ab')
    expect(tab.replica.undo()).toBe(true)
    expect(tab.view).toBe('_a')
  })

  test('cannot be done again after another edit in the same place', () => {
    const tab = TestTab.live({ value: 'a' })
    tab.edit(splice([], 1, 0, 'b'))
    tab.replica.undo()
    tab.edit(splice([], 1, 0, 'c'))
    expect(tab.replica.redo()).toBe(false)
    expect(tab.view).toBe('ac')
  })
})

test('the history holds a hundred steps, and forgets the oldest', () => {
  const tab = TestTab.live({ value: 0 })
  for (let i = 1; i <= 150; i++) tab.edit(set([], i))
  let steps = 0
  while (tab.replica.undo()) steps++
  expect([steps, tab.view]).toEqual([100, 50])
})

describe('Whatever is edited:', () => {
  test('undoing everything leads back, and redoing everything to the end', () => {
    fc.assert(
      fc.property(stored, fc.array(edits, { maxLength: 6 }), (value, all) => {
        const tab = TestTab.live({ value, fallback: FALLBACK })
        const before = tab.view
        for (const choices of all) {
          tab.replica.edit(opsFor(tab.view, choices, { arranging: true }))
          vi.advanceTimersByTime(PAUSE_MS)
        }
        const after = tab.view
        while (tab.replica.undo());
        expect(tab.view).toEqual(before)
        while (tab.replica.redo());
        expect(tab.view).toEqual(after)
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
        const tab = TestTab.live({ value: '' })
        let theirs = 0
        for (const { isMine, at, gone, length, pause } of steps) {
          const text = tab.view as string
          const start = at % (lengthOf(text) + 1)
          if (isMine) tab.edit(splice([], start, 0, 'm'.repeat(length)))
          else other(tab, splice([], start, 0, 't'.repeat(length)))
          if (!isMine) theirs += length
          if (isMine && gone > 0 && lengthOf(tab.view as string) > 0) deleteOwn(tab)
          if (pause) vi.advanceTimersByTime(PAUSE_MS)
        }
        while (tab.replica.undo());
        expect(tab.view).toBe('t'.repeat(theirs))
      }),
      { numRuns: runs(600) },
    )
  })

  test('undoing leaves the items and texts of others in a list', () => {
    const step = fc.record({ isMine: fc.boolean(), kind: fc.nat(2), place: fc.nat() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const tab = TestTab.live({ value: [] })
        const theirs: string[] = []
        for (const [i, { isMine, kind, place }] of steps.entries()) {
          const list = tab.view as { by: string; text: string }[]
          const own = list.findIndex(({ by }) => by.startsWith('me'))
          if (isMine && kind === 0) tab.edit(add([place % (list.length + 1)], { by: `me ${i}`, text: '' }))
          else if (isMine && kind === 1 && list.length > 0)
            tab.edit({ op: 'move', from: [place % list.length], path: [(place + i) % list.length] })
          else if (isMine && own >= 0) tab.edit(splice([own, 'text'], 0, 0, 'm'))
          else if (!isMine && kind === 0) {
            other(tab, add([0], { by: `them ${i}`, text: '' }))
            theirs.push(`them ${i}`)
          }
          vi.advanceTimersByTime(PAUSE_MS)
        }
        while (tab.replica.undo());
        expect((tab.view as { by: string }[]).map(({ by }) => by).sort()).toEqual(theirs.sort())
      }),
      { numRuns: runs(600) },
    )
  })
})

/** Acknowledge all edits of the tab, and publish one of another user. */
function other(tab: TestTab, ...ops: Op[]): void {
  for (let sent = tab.edits(); sent.length > 0; sent = tab.edits())
    for (const { n, ops } of sent) tab.acknowledge(n, ops)
  tab.other(...ops)
}

/** Delete the first letter that the tab itself has typed. */
function deleteOwn(tab: TestTab): void {
  const at = [...(tab.view as string)].indexOf('m')
  if (at >= 0) tab.edit(splice([], at, 1, ''))
}
