/** Derived variables: the calls, their inputs, and the values shown meanwhile. */

import { describe, expect, test, vi } from 'vitest'
import type { Definition } from '../src/fragments'
import type { Json } from '../src/protocol'
import { live as connected, derived, useVisibleTab } from './derivedWorld'
import { fragment, info, of, settle, tab, type World } from './world'

const shared: Definition = { kind: 'store', default: 0, store: 's' }

useVisibleTab()

/** Return a connected tab with a position for each store. */
function live(variables: Record<string, Definition>, value: Json = 1): World {
  const world = connected(variables, { s: info({ '': value }) })
  if (world.replicas.find({ store: 's' })) world.snapshot({ store: 's' }, value)
  world.take('subscribe')
  return world
}

describe('A derived variable', () => {
  test('is computed when it is first watched, and is not ready before', async () => {
    const world = live({ a: tab(1), d: derived([of('a')]) })
    await settle()
    expect(world.asked).toEqual([])
    const { values } = world.shown('d')
    await settle()
    expect(world.asked).toEqual([expect.objectContaining({ target: 'f', of: null, inputs: [{ value: 1 }] })])
    expect(world.graph.source(of('d')).isReady).toBe(false)
    await world.asked[0]?.answer('one')
    expect(values.at(-1)).toBe('one')
    expect(world.graph.source(of('d')).isReady).toBe(true)
  })

  test('is given shared values by reference, at the version that the tab knows', async () => {
    const world = live({ s: shared, d: derived([of('s', 'x')]) }, { x: 1 })
    world.shown('d')
    await settle()
    const version = world.replica({ store: 's' }).version
    expect(world.asked[0]?.inputs).toEqual([{ store: 's', path: ['x'], version }])
  })

  test('is computed once for changes that come together, and the newer request cancels the older', async () => {
    const world = live({ a: tab(1), b: tab(1), d: derived([of('a'), of('b')]) })
    const { values } = world.shown('d')
    await settle()
    world.set('a', 2)
    world.set('b', 2)
    world.set('a', 3)
    await settle()
    expect(world.asked.map(({ inputs, isCancelled }) => [inputs, isCancelled])).toEqual([
      [[{ value: 1 }, { value: 1 }], true],
      [[{ value: 3 }, { value: 2 }], false],
    ])
    await world.asked[0]?.answer('old')
    await world.asked[1]?.answer('new')
    expect(values.filter(Boolean)).toEqual(['new'])
  })

  test('keeps its value while the next is computed, and shows that it is loading', async () => {
    const world = live({ a: tab(1), d: derived([of('a')]), l: { kind: 'state', of: 'd', is: 'loading' } })
    const { values } = world.shown('l')
    world.shown('d')
    await settle()
    await world.asked[0]?.answer('one')
    world.set('a', 2)
    await settle()
    expect(world.get('d')).toBe('one')
    await world.asked[1]?.answer('two')
    expect(values).toEqual([true, false, true, false])
  })

  test('is not computed for a change outside its dependencies', async () => {
    const world = live({ a: tab(1), b: tab(1), d: derived([of('a'), of('b')], { deps: [1] }) })
    world.shown('d')
    await settle()
    await world.asked[0]?.answer('one')
    world.set('a', 2)
    await settle()
    expect(world.asked).toHaveLength(1)
    world.set('b', 2)
    await settle()
    expect(world.asked[1]?.inputs).toEqual([{ value: 2 }, { value: 2 }])
  })

  test('without dependencies is computed again only when it is triggered, and then by the function itself', async () => {
    const world = live({ a: tab(1), d: derived([of('a')], { deps: [] }) })
    world.shown('d')
    await settle()
    await world.asked[0]?.answer('one')
    world.set('a', 2)
    await settle()
    expect(world.asked).toHaveLength(1)
    world.graph.trigger('d')
    await settle()
    expect(world.asked[1]).toMatchObject({ fresh: true, inputs: [{ value: 2 }] })
    expect(world.asked[0]).not.toHaveProperty('fresh')
  })

  test('that failed keeps its value and has an error; the next change tries again', async () => {
    const world = live({ a: tab(1), d: derived([of('a')]), e: { kind: 'state', of: 'd', is: 'error' } })
    world.shown('d')
    await settle()
    await world.asked[0]?.answer('one')
    world.set('a', 2)
    await settle()
    await world.asked[1]?.fail('failed', 'It broke.')
    expect([world.get('d'), world.get('e')]).toEqual(['one', true])
    await settle()
    expect(world.asked).toHaveLength(2)
    world.set('a', 3)
    await settle()
    await world.asked[2]?.answer('three')
    expect([world.get('d'), world.get('e')]).toEqual(['three', false])
  })

  test('polls while it is watched', async () => {
    const world = live({ d: derived([], { polling: 2 }) })
    const { stop } = world.shown('d')
    await settle()
    await world.asked[0]?.answer(1)
    await vi.advanceTimersByTimeAsync(2000)
    expect(world.asked[1]).toMatchObject({ fresh: true })
    await world.asked[1]?.answer(2)
    stop()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(world.asked).toHaveLength(2)
  })

  test('waits for edits of the tab, also for those made meanwhile', async () => {
    const world = live({ s: shared, a: tab(1), d: derived([of('s'), of('a')]) })
    world.shown('d')
    await settle()
    await world.asked[0]?.answer('old')
    world.set('s', 2)
    world.set('a', 2)
    await settle()
    expect(world.asked).toHaveLength(1)
    world.set('s', 3)
    world.acknowledge()
    await settle()
    const { version } = world.replica({ store: 's' })
    expect(world.asked).toHaveLength(2)
    expect(world.asked[1]?.inputs).toEqual([{ store: 's', path: [], version }, { value: 2 }])
    world.acknowledge()
    await settle()
    expect(world.asked).toHaveLength(3)
  })

  test("is computed for another user's edit of its part of the value, and not of another part", async () => {
    const world = live({ s: shared, d: derived([of('s', 'a')]) }, { a: 1, b: 1 })
    world.shown('d')
    await settle()
    await world.asked[0]?.answer('one')
    world.other({ store: 's' }, [{ op: 'replace', path: ['b'], value: 2 }])
    await settle()
    expect(world.asked).toHaveLength(1)
    world.other({ store: 's' }, [{ op: 'replace', path: ['a'], value: 2 }])
    await settle()
    expect(world.asked).toHaveLength(2)
  })

  test('of another one is computed once for one change, by the server', async () => {
    const world = live({ a: tab(1), d: derived([of('a')]), e: derived([of('d', 'x')], { target: 'g' }) })
    world.shown('d')
    world.shown('e')
    await settle()
    for (const { answer } of world.asked.splice(0)) await answer({ x: 1 })
    world.set('a', 2)
    await settle()
    for (const { answer } of [...world.asked]) await answer({ x: 2 })
    await settle()
    expect(world.asked.map(({ target, inputs }) => [target, inputs])).toEqual([
      ['f', [{ value: 2 }]],
      ['g', [{ inputs: [{ value: 2 }], path: ['x'] }]],
    ])
  })

  test('of another one that was triggered follows it, shown or not', async () => {
    for (const isShown of [true, false]) {
      const world = live({ d: derived([]), e: derived([of('d')], { target: 'g' }) })
      if (isShown) world.shown('d')
      world.shown('e')
      await settle()
      for (const { answer } of world.asked.splice(0)) await answer(1)
      world.graph.trigger('d')
      await settle()
      expect(world.asked).toEqual([expect.objectContaining({ target: 'f', fresh: true })])
      await world.asked[0]?.answer(2)
      expect(world.asked[1]).toMatchObject({ target: 'g' })
    }
  })

  test('of a condition waits until the condition is known', async () => {
    const right = { value: 1 }
    const world = live({
      d: derived([]),
      c: { kind: 'condition', operator: '==', left: of('d'), right },
      e: derived([of('c')], { target: 'g' }),
    })
    world.shown('e')
    await settle()
    expect(world.asked).toEqual([expect.objectContaining({ target: 'f' })])
    await world.asked[0]?.answer(1)
    expect(world.asked[1]).toMatchObject({ target: 'g', inputs: [{ value: true }] })
  })

  test('after a reconnect is computed again only if it had no result, or an input has changed', async () => {
    const world = live({ a: tab(1), s: shared, d: derived([of('a')]), e: derived([of('s')], { target: 'g' }) })
    world.shown('d')
    world.shown('e')
    await settle()
    await world.asked[0]?.answer('kept')
    world.cut()
    await settle()
    world.connect()
    await settle()
    expect(world.asked).toEqual([])
    world.snapshot({ store: 's' }, 5)
    await settle()
    expect(world.asked).toEqual([expect.objectContaining({ target: 'g' })])
  })

  test('whose call was cut off is requested again, without a notice', async () => {
    const world = live({ d: derived([]) })
    world.shown('d')
    await settle()
    world.cut()
    await settle()
    expect(world.asked).toEqual([])
    world.connect()
    await settle()
    await world.asked[0]?.answer(1)
    expect([world.get('d'), world.notices]).toEqual([1, []])
  })

  test('that a switch has chosen is computed until the switch chooses another', async () => {
    const world = live({
      a: tab(1),
      d: derived([of('a')]),
      l: tab('d'),
      s: { kind: 'switch', value: of('l'), mapping: { value: { d: of('d') } }, default: { value: null } },
    })
    world.shown('s')
    await settle()
    await world.asked[0]?.answer(1)
    world.set('l', 'other')
    await vi.advanceTimersByTimeAsync(100)
    world.set('a', 2)
    await settle()
    expect(world.asked).toHaveLength(1)
  })

  test('of a py_component is called through its slot, and again after the slot is rendered anew', async () => {
    const world = live({})
    const variables = { d: derived([]) }
    world.show('part', fragment({ variables }), 'slot')
    world.shown('d')
    await settle()
    expect(world.asked[0]).toMatchObject({ of: 'slot' })
    await world.asked[0]?.answer(1)
    world.show('part', fragment({ variables }), 'slot')
    await settle()
    expect(world.asked).toHaveLength(2)
    world.cut()
    world.connect()
    await settle()
    expect(world.asked).toEqual([])
    world.show('part', fragment({ variables }), 'slot')
    await settle()
    expect(world.asked).toHaveLength(1)
  })

  test('of a slot and a page is called through the page', async () => {
    const world = live({ d: derived([]) })
    world.show('part', fragment({ variables: { d: derived([]) } }), 'slot')
    world.shown('d')
    await settle()
    expect(world.asked[0]).toMatchObject({ of: null })
  })

  test('cannot be set', () => {
    const world = live({ d: derived([]) })
    world.set('d', 1, 'a')
    expect(world.notices).toEqual([expect.stringContaining('computed')])
  })

  test('limits its calls at one time', async () => {
    const uids = Array.from({ length: 100 }, (_, i) => `d${i}`)
    const world = live(Object.fromEntries(uids.map((uid) => [uid, derived([])])))
    for (const uid of uids) world.shown(uid)
    await settle()
    expect(world.asked).toHaveLength(40)
    await world.asked[0]?.answer(1)
    expect(world.asked).toHaveLength(41)
  })

  test('that was lost on its way is requested again, after longer and longer pauses', async () => {
    const world = live({ d: derived([]) })
    world.shown('d')
    await settle()
    for (const [asked, pause] of [1000, 2000, 4000].entries()) {
      await world.asked[asked]?.fail('lost')
      await vi.advanceTimersByTimeAsync(pause - 1)
      expect(world.asked).toHaveLength(asked + 1)
      await vi.advanceTimersByTimeAsync(1)
    }
    await world.asked[3]?.answer(1)
    expect(world.get('d')).toBe(1)
    expect(world.notices).toEqual([])
  })

  test('that exceeds the rate of the server is requested again', async () => {
    const world = live({ d: derived([]) })
    world.shown('d')
    await settle()
    await world.asked[0]?.fail('rate')
    await vi.advanceTimersByTimeAsync(1000)
    await world.asked[1]?.answer(1)
    expect(world.get('d')).toBe(1)
    expect(world.notices).toEqual([])
  })
})

describe('A value that cannot be computed for now', () => {
  test('has a reason, and is requested again after longer and longer pauses', async () => {
    const world = live({ d: derived([]) })
    world.shown('d')
    await settle()
    for (const [asked, pause] of [1000, 2000, 4000].entries()) {
      await world.asked[asked]?.fail('backend')
      await vi.advanceTimersByTimeAsync(pause - 1)
      expect(world.asked).toHaveLength(asked + 1)
      await vi.advanceTimersByTimeAsync(1)
      expect(world.asked).toHaveLength(asked + 2)
    }
    await world.asked[3]?.answer(1)
    expect(world.get('d')).toBe(1)
  })
})

describe('An action', () => {
  test('waits for unsent edits, and fails if the connection is lost meanwhile', async () => {
    const world = live({ s: shared })
    world.set('s', 'typed')
    const replicas = () => world.graph.replicas(of('s'))
    const act = () =>
      world.calls.startWhenPossible({ target: 'a', of: null }, replicas(), () => [world.graph.input(of('s'))])
    const saved = act()
    await settle()
    expect(world.asked).toEqual([])
    world.acknowledge()
    await settle()
    expect(world.asked[0]?.inputs).toEqual([{ store: 's', path: [], version: world.replica({ store: 's' }).version }])
    await world.asked[0]?.answer(null)
    await expect(saved).resolves.toBe(null)
    world.set('s', 'more')
    const lost = act()
    const isLost = expect(lost).rejects.toThrow('there is no connection')
    world.cut()
    await isLost
  })
})
