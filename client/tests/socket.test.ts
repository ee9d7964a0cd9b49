/** The websocket of a tab: when it connects, what it says first, how it notices that the line is dead. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Definition } from '../src/fragments'
import type { ClientMessage, Json, ServerMessage } from '../src/protocol'
import { Presence } from '../src/sync/presence'
import { Replicas } from '../src/sync/replicas'
import { type Link, Socket } from '../src/sync/socket'
import { fragment } from './world'

/** The browser's end of a line whose other end is the test. */
class Wire {
  static readonly CONNECTING = 0
  static readonly OPEN = 1
  static made: Wire[] = []
  readyState = Wire.CONNECTING
  sent: ClientMessage[] = []
  onopen: () => void = () => {}
  onmessage: (event: { data: string }) => void = () => {}
  onclose: () => void = () => {}

  constructor(readonly url: string) {
    Wire.made.push(this)
  }

  static get last(): Wire {
    return Wire.made.at(-1) as Wire
  }

  send(frame: string): void {
    this.sent.push(JSON.parse(frame) as ClientMessage)
  }

  close(): void {
    this.readyState = 2 // closing
  }

  open(): void {
    this.readyState = Wire.OPEN
    this.onopen()
  }

  get(...messages: ServerMessage[]): void {
    this.onmessage({ data: JSON.stringify(messages.length === 1 ? messages[0] : messages) })
  }

  welcome(): void {
    const limits = { value_bytes: 1000, edit_bytes: 1000, edit_ops: 1000, frame_bytes: 1000 }
    const user = { id: 'ann', name: 'Ann' }
    const person = { id: 'p', name: 'Ann', color: '#123456' }
    this.get({ type: 'welcome', protocol: 1, build: 'b', user, person, heartbeat_ms: 10_000, limits })
  }

  lose(): void {
    this.readyState = 3
    this.onclose()
  }

  kinds(): string[] {
    return this.sent.map(({ type }) => type)
  }
}

let page: EventTarget & { visibilityState: string }
let links: Link[]
let socket: Socket
let lost: string[]
let denied: string[]
let logOuts: number
let loads: { address: string; signal: AbortSignal; resolve: (value: Json) => void; reject: (error: Error) => void }[]

const request = { target: 'target', of: null, inputs: [] }

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
  page = Object.assign(new EventTarget(), { visibilityState: 'hidden' })
  Wire.made = []
  links = []
  vi.stubGlobal('WebSocket', Wire)
  vi.stubGlobal('window', page)
  vi.stubGlobal('document', page)
  const replicas = new Replicas({
    onNotSaved: (message) => lost.push(message),
    onUnreadable: (message) => denied.push(message),
    onProgress: () => {},
  })
  const variables: Record<string, Definition> = { v: { kind: 'store', store: 's', default: 0 } }
  replicas.show('page', fragment({ variables, stores: { s: { positions: {} } } }))
  lost = []
  denied = []
  logOuts = 0
  loads = []
  socket = new Socket({
    load: (address, signal) => new Promise((resolve, reject) => loads.push({ address, signal, resolve, reject })),
    url: 'ws://app/_dara/ws',
    build: 'b',
    page: '/',
    replicas,
    presence: new Presence(),
    onLink: (link) => links.push(link),
    onOtherBuild: () => {},
    onEffect: () => {},
    onUser: () => {},
    onBroken: (trace) => denied.push(trace),
    onLoggedOut: () => logOuts++,
  })
  socket.start()
})
afterEach(() => {
  vi.clearAllTimers()
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

function goLive(): Wire {
  Wire.last.open()
  Wire.last.welcome()
  return Wire.last
}

describe('A tab', () => {
  test('says hello, and subscribes once it is welcome', () => {
    Wire.last.open()
    expect(Wire.last.kinds()).toEqual(['hello'])
    Wire.last.welcome()
    expect(Wire.last.kinds()).toEqual(['hello', 'subscribe'])
    expect(links).toEqual(['live'])
  })

  test('is the same client on every connection of one page [S1, S2]', () => {
    goLive().lose()
    vi.advanceTimersByTime(50)
    const [first, second] = [Wire.made[0], goLive()].map((wire) => wire?.sent[0])
    expect(first).toEqual(expect.objectContaining({ client: expect.stringMatching(/^[0-9a-f]{32}$/) }))
    expect(second).toEqual(first)
  })

  test('subscribes again on a new connection, answered or not', () => {
    goLive().lose()
    vi.advanceTimersByTime(50)
    expect(goLive().kinds()).toEqual(['hello', 'subscribe'])
    expect(links).toEqual(['live', 'reconnecting', 'live'])
  })

  test('reconnects after longer and longer pauses, and after short ones once a connection has lasted [S16]', () => {
    for (const pause of [50, 100, 250, 500, 1000, 2000, 5000, 5000]) {
      const before = Wire.made.length
      Wire.last.lose()
      vi.advanceTimersByTime(pause - 1)
      expect(Wire.made).toHaveLength(before)
      vi.advanceTimersByTime(1)
      expect(Wire.made).toHaveLength(before + 1)
    }
    const wire = goLive()
    vi.advanceTimersByTime(6000)
    wire.lose()
    vi.advanceTimersByTime(50)
    expect(Wire.made).toHaveLength(10)
  })

  test('runs an action that was called before the first connection', () => {
    void socket.call(request)
    expect(goLive().kinds()).toContain('call')
  })

  test('reconnects at once when the computer is online again [S16]', () => {
    for (let i = 0; i < 7; i++) {
      Wire.last.lose()
      vi.advanceTimersByTime(5000)
    }
    Wire.last.lose()
    const before = Wire.made.length
    page.dispatchEvent(new Event('online'))
    expect(Wire.made).toHaveLength(before + 1)
    page.dispatchEvent(new Event('online'))
    expect(Wire.made).toHaveLength(before + 1)
  })

  test('gives up a connection that is silent for 10 s and does not answer a ping for 10 s more [S16]', () => {
    const wire = goLive()
    vi.advanceTimersByTime(10_000)
    expect(wire.kinds().at(-1)).toBe('ping')
    vi.advanceTimersByTime(9_999)
    expect(links).toEqual(['live'])
    vi.advanceTimersByTime(1)
    expect(links).toEqual(['live', 'reconnecting'])
  })

  test('keeps a connection on which the ping is answered', () => {
    const wire = goLive()
    for (let i = 0; i < 5; i++) {
      vi.advanceTimersByTime(12_000)
      wire.get({ type: 'pong', i })
    }
    expect(links).toEqual(['live'])
  })

  test('acknowledges frames every 32 of them, and 500 ms after the last', () => {
    const wire = goLive()
    for (let i = 0; i < 31; i++) wire.get({ type: 'pong', i })
    expect(wire.sent.at(-1)).toEqual({ type: 'ack', frames: 32 })
    wire.get({ type: 'pong', i: 0 }, { type: 'pong', i: 1 })
    vi.advanceTimersByTime(500)
    expect(wire.sent.at(-1)).toEqual({ type: 'ack', frames: 33 })
  })

  test('reconnects at the time that a goodbye names', () => {
    goLive().get({ type: 'bye', code: 1000, retry_ms: 200, reason: 'drain' })
    vi.advanceTimersByTime(199)
    expect(Wire.made).toHaveLength(1)
    vi.advanceTimersByTime(1)
    expect(Wire.made).toHaveLength(2)
  })

  test('goes to the login page when its login has ended, and comes back if somebody logs in elsewhere', () => {
    goLive().get({ type: 'bye', code: 4401, retry_ms: 1000, reason: 'auth' })
    expect(logOuts).toBe(1)
    vi.advanceTimersByTime(2000)
    expect(Wire.made).toHaveLength(2)
  })

  test('cancels a call whose result is not wanted any more', async () => {
    const wire = goLive()
    const { result, cancel } = socket.call(request)
    cancel()
    expect(wire.sent.at(-1)).toEqual({ type: 'cancel', id: 1 })
    await expect(result).rejects.toThrow('cancelled')
    wire.get({ type: 'result', id: 1, value: 'late' })
  })

  test('fetches a large result from its address', async () => {
    const wire = goLive()
    const [first, second, third] = [socket.call(request), socket.call(request), socket.call(request)]
    for (const id of [1, 2, 3]) wire.get({ type: 'result', id, at: `/_dara/result/${id}` })
    expect(loads.map(({ address }) => address)).toEqual(['/_dara/result/1', '/_dara/result/2', '/_dara/result/3'])
    loads[0]?.resolve([1])
    expect(await first.result).toEqual([1])
    loads[1]?.reject(new Error('gone'))
    await expect(second.result).rejects.toMatchObject({ code: 'lost' })
    third.cancel()
    expect(loads[2]?.signal.aborted).toBe(true)
    await expect(third.result).rejects.toMatchObject({ code: 'cancelled' })
  })

  test('collects a large result that comes in parts', async () => {
    const wire = goLive()
    const { result } = socket.call(request)
    wire.get({ type: 'part', id: 1, elements: [1, 2] })
    wire.get({ type: 'part', id: 1, elements: [3] })
    wire.get({ type: 'result', id: 1, parts: true })
    expect(await result).toEqual([1, 2, 3])
  })

  test('ends the fetching of a large result when the connection ends', async () => {
    const wire = goLive()
    const { result } = socket.call(request)
    wire.get({ type: 'result', id: 1, at: '/_dara/result/1' })
    wire.lose()
    expect(loads[0]?.signal.aborted).toBe(true)
    await expect(result).rejects.toMatchObject({ code: 'disconnected' })
  })

  test('does not send a call that was cancelled before it was connected', async () => {
    const { result, cancel } = socket.call(request)
    cancel()
    await expect(result).rejects.toThrow('cancelled')
    expect(goLive().kinds()).toEqual(['hello', 'subscribe'])
  })

  test('reports an action that was cut off, and one that cannot be started', async () => {
    const wire = goLive()
    const { result: call } = socket.call(request)
    wire.lose()
    await expect(call).rejects.toThrow('connection was lost')
    await expect(socket.call(request).result).rejects.toThrow('there is no connection')
  })

  test('subscribes on a new connection although the old one has not finished closing', () => {
    const old = goLive()
    old.close()
    page.dispatchEvent(new Event('online'))
    expect(Wire.last).not.toBe(old)
    goLive()
    expect(Wire.last.kinds()).toContain('subscribe')
  })

  test('subscribes again to a value that the server could not read, and notifies the user once', () => {
    const wire = goLive()
    const fail = () =>
      wire.get({ type: 'error', id: 1, store: 's', code: 'backend', message: 'It cannot be read now.' })
    fail()
    vi.advanceTimersByTime(1000)
    expect(wire.kinds()).toEqual(['hello', 'subscribe', 'ack', 'subscribe'])
    fail()
    expect([denied, lost]).toEqual([['It cannot be read now.'], []])
    wire.lose()
    vi.advanceTimersByTime(50)
    expect(goLive().kinds()).toEqual(['hello', 'subscribe'])
  })

  test('gives up a connection on which no welcome comes [S16]', () => {
    Wire.last.open()
    vi.advanceTimersByTime(60_000)
    expect(Wire.made.length).toBeGreaterThan(1)
  })

  describe('that is visible', () => {
    let draw: (() => void)[]
    let taken: unknown[]
    let wire: Wire

    beforeEach(() => {
      draw = []
      taken = []
      vi.stubGlobal('requestAnimationFrame', (callback: () => void) => draw.push(callback))
      vi.stubGlobal('cancelAnimationFrame', (request: number) => delete draw[request - 1])
      wire = goLive()
      page.visibilityState = 'visible'
      for (let i = 0; i < 5; i++)
        socket
          .call(request)
          .result.then((value) => taken.push(value))
          .catch(() => {})
      void get(1)
    })

    async function get(...ids: number[]): Promise<void> {
      for (const id of ids) wire.get({ type: 'result', id, value: id })
      await Promise.resolve()
    }

    async function drawn(): Promise<void> {
      for (const callback of draw.splice(0)) callback?.()
      await Promise.resolve()
    }

    test('handles all frames before the next paint together', async () => {
      await get(2, 3)
      expect(taken).toEqual([1])
      await drawn()
      expect(taken).toEqual([1, 2, 3])
      await get(4)
      expect(taken).toEqual([1, 2, 3])
      await drawn()
      await drawn()
      expect(draw).toEqual([])
      await get(5)
      expect(taken).toEqual([1, 2, 3, 4, 5])
    })

    test('handles all frames at once when it is hidden, and when the connection is lost', async () => {
      await get(2)
      page.visibilityState = 'hidden'
      page.dispatchEvent(new Event('visibilitychange'))
      await get(3)
      expect(taken).toEqual([1, 2, 3])
      page.visibilityState = 'visible'
      await get(4, 5)
      wire.lose()
      await Promise.resolve()
      expect(taken).toEqual([1, 2, 3, 4, 5])
    })

    test('handles the frames behind one that fails', async () => {
      const failed = vi.fn()
      vi.stubGlobal('reportError', failed)
      wire.onmessage({ data: '{' })
      await get(2)
      await drawn()
      expect(taken).toEqual([1, 2])
      expect(failed).toHaveBeenCalledOnce()
    })

    test('does not wait long for a paint', async () => {
      await get(2)
      vi.advanceTimersByTime(100)
      await Promise.resolve()
      expect(taken).toEqual([1, 2])
      expect(draw.filter(Boolean)).toHaveLength(1)
    })

    test('handles no more frames of a connection that was given up', async () => {
      wire.get({ type: 'bye', code: 1000, retry_ms: 200, reason: 'drain' })
      await get(2)
      await drawn()
      expect(taken).toEqual([1])
      expect(links).toEqual(['live', 'reconnecting'])
    })
  })

  test('does not take a refused subscription for a failed action', async () => {
    const wire = goLive()
    const { result: call } = socket.call(request)
    wire.get({ type: 'error', id: 1, store: 's', code: 'rate', message: 'A tab may hold 1000 subscriptions.' })
    wire.get({ type: 'result', id: 1, value: 'done' })
    await expect(call).resolves.toBe('done')
  })
})
