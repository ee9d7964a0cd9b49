/** The websocket of a tab: connects, reconnects, and dispatches each message to the part that it concerns. */

import { type ClientEffect, type ClientMessage, PROTOCOL, type ServerMessage, type User } from '../protocol'
import { reconnectPause } from './backoff'
import { type Call, notConnected, type Request } from './calls'
import { Connection } from './network'
import { PaintQueue } from './paintQueue'
import { type Load, PendingCalls } from './pendingCalls'
import type { Presence } from './presence'
import type { Replicas } from './replicas'

/** The state of the connection as the user sees it. */
export type Link = 'connecting' | 'live' | 'reconnecting'

type State =
  | { kind: 'waiting' }
  | { kind: 'connecting'; connection: Connection }
  | { kind: 'live' | 'pinging'; connection: Connection; since: number }

/** The time within which the server has to welcome the tab, or to answer a ping. */
const DEAD_AFTER_MS = 10_000
/** The pause before the next attempt while another user is logged in. */
const OTHER_USER_MS = 3000
/** The number of frames, and the time, after which the server is told how many frames have arrived. */
const ACK_FRAMES = 32
const ACK_MS = 500
/** The lifetime of a connection after which the pauses start anew with the shortest. */
const LASTING_MS = 5000

export interface SocketOptions {
  url: string
  build: string
  page: string
  replicas: Replicas
  presence: Presence
  load: Load
  onLink: (link: Link) => void
  /** Called when the server runs another build of the app than this page. */
  onOtherBuild: (build: string) => void
  /** `target`: of the call that has the effect. */
  onEffect: (effect: ClientEffect, target: string | null) => void
  /** Returns `false` if the page belongs to another user: nothing is sent then. */
  onUser: (user: User) => unknown
  /** Called with the reason why the server cannot load the app. */
  onBroken: (trace: string) => void
  /** Called when the login has ended. */
  onLoggedOut: () => void
}

/**
 * The states of the socket:
 *
 *            pause over, online,                welcome           silence, page shown
 *   waiting ─────────────────────▶ connecting ────────────▶ live ─────────────────────▶ pinging
 *      ▲     page shown                │                    │  ▲                           │ │
 *      │                               │                    │  └───────── any frame ───────┘ │
 *      └───────────────────────────────┴────────────────────┴────────────────────────────────┘
 *        closed, or silent for 10 s after connecting or a ping; bye; welcome of another user
 */
export class Socket {
  readonly #options: SocketOptions
  /** The id of this page load, which makes its numbered edits idempotent. */
  readonly #client = randomHex()
  readonly #calls: PendingCalls
  readonly #queue = new PaintQueue((data) => this.#onFrame(data))
  #state: State = { kind: 'waiting' }
  #link: Link = 'connecting'
  /** The end of the present state: reconnect, drop a silent connection, or ping. */
  #timer: ReturnType<typeof setTimeout> | undefined
  #ackTimer: ReturnType<typeof setTimeout> | undefined
  /** The number of connections in a row that failed or did not last. */
  #failures = 0
  /** The silence after which the server is asked for a sign of life. */
  #heartbeat = 10_000
  #pings = 0
  /** The frames of this connection, and how many of them are acknowledged. */
  #frames = 0
  #acked = 0

  constructor(options: SocketOptions) {
    this.#options = options
    this.#calls = new PendingCalls((message) => this.#send(message), options.load)
  }

  /** Connect, and stay connected until the page is unloaded. */
  start(): void {
    const now = () => this.#connectNow()
    window.addEventListener('online', now)
    window.addEventListener('pageshow', now)
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') now()
      else this.#queue.flush() // a hidden page is not painted
    })
    this.#connect()
  }

  get link(): Link {
    return this.#link
  }

  /** Run a function of the app on the server; the effects of an action arrive while it runs. */
  call(request: Request): Call {
    if (this.#link === 'reconnecting') return { result: Promise.reject(notConnected()), cancel: () => {} }
    return this.#calls.start(request, this.#isLive)
  }

  /** Tell the server that the slot of a py_component is removed. */
  release(slot: string): void {
    if (this.#isLive) this.#send({ type: 'release', slot })
  }

  get #isLive(): boolean {
    return this.#state.kind === 'live' || this.#state.kind === 'pinging'
  }

  get #connection(): Connection | null {
    return 'connection' in this.#state ? this.#state.connection : null
  }

  /** Connect without a pause, or make sure that the present connection is not dead. */
  #connectNow(): void {
    if (this.#connection?.state === 'closed') this.#drop() // the closing handshake may take its time
    if (this.#state.kind === 'waiting') this.#connect()
    else if (this.#state.kind === 'live') this.#ping()
  }

  #connect(): void {
    const { url, build, page } = this.#options
    this.#frames = this.#acked = 0
    const connection = new Connection(url, {
      onOpen: () => this.#send({ type: 'hello', protocol: PROTOCOL, client: this.#client, build, page }),
      onData: (data) => this.#onData(data),
      onClose: () => this.#onClose(),
    })
    this.#state = { kind: 'connecting', connection }
    this.#setTimer(DEAD_AFTER_MS, () => this.#drop())
  }

  /** Close the connection without waiting for its closing handshake. */
  #drop(pause?: number): void {
    this.#connection?.close()
    this.#onDisconnected(pause)
  }

  #onClose(): void {
    const connection = this.#connection
    this.#queue.flush()
    if (connection === this.#connection) this.#onDisconnected()
  }

  #onDisconnected(pause = this.#nextPause()): void {
    this.#state = { kind: 'waiting' }
    this.#queue.clear()
    clearTimeout(this.#ackTimer)
    this.#ackTimer = undefined
    this.#options.replicas.disconnect()
    this.#options.presence.disconnect()
    this.#setLink('reconnecting')
    this.#calls.disconnected()
    this.#setTimer(pause * (0.5 + Math.random()), () => this.#connect())
  }

  #nextPause(): number {
    if ('since' in this.#state && performance.now() - this.#state.since > LASTING_MS) this.#failures = 0
    return reconnectPause(this.#failures++)
  }

  #onData(data: string): void {
    if ('since' in this.#state) this.#awaitSilence(this.#state)
    this.#queue.push(data)
  }

  #onFrame(data: string): void {
    this.#frames++
    const frame = JSON.parse(data) as ServerMessage | ServerMessage[]
    for (const message of Array.isArray(frame) ? frame : [frame]) {
      if (this.#connection) this.#onMessage(message)
    }
    if (!this.#connection) return
    if (this.#frames - this.#acked >= ACK_FRAMES) this.#ack()
    // A change reaches all tabs at once; their acknowledgements are spread.
    else this.#ackTimer ??= setTimeout(() => this.#ack(), ACK_MS * (0.5 + Math.random() / 2))
  }

  #onMessage(message: ServerMessage): void {
    const { replicas, presence } = this.#options
    switch (message.type) {
      case 'welcome':
        return this.#onWelcome(message)
      case 'snapshot':
      case 'current':
        if (message.id !== undefined) presence.forget(message.channel)
        return replicas.receive(message)
      case 'reject':
      case 'retry':
        return replicas.receive(message)
      case 'change':
        presence.receiveChange(message)
        return replicas.receiveChange(message)
      case 'presence':
        return presence.receive(message)
      case 'visitors':
        return presence.watcher?.receive({ ...message, came: message.came.map(presence.colors.of) })
      case 'revoked':
        return replicas.revoke(message, message.message)
      case 'ask_again':
        return replicas.askAgain(message)
      case 'paused':
        return replicas.pause(message, message.message)
      case 'result':
        if ('at' in message) return this.#calls.load(message.id, message.at, message.blocks)
        return this.#calls.resolve(message.id, 'parts' in message ? undefined : message.value, message.blocks)
      case 'part':
        return this.#calls.add(message.id, message)
      case 'progress':
        return this.#calls.progress(message.id, message)
      case 'error': {
        const { id, code, message: reason, trace, store, at } = message
        if (store === undefined) return this.#calls.reject(id, code, reason, trace)
        return replicas.subscribeFailed({ store, ...(at !== undefined && { at }) }, code, reason)
      }
      case 'effect':
        return this.#options.onEffect(message.effect, this.#calls.targetOf(message.id))
      case 'broken':
        this.#failures = 0 // it connects again as soon as the app is changed
        clearTimeout(this.#timer)
        return this.#options.onBroken(message.trace)
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
    const { replicas, presence, onUser, onOtherBuild } = this.#options
    if (this.#state.kind !== 'connecting') return
    if (onUser(user) === false) return this.#drop(OTHER_USER_MS)
    this.#heartbeat = heartbeat_ms
    this.#awaitSilence({ connection: this.#state.connection, since: performance.now() })
    replicas.connect((message) => this.#send(message), limits)
    presence.connect((message) => this.#send(message), person)
    this.#setLink('live')
    this.#calls.connected()
    if (build !== this.#options.build) onOtherBuild(build)
  }

  #ack(): void {
    clearTimeout(this.#ackTimer)
    this.#ackTimer = undefined
    this.#acked = this.#frames
    this.#send({ type: 'ack', frames: this.#frames })
  }

  /** Be live, until no frame has come for the heartbeat. */
  #awaitSilence({ connection, since }: { connection: Connection; since: number }): void {
    this.#state = { kind: 'live', connection, since }
    this.#setTimer(this.#heartbeat, () => this.#ping())
  }

  #ping(): void {
    if (this.#state.kind !== 'live') return
    this.#state = { ...this.#state, kind: 'pinging' }
    this.#send({ type: 'ping', i: ++this.#pings })
    this.#setTimer(DEAD_AFTER_MS, () => this.#drop())
  }

  #setTimer(ms: number, callback: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(callback, ms)
  }

  #send(message: ClientMessage): void {
    this.#connection?.send(JSON.stringify(message))
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
