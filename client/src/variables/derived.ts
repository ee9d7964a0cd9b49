/** Variables that a function of the app computes on the server, while something subscribes to them. */

import { equal } from '../edits'
import type { Definition, DerivedDefinition } from '../fragments'
import { EDIT } from '../messages'
import type { Unsubscribe } from '../observable'
import type { Input, Json, Path, Value } from '../protocol'
import type { Calls, Inputs } from '../sync/calls'
import type { Freshness } from '../sync/freshness'
import { LiveCall, type Task } from '../sync/liveCall'
import type { Replica } from '../sync/replica'
import { SharedSubscription, VariableState } from './state'

/** The time that components take to unsubscribe and subscribe again when they are drawn anew. */
const LINGER_MS = 50

/** A call that a component makes for a value by itself. */
interface AttachedCall {
  readonly freshness: Freshness
  /** True once there was a result. */
  readonly isReady: boolean
  redefine(task: Task, isNew: boolean): void
  trigger(isForced: boolean): void
}

/** The computation of a value, for a component that makes calls for parts of it by itself. */
export interface Computation {
  task: Task
  calls: Calls
  inputs: Inputs
  path: () => Path
  /** Have a call made again when the value is to be computed again, or by another function. */
  attach(call: AttachedCall): Unsubscribe
  /** Announce the state of an attached call; `isOther`: its result is another one without a change of an input. */
  announce(isOther: boolean): void
}

/** The result of a computation; or its number among all, if it is large and nothing shows it. */
type Answer = { value?: Json; number?: number }

export class DerivedVariable extends VariableState {
  readonly #calls: Calls
  readonly #inputs: Inputs
  readonly #onEdit: () => void
  readonly #live: LiveCall
  /** The components that show the value, for which it is computed. */
  readonly #subscription = new SharedSubscription(() => {
    this.#isShown = true
    if (this.#newest?.value === undefined) this.#live.renew()
    this.#arrange()
    return () => {
      this.#isShown = false
      this.#arrange()
    }
  }, LINGER_MS)
  /** Those who need to know the progress or a change of the value. The value itself is left out if it is large. */
  readonly #followers = new SharedSubscription(() => {
    this.#isFollowed = true
    this.#arrange()
    return () => {
      this.#isFollowed = false
      this.#arrange()
    }
  }, LINGER_MS)
  /** The calls that take the value as an input, for which the server computes it. */
  readonly #watches = new SharedSubscription(() => this.#watchInputs(), LINGER_MS)
  #value: Value = undefined
  #isShown = false
  #isFollowed = false
  /** True if the newest call was made for the progress alone. */
  #isLean = false
  #newest: Answer | undefined
  readonly #attached = new Set<AttachedCall>()
  /** The number of recomputations without a change of an input that had another result. */
  #recomputed = 0

  constructor(definition: DerivedDefinition, calls: Calls, inputs: Inputs, onEdit: () => void) {
    super()
    this.#calls = calls
    this.#inputs = inputs
    this.#onEdit = onEdit
    this.#live = new LiveCall(definition, calls, inputs, {
      onResult: (result, isRepeated) => this.#onResult(result, isRepeated),
      onState: () => {
        this.#subscription.notify()
        this.#followers.notify()
      },
      wanted: () => {
        this.#isLean = !this.#isShown
        return this.#isLean ? { state: true } : {}
      },
    })
  }

  /** The newest result; `null` before the first. */
  get view(): Json {
    return this.#value ?? null
  }

  override get isReady(): boolean {
    return this.#value !== undefined
  }

  override get readonlyReason(): string {
    return EDIT.computed
  }

  override get isOfApp(): boolean {
    return true
  }

  override get canWait(): boolean {
    return true
  }

  override get freshness(): Freshness {
    return this.#live.freshness
  }

  /** The state of the computation: its own, or that of the components that make calls by themselves. */
  get progress(): { freshness: Freshness; isReady: boolean } {
    const isReady = this.#newest !== undefined
    const [call] = this.#attached
    return call && !this.#isShown ? call : { freshness: this.freshness, isReady }
  }

  /** Have the value computed, and call `listener` after the progress has changed. */
  follow(listener: () => void): Unsubscribe {
    return this.#followers.add(listener)
  }

  edit(): void {
    this.#onEdit()
  }

  redefine(definition: Definition, isNew: boolean): boolean {
    if (definition.kind !== 'derived') return false
    const { task } = this.#live
    const isSame = equal({ ...definition } as unknown as Json, { ...task } as unknown as Json)
    if (!isNew && isSame) return true
    const isOther = isNew || task.target !== definition.target
    this.#live.redefine(definition, isOther)
    for (const call of this.#attached) call.redefine(definition, isOther)
    this.#watches.restart()
    return true
  }

  /**
   * Compute the value anew: now if anything shows it or depends on it, else when it is subscribed to next. Unless
   * `isForced`, a result that the server remembers will do.
   */
  trigger(isForced = true): void {
    if (this.#watches.isActive && !this.#subscription.isActive) this.#computeOnce()
    if (isForced) this.#live.trigger()
    else this.#live.again()
    for (const call of this.#attached) call.trigger(isForced)
  }

  /** Return the computation of the part at a path. */
  computation(path: () => Path): Computation {
    const attach = (call: AttachedCall) => {
      this.#attached.add(call)
      this.#arrange()
      return () => {
        this.#attached.delete(call)
        this.#arrange()
      }
    }
    const announce = (isOther: boolean) => {
      this.#followers.notify()
      if (isOther) this.#onRecomputed()
    }
    return { task: this.#live.task, calls: this.#calls, inputs: this.#inputs, path, attach, announce }
  }

  subscribe(listener: () => void): Unsubscribe {
    return this.#subscription.add(listener)
  }

  /** Return the inputs of the function: the server computes the value itself, once for all calls of one change. */
  override input(path: Path): Input {
    return { inputs: this.#live.task.inputs.map((ref) => this.#inputs.input(ref)), path }
  }

  override fingerprint(path: Path): Json {
    return [this.#recomputed, [...path], this.#live.fingerprint]
  }

  override get isKnown(): boolean {
    return this.#live.task.inputs.every((ref) => this.#inputs.isKnown(ref))
  }

  override isSettled(): boolean {
    return this.#live.task.inputs.every((ref) => this.#inputs.isSettled(ref))
  }

  override watch(listener: () => void): Unsubscribe {
    return this.#watches.add(listener)
  }

  override replicas(): Replica[] {
    return this.#live.task.inputs.flatMap((ref) => this.#inputs.replicas(ref))
  }

  #watchInputs(): Unsubscribe {
    const stops = this.#live.task.inputs.map((ref) => this.#inputs.watch(ref, () => this.#watches.notify()))
    // A polled value changes without its inputs, so it has to be computed here.
    if (this.#live.task.polling !== null) stops.push(this.follow(() => {}))
    return () => {
      for (const stop of stops) stop()
    }
  }

  /** Compute the value where something shows it or follows it, unless a component makes calls by itself. */
  #arrange(): void {
    if (this.#isShown || (this.#isFollowed && this.#attached.size === 0)) this.#live.start()
    else this.#live.stop()
  }

  #computeOnce(): void {
    const stop = this.follow(() => {
      if (!this.progress.freshness.isLoading) stop()
    })
  }

  #onResult(result: Json, isRepeated: boolean): void {
    const newest = this.#isLean ? (result as Answer) : { value: result }
    if (equal(newest, this.#newest)) return
    this.#newest = newest
    if (newest.value !== undefined) this.#value = newest.value
    if (isRepeated) this.#onRecomputed()
  }

  #onRecomputed(): void {
    this.#recomputed++
    this.#watches.notify()
  }
}
