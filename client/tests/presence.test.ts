/** Presence: the cursor that a tab sends, and the users that it shows. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { initials } from '../src/components/lib/initials'
import { People, type Place } from '../src/components/lib/people'
import type { ClientMessage, Cursor, Json, Path, Person } from '../src/protocol'
import { Presence, TYPING_MS } from '../src/sync/presence'
import { add, remove, TestTab } from './testTab'

const ME: Person = { id: 'me', name: 'Ann', color: '#111111' }
const BEN: Person = { id: 'ben', name: 'Ben', color: '#222222' }
const CEM: Person = { id: 'cem', name: 'Cem', color: '#333333' }
const KEY = 7
const FIELD = {}

let presence: Presence
let said: ClientMessage[]
let tab: TestTab

beforeEach(() => {
  vi.useFakeTimers()
  presence = new Presence()
  said = []
  tab = new TestTab({ value: ['one', 'two'] })
  tab.connect()
})
afterEach(() => {
  vi.useRealTimers()
})

function connect(): void {
  presence.connect((message) => said.push(structuredClone(message)), ME)
}

/** Return the messages since the last call, after some time has passed. */
function heard(): Json[] {
  vi.advanceTimersByTime(100)
  return said.splice(0).map((message) => ('data' in message ? (message.data as Json) : message.type))
}

const at = (path: Path, typing = false) => ({ path, version: 5, typing })
const spot = (path: Path, typing = false, version = 5): Cursor => ({ path, version, typing })
const names = (path: Path) => presence.typists(KEY, path).map(({ name }) => name)

describe('A field', () => {
  beforeEach(() => {
    connect()
    tab.current()
  })

  test('sends that the user enters, types, pauses and leaves; the newest state within a tenth of a second', () => {
    presence.enter(FIELD, { replica: tab.replica, path: [0] })
    expect(heard()).toEqual([at([0])])
    for (let i = 0; i < 20; i++) presence.edited(FIELD)
    expect(heard()).toEqual([at([0], true)])
    vi.advanceTimersByTime(TYPING_MS)
    expect(heard()).toEqual([at([0])])
    presence.exit(FIELD)
    expect(heard()).toEqual([null])
    expect(heard()).toEqual([])
  })

  test('is left for another in one message', () => {
    presence.enter(FIELD, { replica: tab.replica, path: [0] })
    heard()
    const other = {}
    presence.exit(FIELD)
    presence.enter(other, { replica: tab.replica, path: [1] })
    presence.exit(FIELD)
    presence.edited(FIELD)
    expect(heard()).toEqual([at([1])])
  })

  test('sends its cursor again after a reconnect, once its value is there', () => {
    presence.enter(FIELD, { replica: tab.replica, path: [0] })
    heard()
    presence.disconnect()
    tab.replica.disconnect()
    connect()
    expect(heard()).toEqual([])
    tab.connect()
    tab.current()
    presence.update()
    expect(heard()).toEqual([at([0])])
  })

  test('with too long a path sends no cursor', () => {
    presence.enter(FIELD, { replica: tab.replica, path: ['x'.repeat(1000)] })
    expect(heard()).toEqual([])
  })
})

describe('Others', () => {
  beforeEach(connect)

  test('are at the path where they type, and nowhere else; the own cursor is not among them', () => {
    presence.receive({
      type: 'presence',
      channel: KEY,
      entries: [
        [1, BEN, spot(['a'], true)],
        [2, CEM, spot(['b'])],
        [3, ME, spot(['a'])],
        [4, BEN, spot(['a'])],
      ],
    })
    expect(presence.typists(KEY, ['a'])).toEqual([{ ...BEN, isTyping: false }])
    expect(names(['b'])).toEqual(['Cem'])
    expect(names([])).toEqual([])
    expect(presence.typists(8, ['a'])).toEqual([])
  })

  test('are the same array until they change', () => {
    presence.receive({ type: 'presence', channel: KEY, entries: [[1, BEN, spot(['a'])]] })
    const before = presence.typists(KEY, ['a'])
    presence.receive({
      type: 'presence',
      channel: KEY,
      entries: [
        [1, BEN, spot(['a'], false, 6)],
        [2, CEM, spot(['b'])],
      ],
    })
    expect(presence.typists(KEY, ['a'])).toBe(before)
  })

  test('move with their item; edits that they knew have moved them already', () => {
    const change = (version: number, author: number) =>
      presence.receiveChange({
        type: 'change',
        channel: KEY,
        base: version - 1,
        version,
        edits: [[author, 1, [add(['items', 0], 'x')]]],
      })
    presence.receive({ type: 'presence', channel: KEY, entries: [[1, BEN, spot(['items', 1, 'text'])]] })
    change(5, 2)
    expect(names(['items', 1, 'text'])).toEqual(['Ben'])
    change(6, 2)
    expect(names(['items', 2, 'text'])).toEqual(['Ben'])
    change(7, 1)
    expect(names(['items', 2, 'text'])).toEqual(['Ben'])
    presence.receiveChange({
      type: 'change',
      channel: KEY,
      base: 7,
      version: 8,
      edits: [[2, 3, [remove(['items', 2])]]],
    })
    expect(names(['items', 2, 'text'])).toEqual([])
  })

  test('are forgotten when the connection is lost, or the record is subscribed again', () => {
    let told = 0
    presence.subscribe(() => told++)
    presence.receive({ type: 'presence', channel: KEY, entries: [[1, BEN, spot(['a'])]] })
    presence.forget(KEY)
    expect(names(['a'])).toEqual([])
    presence.receive({ type: 'presence', channel: KEY, entries: [[1, BEN, spot(['a'])]] })
    presence.disconnect()
    expect(names(['a'])).toEqual([])
    expect(told).toBe(4)
  })
})

describe('A page or a value', () => {
  const attend = (place: Place) => People.of(presence).attend(place)
  const visitors = (came: Person[], left: string[] | null, count: number, place: string | number = '/') =>
    presence.watcher?.receive({ type: 'visitors', place, came, left, count })
  const shown = (place: Place = '/') =>
    People.of(presence)
      .visitors(place)
      .get()
      .people.map(({ name }) => name)

  test('is visited while a component shows its visitors, also after a reconnect', () => {
    const stop = attend('/')
    connect()
    expect(said.splice(0)).toEqual([{ type: 'visit', page: '/' }])
    presence.disconnect()
    connect()
    expect(said.splice(0)).toEqual([{ type: 'visit', page: '/' }])
    stop()
    stop()
    return Promise.resolve().then(() => expect(said).toEqual([{ type: 'visit', page: null }]))
  })

  test('that is left for another is one message', () => {
    connect()
    const stop = attend('/')
    stop()
    attend('/other')
    return Promise.resolve().then(() =>
      expect(said).toEqual([
        { type: 'visit', page: '/' },
        { type: 'visit', page: '/other' },
      ]),
    )
  })

  test('shows its own user first, follows other visitors, and shows nobody of another page', () => {
    connect()
    attend('/')
    visitors([BEN, ME], null, 2)
    expect(shown()).toEqual(['Ann', 'Ben'])
    visitors([CEM], ['ben'], 2)
    expect(shown()).toEqual(['Ann', 'Cem'])
    visitors([BEN], null, 9, '/other')
    expect(shown()).toEqual(['Ann', 'Cem'])
    visitors([ME], null, 1)
    expect(shown()).toEqual(['Ann'])
  })

  test('is attended where it has a channel, beside the page, until the user may not read it', () => {
    const attended = (present: boolean) => ({ type: 'attend', channel: KEY, ...tab.replica.address, present })
    connect()
    attend('/')
    const stop = attend(tab.replica)
    expect(said.splice(0)).toEqual([{ type: 'visit', page: '/' }])
    tab.current()
    presence.update()
    expect(said.splice(0)).toEqual([attended(true)])
    visitors([BEN, ME], null, 2, KEY)
    expect([shown(), shown(tab.replica)]).toEqual([[], ['Ann', 'Ben']])
    tab.replica.revoke('No more')
    presence.update()
    expect(shown(tab.replica)).toEqual([])
    tab.connect()
    tab.current()
    presence.update()
    stop()
    return Promise.resolve().then(() => expect(said).toEqual([attended(true), attended(false)]))
  })
})

test.each([
  ['Ann', 'AN'],
  ['Ann-Kathrin von Berg', 'AB'],
  ['Teal Otter', 'TO'],
  ['ann.berg@example.com', 'AB'],
  ['李小龍', '李小'],
  ['👩‍🚀 Ada', '👩‍🚀A'],
  ['?!', '?!'],
  ['x', 'X'],
])('The initials of %s are %s', (name, letters) => {
  expect(initials(name)).toBe(letters)
})
