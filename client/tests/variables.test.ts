/** Variables that need no server: of the tab, the browser, the address, and those computed from others. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Definition, Operand, Operator } from '../src/fragments'
import type { Json } from '../src/protocol'
import { truthy } from '../src/variables/computed'
import { values } from './arbitrary'
import { of, tab, World } from './world'

describe('A variable of this tab alone', () => {
  test('keeps its value when another fragment shows it', () => {
    const world = new World({ v: tab(1) })
    world.set('v', 2)
    world.graph.define({ v: tab(9) })
    expect(world.get('v')).toBe(2)
  })

  test('follows its newest default until it is set', () => {
    const world = new World({ v: tab(1) })
    const { values } = world.shown('v')
    world.graph.define({ v: tab(2) })
    expect(values).toEqual([2])
    world.set('v', 3)
    world.graph.define({ v: tab(4) })
    world.graph.source(of('v')).reset()
    expect(values).toEqual([2, 3, 4])
  })
})

describe('A variable of a page that is not on show yet', () => {
  test('begins with the value that an action has set', () => {
    const world = new World()
    world.graph.update({ variable: 'v', path: ['a'], value: 1 })
    world.graph.update({ variable: 'v', path: ['b'], value: 2 })
    world.graph.define({ v: tab({}) })
    expect(world.get('v')).toEqual({ a: 1, b: 2 })
    world.graph.define({ v: tab({}) })
    world.graph.update({ variable: 'v', path: [], value: 3 })
    expect(world.get('v')).toBe(3)
  })
})

describe('A copy of another variable', () => {
  const copy: Definition = { kind: 'tab', default: null, initial: of('v') }

  test('shows the value of its source until it is set, and again after a reset', () => {
    const world = new World({ v: tab(1), copy })
    const { values } = world.shown('copy')
    world.set('v', 2)
    world.set('copy', 'own')
    world.set('v', 3)
    expect([world.get('copy'), world.get('v')]).toEqual(['own', 3])
    world.graph.source(of('copy')).reset()
    expect(values.filter((value, i) => value !== values[i - 1])).toEqual([2, 'own', 3])
  })

  test('starts an edit of a part from its displayed value', () => {
    const world = new World({ v: tab({ a: 1, b: 2 }), copy })
    world.graph.source(of('copy', 'a')).set(9)
    expect(world.get('copy')).toEqual({ a: 9, b: 2 })
  })
})

describe('The place of an item', () => {
  const place = (index: number, is: 'index' | 'first' | 'last'): Definition => ({
    kind: 'position',
    of: of('list', index),
    is,
  })

  test('follows the list', () => {
    const world = new World({ list: tab(['a', 'b']), index: place(1, 'index'), first: place(1, 'first') })
    world.graph.define({ last: place(1, 'last') })
    const { values } = world.shown('last')
    expect([world.get('index'), world.get('first'), world.get('last')]).toEqual([1, false, true])
    world.set('list', ['a', 'b', 'c'])
    world.set('list', ['a', 'b'])
    expect(values).toEqual([false, true])
  })
})

describe('A variable that the browser keeps', () => {
  const kept: Record<string, Definition> = { v: { kind: 'browser', default: 'default' } }

  test.each([false, 0, '', null, [], {}, 'text', { a: [1] }])('comes back as exactly %j', (value) => {
    const world = new World(kept)
    world.set('v', value)
    const text = world.storage.get('dara:/app:ann:v') as string
    expect(JSON.parse(text)).toEqual(value)
    const next = new World()
    next.storage.set('dara:/app:ann:v', text)
    next.graph.define(kept)
    expect(next.get('v')).toEqual(value)
  })

  test('is its default, and takes no room, while it is not set, and after a reset', () => {
    const world = new World(kept)
    expect(world.get('v')).toBe('default')
    world.set('v', 1)
    world.graph.source(of('v')).reset()
    expect([world.get('v'), world.storage.size]).toEqual(['default', 0])
  })

  test('agrees with another tab, also when all is cleared there', () => {
    const world = new World(kept)
    const { values } = world.shown('v')
    world.storage.set('dara:/app:ann:v', '"theirs"')
    world.graph.storageChanged('another')
    world.graph.storageChanged('dara:/app:ann:v')
    world.storage.clear()
    world.graph.storageChanged(null)
    expect(values).toEqual(['theirs', 'default'])
  })

  test('without room in the browser is kept by the tab, and the user is notified', () => {
    const world = new World(kept)
    world.storage.set = () => {
      throw new DOMException('full', 'QuotaExceededError')
    }
    world.set('v', 'mine')
    expect(world.get('v')).toBe('mine')
    expect(world.notices).toEqual([expect.stringContaining('storage')])
  })

  test('is its default if the browser holds no JSON', () => {
    const world = new World()
    world.storage.set('dara:/app:ann:v', '{')
    world.graph.define(kept)
    expect(world.get('v')).toBe('default')
  })
})

describe('A variable in the query', () => {
  const query = (value: Json): Record<string, Definition> => ({ v: { kind: 'query', default: value, query: 'q' } })

  test.each<[Json, Json, string]>([
    ['', 'some text', 'some text'],
    ['', '5', '5'],
    [1, 5, '5'],
    [1, 'five', 'five'],
    [1, '5', '"5"'],
    [null, true, 'true'],
    [null, 'true', '"true"'],
    [[], ['a', 1], '["a",1]'],
  ])('with the default %j holds %j as %s, and reads it back', (fallback, value, text) => {
    const world = new World(query(fallback))
    world.set('v', value)
    expect(world.address.values.get('q')).toBe(text)
    expect(world.get('v')).toEqual(value)
  })

  test('is not in the address while it is the default, and leaves other parameters', () => {
    const world = new World(query({ a: 1 }))
    world.address.values.set('other', 'x')
    world.set('v', 2, 'a')
    expect([...world.address.values]).toEqual([
      ['other', 'x'],
      ['q', '{"a":2}'],
    ])
    world.set('v', 1, 'a')
    expect([...world.address.values.keys()]).toEqual(['other'])
  })

  test('shows the value in a link, and the same object until that changes', () => {
    const world = new World(query(null))
    world.address.values.set('q', '{"a":[1]}')
    expect(world.get('v')).toEqual({ a: [1] })
    expect(world.get('v')).toBe(world.get('v'))
  })

  test('reads back any value', () => {
    fc.assert(
      fc.property(values, values, (fallback, value) => {
        fc.pre(typeof fallback !== 'string')
        const world = new World(query(fallback))
        world.set('v', value)
        expect(world.get('v')).toEqual(value)
      }),
    )
  })
})

test('a parameter of the path is a text, or null when it is not there', () => {
  const world = new World({ v: { kind: 'param', name: 'id' } })
  expect(world.get('v')).toBe(null)
  world.set('v', 42)
  expect(world.get('v')).toBe('42')
})

describe('A condition', () => {
  const LEFT = { value: 2 } as const

  test.each<[Json, Operator, Json, boolean]>([
    [1, '==', 1.0, true],
    [true, '==', 1, false],
    [{ a: 1, b: 2 }, '==', { b: 2, a: 1 }, true],
    ['1', '!=', 1, true],
    [1, '<', 2, true],
    ['a', '<', 'b', true],
    ['10', '<', 9, false],
    [null, '<=', 1, false],
    [2, '>=', 2, true],
    [3, '>', 2, true],
  ])('%j %s %j is %s', (left, operator, right, expected) => {
    const world = new World({
      l: tab(left),
      c: { kind: 'condition', operator, left: of('l'), right: { value: right } },
    })
    expect(world.get('c')).toBe(expected)
  })

  test('on the truth of a value takes it as Python does', () => {
    for (const value of [null, false, 0, '', [], {}]) expect(truthy(value)).toBe(false)
    for (const value of [true, -1, ' ', [0], { a: null }]) expect(truthy(value)).toBe(true)
  })

  test('notifies its listeners only when its value changes', () => {
    const world = new World({ l: tab(0), c: { kind: 'condition', operator: '<', left: of('l'), right: LEFT } })
    const { values, stop } = world.shown('c')
    for (const value of [1, 2, 3, 1]) world.set('l', value)
    expect(values).toEqual([false, true])
    stop()
    world.set('l', 5)
    expect(values).toHaveLength(2)
    expect(world.get('c')).toBe(false)
  })

  test('cannot be set', () => {
    const world = new World({ c: { kind: 'condition', operator: 'truthy', left: LEFT, right: { value: null } } })
    world.set('c', false)
    world.graph.source(of('c')).reset()
    expect(world.get('c')).toBe(true)
    expect(world.notices).toEqual([expect.stringContaining('computed'), expect.stringContaining('computed')])
  })
})

describe('A switch', () => {
  const choose = (value: Operand, mapping: Record<string, Operand>): Definition => ({
    kind: 'switch',
    value,
    mapping: { value: mapping },
    default: { value: 'none' },
  })

  test.each<[Json, Json]>([
    [true, 'yes'],
    [1, 'one'],
    ['1', 'one'],
    [null, 'null'],
    ['toString', 'none'],
  ])('takes %j for %j', (value, expected) => {
    const mapping = { true: { value: 'yes' }, 1: { value: 'one' }, null: { value: 'null' } }
    expect(new World({ l: tab(value), s: choose(of('l'), mapping) }).get('s')).toBe(expected)
  })

  test('listens to its present choice alone', () => {
    const world = new World({
      l: tab('a'),
      a: tab(1),
      b: tab(2),
      s: choose(of('l'), { a: of('a'), b: of('b') }),
    })
    const { values } = world.shown('s')
    world.set('b', 20)
    world.set('a', 10)
    world.set('l', 'b')
    world.set('a', 11)
    world.set('b', 21)
    expect(values).toEqual([10, 20, 21])
  })

  test('may have its mapping in a variable, and a nested value', () => {
    const world = new World({
      m: tab({ x: { n: 1 } }),
      l: tab('x'),
      s: { kind: 'switch', value: of('l'), mapping: of('m'), default: { value: null } },
    })
    expect(world.get('s', 'n')).toBe(1)
    world.set('m', 2, 'x', 'n')
    expect(world.get('s', 'n')).toBe(2)
  })
})
