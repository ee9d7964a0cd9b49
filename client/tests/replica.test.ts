/** The replica: what one tab sends and shows, whatever the server and the others do. Rules of design/SYNC.md in brackets. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { apply } from '../src/edits'
import type { Json, Receipt, Value } from '../src/protocol'
import { Replica } from '../src/sync/replica'
import { add, KEY, Line, ME, OTHER, remove, set, splice } from './line'

const applied = (n: number): Receipt => ({ n, status: 'applied', version: 6 })

describe('An edit', () => {
  test('shows at once, and leaves at once [S10]', () => {
    const line = Line.live({ value: { a: 0 } })
    line.edit(set(['a'], 1))
    expect(line.view).toEqual({ a: 1 })
    expect(line.sent()).toEqual([
      { type: 'edit', channel: KEY, store: 's', n: 1, epoch: 'e', base: 5, ops: [set(['a'], 1)] },
    ])
  })

  test('waits while another is on its way, and then leaves with all that waited [S10]', () => {
    const line = Line.live({ value: { a: 0, b: 0 } })
    line.edit(set(['a'], 1))
    line.edit(set(['a'], 2))
    line.edit(set(['b'], 8))
    line.edit(set(['a'], 3))
    expect(line.edits()).toHaveLength(1)
    expect(line.view).toEqual({ a: 3, b: 8 })
    line.acknowledge(1, [set(['a'], 1)])
    expect(line.edits()).toEqual([expect.objectContaining({ n: 2, base: 6, ops: [set(['a'], 3), set(['b'], 8)] })])
    line.acknowledge(2, [set(['a'], 3), set(['b'], 8)])
    expect(line.sent()).toEqual([])
  })

  test('is unsent until it is acknowledged', () => {
    const line = Line.live({ value: 0 })
    expect(line.replica.hasUnsent).toBe(false)
    line.edit(set([], 1))
    line.edit(set([], 2))
    line.acknowledge(1, [set([], 1)])
    expect(line.replica.hasUnsent).toBe(true)
    line.acknowledge(2, [set([], 2)])
    expect(line.replica.hasUnsent).toBe(false)
  })

  test('that is acknowledged as it was sent tells no listener [S14]', () => {
    const line = Line.live({ value: { a: 0 } })
    line.edit(set(['a'], 1))
    line.edit(set(['a'], 2))
    expect(line.shown).toEqual([{ a: 1 }, { a: 2 }])
    line.acknowledge(1, [set(['a'], 1)])
    line.acknowledge(2, [set(['a'], 2)])
    expect(line.shown).toEqual([{ a: 1 }, { a: 2 }])
  })

  test('that was committed differently shows as it was committed, and what waits follows [S11]', () => {
    const line = Line.live({ value: { list: [], b: 0 } })
    line.edit(add(['list', 0], { text: '' }))
    line.edit(set(['list', 0, 'text'], 'lost with its item'), set(['b'], 1))
    line.edits()
    line.acknowledge(1, [])
    expect(line.view).toEqual({ list: [], b: 1 })
    expect(line.edits()).toEqual([expect.objectContaining({ n: 2, base: 6, ops: [set(['b'], 1)] })])
  })

  test('that changes nothing in a read-only value says so [S24]', () => {
    const line = Line.live({ value: 0 })
    line.current({ readonly: true })
    line.edit(set([], 1))
    expect(line.view).toBe(0)
    expect(line.sent()).toEqual([])
    expect(line.notices).toEqual(['This value is read-only.'])
  })

  test('of a page that came read-only is refused before the line is up', () => {
    const line = new Line({ value: 0, readonly: true })
    line.edit(set([], 1))
    expect(line.replica.isReadonly).toBe(true)
    expect([line.view, line.replica.hasUnsent, line.notices.length]).toEqual([0, false, 1])
  })

  test('inside an absent value starts from the default, and a reset goes back to it', () => {
    const line = Line.live({ fallback: { a: 1, b: 2 } })
    expect(line.view).toEqual({ a: 1, b: 2 })
    line.edit(set(['a'], 9))
    expect(line.view).toEqual({ a: 9, b: 2 })
    line.acknowledge(1, [set([], { a: 9, b: 2 })])
    expect(line.view).toEqual({ a: 9, b: 2 })
    line.edit(remove([]))
    expect(line.view).toEqual({ a: 1, b: 2 })
  })

  test('that has no place leaves the tab as it was', () => {
    const line = Line.live({ value: {} })
    expect(() => line.edit(remove(['gone']))).toThrow('there is nothing')
    expect(line.replica.hasUnsent).toBe(false)
    line.edit(set(['a'], 1))
    expect(line.edits()).toEqual([expect.objectContaining({ ops: [set(['a'], 1)] })])
  })

  test('without a line makes known that there is something unsent', () => {
    const line = new Line({ value: 0 })
    line.edit(set([], 1))
    expect(line.replica.hasUnsent).toBe(true)
    expect(line.progress).toBeGreaterThan(0)
  })
})

describe('An exact edit', () => {
  test('is for the value as it was when it was made, however often it is sent [S7]', () => {
    const line = Line.live({ value: { a: 0, b: 0 } })
    line.replica.edit([set(['a'], 1)], { exact: true })
    const edit = { n: 1, epoch: 'e', base: 5, ops: [set(['a'], 1)], exact: true }
    expect(line.edits()).toEqual([expect.objectContaining(edit)])
    line.cut()
    line.connect()
    line.current({ id: 2, receipt: applied(0) })
    expect(line.edits()).toEqual([expect.objectContaining(edit)])
    line.acknowledge(1, [set(['a'], 1)])
    expect([line.view, line.replica.hasUnsent, line.shown.length]).toEqual([{ a: 1, b: 0 }, false, 1])
  })

  test('is sent again as it was, though others have come between', () => {
    vi.useFakeTimers()
    const line = Line.live({ value: ['x', 'y'] })
    line.replica.edit([set([1], 'Y')], { exact: true })
    line.other(add([0], 'new'))
    line.edits()
    line.retry(1, 'rate', 20)
    vi.advanceTimersByTime(20)
    expect(line.edits()).toEqual([expect.objectContaining({ n: 1, base: 5, ops: [set([1], 'Y')], exact: true })])
    vi.useRealTimers()
  })

  test('that came too late is given up, and the user is told [S7]', () => {
    const line = Line.live({ value: ['x', 'y'] })
    line.replica.edit([set([1], 'Y')], { exact: true })
    line.other(add([0], 'new'))
    expect(line.view).toEqual(['new', 'x', 'Y'])
    line.reject(1, 'It has changed.', 'conflict')
    expect(line.view).toEqual(['new', 'x', 'y'])
    expect(line.notices).toEqual(['It has changed.'])
  })

  test('is not made while an earlier one is on its way', () => {
    const line = Line.live({ value: 0 })
    line.edit(set([], 1))
    line.edits()
    line.replica.edit([set([], 2)], { exact: true })
    expect([line.view, line.edits(), line.notices.length]).toEqual([1, [], 1])
  })

  test('is given up when the tab comes back to another value, and its number is still used', () => {
    const line = Line.live({ value: 0 })
    line.replica.edit([set([], 1)], { exact: true })
    line.edits()
    line.snapshot(5, { version: 9, receipt: applied(0) })
    expect([line.view, line.notices.length]).toEqual([5, 1])
    expect(line.edits()).toEqual([expect.objectContaining({ n: 1, base: 9, ops: [] })])
    line.acknowledge(1, [])
    line.edit(set([], 6))
    expect(line.edits()).toEqual([expect.objectContaining({ n: 2, ops: [set([], 6)] })])
  })

  test('is not sent to a server that has started again [S12]', () => {
    const line = Line.live({ value: 0 })
    line.replica.edit([set([], 1)], { exact: true })
    line.edits()
    line.snapshot(0, { epoch: 'f', version: 0, receipt: null })
    expect([line.view, line.edits(), line.notices.length, line.replica.hasUnsent]).toEqual([0, [], 1, false])
  })
})

describe('In one text', () => {
  test('what is typed while an edit is on its way leaves as one', () => {
    const line = Line.live({ value: '' })
    for (const [i, letter] of [...'hey'].entries()) line.edit(splice([], i, 0, letter))
    expect(line.edits()).toEqual([expect.objectContaining({ ops: [splice([], 0, 0, 'h')] })])
    line.acknowledge(1, [splice([], 0, 0, 'h')])
    expect(line.edits()).toEqual([expect.objectContaining({ n: 2, ops: [splice([], 1, 0, 'ey')] })])
  })

  test('two who type at once lose nothing [S6]', () => {
    const line = Line.live({ value: 'ab' })
    line.edit(splice([], 2, 0, 'x'))
    line.edit(splice([], 3, 0, 'y'))
    line.other(splice([], 0, 0, '😀'))
    expect(line.view).toBe('😀abxy')
    line.acknowledge(1, [splice([], 3, 0, 'x')])
    expect(line.edits()[1]).toEqual(expect.objectContaining({ n: 2, ops: [splice([], 4, 0, 'y')] }))
    expect(line.shown).toEqual(['abx', 'abxy', '😀abxy'])
  })

  test('two who type at one spot do not mix their letters, whichever is heard first', () => {
    const line = Line.live({ value: '' })
    line.edit(splice([], 0, 0, 'm'))
    line.edit(splice([], 1, 0, 'm'))
    line.other(splice([], 0, 0, 't'))
    line.other(splice([], 1, 0, 't'))
    expect(line.view).toBe('mmtt')
  })

  test('an edit that the server cannot know is settled is sent again only if the text is as it was [S12]', () => {
    for (const [now, sent, told] of [
      ['abc', 0, 0],
      ['ab', 1, 0],
      ['theirs', 0, 1],
    ] as const) {
      const line = Line.live({ value: { text: 'ab' } })
      line.edit(splice(['text'], 2, 0, 'c'))
      line.edits()
      line.snapshot({ text: now }, { epoch: 'f', version: 0, receipt: null })
      expect([line.edits().length, line.notices.length]).toEqual([sent, told])
      expect(line.view).toEqual({ text: now === 'ab' ? 'abc' : now })
    }
  })

  test('what is pasted is as large as it likes, and leaves in edits that the server takes [S9]', () => {
    const line = Line.live({ value: '', editBytes: 1000 })
    const pasted = 'a "quoted" 😀\n'.repeat(400)
    line.edit(splice([], 0, 0, pasted))
    expect(line.view).toBe(pasted)
    expect(committed(line, '')).toBe(pasted)
  })

  test('what is larger than a value may be is refused at once [S9]', () => {
    const line = Line.live({ value: '', editBytes: 1000 })
    line.edit(splice([], 0, 0, 'x'.repeat(1_100_000)))
    expect([line.view, line.edits(), line.notices]).toEqual(['', [], ['This is too large to be saved.']])
  })

  test('what somebody typed for hours without a line leaves in edits that the server takes [S9]', () => {
    const line = Line.live({ value: null, editBytes: 1000 })
    line.cut()
    line.edit(set([], ''))
    const typed = 'word '.repeat(1000)
    for (const [i, letter] of [...typed].entries()) line.edit(splice([], i, 0, letter))
    line.connect()
    line.current({ id: 2, receipt: applied(0) })
    expect(committed(line, null)).toBe(typed)
  })
})

describe('Who watches what others do', () => {
  test('hears it as it is seen from here, before the listeners', () => {
    const line = Line.live({ value: 'ab' })
    const heard: unknown[] = []
    line.replica.watchRemote((ops) => heard.push(ops))
    line.replica.subscribe(() => heard.push(line.view))
    line.edit(splice([], 0, 0, '>'))
    line.edit(splice([], 1, 0, '>'))
    line.other(splice([], 2, 0, 'c'))
    expect(heard).toEqual(['>ab', '>>ab', [splice([], 4, 0, 'c')], '>>abc'])
  })

  test("hears nothing of one's own edits, but that one was refused", () => {
    const line = Line.live({ value: 'ab' })
    const heard: unknown[] = []
    line.replica.watchRemote((ops) => heard.push(ops))
    line.edit(splice([], 0, 0, '>'))
    line.acknowledge(1, [splice([], 0, 0, '>')])
    line.edit(splice([], 0, 0, '!'))
    expect(heard).toEqual([])
    line.reject(2)
    expect(heard).toEqual([[splice([], 0, 1, '')]])
  })

  test('hears what a snapshot has changed, items by their identity', () => {
    const line = Line.live({ value: [{ id: 1 }, { id: 2, text: 'ab' }], keys: { '': 'id' } })
    const heard: unknown[] = []
    line.replica.watchRemote((ops) => heard.push(ops))
    line.snapshot([{ id: 2, text: 'abc' }, { id: 1 }], { version: 9 })
    expect(heard).toEqual([[{ op: 'move', from: [0], path: [1] }, splice([0, 'text'], 2, 0, 'c')]])
  })
})

test('an edit follows its item over a snapshot, by the identity that the store declares', () => {
  const line = Line.live({ value: [{ id: 'a' }, { id: 'b', text: '' }], keys: { '': 'id' } })
  line.edit(splice([1, 'text'], 0, 0, 'x'))
  line.snapshot([{ id: 'b', text: 'new' }, { id: 'c' }, { id: 'a' }], { version: 9, receipt: applied(0) })
  expect(line.view).toEqual([{ id: 'b', text: 'newx' }, { id: 'c' }, { id: 'a' }])
})

test('a test that does not hold any more is still for the server to find out', () => {
  const line = Line.live({ value: { a: 0, b: 0 } })
  line.edit({ op: 'test', path: ['a'], value: 0 }, set(['b'], 1))
  line.edits()
  line.snapshot({ a: 5, b: 0 }, { version: 9, receipt: applied(0) })
  expect(line.edits()).toEqual([
    expect.objectContaining({ ops: [{ op: 'test', path: ['a'], value: 0 }, set(['b'], 1)] }),
  ])
  line.reject(1, 'It has changed.', 'test_failed')
  expect([line.view, line.notices]).toEqual([{ a: 5, b: 0 }, ['It has changed.']])
})

test('one op that has lost its place takes no other along', () => {
  const line = Line.live({ value: { a: {}, b: 0 } })
  line.edit(set(['a', 'x'], 1), set(['b'], 1))
  line.snapshot({ a: 5, b: 0 }, { version: 9, receipt: applied(0) })
  expect(line.view).toEqual({ a: 5, b: 1 })
  expect(line.lost).toEqual(['1'])
})

test("another's edit leaves everything else the same object", () => {
  const line = Line.live({ value: { a: { x: 0 }, b: { y: 0 } } })
  line.edit(set(['a', 'x'], 1))
  const before = line.view as Record<string, unknown>
  line.other(set(['b', 'y'], 1))
  const after = line.view as Record<string, unknown>
  expect(after).toEqual({ a: { x: 1 }, b: { y: 1 } })
  expect(after.b).not.toBe(before.b)
  line.acknowledge(1, [set(['a', 'x'], 1)])
  expect(line.view).toBe(after)
})

/** What a server makes of everything that is sent; each edit is as small as it has to be. */
function committed(line: Line, value: Value): Value {
  for (let n = 1; line.replica.hasUnsent; n++) {
    const [edit, ...more] = line.edits()
    if (edit?.n !== n || n > 100) throw new Error(`expected edit ${n}, not ${edit?.n}`)
    expect(more).toEqual([])
    expect(new TextEncoder().encode(JSON.stringify(edit.ops)).length).toBeLessThanOrEqual(1000)
    value = apply(value, edit.ops)
    line.acknowledge(n, edit.ops)
  }
  return value
}

describe('A change', () => {
  test('of somebody else shows', () => {
    const line = Line.live({ value: { a: 0, b: 0 } })
    line.other(set(['a'], 1))
    expect(line.shown).toEqual([{ a: 1, b: 0 }])
    expect(line.replica.version).toBe(6)
  })

  test('that the tab has already is ignored [S11]', () => {
    const line = Line.live({ value: ['x'] })
    line.other(add([0], 'new'))
    line.changeFrom(5, [OTHER, 1, [add([0], 'new')]])
    line.changeFrom(4, [OTHER, 9, [set([], 'old')]])
    expect(line.view).toEqual(['new', 'x'])
    expect(line.sent()).toEqual([])
  })

  test('after a gap makes the tab ask for what it missed, once [S11]', () => {
    const line = Line.live({ value: 0 })
    line.changeFrom(6, [OTHER, 2, [set([], 2)]])
    line.changeFrom(7, [OTHER, 3, [set([], 3)]])
    line.changeFrom(8, [OTHER, 4, [set([], 4)]])
    expect(line.view).toBe(0)
    expect(line.sent()).toEqual([{ type: 'subscribe', id: 2, store: 's', since: { epoch: 'e', version: 5 } }])
  })

  test('after another gap makes the tab ask again, once it was answered [S11]', () => {
    const line = Line.live({ value: 0 })
    line.changeFrom(6, [OTHER, 2, [set([], 2)]])
    line.sent()
    line.snapshot(4, { id: 2, version: 9 })
    expect(line.view).toBe(4)
    line.changeFrom(10, [OTHER, 2, [set([], 2)]])
    expect(line.subscribes()).toEqual([expect.objectContaining({ id: 3, since: { epoch: 'e', version: 9 } })])
  })

  test('sends nothing while the tab is asking, and the edit follows the answer', () => {
    const line = Line.live({ value: { a: 0, b: 0 } })
    line.changeFrom(6, [OTHER, 2, [set(['b'], 2)]])
    line.edit(set(['a'], 1))
    expect(line.edits()).toEqual([])
    line.snapshot({ a: 0, b: 2 }, { id: 2, version: 7, receipt: applied(0) })
    expect(line.view).toEqual({ a: 1, b: 2 })
    expect(line.edits()).toEqual([expect.objectContaining({ n: 1, base: 7, ops: [set(['a'], 1)] })])
  })

  test('of somebody else with the same number is not taken for an acknowledgement [S11]', () => {
    const line = Line.live({ value: { a: 0, b: 0 } })
    line.edit(set(['a'], 1))
    line.other(set(['b'], 1))
    expect(line.view).toEqual({ a: 1, b: 1 })
    expect(line.replica.hasUnsent).toBe(true)
    line.acknowledge(1, [set(['a'], 1)])
    expect(line.replica.hasUnsent).toBe(false)
  })

  test('moves the edit on its way and the one that waits to where their items are now [S11]', () => {
    const line = Line.live({ value: ['x', 'y'] })
    line.edit(set([0], 'X'))
    line.edit(set([1], 'Y'))
    line.edits()
    line.other(add([0], 'new'))
    expect(line.view).toEqual(['new', 'X', 'Y'])
    line.acknowledge(1, [set([1], 'X')])
    expect(line.shown).toEqual([
      ['X', 'y'],
      ['X', 'Y'],
      ['new', 'X', 'Y'],
    ])
    expect(line.edits()).toEqual([expect.objectContaining({ n: 2, base: 7, ops: [set([2], 'Y')] })])
  })

  test('passes the edit on its way before it reaches the one that waits', () => {
    const line = Line.live({ value: ['x'] })
    line.edit(add([0], 'mine'))
    line.edit(set([1], 'X'))
    line.edits()
    line.other(add([0], 'theirs'))
    // The alias says who stands first, here as on the server; what waits still means 'x'.
    expect(line.view).toEqual(['mine', 'theirs', 'X'])
    line.acknowledge(1, [add([0], 'mine')])
    expect(line.edits()).toEqual([expect.objectContaining({ ops: [set([2], 'X')] })])
  })

  test("of the field that is being edited does not show through one's own edit [S14]", () => {
    const line = Line.live({ value: 'a' })
    line.edit(set([], 'mine'))
    line.other(set([], 'theirs'))
    expect(line.shown).toEqual(['mine'])
    line.acknowledge(1, [set([], 'mine')])
    expect(line.shown).toEqual(['mine'])
  })

  test("may carry several edits, one's own among them [S19]", () => {
    const line = Line.live({ value: ['x'] })
    line.edit(set([0], 'X'))
    line.change([OTHER, 1, [add([0], 'a')]], [ME, 1, [set([1], 'X')]], [OTHER, 2, [add([0], 'b')]])
    expect(line.view).toEqual(['b', 'a', 'X'])
    expect(line.replica.hasUnsent).toBe(false)
  })

  test('that removes what was being edited takes the edit along, and its number is still used', () => {
    const line = Line.live({ value: [{ text: 'x' }] })
    line.edit(set([0, 'text'], 'X'))
    line.other(remove([0]))
    expect(line.view).toEqual([])
    line.acknowledge(1, [])
    line.edit(add([0], 'y'))
    expect(line.edits().map(({ n }) => n)).toEqual([1, 2])
  })

  // With the old base, the server would rebase it over the change that it already counts on.
  test("that a listener answers with an edit is already part of that edit's base", () => {
    const line = Line.live({ value: ['x'] })
    let isAnswered = false
    line.replica.subscribe(() => {
      if (isAnswered) return
      isAnswered = true
      line.edit(set([1], 'X'))
    })
    line.other(add([0], 'new'))
    expect(line.view).toEqual(['new', 'X'])
    expect(line.edits()).toEqual([expect.objectContaining({ base: 6, ops: [set([1], 'X')] })])
  })
})

describe('A snapshot or a current', () => {
  test("of a version before the tab's own is ignored [S12, I4]", () => {
    const line = Line.live({ value: 0 })
    line.other(set([], 1))
    line.snapshot(0, { version: 5 })
    expect(line.view).toBe(1)
    expect(line.replica.version).toBe(6)
  })

  test('of another epoch is taken, whatever its version', () => {
    const line = Line.live({ value: 0 })
    line.snapshot(7, { epoch: 'f', version: 1 })
    expect(line.view).toBe(7)
    line.edit(set([], 8))
    expect(line.edits()).toEqual([expect.objectContaining({ epoch: 'f', base: 1 })])
  })

  test('without a value shows the default', () => {
    const line = Line.live({ value: 5, fallback: 'default' })
    line.snapshot(undefined, { version: 9 })
    expect(line.view).toBe('default')
  })

  test('that has the edit settles it: it is not sent again, and the next one leaves [S12]', () => {
    const line = Line.live({ value: { a: 0, b: 0 } })
    line.edit(set(['a'], 1))
    line.edit(set(['b'], 1))
    line.edits()
    line.snapshot({ a: 1, b: 0 }, { version: 8, receipt: applied(1) })
    expect(line.view).toEqual({ a: 1, b: 1 })
    expect(line.shown.every((view) => (view as { a: number }).a === 1)).toBe(true)
    expect(line.edits()).toEqual([expect.objectContaining({ n: 2, base: 8, ops: [set(['b'], 1)] })])
  })

  test('that has not got the edit yet makes the tab send the same number, moved to its place [S12]', () => {
    const line = Line.live({ value: ['x', 'y'] })
    line.edit(set([1], 'Y'))
    line.edit(remove([0]))
    line.edits()
    line.snapshot(['new', 'x', 'y'], { version: 8, receipt: applied(0) })
    expect(line.view).toEqual(['new', 'Y'])
    expect(line.edits()).toEqual([expect.objectContaining({ n: 1, base: 8, ops: [set([2], 'Y')] })])
    line.acknowledge(1, [set([2], 'Y')])
    expect(line.edits()).toEqual([expect.objectContaining({ n: 2, ops: [remove([1])] })])
  })

  test('that has refused the edit returns the value, and tells why [S12]', () => {
    const line = Line.live({ value: { a: 0 } })
    line.edit(set(['a'], 'far too long'))
    line.edits()
    line.snapshot({ a: 0 }, { version: 6, receipt: { n: 1, status: 'rejected', version: 5, message: 'Too large.' } })
    expect(line.view).toEqual({ a: 0 })
    expect(line.notices).toEqual(['Too large.'])
    expect(line.replica.hasUnsent).toBe(false)
    expect(line.edits()).toEqual([])
  })

  test('that has refused an earlier edit says nothing of the one on its way', () => {
    const line = Line.live({ value: 0 })
    line.edit(set([], 1))
    line.reject(1)
    line.edit(set([], 2))
    line.snapshot(0, { version: 6, receipt: { n: 1, status: 'rejected', version: 5, message: 'Again.' } })
    expect(line.notices).toEqual(['Refused.'])
    expect(line.view).toBe(2)
    expect(line.edits().map(({ n }) => n)).toEqual([1, 2, 2])
  })

  test('of nothing missed sends what is on its way again as it was [S12]', () => {
    const line = Line.live({ value: 0 })
    line.edit(set([], 1))
    line.cut()
    line.connect()
    line.current({ id: 2, receipt: applied(0) })
    expect(line.edits()).toEqual([
      expect.objectContaining({ n: 1, ops: [set([], 1)] }),
      expect.objectContaining({ n: 1, base: 5, ops: [set([], 1)] }),
    ])
    expect(line.shown).toEqual([1])
  })

  // A `current` is at the version that the tab knows; what it missed, its own edit included, comes after it.
  test('of an edit that the following change brings does not flicker [S14]', () => {
    const line = Line.live({ value: { a: 0 } })
    line.edit(set(['a'], 1))
    line.cut()
    line.connect()
    line.current({ id: 2, receipt: applied(1) })
    line.change([ME, 1, [set(['a'], 1)]])
    expect(line.view).toEqual({ a: 1 })
    expect(line.shown).toEqual([{ a: 1 }])
  })

  test('of an item that the following change brings keeps what was typed in it [I2]', () => {
    const line = Line.live({ value: [] })
    line.edit(add([0], { text: '' }))
    line.edit(set([0, 'text'], 'hello'))
    line.cut()
    line.connect()
    line.current({ id: 2, receipt: applied(1) })
    line.change([ME, 1, [add([0], { text: '' })]])
    expect(line.view).toEqual([{ text: 'hello' }])
  })

  test('of a value that was absent keeps the edit of another member [W12]', () => {
    const line = Line.live({ fallback: { a: 0, b: 0 } })
    line.edit(set(['a'], 1))
    line.cut()
    line.connect()
    line.edits()
    line.snapshot({ a: 0, b: 2 }, { id: 2, version: 6, receipt: applied(0) })
    expect(line.view).toEqual({ a: 1, b: 2 })
    expect(line.edits()).toEqual([expect.objectContaining({ ops: [set(['a'], 1)] })])
  })

  test('of a list that grew at both ends leaves the edit in its own item [I6]', () => {
    const line = Line.live({ value: [{ id: 'a' }, { id: 'b' }] })
    line.edit(set([1, 'name'], 'Ben'))
    line.snapshot([{ id: 'new' }, { id: 'a' }, { id: 'b' }, { id: 'last' }], { version: 9, receipt: applied(0) })
    expect(line.view).toEqual([{ id: 'new' }, { id: 'a' }, { id: 'b', name: 'Ben' }, { id: 'last' }])
  })
})

describe('When the server cannot know whether it has had the edit [S12]', () => {
  test('a place that has the new value was saved, and nothing is sent', () => {
    const line = Line.live({ value: { a: 0 } })
    line.edit(set(['a'], 1))
    line.edits()
    line.snapshot({ a: 1 }, { epoch: 'f', version: 0, receipt: null })
    expect(line.view).toEqual({ a: 1 })
    expect([line.edits(), line.notices, line.replica.hasUnsent]).toEqual([[], [], false])
  })

  test('a place that has the old value was not saved, and the same number is sent again', () => {
    const line = Line.live({ value: { a: 0, b: 0 } })
    line.edit(set(['a'], 1))
    line.edits()
    line.snapshot({ a: 0, b: 5 }, { epoch: 'f', version: 0, receipt: null })
    expect(line.view).toEqual({ a: 1, b: 5 })
    expect(line.notices).toEqual([])
    expect(line.edits()).toEqual([expect.objectContaining({ n: 1, epoch: 'f', base: 0, ops: [set(['a'], 1)] })])
  })

  test("a place that has somebody else's value keeps it, and the user is told", () => {
    const line = Line.live({ value: { a: 0 } })
    line.edit(set(['a'], 1))
    line.edits()
    line.snapshot({ a: 'theirs' }, { epoch: 'f', version: 0, receipt: null })
    expect(line.view).toEqual({ a: 'theirs' })
    expect(line.edits()).toEqual([])
    expect(line.notices).toHaveLength(1)
    expect(line.notices[0]).toContain('not saved')
    expect(line.replica.hasUnsent).toBe(false)
  })

  test('each place is decided by itself', () => {
    const line = Line.live({ value: { a: 0, b: 0, c: 0 } })
    line.edit(set(['a'], 1), set(['b'], 1), set(['c'], 1))
    line.edits()
    line.snapshot({ a: 1, b: 0, c: 'theirs' }, { epoch: 'f', version: 0, receipt: null })
    expect(line.view).toEqual({ a: 1, b: 1, c: 'theirs' })
    expect(line.edits()).toEqual([expect.objectContaining({ n: 1, ops: [set(['b'], 1)] })])
    expect(line.notices).toHaveLength(1)
  })

  test('an item is not added twice', () => {
    const line = Line.live({ value: ['x'] })
    line.edit(add([1], 'mine'))
    line.edits()
    line.snapshot(['x', 'mine'], { epoch: 'f', version: 0, receipt: null })
    expect(line.view).toEqual(['x', 'mine'])
    expect(line.edits()).toEqual([])
  })

  test('an item is added if the list is as it was', () => {
    const line = Line.live({ value: ['x'] })
    line.edit(add([1], 'mine'))
    line.edits()
    line.snapshot(['x'], { epoch: 'f', version: 0, receipt: null })
    expect(line.view).toEqual(['x', 'mine'])
    expect(line.edits()).toEqual([expect.objectContaining({ n: 1, ops: [add([1], 'mine')] })])
  })

  test('what waits is sent all the same, after it', () => {
    const line = Line.live({ value: { a: 0, b: 0 } })
    line.edit(set(['a'], 1))
    line.edit(set(['b'], 1))
    line.edits()
    line.snapshot({ a: 1, b: 0 }, { epoch: 'f', version: 0, receipt: null })
    expect(line.edits()).toEqual([expect.objectContaining({ n: 2, ops: [set(['b'], 1)] })])
    expect(line.view).toEqual({ a: 1, b: 1 })
  })

  test('an edit that has never left is sent as ever', () => {
    const line = Line.live({ value: { a: 0, b: 0 } })
    line.cut()
    line.edit(set(['a'], 1))
    line.connect()
    line.snapshot({ a: 'theirs', b: 1 }, { id: 2, epoch: 'f', version: 0, receipt: null })
    expect(line.view).toEqual({ a: 1, b: 1 })
    expect(line.edits()).toEqual([expect.objectContaining({ n: 1, ops: [set(['a'], 1)] })])
  })

  test('an op behind a lost insert does not overwrite another item', () => {
    const line = Line.live({ value: ['a', 'b', 'c'] })
    line.edit(add([0], 'new'), set([2], 'B'))
    line.snapshot(['a', 'b', 'c', 'theirs'], { epoch: 'f', version: 0, receipt: null })
    expect(line.notices).toHaveLength(1)
    expect(line.view).toEqual(['a', 'b', 'c', 'theirs'])
  })

  test('an op inside of a lost object is lost with it', () => {
    const line = Line.live({ value: { a: 0 } })
    line.edit(set([], { mine: {} }), add(['mine', 'text'], 'hello'))
    line.snapshot({ a: 'theirs' }, { epoch: 'f', version: 0, receipt: null })
    expect(line.view).toEqual({ a: 'theirs' })
    expect(line.notices).toHaveLength(1)
  })
})

describe('A refused edit', () => {
  test('returns the value, tells why, and uses up its number [S13]', () => {
    const line = Line.live({ value: { a: 0, b: 0 } })
    line.edit(set(['a'], 1))
    line.reject(1, 'Only small numbers.')
    expect(line.view).toEqual({ a: 0, b: 0 })
    expect(line.notices).toEqual(['Only small numbers.'])
    line.edit(set(['b'], 1))
    expect(line.edits().map(({ n }) => n)).toEqual([1, 2])
  })

  test('leaves what waited, as far as that does not count on it [S13]', () => {
    const line = Line.live({ value: { list: [], b: 0 } })
    line.edit(add(['list', 0], { text: '' }))
    line.edit(set(['list', 0, 'text'], 'lost with its item'), set(['b'], 1))
    line.edits()
    line.reject(1)
    expect(line.view).toEqual({ list: [], b: 1 })
    expect(line.edits()).toEqual([expect.objectContaining({ n: 2, ops: [set(['b'], 1)] })])
  })

  test('that was settled long ago changes nothing', () => {
    const line = Line.live({ value: 0 })
    line.edit(set([], 1))
    line.acknowledge(1, [set([], 1)])
    line.edit(set([], 2))
    line.reject(1)
    expect(line.view).toBe(2)
    expect(line.notices).toEqual([])
  })
})

describe('An edit that cannot be stored yet', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('is kept, the page says why, and it is sent again under its number [S13]', () => {
    const line = Line.live({ value: 0 })
    line.edit(set([], 1))
    line.edits()
    line.retry(1, 'backend', 1000, 'The disk is full.')
    expect([line.view, line.replica.trouble, line.replica.hasUnsent]).toEqual([1, 'The disk is full.', true])
    vi.advanceTimersByTime(999)
    expect(line.edits()).toEqual([])
    vi.advanceTimersByTime(1)
    expect(line.edits()).toEqual([expect.objectContaining({ n: 1, ops: [set([], 1)] })])
    line.acknowledge(1, [set([], 1)])
    expect(line.replica.trouble).toBe(null)
  })

  test('is sent again as the others` edits have left it meanwhile', () => {
    const line = Line.live({ value: ['x'] })
    line.edit(set([0], 'X'))
    line.edits()
    line.retry(1, 'backend', 1000)
    line.other(add([0], 'new'))
    vi.advanceTimersByTime(1000)
    expect(line.edits()).toEqual([expect.objectContaining({ n: 1, base: 6, ops: [set([1], 'X')] })])
  })

  test('because there were too many is no trouble [S25]', () => {
    const line = Line.live({ value: 0 })
    line.edit(set([], 1))
    line.retry(1, 'rate', 20)
    expect(line.replica.trouble).toBe(null)
    vi.advanceTimersByTime(20)
    expect(line.edits().map(({ n }) => n)).toEqual([1, 1])
  })

  test('is trouble no more once it is refused', () => {
    const line = Line.live({ value: 0 })
    line.edit(set([], 1))
    line.retry(1, 'backend', 1000)
    line.reject(1)
    expect(line.replica.trouble).toBe(null)
  })

  test('goes with the line if that is cut, and is sent once when it is back', () => {
    const line = Line.live({ value: 0 })
    line.edit(set([], 1))
    line.edits()
    line.retry(1, 'backend', 1000)
    line.cut()
    line.connect()
    line.current({ id: 2, receipt: applied(0) })
    expect(line.edits()).toEqual([expect.objectContaining({ n: 1 })])
    vi.advanceTimersByTime(5000)
    expect(line.edits()).toEqual([])
  })

  test('is not sent again after a snapshot has sent it, nor is the next', () => {
    const line = Line.live({ value: 0 })
    line.edit(set([], 1))
    line.retry(1, 'backend', 1000)
    line.snapshot(0, { version: 6, receipt: applied(0) })
    line.acknowledge(1, [set([], 1)])
    line.edit(set([], 2))
    line.edits()
    vi.advanceTimersByTime(1000)
    expect(line.edits()).toEqual([])
  })
})

describe('Without a line', () => {
  test('edits are kept, and leave as one when it is back [S10, S16]', () => {
    const line = Line.live({ value: { a: '', b: 0 } })
    line.cut()
    for (const text of ['h', 'he', 'hey']) line.edit(set(['a'], text))
    line.edit(set(['b'], 1))
    expect(line.view).toEqual({ a: 'hey', b: 1 })
    expect(line.sent()).toEqual([])
    line.connect()
    expect(line.sent()).toEqual([{ type: 'subscribe', id: 2, store: 's', since: { epoch: 'e', version: 5 } }])
    line.snapshot({ a: '', b: 0, c: 9 }, { id: 2, version: 9, receipt: applied(0) })
    expect(line.edits()).toEqual([expect.objectContaining({ n: 1, base: 9, ops: [set(['a'], 'hey'), set(['b'], 1)] })])
    expect(line.view).toEqual({ a: 'hey', b: 1, c: 9 })
  })

  test('an edit on its way keeps its number, and the next one waits for it [S2]', () => {
    const line = Line.live({ value: { a: 0, b: 0 } })
    line.edit(set(['a'], 1))
    line.cut()
    line.edit(set(['b'], 1))
    line.connect()
    expect(line.edits().map(({ n }) => n)).toEqual([1])
    line.current({ id: 2, receipt: applied(0) })
    expect(line.edits()).toEqual([expect.objectContaining({ n: 1, ops: [set(['a'], 1)] })])
    line.acknowledge(1, [set(['a'], 1)])
    expect(line.edits()).toEqual([expect.objectContaining({ n: 2, ops: [set(['b'], 1)] })])
  })

  test('a question that was cut off is asked again', () => {
    const line = new Line({ value: 0 })
    line.connect()
    line.cut()
    line.connect()
    expect(line.subscribes().map(({ id }) => id)).toEqual([1, 2])
  })

  test('a page asks for what has happened since it was made, before it sends', () => {
    const line = new Line({ value: 0 })
    line.edit(set([], 1))
    line.connect()
    expect(line.sent()).toEqual([{ type: 'subscribe', id: 1, store: 's', since: { epoch: 'e', version: 5 } }])
  })

  test('what was gathered leaves in edits that the server takes, in their order [S9]', () => {
    const line = Line.live({ value: {}, editBytes: 600 })
    line.cut()
    const names = ['a', 'b', 'c', 'd', 'e']
    for (const name of names) line.edit(set([name], 'x'.repeat(100)))
    line.connect()
    line.current({ id: 2, receipt: applied(0) })
    const ops = []
    for (let n = 1; line.replica.hasUnsent; n++) {
      const [edit, ...more] = line.edits()
      if (edit?.n !== n || n > names.length) throw new Error(`expected edit ${n}, not ${edit?.n}`)
      expect(more).toEqual([])
      expect(JSON.stringify(edit.ops).length).toBeLessThanOrEqual(600)
      ops.push(...edit.ops)
      line.acknowledge(n, edit.ops)
    }
    expect(ops.map(({ path }) => path[0])).toEqual(names)
    expect(line.edits()).toEqual([])
    expect(Object.keys(line.view as object)).toEqual(names)
  })

  test('half a character is refused at once, in a text or in a name, and the next edit is sent [S9]', () => {
    const line = Line.live({ value: {} })
    line.edit(set(['a'], ['\ud83d']))
    line.edit(set(['\ude00'], 1))
    expect(line.notices).toEqual(['Half a character cannot be saved.', 'Half a character cannot be saved.'])
    line.edit(set(['a'], '\ud83d\ude00'))
    expect(line.edits()).toEqual([expect.objectContaining({ n: 1, ops: [set(['a'], '😀')] })])
  })

  test('an edit that is larger than one may be is refused at once, and the next is sent', () => {
    const line = Line.live({ value: {}, editBytes: 80 })
    line.edit(set(['a'], ['x'.repeat(100)]))
    expect(line.notices).toEqual(['This is too large to be saved.'])
    expect(line.view).toEqual({})
    line.edit(set(['b'], 1))
    expect(line.edits()).toEqual([expect.objectContaining({ n: 1, ops: [set(['b'], 1)] })])
  })
})

test('a listener hears nothing after it stopped listening', () => {
  const line = Line.live({ value: 0 })
  let heard = 0
  const stop = line.replica.subscribe(() => heard++)
  line.other(set([], 1))
  stop()
  line.other(set([], 2))
  expect(heard).toBe(1)
})

describe('An edit of several of the user’s own', () => {
  const three = () => {
    const line = Line.live({ value: { a: 0, b: 0, c: 0 } })
    line.edit(set(['a'], 1)) // which is on its way, so the others wait together
    line.edit(set(['b'], 'bad'))
    line.edit(set(['c'], 3))
    line.edits()
    line.acknowledge(1, [set(['a'], 1)])
    expect(line.edits()[0]).toMatchObject({ n: 2, ops: [set(['b'], 'bad'), set(['c'], 3)] })
    return line
  }

  test('that is refused is sent in parts, and only the part that is refused goes [S13]', () => {
    const line = three()
    line.reject(2, 'Only numbers.')
    expect(line.view).toEqual({ a: 1, b: 'bad', c: 3 })
    expect(line.edits()).toMatchObject([{ n: 3, ops: [set(['b'], 'bad')] }])
    line.reject(3, 'Only numbers.')
    expect(line.view).toEqual({ a: 1, b: 0, c: 3 })
    expect(line.edits()).toMatchObject([{ n: 4, ops: [set(['c'], 3)] }])
    expect([line.notices, line.lost]).toEqual([['Only numbers.'], ['bad']])
  })

  test('of which it is heard only later that it was refused is sent in parts, too [S12]', () => {
    const line = three()
    line.snapshot(
      { a: 1, b: 0, c: 0 },
      { version: 7, receipt: { n: 2, status: 'rejected', version: 6, message: 'No.' } },
    )
    expect(line.view).toEqual({ a: 1, b: 'bad', c: 3 })
    expect(line.edits()).toMatchObject([{ n: 3, ops: [set(['b'], 'bad')] }])
    expect(line.notices).toEqual([])
  })

  test('that is refused as a whole, since the user may not write, is not sent again', () => {
    const line = three()
    line.reject(2, 'You may not change this.', 'forbidden')
    expect(line.view).toEqual({ a: 1, b: 0, c: 0 })
    expect(line.edits()).toEqual([])
    expect(line.notices).toEqual(['You may not change this.'])
  })

  test('is refused where it was made, if that is shown there [S13]', () => {
    const line = three()
    const heard: string[] = []
    const handler = (name: string) => ({
      rejected: (reason: string) => heard.push(`${name}: ${reason}`) > 0,
      acknowledged: () => heard.push(`${name} taken`),
    })
    const stop = line.replica.captureRejections(['b'], handler('b'))
    line.replica.captureRejections(['c'], handler('c'))
    line.reject(2, 'Only numbers.')
    line.reject(3, 'Only numbers.')
    expect(heard).toEqual(['b: Only numbers.'])
    expect(line.view).toEqual({ a: 1, b: 0, c: 3 })
    expect(line.notices).toEqual([])
    line.edit(set(['b'], 5))
    line.acknowledge(4, [set(['c'], 3)])
    line.edit(set(['b'], 6))
    line.acknowledge(5, [set(['b'], 5)])
    expect(heard).toEqual(['b: Only numbers.', 'c taken'])
    line.acknowledge(6, [set(['b'], 6)])
    expect(heard).toEqual(['b: Only numbers.', 'c taken', 'b taken'])
    stop()
    line.edit(set(['b'], 'bad'))
    line.reject(7, 'Only numbers.')
    expect(line.notices).toEqual(['Only numbers.'])
  })

  test('that nobody has made where it is heeded is told [S13]', () => {
    const line = Line.live({ value: { b: 0 } })
    line.replica.captureRejections(['b'], { rejected: () => false, acknowledged: () => {} })
    line.edit(set(['b'], 'bad'))
    line.reject(1, 'Only numbers.')
    expect(line.notices).toEqual(['Only numbers.'])
  })

  test('whose parts would be sent in vain is refused at once [S9]', () => {
    const line = Line.live({ value: 'x'.repeat(500_000), editBytes: 64 * 1024 })
    line.edit(splice([], 0, 0, 'y'.repeat(600_000)))
    expect(line.edits()).toEqual([])
    expect(line.notices).toEqual(['This is too large to be saved.'])
    line.edit(splice([], 0, 500_000, 'y'.repeat(600_000)))
    expect(line.edits()).toHaveLength(1)
  })

  test('finds each of many that are refused [S13]', () => {
    const line = Line.live({ value: {} })
    for (let i = 0; i < 40; i++) line.edit(set([`${i}`], i % 7 ? i : 'bad'))
    const stored: Record<string, Json> = {}
    for (let round = 0; line.replica.hasUnsent; round++) {
      expect(round).toBeLessThan(60)
      const [edit] = line.edits().slice(-1)
      const ops = edit?.ops ?? []
      if (ops.some((op) => 'value' in op && op.value === 'bad')) line.reject(edit?.n ?? 0, 'Only numbers.')
      else line.acknowledge(edit?.n ?? 0, [...ops])
      for (const op of ops) if ('value' in op && op.value !== 'bad') stored[`${op.path[0]}`] = op.value
    }
    expect(line.view).toEqual(stored)
    expect(line.lost).toEqual(['bad', 'bad', 'bad', 'bad', 'bad', 'bad'])
  })
})

describe('What was written in a place that another removes', () => {
  test('is told, with the text, while it is on its way and while it waits [I3]', () => {
    const line = Line.live({ value: { cards: [{ t: '' }, { t: '' }] } })
    line.edit({ op: 'splice', path: ['cards', 0, 't'], at: 0, delete: 0, insert: 'on its way' })
    line.edit({ op: 'splice', path: ['cards', 1, 't'], at: 0, delete: 0, insert: 'waits' })
    line.other(remove(['cards', 0]))
    line.other(remove(['cards', 0]))
    expect(line.lost).toEqual(['on its way', 'waits'])
    expect(line.view).toEqual({ cards: [] })
  })

  test('is not told where nothing was written', () => {
    const line = Line.live({ value: { cards: [{ t: 'x' }] } })
    line.edit({ op: 'splice', path: ['cards', 0, 't'], at: 0, delete: 1, insert: '' })
    line.other(remove(['cards', 0]))
    expect(line.notices).toEqual([])
  })
})

describe('Where the server cannot tell for now whether the user may', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('read the value, it stays with what was typed, and goes on with what was missed', () => {
    const line = Line.live({ value: 'before' })
    line.edit(set([], 'typed'))
    line.edits()
    line.replica.pause('The server cannot check now.')
    line.retry(1, 'backend', 1000, 'The server cannot check now.')
    expect([line.view, line.replica.paused, line.replica.hasUnsent]).toEqual([
      'typed',
      'The server cannot check now.',
      true,
    ])
    line.current({ receipt: { n: 0, status: 'applied', version: 0 } })
    expect(line.replica.paused).toBeNull()
    expect(line.edits()).toEqual([expect.objectContaining({ n: 1, ops: [set([], 'typed')] })])
    line.acknowledge(1, [set([], 'typed')])
    expect([line.view, line.replica.trouble, line.notices]).toEqual(['typed', null, []])
  })

  test('change the value, that stays as it is known', () => {
    const line = Line.live({ value: 'before' })
    line.current({ readonly: null })
    expect(line.replica.isReadonly).toBe(false)
    line.current({ readonly: true })
    line.current({ readonly: null })
    expect(line.replica.isReadonly).toBe(true)
  })

  test('change a value that came with the page, it is read-only until that is told', () => {
    const initial = { epoch: 'e', version: 1, value: 'before', readonly: null }
    const replica = new Replica({ store: 's', fallback: '', initial })
    expect([replica.view, replica.isReadonly]).toEqual(['before', true])
  })

  test('subscribe, it is asked for again after longer and longer pauses', () => {
    const line = Line.live({ value: 'before' })
    line.replica.disconnect()
    const sent: unknown[] = []
    line.replica.connect((message) => sent.push(message))
    for (const [asked, pause] of [1000, 2000, 4000, 8000].entries()) {
      expect(sent).toHaveLength(asked + 1)
      line.replica.subscribeFailed('backend', 'The server cannot check now.')
      expect(line.replica.paused).toBe('The server cannot check now.')
      vi.advanceTimersByTime(pause - 1)
      expect(sent).toHaveLength(asked + 1)
      vi.advanceTimersByTime(1)
    }
    expect(line.view).toBe('before')
  })
})
