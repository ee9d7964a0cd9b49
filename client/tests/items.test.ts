/** The instance of a For's template for one item, and the parts that all instances share. */

import { describe, expect, test } from 'vitest'
import { arrange } from '../src/components/lib/arrangedItems'
import type { ConditionDefinition, Definition, Node, Ref } from '../src/fragments'
import type { Json } from '../src/protocol'
import { instantiate } from '../src/variables/items'
import { ItemTest } from '../src/variables/itemTest'
import { fragment, node, of, settle, tab, World } from './world'

const LIST = of('items')
const items: Definition = {
  kind: 'tab',
  default: [
    { text: 'a', done: false },
    { text: 'b', done: true },
  ],
}

function made(template: Node[], index = 1, definitions: Record<string, Definition> = {}, list = LIST) {
  const world = new World({ items, ...definitions })
  const instance = instantiate(template, { list, index, key: `k${index}` }, (uid) => world.graph.definition(uid))
  world.graph.instantiate(instance)
  return { world, nodes: instance.nodes, definitions: instance.definitions }
}

describe('An item', () => {
  test('is edited in its place', () => {
    const { world, nodes } = made([node('Input', 'n', { variables: { value: of('items', null, 'text') } })])
    const ref = nodes[0]?.variables.value as Ref
    expect(ref).toEqual(of('items', 1, 'text'))
    world.graph.source(ref).set('B')
    expect(world.get('items')).toEqual([
      { text: 'a', done: false },
      { text: 'B', done: true },
    ])
  })

  test('shares nodes that do not depend on it', () => {
    const template = [node('Text', 'n', { slots: { children: [node('Text', 'm', { props: { text: 'x' } })] } })]
    expect(made(template).nodes).toBe(template)
  })

  test('is the target of actions inside it', () => {
    const actions: Node['actions'] = {
      onclick: [
        { kind: 'toggle', target: of('items', null, 'done') },
        { kind: 'call', target: 'f', inputs: [of('items', null), { value: 1 }] },
      ],
    }
    const { nodes } = made([node('Stack', 's', { slots: { children: [node('Button', 'b', { actions })] } })])
    expect(nodes[0]?.slots.children?.[0]?.actions.onclick).toEqual([
      { kind: 'toggle', target: of('items', 1, 'done') },
      { kind: 'call', target: 'f', inputs: [of('items', 1), { value: 1 }] },
    ])
  })

  test('has conditions, switches and derived values of its own, also of each other', () => {
    const definitions: Record<string, Definition> = {
      done: { kind: 'condition', operator: 'truthy', left: of('items', null, 'done'), right: { value: null } },
      label: {
        kind: 'switch',
        value: of('done'),
        mapping: { value: { true: of('items', null, 'text') } },
        default: { value: 'open' },
      },
      computed: { kind: 'derived', target: 'f', inputs: [of('label')], deps: null, polling: null, of: null },
      loading: { kind: 'state', of: 'computed', is: 'loading' },
      room: { kind: 'store', default: 0, store: 's', at: of('items', null, 'text') },
      other: { kind: 'condition', operator: 'truthy', left: of('items'), right: { value: null } },
    }
    const variables = Object.fromEntries(Object.keys(definitions).map((uid) => [uid, of(uid)]))
    const { world, nodes } = made([node('Text', 'n', { variables })], 1, definitions)
    const refs = nodes[0]?.variables as Record<string, Ref>
    expect(world.graph.source(refs.done as Ref).get()).toBe(true)
    expect(world.graph.source(refs.label as Ref).get()).toBe('b')
    expect(world.graph.input(refs.computed as Ref)).toEqual({ inputs: [{ value: 'b' }], path: [] })
    expect(world.graph.input(refs.room as Ref)).toEqual({ store: 's', at: 'b', path: [], version: 0 })
    expect(refs.loading?.variable).not.toBe('loading')
    expect(refs.other).toEqual(of('other'))
  })

  test('with a list inside has items of that list, too', () => {
    const inner = node('Text', 't', { variables: { text: of('items', null, 'tags', null) } })
    const template = [
      node('For', 'f', { variables: { items: of('items', null, 'tags') }, slots: { renderer: [inner] } }),
    ]
    const { nodes } = made(template)
    const list = nodes[0]?.variables.items as Ref
    expect(list).toEqual(of('items', 1, 'tags'))
    const again = made([...(nodes[0]?.slots.renderer ?? [])], 2, {}, list)
    expect(again.nodes[0]?.variables.text).toEqual(of('items', 1, 'tags', 2))
  })

  test('leaves the template of an inner For over the same list to that For', () => {
    const inner = node('Text', 't', { variables: { text: of('items', null, 'text') } })
    const own = node('Text', 'o', { variables: { text: of('items', null, 'text') } })
    const template = [node('For', 'f', { variables: { items: LIST }, slots: { renderer: [inner] } }), own]
    const { nodes } = made(template)
    expect(nodes[0]?.slots.renderer?.[0]?.variables.text).toEqual(of('items', null, 'text'))
    expect(nodes[1]?.variables.text).toEqual(of('items', 1, 'text'))
  })

  test('has a py_component of its own, which keeps its slot when the item moves', () => {
    const render = { target: 'f', inputs: [of('items', null)], polling: null }
    const { nodes } = made([node('PyComponent', 'p', { render })])
    expect(nodes[0]).toMatchObject({ id: 'p[k1]', render: { inputs: [of('items', 1)] } })
  })

  test('has derived values that are computed again only after its template was rendered anew', async () => {
    const computed: Definition = {
      ...{ kind: 'derived', target: 'f', inputs: [of('items', null)], deps: null, polling: null, of: null },
    }
    const template = [node('Text', 'n', { variables: { text: of('computed') } })]
    const world = new World()
    world.connect()
    const draw = () => {
      const instance = instantiate(template, { list: LIST, index: 0, key: 'k' }, (uid) => world.graph.definition(uid))
      world.graph.instantiate(instance)
      return instance.nodes[0]?.variables.text?.variable as string
    }
    world.show('part', fragment({ variables: { items, computed } }), 'slot')
    world.shown(draw())
    await settle()
    await world.asked[0]?.answer('computed')
    draw()
    await settle()
    expect(world.asked).toHaveLength(1)
    world.show('part', fragment({ variables: { items, computed } }), 'slot')
    draw()
    await settle()
    expect(world.asked).toHaveLength(2)
  })
})

describe('A condition over items', () => {
  const nothing = { value: null }
  const both = (operator: ConditionDefinition['operator'], left: Ref, right: Ref | { value: Json } = nothing) =>
    ({ kind: 'condition', operator, left, right }) as const
  const marked = of('marks', of('items', null, 'text'))
  const definitions: Record<string, Definition> = {
    items,
    marks: tab({ b: true, true: 'a', '1': 'c' }),
    places: tab([{ b: false }, { b: true }]),
    is_marked: both('truthy', marked),
    is_true: both('==', marked, { value: true }),
    is_open: both('~', of('is_marked')),
    is_both: both('&', of('is_marked'), of('items', null, 'done')),
    is_either: both('|', of('is_open'), of('is_marked')),
    is_done: both('truthy', of('items', null, 'done')),
    index: { kind: 'position', of: of('items', null), is: 'index' },
    chosen: { kind: 'switch', value: marked, mapping: of('marks'), default: { value: false } },
  }

  test.each<[string, Ref, boolean[]]>([
    ['a member that an item names', marked, [false, true]],
    ['a comparison with it', of('is_true'), [false, true]],
    ['its opposite', of('is_open'), [true, false]],
    ['it and another', of('is_both'), [false, true]],
    ['it or another', of('is_either'), [true, true]],
    ['a switch on it', of('chosen'), [false, true]],
    ['a member that a condition over the item names', of('marks', of('is_done')), [false, true]],
    ['a member that the position names', of('marks', of('index')), [false, true]],
    ['a place and a member in it', of('places', of('index'), of('items', null, 'text')), [false, true]],
    ['a member that a member names', of('marks', of('marks', of('items', null, 'text'))), [false, true]],
    ['a member of an item that another variable names', of('items', null, of('name')), [false, true]],
  ])('reads %s', (_, condition, expected) => {
    const { graph } = new World({ ...definitions, name: tab('done') })
    const tested = new ItemTest(condition, LIST, graph)
    tested.refresh()
    const list = graph.source(LIST).get() as Json[]
    expect(list.map((item, index) => tested.holds(item, index, list.length))).toEqual(expected)
  })

  test('has the changes of a variable of which an item names a member', () => {
    const world = new World(definitions)
    const tested = new ItemTest(of('is_marked'), LIST, world.graph)
    tested.refresh()
    expect(tested.inputs).toHaveLength(1)
    world.set('marks', { a: true })
    expect(tested.refresh()).toBe(true)
    expect([tested.holds({ text: 'a' }, 0, 2), tested.holds({ text: 'b' }, 1, 2)]).toEqual([true, false])
  })

  test('leaves an item that is held', () => {
    const shown = arrange(['a', 'b', 'c'], ['a', 'b', 'c'], { holds: () => false }, [], { key: 'b', item: 'b' })
    expect(shown).toEqual([{ key: 'b', index: 1 }])
  })
})
