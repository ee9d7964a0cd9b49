/** The one websocket of a tab: it connects, reconnects, and hands each message to whom it concerns. */

import { ACTION } from '../messages'
import { type ClientEffect, type ClientMessage, type Json, PROTOCOL, type ServerMessage, type User } from '../protocol'
import { type Call, CallFailed, type Request } from './calls'
import { Connection } from './network'
import type { Presence } from './presence'
import type { Replicas } from './replicas'

export type Link = 'connecting' | 'live' | 'reconnecting'

const RECONNECT_MS = [50, 100, 250, 500, 1000, 2000, 5000]
const DEAD_AFTER_MS = 10_000
/** How often to see whether the user whom the page is for has logged in again. */
const NOT_OURS_MS = 3000
const CONFIRM_FRAMES = 32
const CONFIRM_MS = 500
/** A connection that has lasted this long was a good one: after it, reconnecting begins anew with short pauses. */
const LASTING_MS = 5000
/** A page that was not drawn for so long is not being looked at, whatever it says. */
const UNDRAWN_MS = 100

export interface SocketOptions {
  url: string
  build: string
  page: string
  replicas: Replicas
  presence: Presence
  onLink: (link: Link) => void
  /** The server runs another build of the app than this page. */
  onOtherBuild: (build: string) => void
  onEffect: (effect: ClientEffect) => void
  /** Returns `false` if the page is not that user's: nothing is said for it then. */
  onUser: (user: User) => unknown
  /** The login has ended. */
  onLoggedOut: () => void
}

interface Caller {
  resolve: (value: Json) => void
  reject: (error: CallFailed) => void
}

export class Socket {
  readonly #options: SocketOptions
  readonly #client = randomHex()
  readonly #calls = new Map<number, Caller>()
  #socket: Connection | null = null
  #link: Link = 'connecting'
  #attempt = -1
  #reconnect: ReturnType<typeof setTimeout> | undefined
  #ping: ReturnType<typeof setTimeout> | undefined
  #confirm: ReturnType<typeof setTimeout> | undefined
  #heartbeat = 10_000
  #pings = 0
  #frames = 0
  /** Frames that came since the last drawing, but for the first. */
  #waiting: string[] = []
  #isDrawing = false
  #confirmed = 0
  #requests = 0
  /** Calls that were made before the page was first connected. */
  #early: ClientMessage[] = []
  #welcomeAt: number | null = null
  #isPonging = false

  constructor(options: SocketOptions) {
    this.#options = options
  }

  /** Connect, and stay connected until the page goes away. */
  start(): void {
    const now = () => this.#connectNow()
    window.addEventListener('online', now)
    window.addEventListener('pageshow', now)
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') now()
      else this.#takeWaiting() // what is not seen is not drawn
    })
    this.#connect()
  }

  get link(): Link {
    return this.#link
  }

  /** Run a function of the app on the server; an action's effects arrive while it runs. */
  call({ target, of, slot, fresh, inputs }: Request): Call {
    if (this.#welcomeAt === null && this.#link !== 'connecting') {
      const failure = new CallFailed('disconnected', ACTION.disconnected)
      return { result: Promise.reject(failure), cancel: () => {} }
    }
    const id = ++this.#requests
    const message: ClientMessage = {
      type: 'call',
      id,
      target,
      ...(of !== null && { of }),
      ...(slot !== undefined && { slot }),
      ...(fresh && { fresh }),
      inputs,
    }
    if (this.#welcomeAt === null) this.#early.push(message)
    else this.#send(message)
    const result = new Promise<Json>((resolve, reject) => this.#calls.set(id, { resolve, reject }))
    return { result, cancel: () => this.#cancel(id) }
  }

  /** The py_component of that slot is gone. */
  release(slot: string): void {
    if (this.#welcomeAt !== null) this.#send({ type: 'release', slot })
  }

  #cancel(id: number): void {
    const caller = this.#calls.get(id)
    if (!caller) return
    this.#calls.delete(id)
    const { length } = this.#early
    this.#early = this.#early.filter((message) => !('id' in message && message.id === id))
    if (length === this.#early.length) this.#send({ type: 'cancel', id })
    caller.reject(new CallFailed('cancelled', ACTION.cancelled))
  }

  #connectNow(): void {
    switch (this.#socket?.state) {
      case 'connecting':
        return
      case 'open':
        if (!this.#isPonging) this.#expectPong()
        return
      case 'closed':
        this.#drop() // the closing handshake may take its time
        break
    }
    this.#connect()
  }

  #connect(): void {
    clearTimeout(this.#reconnect)
    const { url, build, page } = this.#options
    this.#frames = this.#confirmed = 0
    this.#socket = new Connection(url, {
      onOpen: () => this.#send({ type: 'hello', protocol: PROTOCOL, client: this.#client, build, page }),
      onData: (data) => this.#onData(data),
      onClose: () => {
        const socket = this.#socket
        this.#takeWaiting()
        if (socket === this.#socket) this.#onClose()
      },
    })
    this.#reconnect = setTimeout(() => this.#drop(), DEAD_AFTER_MS) // unless it is welcome by then
  }

  /** Give up on a connection without waiting for its closing handshake. */
  #drop(pause?: number): void {
    const socket = this.#socket
    this.#socket = null
    socket?.close()
    this.#onClose(pause)
  }

  #onClose(pause = this.#nextPause()): void {
    this.#socket = null
    this.#waiting = []
    this.#welcomeAt = null
    this.#isPonging = false
    for (const timer of [this.#ping, this.#confirm, this.#reconnect]) clearTimeout(timer)
    this.#confirm = undefined
    this.#options.replicas.disconnect()
    this.#options.presence.disconnected()
    const cutOff = [...this.#calls.values()]
    this.#calls.clear()
    this.#early = []
    this.#setLink('reconnecting')
    for (const call of cutOff) call.reject(new CallFailed('disconnected', ACTION.connectionLost))
    this.#reconnect = setTimeout(() => this.#connect(), pause * (0.5 + Math.random()))
  }

  #nextPause(): number {
    const lasted = this.#welcomeAt !== null && performance.now() - this.#welcomeAt > LASTING_MS
    this.#attempt = lasted ? 0 : this.#attempt + 1
    return RECONNECT_MS[Math.min(this.#attempt, RECONNECT_MS.length - 1)] as number
  }

  /** Take what comes at once; but what comes before the next drawing all together, right before it. */
  #onData(data: string): void {
    this.#expectQuiet()
    if (this.#isDrawing) {
      this.#waiting.push(data)
      if (document.visibilityState === 'hidden') this.#takeWaiting()
      return
    }
    this.#onFrame(data)
    if (document.visibilityState === 'hidden') return
    this.#isDrawing = true
    beforeDrawing(() => this.#onDrawing())
  }

  #onDrawing(): void {
    this.#isDrawing = this.#waiting.length > 0
    if (this.#isDrawing) beforeDrawing(() => this.#onDrawing())
    this.#takeWaiting()
  }

  #takeWaiting(): void {
    const waiting = this.#waiting
    this.#waiting = []
    const socket = this.#socket
    for (const data of waiting) {
      if (socket !== this.#socket) return
      try {
        this.#onFrame(data)
      } catch (error) {
        reportError(error) // as if it had come by itself: those behind it are taken all the same
      }
    }
  }

  #onFrame(data: string): void {
    this.#frames++
    const frame = JSON.parse(data) as ServerMessage | ServerMessage[]
    for (const message of Array.isArray(frame) ? frame : [frame]) {
      if (this.#socket) this.#onMessage(message)
    }
    if (!this.#socket) return
    if (this.#frames - this.#confirmed >= CONFIRM_FRAMES) this.#confirmFrames()
    // Not all at one moment: a change reaches all tabs at once.
    else this.#confirm ??= setTimeout(() => this.#confirmFrames(), CONFIRM_MS * (0.5 + Math.random() / 2))
  }

  #onMessage(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        return this.#onWelcome(message)
      case 'snapshot':
      case 'current':
        if (message.id !== undefined) this.#options.presence.forget(message.channel)
        return this.#options.replicas.receive(message)
      case 'reject':
      case 'retry':
        return this.#options.replicas.receive(message)
      case 'change':
        this.#options.presence.change(message)
        return this.#options.replicas.receiveChange(message)
      case 'presence':
        return this.#options.presence.receive(message)
      case 'visitors':
        return this.#options.presence.visited(message)
      case 'revoked':
        return this.#options.replicas.revoke(message, message.message)
      case 'paused':
        return this.#options.replicas.pause(message, message.message)
      case 'result':
        return this.#answer(message.id, (call) => call.resolve(message.value))
      case 'error': {
        const { id, code, message: reason, store, at } = message
        if (store === undefined) return this.#answer(id, (call) => call.reject(new CallFailed(code, reason)))
        return this.#options.replicas.subscribeFailed({ store, ...(at !== undefined && { at }) }, code, reason)
      }
      case 'effect':
        return this.#options.onEffect(message.effect)
      case 'bye':
        if (message.reason === 'auth') this.#options.onLoggedOut()
        return this.#drop(Math.max(message.retry_ms, this.#nextPause()))
      case 'pong':
        return
      default:
        message satisfies never
    }
  }

  #onWelcome({ build, user, person, heartbeat_ms, limits }: Extract<ServerMessage, { type: 'welcome' }>): void {
    if (this.#options.onUser(user) === false) return this.#drop(NOT_OURS_MS)
    this.#welcomeAt = performance.now()
    this.#heartbeat = heartbeat_ms
    clearTimeout(this.#reconnect)
    this.#options.replicas.connect((message) => this.#send(message), limits)
    this.#options.presence.connected((message) => this.#send(message), person)
    this.#setLink('live')
    for (const message of this.#early.splice(0)) this.#send(message)
    if (build !== this.#options.build) this.#options.onOtherBuild(build)
  }

  #answer(id: number, deliver: (call: Caller) => void): void {
    const call = this.#calls.get(id)
    this.#calls.delete(id)
    if (call) deliver(call)
  }

  #confirmFrames(): void {
    clearTimeout(this.#confirm)
    this.#confirm = undefined
    this.#confirmed = this.#frames
    this.#send({ type: 'ack', frames: this.#frames })
  }

  /** Something was heard: ping only after a quiet spell. */
  #expectQuiet(): void {
    this.#isPonging = false
    clearTimeout(this.#ping)
    this.#ping = setTimeout(() => this.#expectPong(), this.#heartbeat)
  }

  #expectPong(): void {
    this.#isPonging = true
    clearTimeout(this.#ping)
    this.#send({ type: 'ping', i: ++this.#pings })
    this.#ping = setTimeout(() => this.#drop(), DEAD_AFTER_MS)
  }

  #send(message: ClientMessage): void {
    this.#socket?.send(JSON.stringify(message))
  }

  #setLink(link: Link): void {
    if (link === this.#link) return
    this.#link = link
    this.#options.onLink(link)
  }
}

function randomHex(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Call back when the browser is about to draw; or after a moment if it does not, as in a frame that is scrolled away. */
function beforeDrawing(callback: () => void): void {
  const request = requestAnimationFrame(() => {
    clearTimeout(timer)
    callback()
  })
  const timer = setTimeout(() => {
    cancelAnimationFrame(request)
    callback()
  }, UNDRAWN_MS)
}
