/** The subscription of a replica: when the server is asked for the value, and when it takes edits. */

import type { ClientMessage, Current, Since, Snapshot, StoreAddress } from '../protocol'
import { outagePause } from './backoff'

export type Send = (message: ClientMessage) => void

type Edit = Omit<Extract<ClientMessage, { type: 'edit' }>, 'type' | 'channel' | keyof StoreAddress>

/** The record's number on this connection, and this tab's alias in it. */
interface Channel {
  id: number
  author: number
}

/** A connection whose server knows that this tab shows the store: by the page, or by the slot `of`. */
interface Connected {
  send: Send
  of: string | null
  /** `null` until the server has answered the first request. */
  channel: Channel | null
}

type State =
  | { kind: 'offline' }
  | ({ kind: 'subscribing' | 'failed' } & Connected)
  | ({ kind: 'live'; channel: Channel } & Connected)

/**
 * The states of a subscription:
 *
 *              connect                  answer
 *   offline ──────────────▶ subscribing ───────▶ live
 *      ▲                     ▲   │  ▲              │
 *      │              after  │   │  └──────────────┘
 *      │              a pause│   │ error    request: a gap in the changes
 *      │                     │   ▼
 *      │                     failed
 *      │
 *      └── disconnect, or the right to read ended, from every state
 *
 * An error while a channel is known, after a gap, leads back to live. In `failed` without a later request, the server
 * has rejected the subscription for good on this connection.
 */
export class Subscription {
  readonly #address: StoreAddress
  readonly #position: () => Since | null | undefined
  #state: State = { kind: 'offline' }
  /** The id of the newest request. */
  #requests = 0
  #retry: ReturnType<typeof setTimeout> | undefined
  /** The error of the newest request, kept until one succeeds. */
  #error: string | null = null
  /** The number of errors in a row. */
  #errors = 0
  /** The reason for which the server sends no changes at present. */
  #suspended: string | null = null
  #wasCut = false
  /** The reason for which the user may not read the value, kept until the server answers with a position. */
  #revoked: string | null = null

  /** `position` returns the position from which a request resumes; without one the server sends a snapshot. */
  constructor(address: StoreAddress, position: () => Since | null | undefined) {
    this.#address = address
    this.#position = position
  }

  get channel(): number | null {
    return this.#channel?.id ?? null
  }

  /** This tab's alias in the record. */
  get author(): number | null {
    return this.#channel?.author ?? null
  }

  get isConnected(): boolean {
    return 'send' in this.#state
  }

  get isSubscribing(): boolean {
    return this.#state.kind === 'subscribing'
  }

  /** True while the server takes edits. */
  get isLive(): boolean {
    return this.#state.kind === 'live'
  }

  /** True once a connection has ended. */
  get wasCut(): boolean {
    return this.#wasCut
  }

  /** The reason for which the user may not read the value. */
  get revoked(): string | null {
    return this.#revoked
  }

  /** The reason for which no changes arrive at present. */
  get paused(): string | null {
    return this.#suspended ?? this.#error
  }

  get #channel(): Channel | null {
    return 'channel' in this.#state ? this.#state.channel : null
  }

  /** Subscribe on a new connection. */
  connect(send: Send, of: string | null): void {
    this.#request({ send, of, channel: null })
  }

  /** Ask for the changes after the present position, unless such a request is open. */
  request(): void {
    const { kind } = this.#state
    if (kind === 'live' || kind === 'failed') this.#request(this.#state)
  }

  /** Ask again, even if a request is open. */
  restart(): void {
    if ('send' in this.#state) this.#request(this.#state)
  }

  /** Adopt the channel of a position; one that answers a request makes the subscription live. */
  answered({ id, channel, author }: Snapshot | Current): void {
    this.#error = this.#suspended = this.#revoked = null
    this.#errors = 0
    if (!('send' in this.#state)) return
    const { send, of } = this.#state
    const kind = id === undefined && this.#state.kind === 'subscribing' ? 'subscribing' : 'live'
    this.#state = { kind, send, of, channel: { id: channel, author } }
    if (id !== undefined) clearTimeout(this.#retry)
  }

  /** Handle the error of a request, and repeat a temporary one after a pause; return whether the reason is new. */
  failed(reason: string, isTemporary: boolean): boolean {
    const isNews = reason !== this.#error
    this.#error = reason
    if (this.#state.kind === 'subscribing') {
      const { channel, send, of } = this.#state
      this.#state = channel ? { kind: 'live', send, of, channel } : { kind: 'failed', send, of, channel }
    }
    if (isTemporary) {
      clearTimeout(this.#retry)
      this.#retry = setTimeout(() => this.request(), outagePause(this.#errors++))
    }
    return isNews
  }

  /** Note that the server sends no changes until the next position. */
  suspend(reason: string): void {
    this.#suspended = reason
  }

  revoke(reason: string): void {
    this.disconnect()
    this.#revoked ??= reason
  }

  disconnect(): void {
    clearTimeout(this.#retry)
    this.#suspended = null
    if (!('send' in this.#state)) return
    this.#wasCut = true
    this.#state = { kind: 'offline' }
  }

  /** Unsubscribe and disconnect. */
  close(): void {
    if ('send' in this.#state && this.#state.channel)
      this.#state.send({ type: 'unsubscribe', channel: this.#state.channel.id, ...this.#address })
    this.disconnect()
  }

  /** Send an edit, if the subscription is live. */
  sendEdit(edit: Edit): void {
    if (this.#state.kind !== 'live') return
    const { send, channel } = this.#state
    send({ type: 'edit', channel: channel.id, ...this.#address, ...edit })
  }

  #request({ send, of, channel }: Connected): void {
    const since = this.#position()
    this.#state = { kind: 'subscribing', send, of, channel }
    send({
      type: 'subscribe',
      id: ++this.#requests,
      ...this.#address,
      ...(of !== null && { of }),
      ...(since && { since: { epoch: since.epoch, version: since.version } }),
    })
  }
}
