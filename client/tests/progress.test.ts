/** The progress of derived variables: a value that nothing shows is not fetched. */

import { describe, expect, test, vi } from 'vitest'
import { FRESH } from '../src/sync/freshness'
import { derived, live, useVisibleTab } from './derivedWorld'
import { of, settle, tab } from './world'

useVisibleTab()

describe('A derived variable', () => {
  test('whose progress alone is shown leaves a large value on the server until something shows it', async () => {
    const world = live({ a: tab(1), d: derived([of('a')]), h: { kind: 'state', of: 'd', is: 'value' } })
    const { values } = world.shown('h')
    await settle()
    expect(world.asked[0]).toMatchObject({ state: true })
    await world.asked[0]?.answer({ number: 7 })
    expect([world.get('d'), values.at(-1)]).toEqual([null, true])
    world.shown('d')
    await settle()
    expect(world.asked[1]).not.toHaveProperty('state')
    await world.asked[1]?.answer([1, 2])
    expect([world.get('d'), values.at(-1)]).toEqual([[1, 2], true])
    expect(world.asked).toHaveLength(2)
  })

  test('whose progress alone is shown has a small value at once', async () => {
    const world = live({ d: derived([]), l: { kind: 'state', of: 'd', is: 'loading' } })
    world.shown('l')
    await settle()
    await world.asked[0]?.answer({ value: 'one' })
    const { values } = world.shown('d')
    await settle()
    expect([world.get('d'), values, world.asked.length]).toEqual(['one', [], 1])
  })

  test('whose rows a table asks for is not computed for its progress', async () => {
    const world = live({ d: derived([]), l: { kind: 'state', of: 'd', is: 'loading' } })
    const computation = world.graph.computation(of('d'))
    const call = { freshness: { ...FRESH, isLoading: true }, isReady: false, redefine: () => {}, trigger: () => {} }
    const detach = computation?.attach(call)
    const { values } = world.shown('l')
    call.freshness = FRESH
    computation?.announce(false)
    await settle()
    expect([world.asked.length, values.at(-1)]).toEqual([0, false])
    detach?.()
    await settle()
    expect(world.asked).toHaveLength(1)
  })

  test('that is polled for another one leaves a large value on the server', async () => {
    const world = live({ d: derived([], { polling: 2 }), e: derived([of('d')]) })
    world.shown('e')
    await settle()
    for (const [at, number] of [7, 7, 8].entries()) {
      const polled = world.asked.filter(({ state }) => state)
      expect(polled).toHaveLength(at + 1)
      await polled[at]?.answer({ number })
      for (const each of world.asked) if (!each.state) await each.answer(0)
      await vi.advanceTimersByTimeAsync(2000)
    }
    expect(world.asked.filter(({ state }) => !state)).toHaveLength(2)
  })
})
