/** Values as components see them: a variable, or a nested value of one, that can be read, watched and edited. */

import { at } from '../edits'
import type { Ref } from '../fragments'
import { combineUnsubscribes, type Unsubscribe } from '../observable'
import type { Json, Op, Ops, Path } from '../protocol'
import { type Freshness, worstOf } from '../sync/freshness'
import type { RejectionHandler } from '../sync/rejections'
import { opsSeenFrom, resettingOps, rootedOps, settingOps } from './setting'
import type { VariableState } from './state'
import { refsInPath, resolvedPath } from './steps'

export class Source {
  readonly #uid: string
  readonly #steps: Ref['path']
  readonly #stateOf: (uid: string) => VariableState
  readonly #fallbackOf: (uid: string) => Json
  /** The variables that hold steps of the path. */
  readonly #keys: readonly Source[]
  readonly #onNoKey: () => void

  /**
   * The state is looked up at each use: a newer fragment may replace it. `onNoKey` is called for an edit while a variable
   * in the path has no value.
   */
  constructor(
    { variable, path }: Ref,
    stateOf: (uid: string) => VariableState,
    fallbackOf: (uid: string) => Json,
    sourceOf: (ref: Ref) => Source,
    onNoKey: () => void,
  ) {
    this.#uid = variable
    this.#steps = path
    this.#stateOf = stateOf
    this.#fallbackOf = fallbackOf
    this.#keys = refsInPath(path).map(sourceOf)
    this.#onNoKey = onNoKey
  }

  readonly get = (): Json => at(this.#state.view, this.#path) ?? null

  /** Call `listener` after the value, or a property below, may have changed. */
  readonly subscribe = (listener: () => void): Unsubscribe => {
    const stop = this.#state.subscribe(listener)
    return this.#keys.length === 0 ? stop : combineUnsubscribes([stop, this.#watchKeys(listener)])
  }

  /**
   * Set the value. Lists and objects are changed by their differences, which keeps others' edits. It is rejected if one of
   * the `tested` members has another value by then.
   */
  set(value: Json, tested: readonly string[] = []): void {
    if (!this.#hasKeys()) return
    const { view, keys } = this.#state
    const tests = tested.flatMap((name): Op[] => {
      const path = [...this.#path, name]
      const present = at(view, path)
      return present === undefined ? [] : [{ op: 'test', path, value: present }]
    })
    this.#state.edit([...tests, ...settingOps(view, keys, this.#path, value)], this.#path)
  }

  /** Set the value to its default; a shared value for everybody. */
  reset(): void {
    if (!this.#hasKeys()) return
    this.#state.edit(resettingOps(this.#state.view, this.#path, this.#fallbackOf(this.#uid)), this.#path)
  }

  /**
   * Edit the value. Paths begin at it, and missing containers on the way to it are added. Throws InvalidEdit, and
   * changes nothing, if an op has no target: a splice needs a string.
   */
  edit(ops: Ops): void {
    if (!this.#hasKeys()) return
    this.#state.edit(rootedOps(this.#state.view, this.#path, ops), this.#path)
  }

  /**
   * Call `listener` with the changes of this value that the tab did not make, in order and before those of `subscribe`
   * are called. Where an item moves in its list, later ops on that item are passed on, too.
   */
  watchRemote(listener: (ops: Ops) => void): Unsubscribe {
    return this.#state.watchRemote((ops) => {
      const seen = opsSeenFrom(this.#path, ops)
      if (seen.length > 0) listener(seen)
    })
  }

  /** True if edits can be undone. */
  get hasHistory(): boolean {
    return this.#state.hasHistory
  }

  /** Take back this tab's newest edit here or below; return whether there was one. */
  undo(): boolean {
    return this.#state.undo(this.#path)
  }

  /** Make the edit again that was undone last; return whether there was one. */
  redo(): boolean {
    return this.#state.redo(this.#path)
  }

  /** True once there is a value; only one that the server computes may be missing at first. */
  get isReady(): boolean {
    return this.#state.isReady && this.#keys.every((key) => key.isReady)
  }

  /** True if the value may be missing at times. */
  get canWait(): boolean {
    return this.#state.canWait || this.#keys.some((key) => key.canWait)
  }

  /** True if the app's code alone decides the value, which may then contain JavaScript. */
  get isOfApp(): boolean {
    return this.#state.isOfApp
  }

  /** The freshness of the value, if the server computes it or a step of its path. */
  get freshness(): Freshness {
    const { freshness } = this.#state
    return this.#keys.length === 0 ? freshness : worstOf([freshness, ...this.#keys.map((key) => key.freshness)])
  }

  /** The reason why the user cannot change the value; `null` if they can. */
  get readonlyReason(): string | null {
    return this.#state.readonlyReason
  }

  /** The reason for which the user may not read the value; `null` if they may. */
  get refusal(): string | null {
    return this.#state.refusal
  }

  /** The present place of the value among all variables. */
  get place(): string {
    return JSON.stringify([this.#uid, ...this.#path])
  }

  /** The value of the default here. */
  get fallback(): Json {
    return at(this.#fallbackOf(this.#uid), this.#path) ?? null
  }

  /** The identity of the value: the room, and the path without indexes. A rejected text belongs to one identity. */
  get home(): string {
    const steps = this.#path.map((step) => (typeof step === 'number' ? null : step))
    return JSON.stringify([this.#state.home || this.#uid, ...steps])
  }

  /** Report rejections of edits made here to `handler`, which shows them instead of a notice. */
  captureRejections(handler: RejectionHandler): Unsubscribe {
    const capture = () => this.#state.captureRejections(this.#path, handler)
    if (this.#keys.length === 0) return capture()
    let stop = capture()
    const stopKeys = this.#watchKeys(() => {
      stop()
      stop = capture()
    })
    return () => {
      stopKeys()
      stop()
    }
  }

  get #path(): Path {
    if (this.#keys.length === 0) return this.#steps as Path
    const values = this.#keys.map((key) => key.get())
    return resolvedPath(this.#steps, this.#state.view, () => values.shift() ?? null)
  }

  #watchKeys(listener: () => void): Unsubscribe {
    return combineUnsubscribes(this.#keys.map((key) => key.subscribe(listener)))
  }

  /** Return whether all variables in the path have a value, and report it if not. */
  #hasKeys(): boolean {
    const hasAll = this.#keys.every((key) => key.get() !== null)
    if (!hasAll) this.#onNoKey()
    return hasAll
  }

  get #state(): VariableState {
    return this.#stateOf(this.#uid)
  }
}
