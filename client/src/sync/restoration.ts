/**
 * Restoration of values that ended with the server's process. A backend in memory forgets its values at a restart;
 * a tab that still has the confirmed value sends it back as one exact edit. The rules are S40 of the protocol.
 */

import { equal } from '../edits'
import type { Current, Json, Restored, Since, Snapshot, Value, WrittenBy } from '../protocol'
import type { InFlight, Layers } from './layers'
import { LossNotice, type NotifyLost } from './lossNotice'

/** The layers of the replica, which a restoration only reads. */
type ReadonlyLayers = Pick<Layers, 'confirmed' | 'inFlight' | 'shown'>

export class Restoration {
  readonly #layers: ReadonlyLayers
  readonly #fallback: Json
  readonly #notice: LossNotice
  /** The kind of writer since the server's process began; `undefined` where values outlive the process. */
  #writtenBy: WrittenBy | undefined
  /** The durability of the backend, as the server last stated it. */
  #durability = ''
  /** True from the end of a connection until the server answers again: it may have lost the value meanwhile. */
  #isAtRisk = false
  /** The number of edits that were restorations; the user has not made these. */
  #count = 0

  constructor(layers: ReadonlyLayers, fallback: Json, onForgotten: NotifyLost) {
    this.#layers = layers
    this.#fallback = fallback
    this.#notice = new LossNotice(onForgotten)
  }

  set writtenBy(by: WrittenBy | undefined) {
    this.#writtenBy = by
  }

  get isAtRisk(): boolean {
    return this.#isAtRisk
  }

  get count(): number {
    return this.#count
  }

  /** Note that the connection has ended; `hasValue`: this tab holds a confirmed value. */
  disconnected(hasValue: boolean): void {
    this.#isAtRisk = hasValue && this.#durability === 'memory'
  }

  /** Note that the server has stated the position of the value. */
  answered({ durability }: Snapshot | Current): void {
    this.#isAtRisk = false
    this.#durability = durability
  }

  /** Note that the server does not answer for this value on this connection. */
  rejected(): void {
    this.#isAtRisk = false
  }

  /** Note a committed edit; by `author` 0 it is one of the app's own code. */
  committed(author: number): void {
    const by = this.#layers.inFlight?.exact?.restores?.by ?? (author > 0 ? 'people' : 'code')
    this.#writtenBy = this.#writtenBy === 'people' ? 'people' : by
  }

  /** Cancel the delayed notice if `value`, now confirmed, is the value that was lost. */
  confirmed(value: Json): void {
    this.#notice.confirmed(value)
  }

  /** Discard all knowledge of the value. */
  clear(): void {
    this.#writtenBy = undefined
    this.#isAtRisk = false
    this.#notice.cancel()
  }

  /**
   * Return the version to restore if the server has lost it and this tab can send it back. Notify the user of a loss
   * that this tab cannot repair; values that code alone has written are written again by code.
   */
  begin(message: Snapshot | Current, since: Since | null, isReadonly: boolean): Restored | null {
    if (message.type !== 'snapshot' || !message.forgot) return null
    const lost = this.#lost(message, since)
    if (!lost) return null
    const isMissed = lost.restores.by === 'people'
    if (isMissed && message.forgot === 'changes') this.#notice.show(lost.value)
    if (isMissed && message.forgot === 'value' && isReadonly) this.#notice.showLater(lost.value)
    if (message.forgot === 'changes' || isReadonly) return null
    if (!this.#layers.inFlight?.exact?.restores) this.#count++
    return lost.restores
  }

  /** Return whether the server rejected the restoration, and will send the changes that were made instead. */
  isOutdone({ type, receipt }: Snapshot | Current): boolean {
    const { inFlight } = this.#layers
    const isRestoring = inFlight?.exact?.restores !== undefined
    return type === 'current' && isRestoring && receipt?.status === 'rejected' && receipt.n === inFlight.n
  }

  /** Return whether a restoration was in flight and `message` settles it. Notify the user if the value is lost. */
  isSettled(inFlight: InFlight, message: Snapshot | Current, value: Value): boolean {
    const { receipt } = message
    if (!inFlight.exact?.restores || (receipt !== null && receipt.n < inFlight.n)) return false
    const isNotified = message.type === 'snapshot' && message.forgot !== undefined
    const isLost = receipt?.status === 'rejected' && equal(this.#layers.shown(value), this.#fallback)
    if (isLost && !isNotified) this.failed(inFlight, receipt.message)
    return true
  }

  /** Notify the user that the server has rejected the restored value. */
  failed({ view }: InFlight, reason?: string): void {
    this.#notice.show(this.#layers.shown(view), reason)
  }

  /** Return the value that the server had confirmed and has lost; `null` if nobody has ever changed it. */
  #lost({ value }: Snapshot, since: Since | null): { value: Json; restores: Restored } | null {
    const { inFlight, confirmed } = this.#layers
    const again = inFlight?.exact?.restores
    const restores = again ?? (since && this.#writtenBy && { ...since, by: this.#writtenBy })
    const last = this.#layers.shown(again ? inFlight?.view : confirmed)
    if (!restores || equal(last, this.#layers.shown(value)) || equal(last, this.#fallback)) return null
    return { value: last, restores }
  }
}
