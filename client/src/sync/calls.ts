/** Calls of functions of the app on the server: when they may be made, and with which inputs. */

import type { Ref } from '../fragments'
import { ACTION } from '../messages'
import type { Unsubscribe } from '../observable'
import type { Input, Json, Progress, Window } from '../protocol'
import type { Blocks } from './blocks'
import type { Replica } from './replica'

/** The number of calls that a tab has open at one time. */
const MAX_OPEN = 40

/** A call without a result; `code` is the server's, or `disconnected`, `cancelled`, or `lost`: the result could not be fetched. */
export class CallFailed extends Error {
  readonly code: string
  /** The lines of the server's log, for developers. */
  readonly trace: string | null

  constructor(code: string, message: string, trace: string | null = null) {
    super(message)
    this.code = code
    this.trace = trace
  }
}

/** Return the failure of a call that was made without a connection. */
export function notConnected(): CallFailed {
  return new CallFailed('disconnected', ACTION.disconnected)
}

export interface Call {
  result: Promise<Json>
  /** Rejects the result, and cancels the function unless it is an action. */
  cancel: () => void
}

/** A function, the slot whose fragment offers it (`null`: the pages), and its inputs. */
export interface Request {
  target: string
  of: string | null
  slot?: string
  fresh?: boolean
  inputs: Input[]
  /** The rows that are wanted of a table. */
  window?: Window
  /** The milliseconds since the press, while earlier presses had their turns. */
  waited?: number
  /** A large value is left out: the progress alone is wanted. */
  state?: true
  /** The blocks of the present result. */
  blocks?: Blocks
  /** Receives the progress of the job for which the call waits. */
  onProgress?: (progress: Progress) => void
}

/** The connection, as far as calls need it. */
export interface Transport {
  readonly link: 'connecting' | 'live' | 'reconnecting'
  call(request: Request): Call
}

/** The variables of the tab, as far as calls need them. */
export interface Inputs {
  input(ref: Ref): Input
  /** Return the state of a variable on which the result of a call depends; compared as JSON. */
  fingerprint(ref: Ref): Json
  isKnown(ref: Ref): boolean
  /** Return whether the server has all edits that this tab has made of a variable. */
  isSettled(ref: Ref): boolean
  /** Call `listener` after the fingerprint, or `isSettled`, may have changed. */
  watch(ref: Ref, listener: () => void): Unsubscribe
  replicas(ref: Ref): Replica[]
  source(ref: Ref): { get(): Json; subscribe(listener: () => void): Unsubscribe }
}

/** Edits that have to be answered before a call is made, so that its function sees them: a number for each replica. */
export type Predecessors = [Replica, number][]

export class Calls {
  readonly #transport: () => Transport
  readonly #isLive: (slot: string | null) => boolean
  readonly #waiting = new Set<() => void>()
  #open = 0
  #isNotifying = false

  constructor(transport: () => Transport, isLive: (slot: string | null) => boolean) {
    this.#transport = transport
    this.#isLive = isLive
  }

  /** Return this tab's present edits of the stores that a call reads. */
  predecessors(replicas: readonly Replica[]): Predecessors {
    return replicas.map((replica) => [replica, replica.newestEdit])
  }

  /** Return whether the server knows the target, and has answered the predecessors. */
  isPossible(of: string | null, predecessors: Predecessors): boolean {
    if (this.#transport().link === 'reconnecting' || !this.#isLive(of)) return false
    return predecessors.every(
      ([replica, n]) => replica.revoked !== null || (!replica.isUncertain && replica.isAnswered(n)),
    )
  }

  get isBusy(): boolean {
    return this.#open >= MAX_OPEN
  }

  start(request: Request): Call {
    const call = this.#transport().call(request)
    this.#open++
    const end = () => {
      this.#open--
      this.notify()
    }
    call.result.then(end, end)
    return call
  }

  /** Make a call as soon as that is possible. Fails at once without a connection. */
  async startWhenPossible(
    request: Omit<Request, 'inputs'>,
    replicas: readonly Replica[],
    inputs: () => Input[],
  ): Promise<Json> {
    const predecessors = this.predecessors(replicas)
    while (!this.isPossible(request.of, predecessors)) {
      if (this.#transport().link === 'reconnecting') throw notConnected()
      await new Promise<void>((resolve) => this.whenChanged(resolve))
    }
    return this.start({ ...request, inputs: inputs() }).result
  }

  /** Call `listener` once, after `isPossible` or `isBusy` may have changed. */
  whenChanged(listener: () => void): Unsubscribe {
    this.#waiting.add(listener)
    return () => this.#waiting.delete(listener)
  }

  /** Notify the waiting calls, after the present task, that they may be possible now. */
  notify(): void {
    if (this.#isNotifying || this.#waiting.size === 0) return
    this.#isNotifying = true
    queueMicrotask(() => {
      this.#isNotifying = false
      const waiting = [...this.#waiting]
      this.#waiting.clear()
      for (const listener of waiting) listener()
    })
  }
}
