/** py_components: their renders, the state shown meanwhile, and edits in removed ones. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Definition, Fragment, Ref, RenderCall } from '../src/fragments'
import type { Json } from '../src/protocol'
import { FRESH } from '../src/sync/freshness'
import { type PyComponentRun, PyComponents } from '../src/variables/pyComponents'
import { fragment, of, settle, tab, World } from './world'

const shared: Definition = { kind: 'store', default: '', store: 's' }
const json = (result: Fragment) => result as unknown as Json

let world: World
let parts: PyComponents

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('document', { visibilityState: 'visible' })
  world = new World({ a: tab(1) })
  parts = new PyComponents({
    calls: world.calls,
    graph: world.graph,
    replicas: world.replicas,
    addFragment: (id, shown, slot) => world.show(id, shown, slot),
    removeFragment: (id) => world.replicas.hide(id),
    release: (slot) => world.released.push(slot),
  })
  world.onProgress = () => parts.releaseSaved()
  world.connect()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const render = (inputs: Ref[] = []): RenderCall => ({ target: 'view', inputs, polling: null })

function mounted(
  slot = 'slot',
  inputs: Ref[] = [],
  parent: string | null = null,
): { part: PyComponentRun; unmount: () => void } {
  const part = parts.create(slot, async () => {})
  part.define(render(inputs), parent, parent)
  return { part, unmount: part.mount() }
}

function reconnect(): void {
  world.cut()
  world.connect()
  parts.reconnected()
}

describe('A py_component', () => {
  test('shows its result, and keeps it while another is made for other inputs', async () => {
    const { part } = mounted('slot', [of('a')])
    await settle()
    expect(world.asked[0]).toMatchObject({ target: 'view', of: null, slot: 'slot', inputs: [{ value: 1 }] })
    const first = fragment()
    await world.asked[0]?.answer(json(first))
    expect(part.shown.get()).toEqual({ fragment: first, freshness: FRESH })
    world.set('a', 2)
    await settle()
    expect(part.shown.get()).toMatchObject({ fragment: first, freshness: { isLoading: true, error: null } })
  })

  test('that fails at first shows why, and can be tried again', async () => {
    const { part } = mounted()
    await settle()
    await world.asked[0]?.fail('failed', 'It broke.')
    expect(part.shown.get()).toMatchObject({ fragment: null, freshness: { error: { message: 'It broke.' } } })
    part.again()
    await settle()
    await world.asked[1]?.answer(json(fragment()))
    expect(part.shown.get()).toEqual({ fragment: fragment(), freshness: FRESH })
  })

  test('that fails later keeps its content, and says so', async () => {
    const { part } = mounted('slot', [of('a')])
    await settle()
    await world.asked[0]?.answer(json(fragment()))
    world.set('a', 2)
    await settle()
    await world.asked[1]?.fail('failed', 'It broke.')
    expect(part.shown.get()).toMatchObject({ fragment: {}, freshness: { error: { message: 'It broke.' } } })
  })

  test('is rendered again with the fragment that defined it, and not when only its node was made anew', async () => {
    world.show('outer', fragment(), 'outer')
    const part = parts.create('slot', async () => {})
    const definers = [fragment(), fragment()]
    part.define(render([of('a')]), 'outer', definers[0])
    part.mount()
    await settle()
    await world.asked[0]?.answer(json(fragment()))
    part.define(render([of('a')]), 'outer', definers[0])
    await settle()
    expect(world.asked).toHaveLength(1)
    part.define(render([of('a')]), 'outer', definers[1])
    await settle()
    expect(world.asked).toHaveLength(2)
  })

  test('that is removed cancels its render, and releases its slot', async () => {
    const { unmount } = mounted()
    await settle()
    unmount()
    expect([world.asked[0]?.isCancelled, world.released]).toEqual([true, ['slot']])
  })

  test('is rendered anew after a reconnect, and a nested one after it', async () => {
    mounted('outer')
    await settle()
    await world.asked[0]?.answer(json(fragment()))
    const inner = parts.create('inner', async () => {})
    inner.define(render(), 'outer', 1)
    inner.mount()
    await settle()
    await world.asked[1]?.answer(json(fragment()))
    reconnect()
    await settle()
    expect(world.asked.map(({ slot }) => slot)).toEqual(['outer'])
    await world.asked[0]?.answer(json(fragment()))
    inner.define(render(), 'outer', 2)
    await settle()
    expect(world.asked.map(({ slot }) => slot)).toEqual(['outer', 'inner'])
  })
})

describe('An edit in a py_component that is gone', () => {
  const shows = fragment({ variables: { v: shared } })

  async function edited(): Promise<void> {
    const { unmount } = mounted()
    await settle()
    await world.asked[0]?.answer(json(shows))
    world.snapshot({ store: 's' }, 'old')
    world.take('subscribe')
    world.set('v', 'mine')
    unmount()
  }

  test('is saved, and only then its slot is released', async () => {
    await edited()
    expect(world.released).toEqual([])
    world.acknowledge()
    expect(world.released).toEqual(['slot'])
  })

  test('is saved after a reconnect too: it is rendered once more for that', async () => {
    await edited()
    reconnect()
    await settle()
    expect(world.asked).toEqual([expect.objectContaining({ target: 'view', slot: 'slot' })])
    await world.asked[0]?.answer(json(shows))
    expect(world.take('subscribe')).toEqual([expect.objectContaining({ store: 's', of: 'slot' })])
    world.take('edit')
    world.snapshot({ store: 's' }, 'old')
    world.acknowledge()
    expect([world.replicas.hasUnsent, world.released]).toEqual([false, ['slot']])
  })

  test('of a store that is no longer shown is reported to the user', async () => {
    await edited()
    reconnect()
    await settle()
    await world.asked[0]?.answer(json(fragment()))
    expect([world.lost, world.replicas.hasUnsent]).toEqual([[expect.stringContaining('“mine”')], false])
  })

  test('that cannot be rendered any more is reported to the user', async () => {
    await edited()
    reconnect()
    await settle()
    await world.asked[0]?.fail('failed')
    expect([world.lost, world.replicas.hasUnsent]).toEqual([[expect.stringContaining('“mine”')], false])
  })
})
