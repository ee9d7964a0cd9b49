/** The calls of a tab to the server that have no result yet. */

import { ACTION } from '../messages'
import type { ClientMessage, Json, Part } from '../protocol'
import { finish } from '../slices'
import { type Call, CallFailed, type Request } from './calls'
import { Lines } from './lines'

type CallMessage = Extract<ClientMessage, { type: 'call' }>

interface PendingCall {
  resolve: (value: Json) => void
  reject: (error: CallFailed) => void
  /** Ends the fetching of a large result, once the call is over. */
  loading: AbortController
  /** The result, if it comes in parts. */
  lines: Lines
}

/** Fetch the large result at an address of the app. */
export type Load = (address: string, signal: AbortSignal) => Promise<Json>

export class PendingCalls {
  readonly #pending = new Map<number, PendingCall>()
  readonly #send: (message: ClientMessage) => void
  readonly #load: Load
  #ids = 0
  /** The calls that were made before the page was first connected. */
  #early: CallMessage[] = []

  constructor(send: (message: ClientMessage) => void, load: Load) {
    this.#send = send
    this.#load = load
  }

  /** Make a call. It is sent now if `isLive`, that is while connected, and else as soon as the tab connects again. */
  start({ target, of, slot, fresh, inputs }: Request, isLive: boolean): Call {
    const id = ++this.#ids
    const message: CallMessage = {
      type: 'call',
      id,
      target,
      ...(of !== null && { of }),
      ...(slot !== undefined && { slot }),
      ...(fresh && { fresh }),
      inputs,
    }
    if (isLive) this.#send(message)
    else this.#early.push(message)
    const loading = new AbortController()
    const result = new Promise<Json>((resolve, reject) =>
      this.#pending.set(id, { resolve, reject, loading, lines: new Lines() }),
    )
    return { result, cancel: () => this.#cancel(id) }
  }

  /** Send the calls that waited for the first connection. */
  connected(): void {
    for (const message of this.#early.splice(0)) this.#send(message)
  }

  /** Resolve a call, with the result that has come in parts if there is no value. */
  resolve(id: number, value?: Json): void {
    const call = this.#take(id)
    call?.resolve(value === undefined ? call.lines.result : value)
  }

  /** Add a part of the result of a call. */
  add(id: number, part: Part): void {
    const lines = this.#pending.get(id)?.lines
    if (!lines) return
    if ('elements' in part) lines.add(part.elements)
    else finish(lines.addText(part.text))
  }

  /** Resolve a call with a large result, once that has been fetched. */
  load(id: number, address: string): void {
    const signal = this.#pending.get(id)?.loading.signal
    if (!signal) return
    this.#load(address, signal).then(
      (value) => this.resolve(id, value),
      () => this.reject(id, 'lost', ACTION.connectionLost),
    )
  }

  reject(id: number, code: string, reason: string): void {
    this.#take(id)?.reject(new CallFailed(code, reason))
  }

  /** Fail all calls, sent or not. */
  disconnected(): void {
    const calls = [...this.#pending.values()]
    this.#pending.clear()
    this.#early = []
    for (const call of calls) {
      call.loading.abort()
      call.reject(new CallFailed('disconnected', ACTION.connectionLost))
    }
  }

  #cancel(id: number): void {
    const call = this.#take(id)
    if (!call) return
    call.loading.abort()
    const { length } = this.#early
    this.#early = this.#early.filter((message) => message.id !== id)
    if (length === this.#early.length) this.#send({ type: 'cancel', id })
    call.reject(new CallFailed('cancelled', ACTION.cancelled))
  }

  #take(id: number): PendingCall | undefined {
    const call = this.#pending.get(id)
    this.#pending.delete(id)
    return call
  }
}
