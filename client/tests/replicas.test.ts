/** The replicas of a tab, their subscriptions, and edits of stores that the page does not show any more. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Definition, StoreInfo } from '../src/fragments'
import type { Json } from '../src/protocol'
import { LINGER_MS } from '../src/sync/replicas'
import { fragment, info, of, World } from './world'

const S = { store: 's' }
const shared = (more: Partial<Extract<Definition, { kind: 'store' }>> = {}): Definition => ({
  kind: 'store',
  default: 'default',
  store: 's',
  ...more,
})
const page = (variables: Record<string, Definition>, s: StoreInfo = info()) => fragment({ variables, stores: { s } })

let world: World

beforeEach(() => {
  vi.useFakeTimers()
  world = new World()
})
afterEach(() => {
  vi.useRealTimers()
})

function connected(): World {
  world.connect()
  return world
}

describe('A replica', () => {
  test('starts with the value of its fragment, and the tab requests the changes since', () => {
    world.show('page', page({ v: shared() }, info({ '': 'hello' })))
    expect(world.get('v')).toBe('hello')
    connected()
    expect(world.take('subscribe')).toEqual([
      { type: 'subscribe', id: 1, store: 's', since: { epoch: 'e', version: 1 } },
    ])
  })

  test('of a fragment that comes later is subscribed at once, through its slot', () => {
    connected().show('part', page({ v: shared() }), 'slot')
    expect(world.take('subscribe')).toEqual([{ type: 'subscribe', id: 1, store: 's', of: 'slot' }])
  })

  test('is one for all fragments that show its value, and is subscribed through the page rather than a slot', () => {
    world.show('page', page({ v: shared() }))
    connected().show('part', page({ w: shared(), x: shared({ at: 'a' }) }), 'slot')
    expect(world.take('subscribe')).toEqual([
      { type: 'subscribe', id: 1, store: 's' },
      { type: 'subscribe', id: 1, store: 's', at: 'a' },
    ])
  })

  test('is removed a moment after its last fragment, unless another shows it by then', () => {
    connected().show('page', page({ v: shared() }))
    world.snapshot(S, 'value', 7)
    world.replicas.hide('page')
    vi.advanceTimersByTime(LINGER_MS - 1)
    world.show('other page', page({ v: shared() }))
    vi.advanceTimersByTime(LINGER_MS)
    expect(world.take('unsubscribe')).toEqual([])
    world.replicas.hide('other page')
    vi.advanceTimersByTime(LINGER_MS)
    expect(world.take('unsubscribe')).toEqual([{ type: 'unsubscribe', channel: 7, store: 's' }])
    expect(world.replicas.size).toBe(0)
  })

  test('stays while an edit is not saved', () => {
    connected().show('page', page({ v: shared() }))
    world.snapshot(S, 'value', 7)
    world.set('v', 'mine')
    world.replicas.hide('page')
    vi.advanceTimersByTime(10 * LINGER_MS)
    expect(world.replicas.hasUnsent).toBe(true)
    world.acknowledge()
    vi.advanceTimersByTime(LINGER_MS)
    expect(world.take('unsubscribe')).toHaveLength(1)
  })

  test('that is created again continues the numbers of its edits', () => {
    connected().show('page', page({ v: shared() }))
    world.replicas.receive({
      ...{ type: 'snapshot', id: 1, ...S, channel: 1, epoch: 'e', version: 8, author: 2, readonly: false },
      ...{ durability: 'disk', reason: 'subscribe', value: 'old', receipt: { n: 5, status: 'applied', version: 7 } },
    })
    world.set('v', 'new')
    expect(world.take('edit')).toEqual([expect.objectContaining({ n: 6 })])
  })

  test('is kept when its fragment is replaced by another that shows it', () => {
    connected().show('part', page({ v: shared() }), 'slot')
    world.snapshot(S, 'value')
    world.take('subscribe')
    world.show('part', page({ v: shared() }), 'slot')
    vi.advanceTimersByTime(LINGER_MS)
    expect([world.take('subscribe'), world.take('unsubscribe'), world.get('v')]).toEqual([[], [], 'value'])
  })

  test('keeps its listeners when its fragment is rendered anew', () => {
    connected().show('part', page({ v: shared() }), 'slot')
    world.snapshot(S, 'one')
    const { values } = world.shown('v')
    const confirmed: Json[] = []
    world.graph.watch(of('v'), () => confirmed.push(world.graph.fingerprint(of('v'))))
    world.show('part', page({ v: shared() }), 'slot')
    world.other(S, [{ op: 'replace', path: [], value: 'two' }])
    expect([values.at(-1), confirmed.at(-1)]).toEqual(['two', [null, 'two']])
  })
})

describe('A value that a user may not read', () => {
  test('has its default and the reason, until it is granted', () => {
    connected().show('page', page({ v: shared() }))
    const reasons: (string | null)[] = []
    world.replicas.refusals.subscribe(() => reasons.push(world.graph.source(of('v')).refusal))
    world.replicas.subscribeFailed(S, 'forbidden', 'Only the board may read this.')
    expect([world.get('v'), reasons]).toEqual(['default', ['Only the board may read this.']])
    world.take('subscribe')
    world.replicas.askAgain(S)
    world.replicas.subscribeFailed(S, 'forbidden', 'No.')
    world.replicas.askAgain(S)
    expect([world.take('subscribe').length, reasons.length]).toEqual([2, 1])
    world.snapshot(S, 'value')
    expect([world.get('v'), reasons.at(-1)]).toEqual(['value', null])
    world.replicas.revoke(S, 'Only the board may read this.')
    world.set('v', 'mine')
    expect([world.get('v'), world.replicas.hasUnsent]).toEqual(['default', false])
  })

  test('any longer leaves the page, and its unsaved edits are reported to the user', () => {
    connected().show('page', page({ v: shared() }))
    world.snapshot(S, 'secret')
    world.set('v', 'mine')
    world.replicas.revoke(S, 'You left the team.')
    expect([world.get('v'), world.graph.source(of('v')).refusal, world.lost]).toEqual([
      'default',
      'You left the team.',
      [expect.stringContaining('not saved')],
    ])
    expect(world.replicas.hasUnsent).toBe(false)
  })

  test('and may read later is subscribed when it is shown again', () => {
    connected().show('page', page({ v: shared() }))
    world.replicas.subscribeFailed(S, 'forbidden', 'No.')
    world.show('page', page({ v: shared() }))
    world.snapshot(S, 'value')
    expect([world.take('subscribe').length, world.get('v')]).toEqual([2, 'value'])
  })
})

describe('After a reconnect', () => {
  test('values of pages are subscribed at once, and those of a slot when it is rendered', () => {
    world.show('page', page({ v: shared() }))
    connected().show('part', fragment({ variables: { w: shared({ store: 't' }) } }), 'slot')
    world.snapshot(S, 'one')
    world.snapshot({ store: 't' }, 'two', 2)
    world.cut()
    world.take('subscribe')
    world.set('w', 'mine')
    world.connect()
    expect(world.take('subscribe')).toEqual([expect.objectContaining({ store: 's' })])
    world.show('part', fragment({ variables: { w: shared({ store: 't' }) } }), 'slot')
    expect(world.take('subscribe')).toEqual([expect.objectContaining({ store: 't', of: 'slot' })])
    world.snapshot({ store: 't' }, 'two', 2)
    expect(world.take('edit')).toEqual([expect.objectContaining({ store: 't', n: 1 })])
  })

  test('a value of a page that is gone is subscribed as before', () => {
    connected().show('page', page({ v: shared() }))
    world.snapshot(S, 'one')
    world.cut()
    world.set('v', 'mine')
    world.replicas.hide('page')
    world.take('subscribe')
    world.connect()
    expect(world.take('subscribe')).toHaveLength(1)
    world.snapshot(S, 'one')
    expect(world.take('edit')).toHaveLength(1)
  })

  test('edits through a slot that no longer shows their value are reported to the user', () => {
    connected().show('part', page({ v: shared() }), 'slot')
    world.snapshot(S, 'one')
    world.cut()
    world.set('v', 'my long work')
    world.connect()
    world.show('part', fragment(), 'slot')
    expect(world.lost).toEqual([expect.stringContaining('“my long work”')])
    expect(world.replicas.hasUnsent).toBe(false)
  })

  test('a value that the server does not know yet is subscribed once its slot is rendered again', () => {
    connected().show('part', page({ v: shared() }), 'slot')
    world.replicas.subscribeFailed(S, 'unknown', 'No.')
    world.take('subscribe')
    expect(world.lost).toEqual([])
    world.show('part', page({ v: shared() }), 'slot')
    expect(world.take('subscribe')).toHaveLength(1)
  })
})

describe('A room that follows a variable', () => {
  const variables: Record<string, Definition> = {
    key: { kind: 'tab', default: 'a' },
    v: shared({ at: of('key') }),
  }

  function inRooms(value: Json = 'a'): World {
    connected().show('page', fragment({ variables: { ...variables, key: { kind: 'tab', default: value } } }))
    return world
  }

  test('shows the value of the present room, and the default until it is there', () => {
    const { values } = inRooms().shown('v')
    world.snapshot({ store: 's', at: 'a' }, 'in a', 1)
    world.set('key', 'b')
    world.snapshot({ store: 's', at: 'b' }, 'in b', 2)
    world.other({ store: 's', at: 'a' }, [{ op: 'replace', path: [], value: 'unseen' }])
    expect(values).toEqual(['in a', 'default', 'in b'])
    expect(world.take('subscribe').map(({ at }) => at)).toEqual(['a', 'b'])
  })

  test('is left a moment after its last watcher', () => {
    const { stop } = inRooms().shown('v')
    world.snapshot({ store: 's', at: 'a' }, 'in a', 1)
    world.set('key', 'b')
    vi.advanceTimersByTime(LINGER_MS)
    expect(world.take('unsubscribe')).toEqual([{ type: 'unsubscribe', channel: 1, store: 's', at: 'a' }])
    stop()
    vi.advanceTimersByTime(LINGER_MS)
    expect(world.replicas.size).toBe(0)
  })

  test('that is left still gets the edits made in it', () => {
    inRooms().shown('v')
    world.set('v', 'for a')
    world.set('key', 'b')
    vi.advanceTimersByTime(10 * LINGER_MS)
    world.snapshot({ store: 's', at: 'a' }, 'in a', 1)
    expect(world.take('edit')).toEqual([
      expect.objectContaining({ store: 's', at: 'a', ops: [expect.objectContaining({ value: 'for a' })] }),
    ])
    expect(world.get('v')).toBe('default')
  })

  test('without a name cannot be edited; a name may be a number', () => {
    inRooms(null).shown('v')
    world.set('v', 'lost?')
    expect([world.get('v'), world.notices.length, world.replicas.size]).toEqual(['default', 1, 0])
    world.set('key', 42)
    expect(world.take('subscribe')).toEqual([expect.objectContaining({ store: 's', at: '42' })])
  })

  test('may be another for the same variable, when its fragment is rendered anew', () => {
    connected().show('part', fragment({ variables: { v: shared({ at: 'a' }) } }), 'slot')
    const { values } = world.shown('v')
    world.snapshot({ store: 's', at: 'a' }, 'in a', 1)
    world.show('part', fragment({ variables: { v: shared({ at: 'b' }) } }), 'slot')
    world.snapshot({ store: 's', at: 'b' }, 'in b', 2)
    expect(values).toEqual(['in a', 'default', 'in b'])
  })
})
