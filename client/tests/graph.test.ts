/** The page's variables: what a component reads, sets, resets and hears of. */

import { describe, expect, test } from 'vitest'
import type { Definition } from '../src/fragments'
import type { ClientMessage, Json, Path, Value } from '../src/protocol'
import type { Replica } from '../src/sync/replica'
import type { Source } from '../src/variables/source'
import { add, remove, set, splice } from './testTab'
import { fragment, info, tab, World } from './world'

/** Return the source of a nested value of a variable of this tab. */
function cell(value: Json, path: Path = []): { source: Source; whole: Source } {
  const graph = new World({ v: tab(value) }).graph
  return { source: graph.source({ variable: 'v', path }), whole: graph.source({ variable: 'v', path: [] }) }
}

describe('A variable of this tab alone', () => {
  test('shows its default until it is set, and after a reset', () => {
    const { source } = cell('default')
    expect(source.get()).toBe('default')
    source.set('mine')
    expect(source.get()).toBe('mine')
    source.reset()
    expect(source.get()).toBe('default')
  })

  test('holds null, false, 0 and the empty text as what they are', () => {
    const { source } = cell('default')
    for (const value of [null, false, 0, '']) {
      source.set(value)
      expect(source.get()).toBe(value)
    }
  })

  test('tells its listeners of each change, until they stop listening', () => {
    const { source } = cell(0)
    const heard: Json[] = []
    const stop = source.subscribe(() => heard.push(source.get()))
    source.set(1)
    source.set(2)
    stop()
    source.set(3)
    expect(heard).toEqual([1, 2])
  })

  test('never changes the default that the page came with', () => {
    const value = { items: ['a'] }
    const { source } = cell(value, ['items', 0])
    source.set('b')
    expect(value).toEqual({ items: ['a'] })
  })

  test('shares nothing with another one of the same default', () => {
    const shared = { n: 0 }
    const { graph } = new World({ a: tab(shared), b: tab(shared) })
    graph.source({ variable: 'a', path: ['n'] }).set(1)
    expect(graph.source({ variable: 'b', path: ['n'] }).get()).toBe(0)
  })
})

describe('A nested value', () => {
  test.each<[string, Json, Path, Json, Json]>([
    ['a member beside others', { a: 1, b: 2 }, ['a'], 9, { a: 9, b: 2 }],
    ['a member that is missing', { a: 1 }, ['b'], 9, { a: 1, b: 9 }],
    ['a member of an object that is missing', {}, ['a', 'b', 'c'], 9, { a: { b: { c: 9 } } }],
    ['a member where there was nothing at all', null, ['a', 'b'], 9, { a: { b: 9 } }],
    ['a member of what was a text', { a: 'text', kept: 1 }, ['a', 'b'], 9, { a: { b: 9 }, kept: 1 }],
    ['a member of what was an array', [1], ['a'], 9, { a: 9 }],
    ['an element', ['x', 'y'], [1], 'Y', ['x', 'Y']],
    ['an element at the end', ['x'], [1], 'y', ['x', 'y']],
    ['an element of an array that is missing', {}, ['list', 0], 'x', { list: ['x'] }],
    ['a member of an element', [{ a: 1 }, { a: 2 }], [1, 'a'], 9, [{ a: 1 }, { a: 9 }]],
    ['a member of an element that is missing', [], [0, 'a'], 9, [{ a: 9 }]],
    ['a member of an element of an array that is missing', {}, ['list', 0, 'a'], 9, { list: [{ a: 9 }] }],
    ['a member of an element that is null', [null], [0, 'a'], 9, [{ a: 9 }]],
  ])('can be set as %s', (_, before, path, value, after) => {
    const { source, whole } = cell(before, path)
    source.set(value)
    expect(whole.get()).toEqual(after)
    expect(source.get()).toEqual(value)
  })

  test('that is missing reads as null', () => {
    expect(cell({ a: {} }, ['a', 'b', 'c']).source.get()).toBe(null)
    expect(cell({}, ['toString']).source.get()).toBe(null)
  })

  test('goes back to its part of the default, and leaves its neighbours', () => {
    const { source, whole } = cell({ a: 1, b: 2 }, ['a'])
    whole.set({ a: 8, b: 9 })
    source.reset()
    expect(whole.get()).toEqual({ a: 1, b: 9 })
  })

  test('that has no default goes away when it is reset', () => {
    const { source, whole } = cell({ a: 1 }, ['b'])
    source.set(2)
    source.reset()
    expect(whole.get()).toEqual({ a: 1 })
  })

  test('goes back to the default even if its parents are gone', () => {
    const { source, whole } = cell({ a: { b: 1 } }, ['a', 'b'])
    whole.set('something else')
    source.reset()
    expect(whole.get()).toEqual({ a: { b: 1 } })
  })

  test('that has neither a value nor a default stays so when it is reset', () => {
    const { source, whole } = cell({}, ['b'])
    source.reset()
    expect(whole.get()).toEqual({})
  })

  test('that is set behind the end of an array is added at its end', () => {
    const { source, whole } = cell(['x'], [5])
    source.set('y')
    expect(whole.get()).toEqual(['x', 'y'])
  })
})

describe('A shared variable', () => {
  function shared(value: Value, fallback: Json = null) {
    const definition: Definition = { kind: 'store', default: fallback, store: 's' }
    const position = { epoch: 'e', version: 1, readonly: false, ...(value !== undefined && { value }) }
    const stores = { s: { positions: { '': position } } }
    const world = new World()
    world.replicas.show('page', fragment({ variables: { v: definition, w: definition }, stores }))
    world.graph.define({ v: definition, w: definition })
    return { graph: world.graph, replica: world.replicas.find({ store: 's' }) as Replica }
  }

  test('is one value in all the variables over its store', () => {
    const { graph, replica } = shared({ a: 1 })
    const heard: Json[] = []
    const other = graph.source({ variable: 'w', path: ['a'] })
    other.subscribe(() => heard.push(other.get()))
    graph.source({ variable: 'v', path: ['a'] }).set(2)
    expect(heard).toEqual([2])
    expect(replica.view).toEqual({ a: 2 })
    expect(replica.hasUnsent).toBe(true)
  })

  test('shows its default while nothing is stored, and an edit inside starts from it', () => {
    const { graph } = shared(undefined, { a: 1, b: 2 })
    const whole = graph.source({ variable: 'v', path: [] })
    expect(whole.get()).toEqual({ a: 1, b: 2 })
    graph.source({ variable: 'v', path: ['a'] }).set(9)
    expect(whole.get()).toEqual({ a: 9, b: 2 })
  })

  test('that is a list is sent as a difference, so that two people can tick two boxes', () => {
    const { graph, replica } = shared(['a', 'b'])
    const source = graph.source({ variable: 'v', path: [] })
    source.set(['a', 'b', 'c'])
    const sent: ClientMessage[] = []
    replica.connect((message) => sent.push(message))
    source.set(['b', 'c'])
    const at = {
      store: 's',
      channel: 1,
      epoch: 'e',
      version: 1,
      receipt: { n: 0, status: 'applied', version: 0 } as const,
    }
    replica.receive({ ...at, type: 'current', id: 1, author: 3, readonly: false, durability: 'disk' })
    expect(sent.at(-1)).toMatchObject({
      ops: [
        { op: 'add', path: [2], value: 'c' },
        { op: 'remove', path: [0] },
      ],
    })
  })

  test('that is reset shows its default to everybody: the stored value is removed', () => {
    const { graph, replica } = shared({ a: 9 }, { a: 1 })
    graph.source({ variable: 'v', path: [] }).reset()
    expect(graph.source({ variable: 'w', path: [] }).get()).toEqual({ a: 1 })
    expect(replica.hasUnsent).toBe(true)
  })
})

describe('A part of a shared value', () => {
  const place = { store: 's' }
  const start = { items: [{ id: 'a', text: 'ab' }], title: '' }

  function live(value: Json = start): { world: World; source: (...path: Path) => Source } {
    const world = new World()
    const variables: Record<string, Definition> = {
      v: { kind: 'store', default: null, store: 's', keys: { '/items': 'id' } },
    }
    world.show('page', fragment({ variables, stores: { s: info({ '': value }) } }))
    world.connect()
    world.snapshot(place, value)
    world.take('edit')
    return { world, source: (...path) => world.graph.source({ variable: 'v', path }) }
  }

  test('is edited at its place in the whole', () => {
    const { world, source } = live()
    source('items', 0, 'text').edit([splice([], 2, 0, 'c')])
    expect(world.get('v', 'items', 0, 'text')).toBe('abc')
    expect(world.take('edit').map(({ ops }) => ops)).toEqual([[splice(['items', 0, 'text'], 2, 0, 'c')]])
  })

  test('is edited after its missing containers are added', () => {
    const { world, source } = live(null)
    source('a', 'b').edit([set([], ''), splice([], 0, 0, 'x')])
    expect(world.get('v')).toEqual({ a: { b: 'x' } })
    source('list', 0).edit([set(['text'], 'y')])
    expect(world.get('v')).toEqual({ a: { b: 'x' }, list: [{ text: 'y' }] })
  })

  test('is told of the edits of others in it, relative to it, and of no others', () => {
    const { world, source } = live()
    const heard: unknown[] = []
    source('items', 0, 'text').watchRemote((ops) => heard.push(ops))
    world.other(place, [set(['title'], 'new')])
    world.other(place, [splice(['items', 0, 'text'], 0, 1, '')])
    source('items', 0, 'text').edit([splice([], 0, 0, 'mine')])
    world.other(place, [set(['items'], [{ id: 'a', text: 'other' }])])
    world.other(place, [remove(['items', 0])])
    expect(heard).toEqual([[splice([], 0, 1, '')], [set([], 'other')], [remove([])]])
  })

  test('is told of edits in its item wherever that has moved', () => {
    const { world, source } = live()
    const heard: unknown[] = []
    source('items', 0, 'text').watchRemote((ops) => heard.push(ops))
    world.other(place, [add(['items', 0], { id: 'b', text: '' }), splice(['items', 1, 'text'], 0, 0, 'x')])
    expect(heard).toEqual([[splice([], 0, 0, 'x')]])
    expect(world.get('v', 'items', 1, 'text')).toBe('xab')
  })

  test('is undone by itself, and with the whole', () => {
    const { world, source } = live()
    source('title').edit([set([], 'T')])
    source('items', 0, 'text').edit([splice([], 2, 0, 'c')])
    expect(source('title').undo()).toBe(true)
    expect(source('title').undo()).toBe(false)
    expect(source('title').redo()).toBe(true)
    expect(source('items', 0, 'text').undo()).toBe(true)
    expect(source().undo()).toBe(true)
    expect(world.get('v')).toEqual(start)
  })

  test('that is a list is set by a difference of its items, matched by identity', () => {
    const { world, source } = live({ items: [{ id: 'a' }, { id: 'b' }, { id: 'c' }], title: '' })
    source('items').set([{ id: 'c' }, { id: 'a' }, { id: 'b', done: true }])
    expect(world.take('edit').map(({ ops }) => ops)).toEqual([
      [{ op: 'move', from: ['items', 2], path: ['items', 0] }, add(['items', 2, 'done'], true)],
    ])
  })
})

test('a variable of the tab is edited in the same way, and its edits stay in the tab', () => {
  const world = new World({ v: { kind: 'tab', default: 'ab' } })
  const source = world.graph.source({ variable: 'v', path: [] })
  const heard: unknown[] = []
  source.watchRemote((ops) => heard.push(ops))
  source.edit([splice([], 1, 1, 'c')])
  expect([source.get(), heard, source.undo()]).toEqual(['ac', [], false])
})

test('a variable that the page does not have is an error that names it', () => {
  expect(() => new World().graph.source({ variable: 'gone', path: [] })).toThrow('gone')
})
