/** Exact edits of a replica. Rules of docs/protocol.md in brackets. */

import { describe, expect, test, vi } from 'vitest'
import { add, receiptOf, set, TestTab } from './testTab'

describe('An exact edit', () => {
  test('is sent for the version at which it was made, however often it is sent [S7]', () => {
    const tab = TestTab.live({ value: { a: 0, b: 0 } })
    tab.replica.edit([set(['a'], 1)], { exact: true })
    const edit = { n: 1, epoch: 'e', base: 5, ops: [set(['a'], 1)], exact: true }
    expect(tab.edits()).toEqual([expect.objectContaining(edit)])
    tab.cut()
    tab.connect()
    tab.current({ id: 2, receipt: receiptOf(0) })
    expect(tab.edits()).toEqual([expect.objectContaining(edit)])
    tab.acknowledge(1, [set(['a'], 1)])
    expect([tab.view, tab.replica.hasUnsent, tab.shown.length]).toEqual([{ a: 1, b: 0 }, false, 1])
  })

  test('is sent again unchanged, though other edits were committed meanwhile', () => {
    vi.useFakeTimers()
    const tab = TestTab.live({ value: ['x', 'y'] })
    tab.replica.edit([set([1], 'Y')], { exact: true })
    tab.other(add([0], 'new'))
    tab.edits()
    tab.retry(1, 'rate', 20)
    vi.advanceTimersByTime(20)
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 1, base: 5, ops: [set([1], 'Y')], exact: true })])
    vi.useRealTimers()
  })

  test('that came too late is dropped, and the user is notified [S7]', () => {
    const tab = TestTab.live({ value: ['x', 'y'] })
    tab.replica.edit([set([1], 'Y')], { exact: true })
    tab.other(add([0], 'new'))
    expect(tab.view).toEqual(['new', 'x', 'Y'])
    tab.reject(1, 'It has changed.', 'conflict')
    expect(tab.view).toEqual(['new', 'x', 'y'])
    expect(tab.notices).toEqual(['It has changed.'])
  })

  test('is not made while an earlier edit is in flight', () => {
    const tab = TestTab.live({ value: 0 })
    tab.edit(set([], 1))
    tab.edits()
    tab.replica.edit([set([], 2)], { exact: true })
    expect([tab.view, tab.edits(), tab.notices.length]).toEqual([1, [], 1])
  })

  test('is dropped when the value has changed during a disconnection, and its number is still used', () => {
    const tab = TestTab.live({ value: 0 })
    tab.replica.edit([set([], 1)], { exact: true })
    tab.edits()
    tab.snapshot(5, { version: 9, receipt: receiptOf(0) })
    expect([tab.view, tab.notices.length]).toEqual([5, 1])
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 1, base: 9, ops: [] })])
    tab.acknowledge(1, [])
    tab.edit(set([], 6))
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 2, ops: [set([], 6)] })])
  })

  test('is not sent to a server that has restarted [S12]', () => {
    const tab = TestTab.live({ value: 0 })
    tab.replica.edit([set([], 1)], { exact: true })
    tab.edits()
    tab.snapshot(0, { epoch: 'f', version: 0, receipt: null })
    expect([tab.view, tab.edits(), tab.notices.length, tab.replica.hasUnsent]).toEqual([0, [], 1, false])
  })
})
