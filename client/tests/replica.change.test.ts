/** Changes that a replica receives. Rules of docs/protocol.md in brackets. */

import { describe, expect, test } from 'vitest'
import { add, ME, OTHER, receiptOf, remove, set, splice, TestTab } from './testTab'

describe('A change', () => {
  test('of another user shows', () => {
    const tab = TestTab.live({ value: { a: 0, b: 0 } })
    tab.other(set(['a'], 1))
    expect(tab.shown).toEqual([{ a: 1, b: 0 }])
    expect(tab.replica.version).toBe(6)
  })

  test('up to the version of the tab is ignored [S11]', () => {
    const tab = TestTab.live({ value: ['x'] })
    tab.other(add([0], 'new'))
    tab.changeFrom(5, [OTHER, 1, [add([0], 'new')]])
    tab.changeFrom(4, [OTHER, 9, [set([], 'old')]])
    expect(tab.view).toEqual(['new', 'x'])
    expect(tab.sent()).toEqual([])
  })

  test('after a gap makes the tab subscribe from its version, once [S11]', () => {
    const tab = TestTab.live({ value: 0 })
    tab.changeFrom(6, [OTHER, 2, [set([], 2)]])
    tab.changeFrom(7, [OTHER, 3, [set([], 3)]])
    tab.changeFrom(8, [OTHER, 4, [set([], 4)]])
    expect(tab.view).toBe(0)
    expect(tab.sent()).toEqual([{ type: 'subscribe', id: 2, store: 's', since: { epoch: 'e', version: 5 } }])
  })

  test('after another gap makes the tab subscribe again, once the first request was answered [S11]', () => {
    const tab = TestTab.live({ value: 0 })
    tab.changeFrom(6, [OTHER, 2, [set([], 2)]])
    tab.sent()
    tab.snapshot(4, { id: 2, version: 9 })
    expect(tab.view).toBe(4)
    tab.changeFrom(10, [OTHER, 2, [set([], 2)]])
    expect(tab.subscribes()).toEqual([expect.objectContaining({ id: 3, since: { epoch: 'e', version: 9 } })])
  })

  test('with a gap holds up edits until the request is answered', () => {
    const tab = TestTab.live({ value: { a: 0, b: 0 } })
    tab.changeFrom(6, [OTHER, 2, [set(['b'], 2)]])
    tab.edit(set(['a'], 1))
    expect(tab.edits()).toEqual([])
    tab.snapshot({ a: 0, b: 2 }, { id: 2, version: 7, receipt: receiptOf(0) })
    expect(tab.view).toEqual({ a: 1, b: 2 })
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 1, base: 7, ops: [set(['a'], 1)] })])
  })

  test('of another user with the same number is not taken for an acknowledgement [S11]', () => {
    const tab = TestTab.live({ value: { a: 0, b: 0 } })
    tab.edit(set(['a'], 1))
    tab.other(set(['b'], 1))
    expect(tab.view).toEqual({ a: 1, b: 1 })
    expect(tab.replica.hasUnsent).toBe(true)
    tab.acknowledge(1, [set(['a'], 1)])
    expect(tab.replica.hasUnsent).toBe(false)
  })

  test('rebases the edit in flight and the pending one to the present indexes of their items [S11]', () => {
    const tab = TestTab.live({ value: ['x', 'y'] })
    tab.edit(set([0], 'X'))
    tab.edit(set([1], 'Y'))
    tab.edits()
    tab.other(add([0], 'new'))
    expect(tab.view).toEqual(['new', 'X', 'Y'])
    tab.acknowledge(1, [set([1], 'X')])
    expect(tab.shown).toEqual([
      ['X', 'y'],
      ['X', 'Y'],
      ['new', 'X', 'Y'],
    ])
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 2, base: 7, ops: [set([2], 'Y')] })])
  })

  test('is rebased over the edit in flight before the pending one is rebased over it', () => {
    const tab = TestTab.live({ value: ['x'] })
    tab.edit(add([0], 'mine'))
    tab.edit(set([1], 'X'))
    tab.edits()
    tab.other(add([0], 'theirs'))
    // The alias decides the order, here as on the server. The pending edit still means 'x'.
    expect(tab.view).toEqual(['mine', 'theirs', 'X'])
    tab.acknowledge(1, [add([0], 'mine')])
    expect(tab.edits()).toEqual([expect.objectContaining({ ops: [set([2], 'X')] })])
  })

  test('of the value that is being edited does not show through the own edit [S14]', () => {
    const tab = TestTab.live({ value: 'a' })
    tab.edit(set([], 'mine'))
    tab.other(set([], 'theirs'))
    expect(tab.shown).toEqual(['mine'])
    tab.acknowledge(1, [set([], 'mine')])
    expect(tab.shown).toEqual(['mine'])
  })

  test('may carry several edits, the own one among them [S19]', () => {
    const tab = TestTab.live({ value: ['x'] })
    tab.edit(set([0], 'X'))
    tab.change([OTHER, 1, [add([0], 'a')]], [ME, 1, [set([1], 'X')]], [OTHER, 2, [add([0], 'b')]])
    expect(tab.view).toEqual(['b', 'a', 'X'])
    expect(tab.replica.hasUnsent).toBe(false)
  })

  test('that removes an item drops the edit of it, whose number is still used', () => {
    const tab = TestTab.live({ value: [{ text: 'x' }] })
    tab.edit(set([0, 'text'], 'X'))
    tab.other(remove([0]))
    expect(tab.view).toEqual([])
    tab.acknowledge(1, [])
    tab.edit(add([0], 'y'))
    expect(tab.edits().map(({ n }) => n)).toEqual([1, 2])
  })

  // With the old base, the server would rebase the edit over a change that it already contains.
  test('is part of the base of an edit that a listener makes in response to it', () => {
    const tab = TestTab.live({ value: ['x'] })
    let isAnswered = false
    tab.replica.subscribe(() => {
      if (isAnswered) return
      isAnswered = true
      tab.edit(set([1], 'X'))
    })
    tab.other(add([0], 'new'))
    expect(tab.view).toEqual(['new', 'X'])
    expect(tab.edits()).toEqual([expect.objectContaining({ base: 6, ops: [set([1], 'X')] })])
  })
})

describe('A listener of remote changes', () => {
  test('is called with ops on the present view, before the listeners of the view', () => {
    const tab = TestTab.live({ value: 'ab' })
    const received: unknown[] = []
    tab.replica.watchRemote((ops) => received.push(ops))
    tab.replica.subscribe(() => received.push(tab.view))
    tab.edit(splice([], 0, 0, '>'))
    tab.edit(splice([], 1, 0, '>'))
    tab.other(splice([], 2, 0, 'c'))
    expect(received).toEqual(['>ab', '>>ab', [splice([], 4, 0, 'c')], '>>abc'])
  })

  test("is not called with the tab's own edits, but with the rejection of one", () => {
    const tab = TestTab.live({ value: 'ab' })
    const received: unknown[] = []
    tab.replica.watchRemote((ops) => received.push(ops))
    tab.edit(splice([], 0, 0, '>'))
    tab.acknowledge(1, [splice([], 0, 0, '>')])
    tab.edit(splice([], 0, 0, '!'))
    expect(received).toEqual([])
    tab.reject(2)
    expect(received).toEqual([[splice([], 0, 1, '')]])
  })

  test('is called with the difference that a snapshot makes, in which items are matched by identity', () => {
    const tab = TestTab.live({ value: [{ id: 1 }, { id: 2, text: 'ab' }], keys: { '': 'id' } })
    const received: unknown[] = []
    tab.replica.watchRemote((ops) => received.push(ops))
    tab.snapshot([{ id: 2, text: 'abc' }, { id: 1 }], { version: 9 })
    expect(received).toEqual([[{ op: 'move', from: [0], path: [1] }, splice([0, 'text'], 2, 0, 'c')]])
  })
})

test("another user's edit leaves all other parts the same objects", () => {
  const tab = TestTab.live({ value: { a: { x: 0 }, b: { y: 0 } } })
  tab.edit(set(['a', 'x'], 1))
  const before = tab.view as Record<string, unknown>
  tab.other(set(['b', 'y'], 1))
  const after = tab.view as Record<string, unknown>
  expect(after).toEqual({ a: { x: 1 }, b: { y: 1 } })
  expect(after.b).not.toBe(before.b)
  tab.acknowledge(1, [set(['a', 'x'], 1)])
  expect(tab.view).toBe(after)
})
