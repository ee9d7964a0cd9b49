/** A variable that a function of the app computes on the server, while somebody looks at it. */

import { equal } from '../edits'
import type { Unsubscribe } from '../observable'
import type { DerivedDefinition, Input, Json, Path, Value } from '../protocol'
import type { Calls, Inputs } from '../sync/calls'
import { LiveCall } from '../sync/liveCall'
import type { Replica } from '../sync/replica'
import { SharedSubscription, VariableState } from './state'

/** Components that are drawn anew stop listening for a moment. */
const LINGER_MS = 50

export class DerivedVariable extends VariableState {
  readonly #inputs: Inputs
  readonly #onEdit: () => void
  readonly #onFailed: (message: string) => void
  readonly #live: LiveCall
  readonly #audience = new SharedSubscription(() => {
    this.#live.start()
    return () => this.#live.stop()
  }, LINGER_MS)
  /** Those whose own results depend on this one. */
  readonly #watchers = new SharedSubscription(() => this.#beginWatching(), LINGER_MS)
  #value: Value = undefined
  /** How often it was computed anew although nothing had changed, and became another. */
  #turns = 0

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
      onResult: (result, isForced) => this.#onResult(result, isForced),
      onState: () => this.#onState(),
    })
  }

  /** The newest value; while there is none, `null`. */
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

  redefine(definition: DerivedDefinition, isNew: boolean): void {
    const { task } = this.#live
    const isSame = equal({ ...definition } as unknown as Json, { ...task } as unknown as Json)
    if (!isNew && isSame) return
    this.#live.redefine(definition, isNew || task.target !== definition.target)
    this.#watchers.restart()
  }

  /** Compute it anew, for whoever shows it or depends on it; else when it is looked at next. */
  trigger(): void {
    if (this.#watchers.isListening && !this.#audience.isListening) this.#computeOnce()
    this.#live.trigger()
  }

  subscribe(listener: () => void): Unsubscribe {
    return this.#audience.add(listener)
  }

  // The server computes it for those who are given it, so that nothing is computed twice for one change.

  override input(path: Path): Input {
    return { inputs: this.#live.task.inputs.map((ref) => this.#inputs.input(ref)), path }
  }

  override fingerprint(path: Path): Json {
    return [this.#turns, [...path], this.#live.fingerprint]
  }

  override get isKnown(): boolean {
    return this.#live.task.inputs.every((ref) => this.#inputs.isKnown(ref))
  }

  override watch(listener: () => void): Unsubscribe {
    return this.#watchers.add(listener)
  }

  override replicas(): Replica[] {
    return this.#live.task.inputs.flatMap((ref) => this.#inputs.replicas(ref))
  }

  #beginWatching(): Unsubscribe {
    const stops = this.#live.task.inputs.map((ref) => this.#inputs.watch(ref, () => this.#watchers.tell()))
    // One that polls has a result of its own to wait for.
    if (this.#live.task.polling !== null) stops.push(this.#audience.add(() => {}))
    return () => {
      for (const stop of stops) stop()
    }
  }

  #computeOnce(): void {
    const stop = this.#audience.add(() => {
      if (!this.isLoading) stop()
    })
  }

  #onResult(result: Json, isForced: boolean): void {
    if (this.#value !== undefined && equal(result, this.#value)) return
    this.#value = result
    if (!isForced) return
    this.#turns++
    this.#watchers.tell()
  }

  #onState(): void {
    const { error } = this.#live
    if (error) this.#onFailed(error.message)
    this.#audience.tell()
  }
}
