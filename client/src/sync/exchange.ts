/**
 * The exchange of a replica with the server: the edit in flight and its outcome. The rules are S10 to S14 of the
 * protocol.
 */

import { InvalidEdit } from '../edits'
import { EDIT } from '../messages'
import type {
  Change,
  CommittedEdit,
  Current,
  Json,
  Limits,
  Ops,
  Receipt,
  Reject,
  Restored,
  Retry,
  Since,
  Snapshot,
  StoreAddress,
  Value,
  WrittenBy,
} from '../protocol'
import { DEFAULT_LIMITS } from './admission'
import type { InFlight, Layers } from './layers'
import type { NotifyLost } from './lossNotice'
import type { Rejections } from './rejections'
import { Restoration } from './restoration'
import { Subscription } from './subscription'
import { textOf, unsaved } from './unsaved'

export interface Initial {
  epoch: string
  version: number
  readonly: boolean | null
  written?: WrittenBy
}

export interface ExchangeOptions {
  address: StoreAddress
  fallback: Json
  layers: Layers
  rejections: Rejections
  /** The position of the value that came with the page. */
  initial: Initial | undefined
  limits: Limits | undefined
  onNotSaved: NotifyLost
  onForgotten: NotifyLost
}

export class Exchange {
  readonly subscription: Subscription
  readonly restoration: Restoration
  limits: Limits
  readonly #layers: Layers
  readonly #rejections: Rejections
  readonly #onNotSaved: NotifyLost
  /** The position of the confirmed value; `null` while the server has stated none. */
  #since: Since | null = null
  #isReadonly = false
  /** The number of the newest edit that was put in flight. */
  #n = 0
  /** True once the server has stated a position: then `#n` continues the numbers that the server knows of this tab. */
  #hasPosition = false
  /** True while changes are ignored until a snapshot: they begin before a restored value. */
  #needsSnapshot = false
  #retry: ReturnType<typeof setTimeout> | undefined
  #trouble: string | null = null

  constructor(options: ExchangeOptions) {
    const { address, fallback, layers, rejections, initial, limits, onNotSaved, onForgotten } = options
    this.#layers = layers
    this.#rejections = rejections
    this.#onNotSaved = onNotSaved
    this.limits = limits ?? DEFAULT_LIMITS
    this.subscription = new Subscription(address, () => this.#resumeFrom)
    this.restoration = new Restoration(layers, fallback, onForgotten)
    if (!initial) return
    this.#since = { epoch: initial.epoch, version: initial.version }
    this.#isReadonly = initial.readonly ?? true
    this.restoration.writtenBy = initial.written
  }

  get since(): Since | null {
    return this.#since
  }

  get hasPosition(): boolean {
    return this.#hasPosition
  }

  get isReadonly(): boolean {
    return this.#isReadonly
  }

  /** The reason for which the server could not store the edit yet. The edit is kept, and sent again. */
  get trouble(): string | null {
    return this.#trouble
  }

  /** The number of the newest edit of the user, sent or not. */
  get newestEdit(): number {
    return (this.#layers.pending.length > 0 ? this.#n + 1 : this.#n) - this.restoration.count
  }

  /** Return whether edit `n`, counted as `newestEdit` counts, is acknowledged or rejected. */
  isAnswered(n: number): boolean {
    const { inFlight } = this.#layers
    return n <= (inFlight ? inFlight.n - 1 : this.#n) - this.restoration.count
  }

  /** Edit the view, and send the edit as soon as possible. Throws InvalidEdit if an op has no target in the view. */
  edit(ops: Ops, exact = false): void {
    if (exact && this.#since) {
      this.#layers.launchExact(this.#n + 1, ops, this.#since)
      this.#n++
      return this.#send()
    }
    this.#layers.edit(ops)
    this.#dispatch()
  }

  /** Handle a message of the server. If it does not fit the value, give up the edits and ask for a snapshot. */
  receive(message: Snapshot | Current | Change | Reject | Retry): void {
    try {
      this.#receive(message)
    } catch (error) {
      if (!(error instanceof InvalidEdit)) throw error
      this.#startOver()
    }
  }

  disconnect(): void {
    clearTimeout(this.#retry)
    this.subscription.disconnect()
    this.restoration.disconnected(this.#since !== null)
  }

  /** Discard the position, and all that is known of the value. */
  clear(): void {
    this.#since = this.#trouble = null
    this.restoration.clear()
  }

  #startOver(): void {
    const { inFlight, pending } = this.#layers
    const unsent = [...(inFlight?.units ?? []), ...pending]
    if (inFlight || pending.length > 0) this.#onNotSaved(EDIT.misfit, textOf(unsent.flat()))
    if (inFlight) this.#layers.reduce(inFlight, []) // the server still waits for its number
    this.#since = null
    this.#layers.discardPending()
    this.subscription.restart()
  }

  #receive(message: Snapshot | Current | Change | Reject | Retry): void {
    switch (message.type) {
      case 'snapshot':
      case 'current':
        return this.#onPosition(message)
      case 'change':
        return this.#onChange(message)
      case 'reject':
        return this.#onReject(message)
      case 'retry':
        return this.#onRetry(message)
      default:
        message satisfies never
    }
  }

  /** The position from which the server continues; `null` or `undefined` asks for a snapshot. */
  get #resumeFrom(): Since | null | undefined {
    return this.#needsSnapshot ? this.#layers.inFlight?.exact?.restores : this.#since
  }

  #onPosition(message: Snapshot | Current): void {
    this.subscription.answered(message)
    this.restoration.answered(message)
    // A right that cannot be told now stays as it was; at first it is denied.
    this.#isReadonly = message.readonly ?? (this.#hasPosition || this.#since !== null ? this.#isReadonly : true)
    this.#hasPosition = true
    if (this.#isAcknowledgedLater(message)) return
    if (this.restoration.isOutdone(message)) return this.#requestSnapshot()
    this.#needsSnapshot = false
    const isOlder = message.epoch === this.#since?.epoch && message.version < this.#since.version
    if (!isOlder) this.#adopt(message)
    this.#send()
    this.#dispatch()
  }

  #adopt(message: Snapshot | Current): void {
    const { epoch, version, written } = message
    const restores = this.restoration.begin(message, this.#since, this.#isReadonly)
    if (restores && message.type === 'snapshot') this.#restore(message, restores)
    else this.#settle(message, message.type === 'snapshot' ? message.value : this.#layers.confirmed)
    this.#since = { epoch, version }
    this.restoration.writtenBy = written
  }

  /** Send the confirmed value to a server that has lost it; the edit in flight follows as an ordinary one. */
  #restore({ epoch, version, value }: Snapshot, restores: Restored): void {
    const { inFlight } = this.#layers
    if (inFlight?.exact && !inFlight.exact.restores) {
      this.#onNotSaved(EDIT.raced, textOf(inFlight.units.flat()))
      this.#layers.finish(inFlight, this.#layers.confirmed)
    }
    this.#layers.restore(inFlight?.n ?? ++this.#n, value, { epoch, version }, restores)
  }

  /** Ask for a snapshot: changes that begin before a restored value would take it apart. */
  #requestSnapshot(): void {
    this.#needsSnapshot = true
    this.subscription.request()
  }

  /** Return whether the edit in flight is among the changes that follow a `current`; it is acknowledged there. */
  #isAcknowledgedLater({ type, receipt, version }: Snapshot | Current): boolean {
    const { inFlight } = this.#layers
    if (type === 'snapshot' || !inFlight || !receipt) return false
    return receipt.n >= inFlight.n && receipt.status === 'applied' && receipt.version > version
  }

  /** Adopt the server's value `stored`, and decide what has become of the edit in flight. */
  #settle(message: Snapshot | Current, stored: Value): void {
    const { receipt } = message
    const { inFlight } = this.#layers
    const [ops, value] = this.#layers.difference(stored)
    if (inFlight && this.restoration.isSettled(inFlight, message, value)) return this.#layers.finish(inFlight, value)
    if (inFlight && receipt !== null && receipt.n >= inFlight.n)
      return this.#settleByReceipt(inFlight, receipt, value, ops)
    if (inFlight) this.#keepUnsaved(inFlight, message, value)
    else if (receipt && receipt.n > 0) this.#n = receipt.n // of an earlier replica of this tab
    this.#layers.setConfirmed(value, ops)
    if (receipt === null && this.#layers.inFlight?.units.length === 0) this.#layers.discardInFlight()
    if (!this.#layers.inFlight) this.#trouble = null
  }

  /** End the edit in flight, of which the server has a receipt. */
  #settleByReceipt(inFlight: InFlight, receipt: Receipt, value: Value, ops: Ops): void {
    this.#trouble = null
    const isRejected = receipt.n === inFlight.n && receipt.status === 'rejected'
    if (isRejected && this.#layers.split(inFlight)) return this.#layers.setConfirmed(value, ops)
    this.#layers.finish(inFlight, value)
    if (isRejected) this.#reject(inFlight, receipt.message ?? EDIT.rejected)
    else this.#rejections.acknowledge(inFlight.units.flat(), this.#layers.pending.flat())
  }

  /** Reduce the edit in flight to the ops that still have to be sent now that the server has `value`. */
  #keepUnsaved(inFlight: InFlight, { receipt, epoch, version }: Snapshot | Current, value: Value): void {
    const { exact } = inFlight
    if (receipt === null) return this.#layers.reduce(inFlight, this.#unsavedOps(inFlight, value))
    if (!exact || exact.restores || (epoch === exact.since.epoch && version === exact.since.version)) return
    this.#onNotSaved(EDIT.conflict, textOf(inFlight.units.flat()))
    this.#layers.reduce(inFlight, []) // the server still waits for its number
  }

  /** Return the ops of the edit in flight that a server without a receipt has not applied. */
  #unsavedOps({ units, view, exact }: InFlight, value: Value): Ops {
    const values = {
      before: this.#layers.shown(this.#layers.confirmed),
      after: this.#layers.shown(view),
      present: this.#layers.shown(value),
    }
    const { again, lost } = unsaved(units.flat(), values)
    // The version for which an exact edit was made is gone.
    const missed = exact ? [...lost, ...again] : lost
    if (missed.length > 0) this.#onNotSaved(EDIT.raced, textOf(missed))
    return exact ? [] : again
  }

  #onChange({ base, version, edits }: Change): void {
    if (this.#since === null || this.#needsSnapshot || version <= this.#since.version) return
    if (base !== this.#since.version) return this.subscription.request()
    for (const edit of edits) this.#onCommitted(edit)
    this.#since = { epoch: this.#since.epoch, version }
    this.#dispatch()
  }

  #onCommitted([author, n, ops]: CommittedEdit): void {
    const { inFlight } = this.#layers
    const me = this.subscription.author
    this.restoration.committed(author)
    if (!inFlight || author !== me || n !== inFlight.n) return this.#layers.applyRemote(ops, (me ?? 0) < author)
    this.#trouble = null
    this.#layers.acknowledge(inFlight, ops)
    this.#rejections.acknowledge(inFlight.units.flat(), this.#layers.pending.flat())
  }

  #onReject({ n, code, message }: Reject): void {
    const { inFlight } = this.#layers
    if (!inFlight || n !== inFlight.n) return
    this.#trouble = null
    if (inFlight.exact?.restores) return this.#onRestorationRejected(inFlight, code, message)
    // Without the right to write, each part would be rejected for the same reason.
    const isWhole = code === 'forbidden' || code === 'readonly'
    if (isWhole || !this.#layers.split(inFlight)) {
      this.#layers.reject(inFlight)
      this.#reject(inFlight, message, isWhole)
    }
    this.#dispatch()
  }

  #onRestorationRejected(inFlight: InFlight, code: string, message: string): void {
    if (code === 'conflict') return this.#requestSnapshot() // another tab was first
    this.#layers.finish(inFlight, this.#layers.confirmed)
    this.restoration.failed(inFlight, message)
    this.#dispatch()
  }

  #onRetry({ n, code, message, retry_ms }: Retry): void {
    if (n !== this.#layers.inFlight?.n) return
    if (code !== 'rate') this.#trouble = message
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => this.#send(), retry_ms)
  }

  /** Show the reason of a rejection where the edit was made, or else in a notice with the user's text. */
  #reject({ units }: InFlight, reason: string, isWhole = false): void {
    const ops = units.flat()
    if (isWhole || !this.#rejections.reject(ops, reason)) this.#onNotSaved(reason, textOf(ops))
  }

  /** Put pending units in flight if no edit is, and send them. */
  #dispatch(): void {
    const { inFlight, pending } = this.#layers
    if (inFlight || pending.length === 0 || !this.subscription.isLive) return
    this.#layers.launch(++this.#n, this.limits.edit_bytes, this.limits.edit_ops)
    this.#send()
  }

  /** Send the edit in flight, again if it was sent before. */
  #send(): void {
    const { inFlight } = this.#layers
    if (!inFlight || !this.#since || !this.subscription.isLive) return
    clearTimeout(this.#retry)
    const { n, units, exact } = inFlight
    const { epoch, version } = exact?.since ?? this.#since
    if (!exact) return this.subscription.sendEdit({ n, epoch, base: version, ops: units.flat() })
    const { ops, restores } = exact
    this.subscription.sendEdit({ n, epoch, base: version, ops, exact: true, ...(restores && { restores }) })
  }
}
