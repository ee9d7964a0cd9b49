/** The calls of a tab to the server that have no result yet. */

import { ACTION } from '../messages'
import type { Block, ClientMessage, Json, Part, Progress } from '../protocol'
import { finish } from '../slices'
import type { Blocks } from './blocks'
import { type Call, CallFailed, type Request } from './calls'
import { Lines } from './lines'

type CallMessage = Extract<ClientMessage, { type: 'call' }>

interface PendingCall {
  target: string
  resolve: (value: Json) => void
  reject: (error: CallFailed) => void
  /** Ends the fetching of a large result, once the call is over. */
  loading: AbortController
  /** The result, if it comes in parts. */
  lines: Lines
  blocks: Blocks | undefined
  onProgress: ((progress: Progress) => void) | undefined
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
  start(
    { target, of, slot, fresh, inputs, window, waited, state, blocks, onProgress }: Request,
    isLive: boolean,
  ): Call {
    const id = ++this.#ids
    const message: CallMessage = {
      type: 'call',
      id,
      target,
      ...(of !== null && { of }),
      ...(slot !== undefined && { slot }),
      ...(fresh && { fresh }),
      inputs,
      ...(window && { window }),
      ...(waited !== undefined && { waited }),
      ...(state && { state }),
      ...(blocks && !window && !state && { has: blocks.names }),
    }
    if (isLive) this.#send(message)
    else this.#early.push(message)
    const loading = new AbortController()
    const result = new Promise<Json>((resolve, reject) =>
      this.#pending.set(id, { target, resolve, reject, loading, lines: new Lines(), blocks, onProgress }),
    )
    return { result, cancel: () => this.#cancel(id) }
  }

  /** Return the target of a call that is pending. */
  targetOf(id: number): string | null {
    return this.#pending.get(id)?.target ?? null
  }

  /** Send the calls that waited for the first connection. */
  connected(): void {
    for (const message of this.#early.splice(0)) this.#send(message)
  }

  /** Resolve a call, with the result that has come in parts if there is no value; `inBlocks`: it has to be joined. */
  resolve(id: number, value?: Json, inBlocks = false): void {
    const call = this.#take(id)
    if (!call) return
    const result = value === undefined ? call.lines.result : value
    if (!inBlocks) call.blocks?.clear()
    try {
      const [frame, ...blocks] = inBlocks ? (result as [Json, ...Block[]]) : [result]
      call.resolve(inBlocks && call.blocks ? call.blocks.join(frame, blocks) : frame)
    } catch {
      call.blocks?.clear() // the next call gets all of it
      call.reject(new CallFailed('lost', ACTION.connectionLost))
    }
  }

  /** Add a part of the result of a call. */
  add(id: number, part: Part): void {
    const lines = this.#pending.get(id)?.lines
    if (!lines) return
    if ('elements' in part) lines.add(part.elements)
    else finish(lines.addText(part.text))
  }

  progress(id: number, progress: Progress): void {
    this.#pending.get(id)?.onProgress?.(progress)
  }

  /** Resolve a call with a large result, once that has been fetched. */
  load(id: number, address: string, inBlocks = false): void {
    const signal = this.#pending.get(id)?.loading.signal
    if (!signal) return
    this.#load(address, signal).then(
      (value) => this.resolve(id, value, inBlocks),
      () => this.reject(id, 'lost', ACTION.connectionLost),
    )
  }

  reject(id: number, code: string, reason: string, trace?: string): void {
    this.#take(id)?.reject(new CallFailed(code, reason, trace))
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
