/** Edits: the golden cases that the server's twin also passes, and what must hold for any edits. */

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { apply, at, bytesOf, compose, cut, diff, equal, InvalidEdit, invert, rebase } from '../src/edits'
import type { Json, Keys, Op, Ops, Value } from '../src/protocol'
import { choices, edits, FALLBACK, opsFor, places, runs, stored, values } from './arbitrary'

/** Read the cases of a golden file, which pytest reads as well. */
function golden<T>(name: string): (T & { name: string })[] {
  return JSON.parse(readFileSync(new URL(`../../tests/golden/${name}.json`, import.meta.url), 'utf8'))
}

const RUNS = { numRuns: runs(1000) }

interface Applied {
  value?: Value
  default?: Json
  ops: Ops
  result?: Value
  error?: string
}

interface Different {
  before?: Value
  after?: Value
  keys?: Keys
  ops: Ops
}

interface Rebased {
  value?: Value
  ops: Ops
  over: Ops
  earlier?: boolean
  left?: boolean
  rebased: Ops
  result?: Value
}

interface Composed {
  value?: Value
  default?: Json
  first: Ops
  then: Ops
  composed: Ops
  result?: Value
}

describe('The result of an edit, or its error:', () => {
  test.each(golden<Applied>('apply'))('$name', ({ value, default: fallback = null, ops, result, error }) => {
    if (error === undefined) expect(apply(value, ops, fallback)).toEqual(result)
    else expect(() => apply(value, ops, fallback)).toThrow(new InvalidEdit(error))
  })
})

describe('The difference of two values:', () => {
  test.each(golden<Different>('diff'))('$name', ({ before, after, keys, ops }) => {
    expect(diff(before, after, keys)).toEqual(ops)
    expect(apply(before, ops)).toEqual(after)
  })
})

describe('An edit rebased over another:', () => {
  test.each(golden<Rebased>('rebase'))('$name', ({ value, ops, over, earlier, left, rebased, result }) => {
    expect(
      rebase(ops, over, { ...(earlier !== undefined && { earlier }), ...(left !== undefined && { left }) }),
    ).toEqual(rebased)
    expect(apply(apply(value, over), rebased)).toEqual(result)
  })
})

describe('Pending edits composed to one:', () => {
  test.each(golden<Composed>('compose'))(
    '$name',
    ({ value, default: fallback = null, first, then, composed, result }) => {
      expect(compose(first, then)).toEqual(composed)
      expect(apply(value, composed, fallback)).toEqual(result)
      expect(apply(apply(value, first, fallback), then, fallback)).toEqual(result)
    },
  )
})

const arrangement = fc.record({ kind: fc.nat(3), from: fc.nat(), to: fc.nat() })
const arrangements = fc.array(arrangement, { maxLength: 3 })

/** Moves, additions and removals of a list's items; those that are added count up from `next`. */
function arranged(items: Json[], all: { kind: number; from: number; to: number }[], next: number): Ops {
  const ops: Op[] = []
  let list = items
  for (const { kind, from, to } of all) {
    if (kind === 0) ops.push({ op: 'add', path: [to % (list.length + 1)], value: next++ })
    else if (list.length === 0) continue
    else if (kind === 1) ops.push({ op: 'remove', path: [from % list.length] })
    else ops.push({ op: 'move', from: [from % list.length], path: [to % list.length] })
    list = apply(list, ops.slice(-1)) as Json[]
  }
  return ops
}

const typings = fc.array(fc.record({ at: fc.nat(), gone: fc.nat(4), length: fc.nat(3) }), { maxLength: 4 })

/** Splices that delete what was there before, and insert letters of one kind. */
function typed(text: string, all: { at: number; gone: number; length: number }[], letter: string): Ops {
  const ops: Op[] = []
  let present = text
  for (const { at: place, gone, length } of all) {
    const start = place % (present.length + 1)
    const old = /^[0-9]*/.exec(present.slice(start, start + gone))?.[0].length ?? 0
    ops.push({ op: 'splice', path: [], at: start, delete: old, insert: letter.repeat(length) })
    present = apply(present, ops.slice(-1)) as string
  }
  return ops
}

describe('For any values and edits:', () => {
  test('two edits made at once end in one value, whichever came first', () => {
    fc.assert(
      fc.property(stored, edits, edits, fc.boolean(), (value, some, others, left) => {
        const first = opsFor(value, some)
        const second = opsFor(value, others)
        const one = apply(apply(value, first, FALLBACK), rebase(second, first, { left }), FALLBACK)
        const over = rebase(first, second, { earlier: true, left: !left })
        expect(one).toEqual(apply(apply(value, second, FALLBACK), over, FALLBACK))
      }),
      { numRuns: runs(3000) },
    )
  })

  test('two arrangements of one list, made at once, end in one list without lost or doubled items', () => {
    fc.assert(
      fc.property(arrangements, arrangements, fc.boolean(), (some, others, left) => {
        const items: Json[] = [0, 1, 2, 3, 4]
        const first = arranged(items, some, 100)
        const second = arranged(items, others, 200)
        const one = apply(apply(items, first), rebase(second, first, { left })) as number[]
        expect(one).toEqual(apply(apply(items, second), rebase(first, second, { earlier: true, left: !left })))
        expect(new Set(one).size).toBe(one.length)
        const removed = new Set([...first, ...second].flatMap((op) => (op.op === 'remove' ? [op] : [])))
        expect(one.length).toBeGreaterThanOrEqual(items.length - removed.size)
      }),
      { numRuns: runs(3000) },
    )
  })

  test('two edits of one text, made at once, end in one text with every letter of both', () => {
    fc.assert(
      fc.property(typings, typings, fc.boolean(), (some, others, left) => {
        const first = typed('0123456789', some, 'a')
        const second = typed('0123456789', others, 'b')
        const one = apply(apply('0123456789', first), rebase(second, first, { left })) as string
        expect(one).toBe(apply(apply('0123456789', second), rebase(first, second, { earlier: true, left: !left })))
        const count = (ops: Ops) => ops.reduce((sum, op) => sum + (op.op === 'splice' ? op.insert.length : 0), 0)
        expect([...one].filter((letter) => letter === 'a').length).toBe(count(first))
        expect([...one].filter((letter) => letter === 'b').length).toBe(count(second))
      }),
      { numRuns: runs(3000) },
    )
  })

  test('the inverse of an edit restores the value before it', () => {
    fc.assert(
      fc.property(values, edits, (value, some) => {
        const ops = opsFor(value, some, { arranging: true })
        expect(apply(apply(value, ops, FALLBACK), invert(value, ops, FALLBACK), FALLBACK)).toEqual(value)
      }),
      RUNS,
    )
  })

  test('an op cut into parts has the same result, and no part is above the limit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.nat(50), (text, at) => {
        for (const op of [
          { op: 'splice', path: ['t'], at, delete: 2, insert: text },
          { op: 'replace', path: ['t'], value: text },
        ] as const) {
          const parts = cut(op, 150)
          const value = { t: 'x'.repeat(60) }
          expect(apply(value, parts)).toEqual(apply(value, [op]))
          expect(parts.every((part) => bytesOf([part]) <= 150)).toBe(true)
        }
      }),
      RUNS,
    )
  })

  test('a late edit still applies after any edits in between', () => {
    fc.assert(
      fc.property(stored, edits, fc.array(edits, { maxLength: 4 }), (value, some, between) => {
        let late = opsFor(value, some)
        for (const each of between) {
          const over = opsFor(value, each)
          late = rebase(late, over)
          value = apply(value, over, FALLBACK)
          apply(value, late, FALLBACK)
        }
      }),
      RUNS,
    )
  })

  test('composed edits have the same result, in as many ops or fewer', () => {
    fc.assert(
      fc.property(stored, edits, edits, (value, some, more) => {
        const first = opsFor(value, some, { arranging: true })
        const between = apply(value, first, FALLBACK)
        const then = opsFor(between, more, { arranging: true })
        const together = compose(first, then)
        expect(apply(value, together, FALLBACK)).toEqual(apply(between, then, FALLBACK))
        expect(together.length).toBeLessThanOrEqual(first.length + then.length)
      }),
      RUNS,
    )
  })

  test('a difference turns one value into the other, and is empty for equal ones', () => {
    fc.assert(
      fc.property(stored, stored, (before, after) => {
        const ops = diff(before, after)
        expect(apply(before, ops, FALLBACK)).toEqual(after)
        expect(ops.length === 0).toBe(equal(before, after))
        expect(diff(after, structuredClone(after))).toEqual([])
      }),
      RUNS,
    )
  })

  test('no function changes a value or an edit in place', () => {
    fc.assert(
      fc.property(stored, edits, edits, (value, some, others) => {
        const first = opsFor(value, some, { arranging: true })
        const second = opsFor(value, others, { arranging: true })
        const held = structuredClone([value, first, second, FALLBACK])
        apply(value, first, FALLBACK)
        rebase(first, second)
        compose(first, second)
        invert(value, first, FALLBACK)
        expect([value, first, second, FALLBACK]).toEqual(held)
      }),
      RUNS,
    )
  })

  test('an edit copies only the containers on its path', () => {
    fc.assert(
      fc.property(values, choices, (value, choice) => {
        const [op] = opsFor(value, [choice])
        if (!op) return
        const after = apply(value, [op])
        const shifts = op.op !== 'replace' && typeof op.path.at(-1) === 'number'
        const touched = shifts ? op.path.slice(0, -1) : op.path
        for (const path of places(value)) {
          const meets = path.slice(0, touched.length).every((step, i) => step === touched[i])
          if (!meets) expect(at(after, path)).toBe(at(value, path))
        }
      }),
      RUNS,
    )
  })
})

test('a long list grows by one item without a copy of the others', () => {
  const before = [{ id: 1 }, { id: 2 }]
  const after = apply(before, [{ op: 'add', path: [1], value: { id: 3 } }]) as Json[]
  expect(after[0]).toBe(before[0])
  expect(after[2]).toBe(before[1])
})

test.each<[Value, Value, boolean]>([
  [1, 1.0, true],
  [1, true, false],
  [0, false, false],
  [null, undefined, false],
  [null, 0, false],
  ['1', 1, false],
  [[], {}, false],
  [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
  [{ a: 1 }, { a: 1, b: 2 }, false],
  [{ toString: 1 }, { a: 1 }, false],
  [[1, [2]], [1, [2]], true],
  [[1, 2], [2, 1], false],
])('%j and %j are the same value: %s', (a, b, expected) => {
  expect(equal(a, b)).toBe(expected)
  expect(equal(b, a)).toBe(expected)
})

test.each<[(string | number)[], Value]>([
  [[], { a: [null, { b: 0 }] }],
  [['a', 0], null],
  [['a', 1, 'b'], 0],
  [['a', 2], undefined],
  [['a', '0'], undefined],
  [['a', 'length'], undefined],
  [['toString'], undefined],
  [['a', 1, 'b', 'c'], undefined],
  [[0], undefined],
])('a nested variable at %j shows %j', (path, expected) => {
  expect(at({ a: [null, { b: 0 }] }, path)).toEqual(expected)
})

test('a character of two units counts as one', () => {
  expect(apply('\u{1F469}b', [{ op: 'splice', path: [], at: 1, delete: 1, insert: 'c' }])).toBe('\u{1F469}c')
})
