/** One file on its way to the server. No React. */

import { UPLOAD } from '../../messages/upload'
import { Observable } from '../../observable'
import type { Json } from '../../protocol'
import { reconnectPause } from '../../sync/backoff'
import { CallFailed } from '../../sync/calls'
import { fetchOffset, RequestFailed, removeUpload, sendChunk } from './uploadRequests'

const KIB = 1024
/** Many proxies take no more than a megabyte, unless they are told to. */
const FIRST_CHUNK = 1024 * KIB
const MIN_CHUNK = 64 * KIB
const MAX_CHUNK = 8 * 1024 * KIB
const QUICK_MS = 1000
const SLOW_MS = 4000
/** The times that a file is sent from its beginning, because a server has gone with what it had. */
const RESTARTS = 3

export type State = 'waiting' | 'sending' | 'paused' | 'processing' | 'done' | 'failed' | 'cancelled'

export interface Progress {
  state: State
  /** The bytes that have left the browser. */
  sent: number
  /** The reason of a failure. */
  problem: string | null
}

/** The server, as an upload needs it. */
export interface Receiver {
  /** Begin an upload; return the server's answer. Throws CallFailed. */
  begin(file: File): Promise<Json>
  /** Run the actions for an upload that is complete. Throws CallFailed. */
  finish(upload: string): Promise<void>
  /** Resolve when calls are possible. */
  whenPossible(signal: AbortSignal): Promise<void>
  addressOf(upload: string): string
}

/** An end of an upload that trying again does not change. */
class Refused extends Error {}

export class Upload extends Observable<Progress> {
  readonly file: File
  readonly #receiver: Receiver
  readonly #ended = new AbortController()
  #id: string | null = null
  #chunk = FIRST_CHUNK
  #maxChunk = MAX_CHUNK
  #isStarted = false

  constructor(file: File, receiver: Receiver) {
    super({ state: 'waiting', sent: 0, problem: null })
    this.file = file
    this.#receiver = receiver
  }

  /** True until the server has the whole file. */
  get isOpen(): boolean {
    const { state } = this.get()
    return state === 'waiting' || state === 'sending' || state === 'paused'
  }

  get isStarted(): boolean {
    return this.#isStarted
  }

  /** Upload the file. It never throws. */
  async run(): Promise<void> {
    this.#isStarted = true
    try {
      const upload = await this.#send()
      this.#change({ state: 'processing', sent: this.file.size })
      await this.#receiver.whenPossible(this.#ended.signal)
      await this.#receiver.finish(upload)
      this.#change({ state: 'done' })
    } catch (error) {
      if (this.get().state !== 'cancelled') this.fail(problemOf(error as Error, this.get().state))
    } finally {
      this.#remove()
    }
  }

  /** End as failed. */
  fail(problem: string): void {
    this.#change({ state: 'failed', problem })
  }

  /** End it, unless the server has the whole file already. */
  cancel(): void {
    if (!this.isOpen) return
    this.#change({ state: 'cancelled' })
    this.#ended.abort()
    this.#remove()
  }

  /** Send the whole file; return the id of the upload. */
  async #send(): Promise<string> {
    for (let restarts = 0; ; restarts++) {
      const id = await this.#begin()
      try {
        await this.#sendAll(this.#receiver.addressOf(id))
        return id
      } catch (error) {
        if (!(error instanceof RequestFailed && error.status === 404) || restarts === RESTARTS) throw error
      }
    }
  }

  async #begin(): Promise<string> {
    for (;;) {
      await this.#receiver.whenPossible(this.#ended.signal)
      this.#change({ state: 'sending', sent: 0 })
      try {
        const answer = (await this.#receiver.begin(this.file)) as { id?: string; refused?: string } | null
        if (!answer?.id) throw new Refused(answer?.refused ?? UPLOAD.failed)
        this.#id = answer.id
        if (this.#ended.signal.aborted) this.#remove()
        this.#ended.signal.throwIfAborted()
        return answer.id
      } catch (error) {
        if (!(error instanceof CallFailed && error.code === 'disconnected')) throw error
        this.#change({ state: 'paused' })
      }
    }
  }

  async #sendAll(url: string): Promise<void> {
    let offset = 0
    let failures = 0
    while (offset < this.file.size) {
      try {
        if (failures > 0) offset = await fetchOffset(url, this.#ended.signal)
        offset = await this.#sendOne(url, offset)
        failures = 0
      } catch (error) {
        this.#ended.signal.throwIfAborted()
        if (!(error instanceof RequestFailed)) throw error
        if (error.status === 413 && !error.isExplained && this.#chunk > MIN_CHUNK) {
          this.#maxChunk = this.#chunk = this.#chunk / 2
        } else if (error.status === 409 && error.offset !== null) offset = error.offset
        else if (error.isTemporary) await this.#pause(failures++)
        else throw error
      }
    }
  }

  async #sendOne(url: string, offset: number): Promise<number> {
    const chunk = this.file.slice(offset, offset + this.#chunk)
    this.#change({ state: 'sending', sent: offset })
    const begun = performance.now()
    const next = await sendChunk(url, offset, chunk, this.#ended.signal, (sent) => {
      this.#change({ state: 'sending', sent: Math.min(offset + sent, this.file.size) })
    })
    const took = performance.now() - begun
    if (took < QUICK_MS) this.#chunk = Math.min(2 * this.#chunk, this.#maxChunk)
    else if (took > SLOW_MS) this.#chunk = Math.max(this.#chunk / 2, MIN_CHUNK)
    return next
  }

  /** Wait before the next attempt. Throws Refused if it is the file that cannot be read. */
  async #pause(failures: number): Promise<void> {
    await this.file
      .slice(0, 1)
      .arrayBuffer()
      .catch(() => {
        throw new Refused(UPLOAD.unreadable)
      })
    this.#change({ state: 'paused' })
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, reconnectPause(failures) * (0.5 + Math.random()))
      const end = () => {
        clearTimeout(timer)
        resolve(null)
      }
      this.#ended.signal.addEventListener('abort', end, { once: true })
    })
    this.#ended.signal.throwIfAborted()
  }

  #remove(): void {
    if (this.#id !== null) removeUpload(this.#receiver.addressOf(this.#id))
    this.#id = null
  }

  #change(change: Partial<Progress>): void {
    if (this.get().state !== 'cancelled') this.set({ ...this.get(), ...change })
  }
}

function problemOf(error: Error, state: State): string {
  if (error instanceof RequestFailed && error.status === 401) return UPLOAD.loggedOut
  if (error instanceof CallFailed && error.code === 'disconnected' && state === 'processing') return UPLOAD.unknown
  return error.message
}
