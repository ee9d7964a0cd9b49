/** What holds a variable's whole value, and how a call is given it. */

import { at } from '../edits'
import type { Unsubscribe } from '../observable'
import type { Input, Json, Keys, Ops, Path } from '../protocol'
import type { RejectionHandler } from '../sync/rejections'
import type { Replica } from '../sync/replica'

export abstract class VariableState {
  abstract readonly view: Json
  /** Where the value is kept, as far as that can change: its room. What is typed in one belongs to no other. */
  get home(): string {
    return ''
  }

  /** `place` is where it was made: what is undone together. */
  abstract edit(ops: Ops, place?: Path): void
  /** Calls `listener` after the view, readiness or error changed. */
  abstract subscribe(listener: () => void): Unsubscribe

  /**
   * Calls `listener` with what others have changed, before those who subscribed; never with an edit of this tab. A
   * value that others cannot edit has nothing to say.
   */
  watchRemote(_listener: (ops: Ops) => void): Unsubscribe {
    return () => {}
  }

  /** Whether edits can be taken back. */
  get hasHistory(): boolean {
    return false
  }

  /** Take back the newest own edit at or below `path`; whether there was one that could be. */
  undo(_path: Path): boolean {
    return false
  }

  /** Make the edit again that was taken back last at or below `path`. */
  redo(_path: Path): boolean {
    return false
  }

  /** By what the items of its lists are told apart. */
  get keys(): Keys {
    return {}
  }

  /** Whether there is a value, though the default may show. */
  get isReady(): boolean {
    return true
  }

  /** Whether there may be a time when it is not ready. */
  get canWait(): boolean {
    return false
  }

  /** Whether the user cannot change it. */
  get isReadonly(): boolean {
    return false
  }

  /** Whether a newer value is being computed. */
  get isLoading(): boolean {
    return false
  }

  /** Why there is no new value. */
  get error(): string | null {
    return null
  }

  /** Let `heed` hear how edits at `path` end, instead of the user; returns what stops that. */
  captureRejections(_path: Path, _heed: RejectionHandler): Unsubscribe {
    return () => {}
  }

  /** What a call is given for the value at `path`. */
  input(path: Path): Input {
    return { value: this.#at(path) }
  }

  /** What the result of a call depends on that is given the value at `path`; compared as JSON. */
  fingerprint(path: Path): Json {
    return this.#at(path)
  }

  /** Whether a call may be given it. */
  get isKnown(): boolean {
    return this.isReady
  }

  /** Calls `listener` after a fingerprint may have changed. */
  watch(listener: () => void): Unsubscribe {
    return this.subscribe(listener)
  }

  /** The replicas that the server reads for a call: its own edits there have to come before. */
  replicas(): Replica[] {
    return []
  }

  #at(path: Path): Json {
    return at(this.view, path) ?? null
  }
}

/** Those who listen to one thing; it is switched on for the first, and off some time after the last. */
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

  get isListening(): boolean {
    return this.#end !== null
  }

  /** What is listened to has changed. */
  restart(): void {
    if (!this.#end) return
    this.#end()
    this.#end = this.#begin()
    this.tell()
  }

  tell(): void {
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
