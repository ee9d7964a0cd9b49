/** Variables that a function of the app computes on the server, while something subscribes to them. */

import { equal } from '../edits'
import type { Definition, DerivedDefinition } from '../fragments'
import type { Unsubscribe } from '../observable'
import type { Input, Json, Path, Value } from '../protocol'
import type { Calls, Inputs } from '../sync/calls'
import { LiveCall } from '../sync/liveCall'
import type { Replica } from '../sync/replica'
import { SharedSubscription, VariableState } from './state'

/** The time that components take to unsubscribe and subscribe again when they are drawn anew. */
const LINGER_MS = 50

export class DerivedVariable extends VariableState {
  readonly #inputs: Inputs
  readonly #onEdit: () => void
  readonly #onFailed: (message: string) => void
  readonly #live: LiveCall
  /** The components that show the value, for which it is computed. */
  readonly #subscription = new SharedSubscription(() => {
    this.#live.start()
    return () => this.#live.stop()
  }, LINGER_MS)
  /** The calls that take the value as an input, for which the server computes it. */
  readonly #watches = new SharedSubscription(() => this.#watchInputs(), LINGER_MS)
  #value: Value = undefined
  /** The number of recomputations without a change of an input that had another result. */
  #recomputed = 0

  constructor(
    definition: DerivedDefinition,
    calls: Calls,
    inputs: Inputs,
    onEdit: () => void,
    onFailed: (message: string) => void,
  ) {
    super()
    this.#inputs = inputs
    this.#onEdit = onEdit
    this.#onFailed = onFailed
    this.#live = new LiveCall(definition, calls, inputs, {
      onResult: (result, isRepeated) => this.#onResult(result, isRepeated),
      onState: () => this.#onState(),
    })
  }

  /** The newest result; `null` before the first. */
  get view(): Json {
    return this.#value ?? null
  }

  override get isReady(): boolean {
    return this.#value !== undefined
  }

  override get isReadonly(): boolean {
    return true
  }

  override get canWait(): boolean {
    return true
  }

  override get error(): string | null {
    return this.#live.error?.message ?? null
  }

  override get isLoading(): boolean {
    return this.#live.isBusy
  }

  edit(): void {
    this.#onEdit()
  }

  redefine(definition: Definition, isNew: boolean): boolean {
    if (definition.kind !== 'derived') return false
    const { task } = this.#live
    const isSame = equal({ ...definition } as unknown as Json, { ...task } as unknown as Json)
    if (!isNew && isSame) return true
    this.#live.redefine(definition, isNew || task.target !== definition.target)
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

  override watch(listener: () => void): Unsubscribe {
    return this.#watches.add(listener)
  }

  override replicas(): Replica[] {
    return this.#live.task.inputs.flatMap((ref) => this.#inputs.replicas(ref))
  }

  #watchInputs(): Unsubscribe {
    const stops = this.#live.task.inputs.map((ref) => this.#inputs.watch(ref, () => this.#watches.notify()))
    // A polled value changes without its inputs, so it has to be computed here.
    if (this.#live.task.polling !== null) stops.push(this.#subscription.add(() => {}))
    return () => {
      for (const stop of stops) stop()
    }
  }

  #computeOnce(): void {
    const stop = this.#subscription.add(() => {
      if (!this.isLoading) stop()
    })
  }

  #onResult(result: Json, isRepeated: boolean): void {
    if (this.#value !== undefined && equal(result, this.#value)) return
    this.#value = result
    if (!isRepeated) return
    this.#recomputed++
    this.#watches.notify()
  }

  #onState(): void {
    const { error } = this.#live
    if (error) this.#onFailed(error.message)
    this.#subscription.notify()
  }
}
