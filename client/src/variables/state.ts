/** The state of a variable: its whole value, wherever it is kept, and its part in calls. */

import { at } from '../edits'
import type { Definition } from '../fragments'
import type { Unsubscribe } from '../observable'
import type { Input, Json, Keys, Ops, Path } from '../protocol'
import { FRESH, type Freshness } from '../sync/freshness'
import type { RejectionHandler } from '../sync/rejections'
import type { Replica } from '../sync/replica'

export abstract class VariableState {
  abstract readonly view: Json

  /** Edit the value; `path` is the path at which the edit was made, for undo. */
  abstract edit(ops: Ops, path?: Path): void

  /** Call `listener` after the view, the readiness or the freshness has changed. */
  abstract subscribe(listener: () => void): Unsubscribe

  /**
   * Adopt a newer definition, and keep the value. Return false if a new state is needed for it. `isNew`: a function of
   * the definition is another one, even if the definition is equal.
   */
  abstract redefine(definition: Definition, isNew: boolean): boolean

  /** The room of the value, as far as it can change. A rejected text belongs to one room. */
  get home(): string {
    return ''
  }

  /** Call `listener` with the changes that this tab did not make. Only shared values have such changes. */
  watchRemote(_listener: (ops: Ops) => void): Unsubscribe {
    return () => {}
  }

  /** True if edits can be undone. */
  get hasHistory(): boolean {
    return false
  }

  /** Take back this tab's newest edit at or below `path`; return whether there was one. */
  undo(_path: Path): boolean {
    return false
  }

  /** Make the edit again that was undone last at or below `path`; return whether there was one. */
  redo(_path: Path): boolean {
    return false
  }

  /** The members that identify the items of the value's lists. */
  get keys(): Keys {
    return {}
  }

  /** True once there is a value, even if the default shows. */
  get isReady(): boolean {
    return true
  }

  /** True if the value may be missing at times. */
  get canWait(): boolean {
    return false
  }

  /** True if the app's code alone decides the value, which may then contain JavaScript. */
  get isOfApp(): boolean {
    return false
  }

  /** The reason why the user cannot change the value; `null` if they can. */
  get readonlyReason(): string | null {
    return null
  }

  /** The freshness of the value, if the server computes it. */
  get freshness(): Freshness {
    return FRESH
  }

  /** Report rejections of edits at `path` to `handler`, which shows them instead of a notice. */
  captureRejections(_path: Path, _handler: RejectionHandler): Unsubscribe {
    return () => {}
  }

  /** Return the input of a call for the value at `path`. */
  input(path: Path): Input {
    return { value: this.#at(path) }
  }

  /** Return the state on which the result of a call with the value at `path` depends; compared as JSON. */
  fingerprint(path: Path): Json {
    return this.#at(path)
  }

  /** True once a call may be made with the value. */
  get isKnown(): boolean {
    return this.isReady
  }

  /** Return whether the server has all edits that this tab has made of the value at `path`. */
  isSettled(_path: Path): boolean {
    return true
  }

  /** Call `listener` after a fingerprint, or `isSettled`, may have changed. */
  watch(listener: () => void): Unsubscribe {
    return this.subscribe(listener)
  }

  /** Return the replicas that the server reads for a call: the tab's own edits of these come before the call. */
  replicas(): Replica[] {
    return []
  }

  /** The reason for which the user may not read the value; `null` if they may. */
  get refusal(): string | null {
    return this.replicas().find(({ revoked }) => revoked !== null)?.revoked ?? null
  }

  #at(path: Path): Json {
    return at(this.view, path) ?? null
  }
}

/** A subscription that several listeners share: it begins with the first, and ends some time after the last. */
export class SharedSubscription {
  readonly #listeners = new Map<symbol, () => void>()
  readonly #begin: () => Unsubscribe
  readonly #lingerMs: number
  #end: Unsubscribe | null = null
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(begin: () => Unsubscribe, lingerMs = 0) {
    this.#begin = begin
    this.#lingerMs = lingerMs
  }

  get isActive(): boolean {
    return this.#end !== null
  }

  /** Replace an active subscription, because the variable or store to which it belongs has changed. */
  restart(): void {
    if (!this.#end) return
    this.#end()
    this.#end = this.#begin()
    this.notify()
  }

  notify(): void {
    for (const listener of [...this.#listeners.values()]) listener()
  }

  add(listener: () => void): Unsubscribe {
    const id = Symbol()
    this.#listeners.set(id, listener)
    clearTimeout(this.#timer)
    this.#end ??= this.#begin()
    return () => {
      if (!this.#listeners.delete(id) || this.#listeners.size > 0) return
      if (this.#lingerMs === 0) this.#finish()
      else this.#timer = setTimeout(() => this.#finish(), this.#lingerMs)
    }
  }

  #finish(): void {
    this.#end?.()
    this.#end = null
  }
}
