/** Edits of a replica: their view, their messages, and their faults. Rules of docs/protocol.md in brackets. */

import { describe, expect, test } from 'vitest'
import { apply } from '../src/edits'
import type { Value } from '../src/protocol'
import { add, KEY, receiptOf, remove, set, splice, TestTab } from './testTab'

describe('An edit', () => {
  test('shows and is sent at once [S10]', () => {
    const tab = TestTab.live({ value: { a: 0 } })
    tab.edit(set(['a'], 1))
    expect(tab.view).toEqual({ a: 1 })
    expect(tab.sent()).toEqual([
      { type: 'edit', channel: KEY, store: 's', n: 1, epoch: 'e', base: 5, ops: [set(['a'], 1)] },
    ])
  })

  test('waits while another is in flight, and then leaves with all pending ones [S10]', () => {
    const tab = TestTab.live({ value: { a: 0, b: 0 } })
    tab.edit(set(['a'], 1))
    tab.edit(set(['a'], 2))
    tab.edit(set(['b'], 8))
    tab.edit(set(['a'], 3))
    expect(tab.edits()).toHaveLength(1)
    expect(tab.view).toEqual({ a: 3, b: 8 })
    tab.acknowledge(1, [set(['a'], 1)])
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 2, base: 6, ops: [set(['a'], 3), set(['b'], 8)] })])
    tab.acknowledge(2, [set(['a'], 3), set(['b'], 8)])
    expect(tab.sent()).toEqual([])
  })

  test('is unsent until it is acknowledged', () => {
    const tab = TestTab.live({ value: 0 })
    expect(tab.replica.hasUnsent).toBe(false)
    tab.edit(set([], 1))
    tab.edit(set([], 2))
    tab.acknowledge(1, [set([], 1)])
    expect(tab.replica.hasUnsent).toBe(true)
    tab.acknowledge(2, [set([], 2)])
    expect(tab.replica.hasUnsent).toBe(false)
  })

  test('that is acknowledged as it was sent notifies no listener [S14]', () => {
    const tab = TestTab.live({ value: { a: 0 } })
    tab.edit(set(['a'], 1))
    tab.edit(set(['a'], 2))
    expect(tab.shown).toEqual([{ a: 1 }, { a: 2 }])
    tab.acknowledge(1, [set(['a'], 1)])
    tab.acknowledge(2, [set(['a'], 2)])
    expect(tab.shown).toEqual([{ a: 1 }, { a: 2 }])
  })

  test('that was committed differently shows as it was committed, and pending edits are rebased [S11]', () => {
    const tab = TestTab.live({ value: { list: [], b: 0 } })
    tab.edit(add(['list', 0], { text: '' }))
    tab.edit(set(['list', 0, 'text'], 'lost with its item'), set(['b'], 1))
    tab.edits()
    tab.acknowledge(1, [])
    expect(tab.view).toEqual({ list: [], b: 1 })
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 2, base: 6, ops: [set(['b'], 1)] })])
  })

  test('of a read-only value changes nothing, and the user is notified', () => {
    const tab = TestTab.live({ value: 0 })
    tab.current({ readonly: true })
    tab.edit(set([], 1))
    expect(tab.view).toBe(0)
    expect(tab.sent()).toEqual([])
    expect(tab.notices).toEqual(['This value is read-only.'])
  })

  test('of a value that came read-only with the page is rejected before the tab is connected', () => {
    const tab = new TestTab({ value: 0, readonly: true })
    tab.edit(set([], 1))
    expect(tab.replica.isReadonly).toBe(true)
    expect([tab.view, tab.replica.hasUnsent, tab.notices.length]).toEqual([0, false, 1])
  })

  test('inside an absent value starts from the default, and a reset goes back to it', () => {
    const tab = TestTab.live({ fallback: { a: 1, b: 2 } })
    expect(tab.view).toEqual({ a: 1, b: 2 })
    tab.edit(set(['a'], 9))
    expect(tab.view).toEqual({ a: 9, b: 2 })
    tab.acknowledge(1, [set([], { a: 9, b: 2 })])
    expect(tab.view).toEqual({ a: 9, b: 2 })
    tab.edit(remove([]))
    expect(tab.view).toEqual({ a: 1, b: 2 })
  })

  test('without a target throws, and leaves the tab unchanged', () => {
    const tab = TestTab.live({ value: {} })
    expect(() => tab.edit(remove(['gone']))).toThrow('there is nothing')
    expect(tab.replica.hasUnsent).toBe(false)
    tab.edit(set(['a'], 1))
    expect(tab.edits()).toEqual([expect.objectContaining({ ops: [set(['a'], 1)] })])
  })

  test('without a connection counts as unsent', () => {
    const tab = new TestTab({ value: 0 })
    tab.edit(set([], 1))
    expect(tab.replica.hasUnsent).toBe(true)
    expect(tab.progress).toBeGreaterThan(0)
  })
})

describe('In one text', () => {
  test('letters typed while an edit is in flight leave in one edit', () => {
    const tab = TestTab.live({ value: '' })
    for (const [i, letter] of [...'hey'].entries()) tab.edit(splice([], i, 0, letter))
    expect(tab.edits()).toEqual([expect.objectContaining({ ops: [splice([], 0, 0, 'h')] })])
    tab.acknowledge(1, [splice([], 0, 0, 'h')])
    expect(tab.edits()).toEqual([expect.objectContaining({ n: 2, ops: [splice([], 1, 0, 'ey')] })])
  })

  test('two people who type at once lose nothing [S6]', () => {
    const tab = TestTab.live({ value: 'ab' })
    tab.edit(splice([], 2, 0, 'x'))
    tab.edit(splice([], 3, 0, 'y'))
    tab.other(splice([], 0, 0, '😀'))
    expect(tab.view).toBe('😀abxy')
    tab.acknowledge(1, [splice([], 3, 0, 'x')])
    expect(tab.edits()[1]).toEqual(expect.objectContaining({ n: 2, ops: [splice([], 4, 0, 'y')] }))
    expect(tab.shown).toEqual(['abx', 'abxy', '😀abxy'])
  })

  test('the letters of two people at one position do not mix, whichever edit arrives first [S6]', () => {
    const tab = TestTab.live({ value: '' })
    tab.edit(splice([], 0, 0, 'm'))
    tab.edit(splice([], 1, 0, 'm'))
    tab.other(splice([], 0, 0, 't'))
    tab.other(splice([], 1, 0, 't'))
    expect(tab.view).toBe('mmtt')
  })

  test('an edit without a receipt is sent again only if the text is unchanged [S12]', () => {
    for (const [now, sent, told] of [
      ['abc', 0, 0],
      ['ab', 1, 0],
      ['theirs', 0, 1],
    ] as const) {
      const tab = TestTab.live({ value: { text: 'ab' } })
      tab.edit(splice(['text'], 2, 0, 'c'))
      tab.edits()
      tab.snapshot({ text: now }, { epoch: 'f', version: 0, receipt: null })
      expect([tab.edits().length, tab.notices.length]).toEqual([sent, told])
      expect(tab.view).toEqual({ text: now === 'ab' ? 'abc' : now })
    }
  })

  test('a long paste leaves in edits of the size that the server takes [S9]', () => {
    const tab = TestTab.live({ value: '', editBytes: 1000 })
    const pasted = 'a "quoted" 😀\n'.repeat(400)
    tab.edit(splice([], 0, 0, pasted))
    expect(tab.view).toBe(pasted)
    expect(committed(tab, '')).toBe(pasted)
  })

  test('a paste above the size of a value is rejected at once [S9]', () => {
    const tab = TestTab.live({ value: '', editBytes: 1000 })
    tab.edit(splice([], 0, 0, 'x'.repeat(1_100_000)))
    expect([tab.view, tab.edits(), tab.notices]).toEqual(['', [], ['This is too large to be saved.']])
  })

  test('text typed without a connection leaves in edits of the size that the server takes [S9]', () => {
    const tab = TestTab.live({ value: null, editBytes: 1000 })
    tab.cut()
    tab.edit(set([], ''))
    const typed = 'word '.repeat(1000)
    for (const [i, letter] of [...typed].entries()) tab.edit(splice([], i, 0, letter))
    tab.connect()
    tab.current({ id: 2, receipt: receiptOf(0) })
    expect(committed(tab, null)).toBe(typed)
  })
})

test('a test that does not hold any more is left for the server to decide', () => {
  const tab = TestTab.live({ value: { a: 0, b: 0 } })
  tab.edit({ op: 'test', path: ['a'], value: 0 }, set(['b'], 1))
  tab.edits()
  tab.snapshot({ a: 5, b: 0 }, { version: 9, receipt: receiptOf(0) })
  expect(tab.edits()).toEqual([
    expect.objectContaining({ ops: [{ op: 'test', path: ['a'], value: 0 }, set(['b'], 1)] }),
  ])
  tab.reject(1, 'It has changed.', 'test_failed')
  expect([tab.view, tab.notices]).toEqual([{ a: 5, b: 0 }, ['It has changed.']])
})

test('an op without a target takes no other op along', () => {
  const tab = TestTab.live({ value: { a: {}, b: 0 } })
  tab.edit(set(['a', 'x'], 1), set(['b'], 1))
  tab.snapshot({ a: 5, b: 0 }, { version: 9, receipt: receiptOf(0) })
  expect(tab.view).toEqual({ a: 5, b: 1 })
  expect(tab.lost).toEqual(['1'])
})

test('a listener is not called after it has unsubscribed', () => {
  const tab = TestTab.live({ value: 0 })
  let received = 0
  const stop = tab.replica.subscribe(() => received++)
  tab.other(set([], 1))
  stop()
  tab.other(set([], 2))
  expect(received).toBe(1)
})

/** Apply and acknowledge all edits of a tab, none above the limit, and return the value of the server. */
function committed(tab: TestTab, value: Value): Value {
  for (let n = 1; tab.replica.hasUnsent; n++) {
    const [edit, ...more] = tab.edits()
    if (edit?.n !== n || n > 100) throw new Error(`expected edit ${n}, not ${edit?.n}`)
    expect(more).toEqual([])
    expect(new TextEncoder().encode(JSON.stringify(edit.ops)).length).toBeLessThanOrEqual(1000)
    value = apply(value, edit.ops)
    tab.acknowledge(n, edit.ops)
  }
  return value
}
