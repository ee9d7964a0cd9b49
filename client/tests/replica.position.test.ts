/** Snapshots and other positions that a replica receives, and the edits that they answer. Rules of docs/protocol.md in brackets. */

import { describe, expect, test } from 'vitest'
import { add, ME, receiptOf, remove, set, splice, TestTab } from './testTab'

describe('A snapshot or a current', () => {
  test('of a version before that of the tab is ignored [S12, I4]', () => {
    const tab = TestTab.live({ value: 0 })
    tab.other(set([], 1))
    tab.snapshot(0, { version: 5 })
    expect(tab.view).toBe(1)
    expect(tab.replica.version).toBe(6)
  })

  test('of another epoch is adopted, whatever its version', () => {
    const tab = TestTab.live({ value: 0 })
    tab.snapshot(7, { epoch: 'f', version: 1 })
    expect(tab.view).toBe(7)
    tab.edit(set([], 8))
    expect(tab.edits()).toEqual([expect.objectContaining({ epoch: 'f', base: 1 })])
  })

  test('without a value shows the default', () => {
    const tab = TestTab.live({ value: 5, fallback: 'default' })
    tab.snapshot(undefined, { version: 9 })
    expect(tab.view).toBe('default')
  })

  test('with a receipt of the edit in flight acknowledges it: the next one is sent [S12]', () => {
    const tab = TestTab.live({ value: { a: 0, b: 0 } })
    tab.edit(set(['a'], 1))
    tab.edit(set(['b'], 1))
    tab.edits()
    tab.snapshot({ a: 1, b: 0 }, { version: 8, receipt: receiptOf(1) })
    expect(tab.view).toEqual({ a: 1, b: 1 })
    expect(tab.shown.every((view) => (view as { a: number }).a === 1)).toBe(true)
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 2, base: 8, ops: [set(['b'], 1)] })])
  })

  test('without a receipt of the edit in flight makes the tab send the same number again, rebased [S12]', () => {
    const tab = TestTab.live({ value: ['x', 'y'] })
    tab.edit(set([1], 'Y'))
    tab.edit(remove([0]))
    tab.edits()
    tab.snapshot(['new', 'x', 'y'], { version: 8, receipt: receiptOf(0) })
    expect(tab.view).toEqual(['new', 'Y'])
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 1, base: 8, ops: [set([2], 'Y')] })])
    tab.acknowledge(1, [set([2], 'Y')])
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 2, ops: [remove([1])] })])
  })

  test('with the receipt of a rejection restores the value, and the user is notified [S12]', () => {
    const tab = TestTab.live({ value: { a: 0 } })
    tab.edit(set(['a'], 'far too long'))
    tab.edits()
    tab.snapshot({ a: 0 }, { version: 6, receipt: { n: 1, status: 'rejected', version: 5, message: 'Too large.' } })
    expect(tab.view).toEqual({ a: 0 })
    expect(tab.notices).toEqual(['Too large.'])
    expect(tab.replica.hasUnsent).toBe(false)
    expect(tab.edits()).toEqual([])
  })

  test('with the receipt of an earlier rejection says nothing of the edit in flight', () => {
    const tab = TestTab.live({ value: 0 })
    tab.edit(set([], 1))
    tab.reject(1)
    tab.edit(set([], 2))
    tab.snapshot(0, { version: 6, receipt: { n: 1, status: 'rejected', version: 5, message: 'Again.' } })
    expect(tab.notices).toEqual(['Rejected.'])
    expect(tab.view).toBe(2)
    expect(tab.edits().map(({ n }) => n)).toEqual([1, 2, 2])
  })

  test('without missed changes makes the tab send the edit in flight again unchanged [S12]', () => {
    const tab = TestTab.live({ value: 0 })
    tab.edit(set([], 1))
    tab.cut()
    tab.connect()
    tab.current({ id: 2, receipt: receiptOf(0) })
    expect(tab.edits()).toEqual([
      expect.objectContaining({ n: 1, ops: [set([], 1)] }),
      expect.objectContaining({ n: 1, base: 5, ops: [set([], 1)] }),
    ])
    expect(tab.shown).toEqual([1])
  })

  // A `current` has the version of the tab. The missed changes, its own edit included, follow.
  test('before a change with the own edit does not flicker [S14]', () => {
    const tab = TestTab.live({ value: { a: 0 } })
    tab.edit(set(['a'], 1))
    tab.cut()
    tab.connect()
    tab.current({ id: 2, receipt: receiptOf(1) })
    tab.change([ME, 1, [set(['a'], 1)]])
    expect(tab.view).toEqual({ a: 1 })
    expect(tab.shown).toEqual([{ a: 1 }])
  })

  test('before a change with an own item keeps the text typed into that item [I2]', () => {
    const tab = TestTab.live({ value: [] })
    tab.edit(add([0], { text: '' }))
    tab.edit(set([0, 'text'], 'hello'))
    tab.cut()
    tab.connect()
    tab.current({ id: 2, receipt: receiptOf(1) })
    tab.change([ME, 1, [add([0], { text: '' })]])
    expect(tab.view).toEqual([{ text: 'hello' }])
  })

  test('of a value that was absent keeps the edit of another member', () => {
    const tab = TestTab.live({ fallback: { a: 0, b: 0 } })
    tab.edit(set(['a'], 1))
    tab.cut()
    tab.connect()
    tab.edits()
    tab.snapshot({ a: 0, b: 2 }, { id: 2, version: 6, receipt: receiptOf(0) })
    expect(tab.view).toEqual({ a: 1, b: 2 })
    expect(tab.edits()).toEqual([expect.objectContaining({ ops: [set(['a'], 1)] })])
  })

  test('of a list that grew at both ends keeps the edit in its own item [I6]', () => {
    const tab = TestTab.live({ value: [{ id: 'a' }, { id: 'b' }] })
    tab.edit(set([1, 'name'], 'Ben'))
    tab.snapshot([{ id: 'new' }, { id: 'a' }, { id: 'b' }, { id: 'last' }], { version: 9, receipt: receiptOf(0) })
    expect(tab.view).toEqual([{ id: 'new' }, { id: 'a' }, { id: 'b', name: 'Ben' }, { id: 'last' }])
  })
})

test('a snapshot moves an edit with its item, by the identity that the store declares', () => {
  const tab = TestTab.live({ value: [{ id: 'a' }, { id: 'b', text: '' }], keys: { '': 'id' } })
  tab.edit(splice([1, 'text'], 0, 0, 'x'))
  tab.snapshot([{ id: 'b', text: 'new' }, { id: 'c' }, { id: 'a' }], { version: 9, receipt: receiptOf(0) })
  expect(tab.view).toEqual([{ id: 'b', text: 'newx' }, { id: 'c' }, { id: 'a' }])
})

describe('Without a receipt [S12]', () => {
  test('a path with the new value counts as saved, and nothing is sent', () => {
    const tab = TestTab.live({ value: { a: 0 } })
    tab.edit(set(['a'], 1))
    tab.edits()
    tab.snapshot({ a: 1 }, { epoch: 'f', version: 0, receipt: null })
    expect(tab.view).toEqual({ a: 1 })
    expect([tab.edits(), tab.notices, tab.replica.hasUnsent]).toEqual([[], [], false])
  })

  test('a path with the old value counts as not saved, and the same number is sent again', () => {
    const tab = TestTab.live({ value: { a: 0, b: 0 } })
    tab.edit(set(['a'], 1))
    tab.edits()
    tab.snapshot({ a: 0, b: 5 }, { epoch: 'f', version: 0, receipt: null })
    expect(tab.view).toEqual({ a: 1, b: 5 })
    expect(tab.notices).toEqual([])
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 1, epoch: 'f', base: 0, ops: [set(['a'], 1)] })])
  })

  test("a path with another user's value keeps that value, and the user is notified", () => {
    const tab = TestTab.live({ value: { a: 0 } })
    tab.edit(set(['a'], 1))
    tab.edits()
    tab.snapshot({ a: 'theirs' }, { epoch: 'f', version: 0, receipt: null })
    expect(tab.view).toEqual({ a: 'theirs' })
    expect(tab.edits()).toEqual([])
    expect(tab.notices).toHaveLength(1)
    expect(tab.notices[0]).toContain('not saved')
    expect(tab.replica.hasUnsent).toBe(false)
  })

  test('each path is decided by itself', () => {
    const tab = TestTab.live({ value: { a: 0, b: 0, c: 0 } })
    tab.edit(set(['a'], 1), set(['b'], 1), set(['c'], 1))
    tab.edits()
    tab.snapshot({ a: 1, b: 0, c: 'theirs' }, { epoch: 'f', version: 0, receipt: null })
    expect(tab.view).toEqual({ a: 1, b: 1, c: 'theirs' })
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 1, ops: [set(['b'], 1)] })])
    expect(tab.notices).toHaveLength(1)
  })

  test('an item is not added twice', () => {
    const tab = TestTab.live({ value: ['x'] })
    tab.edit(add([1], 'mine'))
    tab.edits()
    tab.snapshot(['x', 'mine'], { epoch: 'f', version: 0, receipt: null })
    expect(tab.view).toEqual(['x', 'mine'])
    expect(tab.edits()).toEqual([])
  })

  test('an item is added again if the list is unchanged', () => {
    const tab = TestTab.live({ value: ['x'] })
    tab.edit(add([1], 'mine'))
    tab.edits()
    tab.snapshot(['x'], { epoch: 'f', version: 0, receipt: null })
    expect(tab.view).toEqual(['x', 'mine'])
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 1, ops: [add([1], 'mine')] })])
  })

  test('pending edits are sent in any case', () => {
    const tab = TestTab.live({ value: { a: 0, b: 0 } })
    tab.edit(set(['a'], 1))
    tab.edit(set(['b'], 1))
    tab.edits()
    tab.snapshot({ a: 1, b: 0 }, { epoch: 'f', version: 0, receipt: null })
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 2, ops: [set(['b'], 1)] })])
    expect(tab.view).toEqual({ a: 1, b: 1 })
  })

  test('an edit that was never sent is sent as usual', () => {
    const tab = TestTab.live({ value: { a: 0, b: 0 } })
    tab.cut()
    tab.edit(set(['a'], 1))
    tab.connect()
    tab.snapshot({ a: 'theirs', b: 1 }, { id: 2, epoch: 'f', version: 0, receipt: null })
    expect(tab.view).toEqual({ a: 1, b: 1 })
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 1, ops: [set(['a'], 1)] })])
  })

  test('an op behind a lost insertion does not overwrite another item', () => {
    const tab = TestTab.live({ value: ['a', 'b', 'c'] })
    tab.edit(add([0], 'new'), set([2], 'B'))
    tab.snapshot(['a', 'b', 'c', 'theirs'], { epoch: 'f', version: 0, receipt: null })
    expect(tab.notices).toHaveLength(1)
    expect(tab.view).toEqual(['a', 'b', 'c', 'theirs'])
  })

  test('an op inside a lost object is lost with it', () => {
    const tab = TestTab.live({ value: { a: 0 } })
    tab.edit(set([], { mine: {} }), add(['mine', 'text'], 'hello'))
    tab.snapshot({ a: 'theirs' }, { epoch: 'f', version: 0, receipt: null })
    expect(tab.view).toEqual({ a: 'theirs' })
    expect(tab.notices).toHaveLength(1)
  })
})
