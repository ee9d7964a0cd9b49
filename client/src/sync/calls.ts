/** Functions of the app that run on the server: when they may be called, and with what. */

import { equal } from '../edits'
import { ACTION } from '../messages'
import type { Unsubscribe } from '../observable'
import type { Input, Json, Ref } from '../protocol'
import type { Replica } from './replica'

const AT_ONCE = 40
const RATE_MS = 1000
/** How long to wait before calling again where something that the server depends on does not work: longer each time. */
const OUTAGE_MS = [1000, 2000, 4000, 8000, 16_000, 30_000]

/** Why a call has no result; `code` is the server's, or `disconnected`. */
export class CallFailed extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

export interface Call {
  result: Promise<Json>
  /** The result is not wanted any more. */
  cancel: () => void
}

/** What runs, where its target is defined, and with what. */
export interface Request {
  target: string
  of: string | null
  slot?: string
  fresh?: boolean
  inputs: Input[]
}

/** What calls need to know of the connection. */
export interface Line {
  readonly link: 'connecting' | 'live' | 'reconnecting'
  call(request: Request): Call
}

/** What calls need to know of variables. */
export interface Inputs {
  input(ref: Ref): Input
  stamp(ref: Ref): Json
  isKnown(ref: Ref): boolean
  watch(ref: Ref, listener: () => void): Unsubscribe
  replicas(ref: Ref): Replica[]
}

type Marks = [Replica, number][]

export class Calls {
  readonly #line: () => Line
  readonly #isLive: (slot: string | null) => boolean
  readonly #waiting = new Set<() => void>()
  #running = 0
  #isPulsing = false

  constructor(line: () => Line, isLive: (slot: string | null) => boolean) {
    this.#line = line
    this.#isLive = isLive
  }

  /** The edits of this tab that a call with these inputs has to come after. */
  marks(replicas: readonly Replica[]): Marks {
    return replicas.map((replica) => [replica, replica.newestEdit])
  }

  /** Whether the server knows the target, and has settled those edits. */
  isPossible(of: string | null, marks: Marks): boolean {
    if (this.#line().link === 'reconnecting' || !this.#isLive(of)) return false
    return marks.every(([replica, n]) => replica.revoked !== null || (!replica.isUncertain && replica.isAnswered(n)))
  }

  get isBusy(): boolean {
    return this.#running >= AT_ONCE
  }

  start(request: Request): Call {
    const call = this.#line().call(request)
    this.#running++
    const end = () => {
      this.#running--
      this.pulse()
    }
    call.result.then(end, end)
    return call
  }

  /** Run an action, once that is possible; fails if the connection is lost before. */
  async act(request: Omit<Request, 'inputs'>, replicas: readonly Replica[], inputs: () => Input[]): Promise<Json> {
    const marks = this.marks(replicas)
    while (!this.isPossible(request.of, marks)) {
      if (this.#line().link === 'reconnecting') throw new CallFailed('disconnected', ACTION.disconnected)
      await new Promise<void>((resolve) => this.whenChanged(resolve))
    }
    return this.start({ ...request, inputs: inputs() }).result
  }

  /** Calls `listener` once, after what `isPossible` and `isBusy` tell may have changed. */
  whenChanged(listener: () => void): Unsubscribe {
    this.#waiting.add(listener)
    return () => this.#waiting.delete(listener)
  }

  /** Something has changed for those who wait. */
  pulse(): void {
    if (this.#isPulsing || this.#waiting.size === 0) return
    this.#isPulsing = true
    queueMicrotask(() => {
      this.#isPulsing = false
      const waiting = [...this.#waiting]
      this.#waiting.clear()
      for (const listener of waiting) listener()
    })
  }
}

/** What a live call runs. `deps` are indexes of inputs, `null` for all; `polling` is in seconds. */
export interface Task {
  target: string
  of: string | null
  slot?: string
  inputs: readonly Ref[]
  deps: readonly number[] | null
  polling: number | null
}

interface Listener {
  onResult: (result: Json, isForced: boolean) => void
  /** `isBusy` or `error` changed. */
  onState: () => void
}

/** A call that is made again whenever what it depends on has changed; a newer one cancels the older. */
export class LiveCall {
  readonly #calls: Calls
  readonly #inputs: Inputs
  readonly #listener: Listener
  #task: Task
  #stops: Unsubscribe[] | null = null
  #stopWaiting: Unsubscribe = () => {}
  #isScheduled = false
  #polling: ReturnType<typeof setInterval> | undefined
  #retry: ReturnType<typeof setTimeout> | undefined
  #outages = 0
  /** What the newest call that was made depended on. */
  #asked: Json | undefined
  #isForced = false
  #marks: Marks | null = null
  #call: Call | null = null
  #isBusy = false
  #error: CallFailed | null = null

  constructor(task: Task, calls: Calls, inputs: Inputs, listener: Listener) {
    this.#task = task
    this.#calls = calls
    this.#inputs = inputs
    this.#listener = listener
  }

  get isBusy(): boolean {
    return this.#isBusy
  }

  get error(): CallFailed | null {
    return this.#error
  }

  get task(): Task {
    return this.#task
  }

  /** What a result depends on: a change of it makes another. */
  get stamp(): Json {
    return this.deps.map((ref) => this.#inputs.stamp(ref))
  }

  get deps(): readonly Ref[] {
    const { inputs, deps } = this.#task
    return deps === null ? inputs : deps.flatMap((index) => inputs[index] ?? [])
  }

  start(): void {
    if (this.#stops) return
    this.#stops = []
    this.#listen()
    this.#schedule()
  }

  stop(): void {
    if (!this.#stops) return
    this.#unlisten()
    this.#stops = null
    this.#stopWaiting()
    clearTimeout(this.#retry)
    if (this.#call) this.#asked = undefined
    this.#call?.cancel()
    this.#call = null
    this.#marks = null
    this.#isBusy = false
  }

  /** Take another task; `isNew` says that the function is another one, even if all else is equal. */
  redefine(task: Task, isNew: boolean): void {
    this.#task = task
    if (isNew) this.#asked = undefined
    if (!this.#stops) return
    this.#unlisten()
    this.#listen()
    this.#schedule()
  }

  /** Call again although nothing has changed; what the server remembers will not do. */
  trigger(): void {
    this.#isForced = true
    this.again()
  }

  /** Call again although nothing has changed. */
  again(): void {
    this.#asked = undefined
    this.#schedule()
  }

  #listen(): void {
    const { inputs, polling } = this.#task
    // The others too: only then are they known when it is called.
    this.#stops = inputs.map((ref) => this.#inputs.watch(ref, () => this.#schedule()))
    if (polling !== null) this.#polling = setInterval(() => this.#poll(), polling * 1000)
  }

  #unlisten(): void {
    clearInterval(this.#polling)
    for (const stop of this.#stops ?? []) stop()
  }

  #poll(): void {
    if (!this.#isBusy && document.visibilityState !== 'hidden') this.trigger()
  }

  /** At the end of what is going on: several changes at once make one call. */
  #schedule(): void {
    if (this.#isScheduled || !this.#stops) return
    this.#isScheduled = true
    queueMicrotask(() => {
      this.#isScheduled = false
      if (this.#stops) this.#check()
    })
  }

  #check(): void {
    const { of, inputs } = this.#task
    const stamp = this.stamp
    if (this.#asked !== undefined && equal(stamp, this.#asked)) {
      this.#marks = null
      return this.#setState(this.#call !== null, this.#error)
    }
    this.#setState(true, this.#error)
    if (!inputs.every((ref) => this.#inputs.isKnown(ref))) return
    this.#marks ??= this.#calls.marks(inputs.flatMap((ref) => this.#inputs.replicas(ref)))
    if (this.#calls.isBusy || !this.#calls.isPossible(of, this.#marks)) return this.#wait()
    this.#marks = null
    this.#ask(stamp)
  }

  #wait(): void {
    this.#stopWaiting()
    this.#stopWaiting = this.#calls.whenChanged(() => this.#schedule())
  }

  #ask(stamp: Json): void {
    const { target, of, slot, inputs } = this.#task
    const isForced = this.#isForced
    this.#isForced = false
    this.#asked = stamp
    this.#call?.cancel()
    const call = this.#calls.start({
      target,
      of,
      ...(slot !== undefined && { slot }),
      ...(isForced && { fresh: true }),
      inputs: inputs.map((ref) => this.#inputs.input(ref)),
    })
    this.#call = call
    call.result.then(
      (result) => {
        if (this.#call !== call) return
        this.#call = null
        this.#isBusy = false
        this.#error = null
        this.#outages = 0
        this.#listener.onResult(result, isForced)
        this.#listener.onState()
      },
      (error: CallFailed) => {
        if (this.#call !== call) return
        this.#call = null
        this.#onFailed(error, isForced)
      },
    )
  }

  #onFailed(error: CallFailed, isForced: boolean): void {
    switch (error.code) {
      case 'disconnected':
        this.#isForced ||= isForced
        this.#asked = undefined
        return this.#wait()
      case 'rate':
        this.#isForced ||= isForced
        this.#asked = undefined
        this.#retry = setTimeout(() => this.#schedule(), RATE_MS)
        return
      case 'backend': {
        this.#isForced ||= isForced
        const pause = OUTAGE_MS[Math.min(this.#outages++, OUTAGE_MS.length - 1)] as number
        clearTimeout(this.#retry)
        this.#retry = setTimeout(() => this.again(), pause)
        break
      }
      case 'unknown':
        // The slot is being rendered anew; what it defines then is called.
        if (this.#task.of !== null) return
        break
    }
    this.#setState(false, error)
  }

  #setState(isBusy: boolean, error: CallFailed | null): void {
    if (isBusy === this.#isBusy && error === this.#error) return
    this.#isBusy = isBusy
    this.#error = error
    this.#listener.onState()
  }
}
