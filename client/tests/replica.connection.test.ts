/** Replicas without a connection, or without an answer. Rules of docs/protocol.md in brackets. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Replica } from '../src/sync/replica'
import { receiptOf, set, TestTab } from './testTab'

describe('Without a connection', () => {
  test('edits are kept, and leave as one after the reconnect [S10, S16]', () => {
    const tab = TestTab.live({ value: { a: '', b: 0 } })
    tab.cut()
    for (const text of ['h', 'he', 'hey']) tab.edit(set(['a'], text))
    tab.edit(set(['b'], 1))
    expect(tab.view).toEqual({ a: 'hey', b: 1 })
    expect(tab.sent()).toEqual([])
    tab.connect()
    expect(tab.sent()).toEqual([{ type: 'subscribe', id: 2, store: 's', since: { epoch: 'e', version: 5 } }])
    tab.snapshot({ a: '', b: 0, c: 9 }, { id: 2, version: 9, receipt: receiptOf(0) })
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 1, base: 9, ops: [set(['a'], 'hey'), set(['b'], 1)] })])
    expect(tab.view).toEqual({ a: 'hey', b: 1, c: 9 })
  })

  test('the edit in flight keeps its number, and the next one waits for it [S2]', () => {
    const tab = TestTab.live({ value: { a: 0, b: 0 } })
    tab.edit(set(['a'], 1))
    tab.cut()
    tab.edit(set(['b'], 1))
    tab.connect()
    expect(tab.edits().map(({ n }) => n)).toEqual([1])
    tab.current({ id: 2, receipt: receiptOf(0) })
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 1, ops: [set(['a'], 1)] })])
    tab.acknowledge(1, [set(['a'], 1)])
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 2, ops: [set(['b'], 1)] })])
  })

  test('an unanswered request is repeated', () => {
    const tab = new TestTab({ value: 0 })
    tab.connect()
    tab.cut()
    tab.connect()
    expect(tab.subscribes().map(({ id }) => id)).toEqual([1, 2])
  })

  test('a page asks for the changes since it was rendered before it sends edits', () => {
    const tab = new TestTab({ value: 0 })
    tab.edit(set([], 1))
    tab.connect()
    expect(tab.sent()).toEqual([{ type: 'subscribe', id: 1, store: 's', since: { epoch: 'e', version: 5 } }])
  })

  test('pending edits leave in their order, in edits of the size that the server takes [S9]', () => {
    const tab = TestTab.live({ value: {}, editBytes: 600 })
    tab.cut()
    const names = ['a', 'b', 'c', 'd', 'e']
    for (const name of names) tab.edit(set([name], 'x'.repeat(100)))
    tab.connect()
    tab.current({ id: 2, receipt: receiptOf(0) })
    const ops = []
    for (let n = 1; tab.replica.hasUnsent; n++) {
      const [edit, ...more] = tab.edits()
      if (edit?.n !== n || n > names.length) throw new Error(`expected edit ${n}, not ${edit?.n}`)
      expect(more).toEqual([])
      expect(JSON.stringify(edit.ops).length).toBeLessThanOrEqual(600)
      ops.push(...edit.ops)
      tab.acknowledge(n, edit.ops)
    }
    expect(ops.map(({ path }) => path[0])).toEqual(names)
    expect(tab.edits()).toEqual([])
    expect(Object.keys(tab.view as object)).toEqual(names)
  })

  test('half a character is rejected at once, in a value or a name, and the next edit is sent [S9]', () => {
    const tab = TestTab.live({ value: {} })
    tab.edit(set(['a'], ['\ud83d']))
    tab.edit(set(['\ude00'], 1))
    expect(tab.notices).toEqual(['Half a character cannot be saved.', 'Half a character cannot be saved.'])
    tab.edit(set(['a'], '\ud83d\ude00'))
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 1, ops: [set(['a'], '😀')] })])
  })

  test('an edit above the limit is rejected at once, and the next one is sent [S9]', () => {
    const tab = TestTab.live({ value: {}, editBytes: 80 })
    tab.edit(set(['a'], ['x'.repeat(100)]))
    expect(tab.notices).toEqual(['This is too large to be saved.'])
    expect(tab.view).toEqual({})
    tab.edit(set(['b'], 1))
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 1, ops: [set(['b'], 1)] })])
  })
})

describe('While the server cannot check a right [S27]', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('to read the value, the value and its edits stay, and go on with the missed changes', () => {
    const tab = TestTab.live({ value: 'before' })
    tab.edit(set([], 'typed'))
    tab.edits()
    tab.replica.pause('The server cannot check now.')
    tab.retry(1, 'backend', 1000, 'The server cannot check now.')
    expect([tab.view, tab.replica.paused, tab.replica.hasUnsent]).toEqual([
      'typed',
      'The server cannot check now.',
      true,
    ])
    tab.current({ receipt: { n: 0, status: 'applied', version: 0 } })
    expect(tab.replica.paused).toBeNull()
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 1, ops: [set([], 'typed')] })])
    tab.acknowledge(1, [set([], 'typed')])
    expect([tab.view, tab.replica.trouble, tab.notices]).toEqual(['typed', null, []])
  })

  test('to write the value, the last known right holds', () => {
    const tab = TestTab.live({ value: 'before' })
    tab.current({ readonly: null })
    expect(tab.replica.isReadonly).toBe(false)
    tab.current({ readonly: true })
    tab.current({ readonly: null })
    expect(tab.replica.isReadonly).toBe(true)
  })

  test('to write a value that came with the page, the value is read-only', () => {
    const initial = { epoch: 'e', version: 1, value: 'before', readonly: null }
    const replica = new Replica({ store: 's', fallback: '', initial })
    expect([replica.view, replica.isReadonly]).toEqual(['before', true])
  })

  test('to subscribe, the tab subscribes again after longer and longer pauses, up to 5 s [S12a]', () => {
    const tab = TestTab.live({ value: 'before' })
    tab.replica.disconnect()
    const sent: unknown[] = []
    tab.replica.connect((message) => sent.push(message))
    for (const [asked, pause] of [1000, 2000, 4000, 5000, 5000].entries()) {
      expect(sent).toHaveLength(asked + 1)
      tab.replica.subscribeFailed('backend', 'The server cannot check now.')
      expect(tab.replica.paused).toBe('The server cannot check now.')
      vi.advanceTimersByTime(pause - 1)
      expect(sent).toHaveLength(asked + 1)
      vi.advanceTimersByTime(1)
    }
    expect(tab.view).toBe('before')
  })
})

test('A tab of another version of the app keeps its edits, and shows them with the reason [S48]', () => {
  const tab = TestTab.live({ value: { a: '' } })
  tab.cut()
  tab.edit(set(['a'], 'written meanwhile'))
  tab.connect()
  tab.replica.subscribeFailed('version', 'This page was made for version 1.')
  expect([tab.notices, tab.lost]).toEqual([['This page was made for version 1.'], ['written meanwhile']])
  expect([tab.view, tab.replica.hasUnsent]).toEqual([{ a: 'written meanwhile' }, true])
  expect(tab.edits()).toEqual([])
})
