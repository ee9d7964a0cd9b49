/** Edits of a replica that the server rejects or cannot store. Rules of docs/protocol.md in brackets. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Json } from '../src/protocol'
import { add, receiptOf, remove, set, splice, TestTab } from './testTab'

describe('A rejected edit', () => {
  test('restores the value, shows the reason, and uses up its number [S13]', () => {
    const tab = TestTab.live({ value: { a: 0, b: 0 } })
    tab.edit(set(['a'], 1))
    tab.reject(1, 'Only small numbers.')
    expect(tab.view).toEqual({ a: 0, b: 0 })
    expect(tab.notices).toEqual(['Only small numbers.'])
    tab.edit(set(['b'], 1))
    expect(tab.edits().map(({ n }) => n)).toEqual([1, 2])
  })

  test('leaves pending edits as they are, except for ops that depend on it [S13]', () => {
    const tab = TestTab.live({ value: { list: [], b: 0 } })
    tab.edit(add(['list', 0], { text: '' }))
    tab.edit(set(['list', 0, 'text'], 'lost with its item'), set(['b'], 1))
    tab.edits()
    tab.reject(1)
    expect(tab.view).toEqual({ list: [], b: 1 })
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 2, ops: [set(['b'], 1)] })])
  })

  test('that was answered before changes nothing', () => {
    const tab = TestTab.live({ value: 0 })
    tab.edit(set([], 1))
    tab.acknowledge(1, [set([], 1)])
    tab.edit(set([], 2))
    tab.reject(1)
    expect(tab.view).toBe(2)
    expect(tab.notices).toEqual([])
  })
})

describe('An edit that changes nothing', () => {
  test('because the default was so already, is not reported as removed', () => {
    const tab = TestTab.live({ fallback: { a: 1, b: 0 } })
    tab.edit(set(['a'], 1))
    tab.edits()
    tab.edit(set(['b'], 2))
    tab.acknowledge(1, [])
    expect(tab.notices).toEqual([])
    expect(tab.view).toEqual({ a: 1, b: 2 })
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 2, ops: [set(['b'], 2)] })])
    tab.acknowledge(2, [set(['b'], 2)])
    expect([tab.view, tab.notices]).toEqual([{ a: 1, b: 2 }, []])
  })

  test('because others have removed its place, is reported', () => {
    const tab = TestTab.live({ value: { list: ['x', 'y'] } })
    tab.edit(set(['list', 1], 'z'))
    tab.edits()
    tab.acknowledge(1, [])
    expect(tab.notices).toHaveLength(1)
    expect(tab.view).toEqual({ list: ['x', 'y'] })
  })
})

describe('An edit that cannot be stored yet', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('is kept with the reason, and is sent again under its number [S13]', () => {
    const tab = TestTab.live({ value: 0 })
    tab.edit(set([], 1))
    tab.edits()
    tab.retry(1, 'backend', 1000, 'The disk is full.')
    expect([tab.view, tab.replica.trouble, tab.replica.hasUnsent]).toEqual([1, 'The disk is full.', true])
    vi.advanceTimersByTime(999)
    expect(tab.edits()).toEqual([])
    vi.advanceTimersByTime(1)
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 1, ops: [set([], 1)] })])
    tab.acknowledge(1, [set([], 1)])
    expect(tab.replica.trouble).toBe(null)
  })

  test('is sent again rebased over the edits of others', () => {
    const tab = TestTab.live({ value: ['x'] })
    tab.edit(set([0], 'X'))
    tab.edits()
    tab.retry(1, 'backend', 1000)
    tab.other(add([0], 'new'))
    vi.advanceTimersByTime(1000)
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 1, base: 6, ops: [set([1], 'X')] })])
  })

  test('because of the rate is no trouble [S25]', () => {
    const tab = TestTab.live({ value: 0 })
    tab.edit(set([], 1))
    tab.retry(1, 'rate', 20)
    expect(tab.replica.trouble).toBe(null)
    vi.advanceTimersByTime(20)
    expect(tab.edits().map(({ n }) => n)).toEqual([1, 1])
  })

  test('is no trouble any more once it is rejected', () => {
    const tab = TestTab.live({ value: 0 })
    tab.edit(set([], 1))
    tab.retry(1, 'backend', 1000)
    tab.reject(1)
    expect(tab.replica.trouble).toBe(null)
  })

  test('is sent once after a reconnect, and its timer is cancelled', () => {
    const tab = TestTab.live({ value: 0 })
    tab.edit(set([], 1))
    tab.edits()
    tab.retry(1, 'backend', 1000)
    tab.cut()
    tab.connect()
    tab.current({ id: 2, receipt: receiptOf(0) })
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 1 })])
    vi.advanceTimersByTime(5000)
    expect(tab.edits()).toEqual([])
  })

  test('is not sent again after a snapshot has sent it, nor is the next one', () => {
    const tab = TestTab.live({ value: 0 })
    tab.edit(set([], 1))
    tab.retry(1, 'backend', 1000)
    tab.snapshot(0, { version: 6, receipt: receiptOf(0) })
    tab.acknowledge(1, [set([], 1)])
    tab.edit(set([], 2))
    tab.edits()
    vi.advanceTimersByTime(1000)
    expect(tab.edits()).toEqual([])
  })
})

describe('An edit of several units', () => {
  const three = () => {
    const tab = TestTab.live({ value: { a: 0, b: 0, c: 0 } })
    tab.edit(set(['a'], 1)) // in flight, so that the others wait together
    tab.edit(set(['b'], 'bad'))
    tab.edit(set(['c'], 3))
    tab.edits()
    tab.acknowledge(1, [set(['a'], 1)])
    expect(tab.edits()[0]).toMatchObject({ n: 2, ops: [set(['b'], 'bad'), set(['c'], 3)] })
    return tab
  }

  test('that is rejected is sent in parts, and only the unit at fault is dropped [S13]', () => {
    const tab = three()
    tab.reject(2, 'Only numbers.')
    expect(tab.view).toEqual({ a: 1, b: 'bad', c: 3 })
    expect(tab.edits()).toMatchObject([{ n: 3, ops: [set(['b'], 'bad')] }])
    tab.reject(3, 'Only numbers.')
    expect(tab.view).toEqual({ a: 1, b: 0, c: 3 })
    expect(tab.edits()).toMatchObject([{ n: 4, ops: [set(['c'], 3)] }])
    expect([tab.notices, tab.lost]).toEqual([['Only numbers.'], ['bad']])
  })

  test('whose rejection is known only from a receipt is sent in parts, too [S12]', () => {
    const tab = three()
    tab.snapshot(
      { a: 1, b: 0, c: 0 },
      { version: 7, receipt: { n: 2, status: 'rejected', version: 6, message: 'No.' } },
    )
    expect(tab.view).toEqual({ a: 1, b: 'bad', c: 3 })
    expect(tab.edits()).toMatchObject([{ n: 3, ops: [set(['b'], 'bad')] }])
    expect(tab.notices).toEqual([])
  })

  test('that is rejected for lack of the right to write is not sent again [S13]', () => {
    const tab = three()
    tab.reject(2, 'You may not change this.', 'forbidden')
    expect(tab.view).toEqual({ a: 1, b: 0, c: 0 })
    expect(tab.edits()).toEqual([])
    expect(tab.notices).toEqual(['You may not change this.'])
  })

  test('is rejected at the field that made the unit, if the field shows the reason [S13]', () => {
    const tab = three()
    const received: string[] = []
    const handler = (name: string) => ({
      rejected: (reason: string) => received.push(`${name}: ${reason}`) > 0,
      acknowledged: () => received.push(`${name} taken`),
    })
    const stop = tab.replica.captureRejections(['b'], handler('b'))
    tab.replica.captureRejections(['c'], handler('c'))
    tab.reject(2, 'Only numbers.')
    tab.reject(3, 'Only numbers.')
    expect(received).toEqual(['b: Only numbers.'])
    expect(tab.view).toEqual({ a: 1, b: 0, c: 3 })
    expect(tab.notices).toEqual([])
    tab.edit(set(['b'], 5))
    tab.acknowledge(4, [set(['c'], 3)])
    tab.edit(set(['b'], 6))
    tab.acknowledge(5, [set(['b'], 5)])
    expect(received).toEqual(['b: Only numbers.', 'c taken'])
    tab.acknowledge(6, [set(['b'], 6)])
    expect(received).toEqual(['b: Only numbers.', 'c taken', 'b taken'])
    stop()
    tab.edit(set(['b'], 'bad'))
    tab.reject(7, 'Only numbers.')
    expect(tab.notices).toEqual(['Only numbers.'])
  })

  test('that no field claims is rejected in a notice [S13]', () => {
    const tab = TestTab.live({ value: { b: 0 } })
    tab.replica.captureRejections(['b'], { rejected: () => false, acknowledged: () => {} })
    tab.edit(set(['b'], 'bad'))
    tab.reject(1, 'Only numbers.')
    expect(tab.notices).toEqual(['Only numbers.'])
  })

  test('that would exceed the size of a value in its last part is rejected at once [S9]', () => {
    const tab = TestTab.live({ value: 'x'.repeat(500_000), editBytes: 64 * 1024 })
    tab.edit(splice([], 0, 0, 'y'.repeat(600_000)))
    expect(tab.edits()).toEqual([])
    expect(tab.notices).toEqual(['This is too large to be saved.'])
    tab.edit(splice([], 0, 500_000, 'y'.repeat(600_000)))
    expect(tab.edits()).toHaveLength(1)
  })

  test('is narrowed down to each of many units at fault [S13]', () => {
    const tab = TestTab.live({ value: {} })
    for (let i = 0; i < 40; i++) tab.edit(set([`${i}`], i % 7 ? i : 'bad'))
    const stored: Record<string, Json> = {}
    for (let round = 0; tab.replica.hasUnsent; round++) {
      expect(round).toBeLessThan(60)
      const [edit] = tab.edits().slice(-1)
      const ops = edit?.ops ?? []
      if (ops.some((op) => 'value' in op && op.value === 'bad')) tab.reject(edit?.n ?? 0, 'Only numbers.')
      else tab.acknowledge(edit?.n ?? 0, [...ops])
      for (const op of ops) if ('value' in op && op.value !== 'bad') stored[`${op.path[0]}`] = op.value
    }
    expect(tab.view).toEqual(stored)
    expect(tab.lost).toEqual(['bad', 'bad', 'bad', 'bad', 'bad', 'bad'])
  })
})

describe('Text in a container that another user removes', () => {
  test('is shown to the user, whether it is in flight or pending [I3, S13a]', () => {
    const tab = TestTab.live({ value: { cards: [{ t: '' }, { t: '' }] } })
    tab.edit({ op: 'splice', path: ['cards', 0, 't'], at: 0, delete: 0, insert: 'on its way' })
    tab.edit({ op: 'splice', path: ['cards', 1, 't'], at: 0, delete: 0, insert: 'waits' })
    tab.other(remove(['cards', 0]))
    tab.other(remove(['cards', 0]))
    expect(tab.lost).toEqual(['on its way', 'waits'])
    expect(tab.view).toEqual({ cards: [] })
  })

  test('is not shown where nothing was written', () => {
    const tab = TestTab.live({ value: { cards: [{ t: 'x' }] } })
    tab.edit({ op: 'splice', path: ['cards', 0, 't'], at: 0, delete: 1, insert: '' })
    tab.other(remove(['cards', 0]))
    expect(tab.notices).toEqual([])
  })
})
