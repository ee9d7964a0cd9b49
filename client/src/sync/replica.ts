/**
 * A tab's copy of one store, or of one room of it: `view = confirmed + in flight + pending`.
 *
 * The user's edit shows at once, one edit at a time is in flight, and what the server confirms is adopted. Convergence
 * follows from that alone. Knows neither React nor sockets.
 */

import { apply } from '../edits'
import { EDIT } from '../messages'
import { Listeners, type Unsubscribe } from '../observable'
import type {
  Change,
  Current,
  Json,
  Keys,
  Limits,
  Op,
  Ops,
  Path,
  Reject,
  Retry,
  Snapshot,
  StoreAddress,
  Value,
} from '../protocol'
import { faultIn } from './admission'
import { Exchange, type Initial } from './exchange'
import { Layers } from './layers'
import type { NotifyLost } from './lossNotice'
import { type RejectionHandler, Rejections } from './rejections'
import type { Send } from './subscription'
import { UndoHistory } from './undo'
import { textOf } from './unsaved'

export interface EditOptions {
  /** Commit only if the value is as the server knows it: rejected if any edit, also of this tab, came between. */
  exact?: boolean
  /** The path at which the edit was made, for undo. */
  path?: Path
}

export interface ReplicaOptions {
  store: string
  /** The room; a store without rooms has none. */
  at?: string
  fallback: Json
  keys?: Keys
  /** The value that came with the page. */
  initial?: Initial & { value: Value }
  limits?: Limits
  /** Notifies the user of an edit that was not saved. */
  onNotSaved?: NotifyLost
  /** Notifies the user of a value that the server has lost. */
  onForgotten?: NotifyLost
  /** Notifies the user that the value cannot be read. */
  onUnreadable?: (reason: string) => void
  /** Called after `hasUnsent` or `trouble` may have changed. */
  onProgress?: () => void
}

export class Replica {
  readonly address: StoreAddress
  readonly #fallback: Json
  readonly #onNotSaved: NotifyLost
  readonly #onUnreadable: (reason: string) => void
  readonly #onProgress: () => void
  readonly #viewListeners = new Listeners()
  readonly #confirmedListeners = new Listeners()
  readonly #remoteListeners = new Listeners<[Ops]>()
  readonly #rejections = new Rejections()
  readonly #layers: Layers
  readonly #history: UndoHistory
  readonly #exchange: Exchange
  /** The remote changes of the view since the listeners were last notified. */
  #remote: Op[] = []
  /** The state of which the listeners were last notified. */
  #notified: { view: Value; isReadonly: boolean; confirmed: Value }

  constructor(options: ReplicaOptions) {
    const { store, at, fallback, keys = {}, initial, limits, onNotSaved = () => {} } = options
    this.address = { store, ...(at !== undefined && { at }) }
    this.#fallback = fallback
    this.#onNotSaved = onNotSaved
    this.#onUnreadable = options.onUnreadable ?? (() => {})
    this.#onProgress = options.onProgress ?? (() => {})
    this.#history = new UndoHistory(fallback)
    this.#layers = new Layers(initial?.value, {
      fallback,
      keys,
      onRemote: (ops) => this.#onRemote(ops),
      onDropped: (ops) => this.#onDropped(ops),
    })
    this.#exchange = new Exchange({
      address: this.address,
      fallback,
      layers: this.#layers,
      rejections: this.#rejections,
      initial,
      limits,
      onNotSaved,
      onForgotten: options.onForgotten ?? onNotSaved,
    })
    this.#notified = { view: initial?.value, isReadonly: this.isReadonly, confirmed: initial?.value }
  }

  get view(): Json {
    return this.#layers.shown(this.#layers.view)
  }

  /** The value that the server has confirmed, and that its functions read. */
  get confirmed(): Json {
    return this.#layers.shown(this.#layers.confirmed)
  }

  /** The members that identify the items of the value's lists. */
  set keys(keys: Keys) {
    this.#layers.keys = keys
  }

  /** The sizes of edits and values that the server takes. */
  set limits(limits: Limits) {
    this.#exchange.limits = limits
  }

  get version(): number {
    return this.#exchange.since?.version ?? 0
  }

  get channel(): number | null {
    return this.#exchange.subscription.channel
  }

  get isConnected(): boolean {
    return this.#exchange.subscription.isConnected
  }

  /** True while `version` may be of another epoch: the server has not answered a request for the position. */
  get isUncertain(): boolean {
    const { subscription, since } = this.#exchange
    return subscription.isSubscribing && (since === null || subscription.wasCut)
  }

  /** True while this tab may have to restore the value on a server that has lost it. */
  get isAtRisk(): boolean {
    return this.#exchange.restoration.isAtRisk
  }

  /** The reason for which the user may not read the value. */
  get revoked(): string | null {
    return this.#exchange.subscription.revoked
  }

  get isReadonly(): boolean {
    return this.#exchange.isReadonly
  }

  /** True while an edit is neither acknowledged nor rejected. */
  get hasUnsent(): boolean {
    return this.#layers.inFlight !== null || this.#layers.pending.length > 0
  }

  /** The text and values that the user has written in such edits. */
  get unsent(): string {
    return textOf([...(this.#layers.inFlight?.units ?? []), ...this.#layers.pending].flat())
  }

  /** The number of the newest edit of the user, sent or not. */
  get newestEdit(): number {
    return this.#exchange.newestEdit
  }

  /** Return whether edit `n`, counted as `newestEdit` counts, is acknowledged or rejected. */
  isAnswered(n: number): boolean {
    return this.#exchange.isAnswered(n)
  }

  /** The reason for which the server could not store the edit yet. The edit is kept, and sent again. */
  get trouble(): string | null {
    return this.#exchange.trouble
  }

  /** The reason for which the view may be out of date at present. */
  get paused(): string | null {
    return this.#exchange.subscription.paused
  }

  /** Call `listener` after the view or `isReadonly` has changed. */
  subscribe(listener: () => void): Unsubscribe {
    return this.#viewListeners.add(listener)
  }

  /** Call `listener` after the confirmed value may have changed. */
  subscribeConfirmed(listener: () => void): Unsubscribe {
    return this.#confirmedListeners.add(listener)
  }

  /** Call `listener` with the changes of the view that this tab did not make, before those of `subscribe` are called. */
  watchRemote(listener: (ops: Ops) => void): Unsubscribe {
    return this.#remoteListeners.add(listener)
  }

  /** Report the outcome of edits at, below or above `path` to `handler`. */
  captureRejections(path: Path, handler: RejectionHandler): Unsubscribe {
    return this.#rejections.capture(path, handler)
  }

  /**
   * Edit the view at once, and send the edit as soon as possible. Throws InvalidEdit, and changes nothing, if an op has
   * no target in the view.
   */
  edit(ops: Ops, { exact = false, path = [] }: EditOptions = {}): void {
    const fault = this.#faultIn(ops, exact)
    if (fault !== null) {
      if (!this.#rejections.reject(ops, fault)) this.#onNotSaved(fault)
      return
    }
    const before = this.#layers.view
    this.#exchange.edit(ops, exact)
    this.#history.record(path, before, ops)
    this.#notify()
  }

  /** Take back this tab's newest edit at or below `path`; return whether there was one. */
  undo(path: Path = []): boolean {
    return this.#makeStep(this.#isEditable ? this.#history.undo(path, this.#layers.view) : null)
  }

  /** Make the edit again that was undone last at or below `path`; return whether there was one. */
  redo(path: Path = []): boolean {
    return this.#makeStep(this.#isEditable ? this.#history.redo(path, this.#layers.view) : null)
  }

  /** Subscribe on a connection whose server knows that this tab shows the store: by the page, or by the slot `of`. */
  connect(send: Send, of: string | null = null): void {
    this.#exchange.subscription.connect(send, of)
  }

  disconnect(): void {
    this.#exchange.disconnect()
  }

  /** Handle the server's error for a subscription. `unknown`: the server does not know that this tab shows the store. */
  subscribeFailed(code: string, reason: string): void {
    if (code === 'unknown') return this.disconnect()
    if (code === 'forbidden') return this.revoke(reason)
    const isTemporary = code === 'backend'
    if (!isTemporary) this.#exchange.restoration.rejected()
    if (this.#exchange.subscription.failed(reason, isTemporary))
      isTemporary ? this.#onUnreadable(reason) : this.#onNotSaved(reason, this.unsent)
    this.#onProgress()
  }

  /** Keep the value and its edits, of which the server sends no changes until it knows whether the user may read it. */
  pause(reason: string): void {
    this.#exchange.subscription.suspend(reason)
    this.#onProgress()
  }

  /** Discard the value and its edits: the user has no right to read it. What shows it gives the reason. */
  revoke(reason: string): void {
    if (this.hasUnsent) this.#onNotSaved(EDIT.revoked, this.unsent)
    this.disconnect()
    this.#exchange.subscription.revoke(reason)
    this.#discard()
    this.#notify()
  }

  /** Discard the value and its edits: the page does not show the store any more, so the server takes none. */
  abandon(): void {
    const { unsent } = this
    this.disconnect()
    this.#discard()
    this.#onNotSaved(EDIT.hidden, unsent)
    this.#notify()
  }

  /** Unsubscribe: nothing shows the value any more. */
  close(): void {
    this.#exchange.subscription.close()
    this.disconnect()
  }

  receive(message: Snapshot | Current | Change | Reject | Retry): void {
    this.#exchange.receive(message)
    this.#notify()
  }

  get #isEditable(): boolean {
    return this.revoked === null && !this.isReadonly
  }

  /** Return why the edit cannot be made at all, or `null`. */
  #faultIn(ops: Ops, exact: boolean): string | null {
    if (this.revoked !== null) return this.revoked
    if (this.isReadonly) return EDIT.readonly
    const fault = faultIn(ops, exact, this.#exchange.limits, () =>
      this.#layers.shown(apply(this.#layers.view, ops, this.#fallback)),
    )
    if (fault !== null || !exact) return fault
    if (this.hasUnsent) return EDIT.earlierUnsaved
    return this.#exchange.hasPosition ? null : EDIT.unconnected
  }

  #makeStep(ops: Ops | null): boolean {
    if (!ops) return false
    this.#exchange.edit(ops)
    this.#notify()
    return true
  }

  #discard(): void {
    this.#exchange.clear()
    this.#layers.clear()
    this.#history.clear()
  }

  #onDropped(ops: Ops): void {
    this.#onNotSaved(EDIT.removed, textOf(ops))
  }

  #onRemote(ops: Ops): void {
    this.#remote.push(...ops)
    this.#history.recordRemote(ops)
  }

  /** Notify the listeners of all changes since the last time. The state is consistent by then: a listener may edit. */
  #notify(): void {
    this.#onProgress()
    const remote = this.#remote
    this.#remote = []
    if (remote.length > 0) this.#remoteListeners.notify(remote)
    const { view } = this.#layers
    const { isReadonly } = this
    if (view !== this.#notified.view || isReadonly !== this.#notified.isReadonly) {
      this.#notified = { ...this.#notified, view, isReadonly }
      this.#viewListeners.notify()
    }
    const { confirmed } = this.#layers
    if (confirmed === this.#notified.confirmed) return
    this.#notified = { ...this.#notified, confirmed }
    this.#exchange.restoration.confirmed(this.confirmed)
    this.#confirmedListeners.notify()
  }
}
