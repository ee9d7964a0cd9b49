/** Calls that are repeated whenever their inputs change. */

import { equal } from '../edits'
import type { Interval, Ref } from '../fragments'
import type { Unsubscribe } from '../observable'
import type { Json } from '../protocol'
import { outagePause } from './backoff'
import { Blocks } from './blocks'
import type { Call, CallFailed, Calls, Inputs, Predecessors, Request } from './calls'
import { FRESH, type Freshness } from './freshness'

/** The pause after the server has rejected a call because there were too many. */
const RATE_MS = 1000
/** The failures after which the same call is made again. */
const REPEATED = new Set(['disconnected', 'rate', 'lost', 'backend'])

/** The function of a live call. `deps` are the indexes of the inputs that repeat it, `null` for all. */
export interface Task {
  target: string
  of: string | null
  slot?: string
  inputs: readonly Ref[]
  deps: readonly number[] | null
  /** The interval of repetitions without a change. */
  polling: Interval
}

interface Listener {
  /** Receives a result; `isRepeated`: no input had changed. */
  onResult: (result: Json, isRepeated: boolean) => void
  /** Called when `freshness` has changed. */
  onState: () => void
  /** Returns what is wanted of the result, if not all of it. */
  wanted?: () => Pick<Request, 'window' | 'state'>
}

/** A call that is made again whenever an input has changed; a newer one cancels the older. */
export class LiveCall {
  readonly #calls: Calls
  readonly #inputs: Inputs
  readonly #listener: Listener
  readonly #blocks = new Blocks()
  #task: Task
  /** The subscriptions to the inputs; `null` while the call is stopped. */
  #watches: Unsubscribe[] | null = null
  #stopWaiting: Unsubscribe = () => {}
  #isScheduled = false
  #retry: ReturnType<typeof setTimeout> | undefined
  /** The number of outages in a row. */
  #outages = 0
  /** The fingerprint of the inputs of the newest call; `undefined` makes another call in any case. */
  #called: Json | undefined
  /** True if the next call has to be computed anew, even where the server keeps a result. */
  #isForced = false
  /** True if the next call is made without a change. */
  #isRepeated = false
  #predecessors: Predecessors | null = null
  #call: Call | null = null
  #freshness = FRESH

  constructor(task: Task, calls: Calls, inputs: Inputs, listener: Listener) {
    this.#task = task
    this.#calls = calls
    this.#inputs = inputs
    this.#listener = listener
  }

  get freshness(): Freshness {
    return this.#freshness
  }

  get task(): Task {
    return this.#task
  }

  /** The state on which the result depends. */
  get fingerprint(): Json {
    return this.#deps.map((ref) => this.#inputs.fingerprint(ref))
  }

  /** True if the server has all edits of this tab on which the result depends. */
  get #isSettled(): boolean {
    return this.#deps.every((ref) => this.#inputs.isSettled(ref))
  }

  get #deps(): readonly Ref[] {
    const { inputs, deps } = this.#task
    return deps === null ? inputs : deps.flatMap((index) => inputs[index] ?? [])
  }

  start(): void {
    if (this.#watches) return
    this.#watch()
    this.#schedule()
  }

  stop(): void {
    if (!this.#watches) return
    this.#unwatch()
    this.#watches = null
    this.#stopWaiting()
    clearTimeout(this.#retry)
    if (this.#call) this.#called = undefined
    this.#call?.cancel()
    this.#call = null
    this.#predecessors = null
    this.#freshness = freshness(false, this.#freshness.error, this.#freshness)
  }

  /** Replace the task; `isNew`: the function is another one, even if the task is equal. */
  redefine(task: Task, isNew: boolean): void {
    this.#task = task
    if (isNew) this.#called = undefined
    if (!this.#watches) return
    this.#unwatch()
    this.#watch()
    this.#schedule()
  }

  /** Call again without a change, and let the server compute the result anew. */
  trigger(): void {
    this.#isForced = true
    this.again()
  }

  /** Call again without a change. */
  again(): void {
    this.#isRepeated = true
    this.renew()
  }

  /** Call again for another part of the result. */
  renew(): void {
    this.#called = undefined
    this.#schedule()
  }

  /** Watch all inputs, not only the dependencies: a call needs the values of all. */
  #watch(): void {
    const { inputs } = this.#task
    this.#watches = [...inputs.map((ref) => this.#inputs.watch(ref, () => this.#schedule())), this.#startPolling()]
  }

  #startPolling(): Unsubscribe {
    const { polling } = this.#task
    if (typeof polling !== 'object' || polling === null) return this.#pollEvery(polling)
    const source = this.#inputs.source(polling)
    let seconds = source.get()
    let stop = this.#pollEvery(seconds)
    const stopSource = source.subscribe(() => {
      const present = source.get()
      if (present === seconds) return
      seconds = present
      stop()
      stop = this.#pollEvery(seconds)
    })
    return () => {
      stopSource()
      stop()
    }
  }

  #pollEvery(seconds: Json): Unsubscribe {
    if (typeof seconds !== 'number' || seconds <= 0) return () => {}
    const timer = setInterval(() => this.#poll(), seconds * 1000)
    return () => clearInterval(timer)
  }

  #unwatch(): void {
    for (const stop of this.#watches ?? []) stop()
  }

  #poll(): void {
    if (!this.#freshness.isLoading && document.visibilityState !== 'hidden') this.trigger()
  }

  /** Check the inputs after the present task: several changes make one call. */
  #schedule(): void {
    if (this.#isScheduled || !this.#watches) return
    this.#isScheduled = true
    queueMicrotask(() => {
      this.#isScheduled = false
      if (this.#watches) this.#check()
    })
  }

  #check(): void {
    const { of, inputs } = this.#task
    const { fingerprint } = this
    if (this.#called !== undefined && equal(fingerprint, this.#called)) {
      this.#predecessors = null
      return this.#setState(this.#call !== null || !this.#isSettled, this.#freshness.error)
    }
    this.#setState(true, this.#freshness.error)
    if (!inputs.every((ref) => this.#inputs.isKnown(ref))) return
    this.#predecessors ??= this.#calls.predecessors(inputs.flatMap((ref) => this.#inputs.replicas(ref)))
    if (this.#calls.isBusy || !this.#calls.isPossible(of, this.#predecessors)) return this.#wait()
    this.#predecessors = null
    this.#start(fingerprint)
  }

  #wait(): void {
    this.#stopWaiting()
    this.#stopWaiting = this.#calls.whenChanged(() => this.#schedule())
  }

  #start(fingerprint: Json): void {
    const { target, of, slot, inputs } = this.#task
    const isForced = this.#isForced
    const isRepeated = this.#isRepeated
    this.#isForced = this.#isRepeated = false
    this.#called = fingerprint
    this.#call?.cancel()
    const call = this.#calls.start({
      target,
      of,
      ...(slot !== undefined && { slot }),
      ...(isForced && { fresh: true }),
      inputs: inputs.map((ref) => this.#inputs.input(ref)),
      blocks: this.#blocks,
      ...this.#listener.wanted?.(),
      onProgress: (progress) => {
        // A job runs for long: the reason of a former failure is not shown until its end.
        this.#freshness = { ...this.#freshness, error: null, job: { ...progress, cancel: call.cancel } }
        this.#listener.onState()
      },
    })
    this.#call = call
    call.result.then(
      (result) => this.#call === call && this.#onResult(result, isRepeated),
      (error: CallFailed) => this.#call === call && this.#onFailed(error, isForced, isRepeated),
    )
  }

  #onResult(result: Json, isRepeated: boolean): void {
    this.#call = null
    this.#freshness = freshness(!this.#isSettled, null, this.#freshness)
    this.#outages = 0
    this.#listener.onResult(result, isRepeated)
    this.#listener.onState()
  }

  #onFailed(error: CallFailed, isForced: boolean, isRepeated: boolean): void {
    this.#call = null
    if (REPEATED.has(error.code)) {
      this.#isForced ||= isForced
      this.#isRepeated ||= isRepeated
    }
    switch (error.code) {
      case 'disconnected':
        this.#called = undefined
        return this.#wait()
      case 'rate':
        this.#called = undefined
        this.#retry = setTimeout(() => this.#schedule(), RATE_MS)
        return
      case 'lost':
        this.#called = undefined
        this.#retry = setTimeout(() => this.#schedule(), outagePause(this.#outages++))
        return
      case 'backend':
        clearTimeout(this.#retry)
        this.#retry = setTimeout(() => this.again(), outagePause(this.#outages++))
        break
      case 'unknown':
        // The slot is rendered anew, and its new fragment defines the function again.
        if (this.#task.of !== null) return
        break
    }
    this.#setState(false, error)
  }

  #setState(isBusy: boolean, error: CallFailed | null): void {
    if (isBusy === this.#freshness.isLoading && error === this.#freshness.error) return
    this.#freshness = freshness(isBusy, error, this.#freshness)
    this.#listener.onState()
  }
}

function freshness(isLoading: boolean, error: CallFailed | null, before: Freshness): Freshness {
  return isLoading || error ? { isLoading, error, since: before.since ?? Date.now() } : FRESH
}
