/**
 * The layers of a replica: `view = confirmed + in flight + pending`. Each layer is rebased when the one below it
 * changes. A model of values alone, without a server.
 */

import { apply, diff, equal, InvalidEdit, invert } from '../edits'
import type { Json, Keys, Ops, Restored, Since, Value } from '../protocol'
import { append, applyUnits, isWriting, take, transformUnits, type Units } from './units'

/** The edit that was sent and is neither acknowledged nor rejected. */
export interface InFlight {
  readonly n: number
  /** The units of the edit, rebased over all that is confirmed. */
  readonly units: Units
  /** The confirmed value with the units applied. */
  readonly view: Value
  /** An exact edit as it was made: never rebased, and accepted only where the record still is at `since`. */
  readonly exact: { readonly ops: Ops; readonly since: Since; readonly restores?: Restored } | null
}

export interface LayersOptions {
  /** The view of an absent value. */
  fallback: Json
  keys: Keys
  /** Called with the changes of the view that this tab did not make. */
  onRemote: (ops: Ops) => void
  /** Called with the text and values of the user whose container another user has removed. */
  onDropped: (ops: Ops) => void
}

export class Layers {
  /** The members that identify the items of the value's lists. */
  keys: Keys
  readonly #fallback: Json
  readonly #onRemote: (ops: Ops) => void
  readonly #onDropped: (ops: Ops) => void
  #confirmed: Value
  #inFlight: InFlight | null = null
  /** The units that no edit carries yet; their ops apply to the view of the in-flight edit. */
  #pending: Units = []
  #view: Value
  /** The number of units that one edit may carry: halved by a rejection, to isolate the unit at fault. */
  #maxUnits = Number.POSITIVE_INFINITY

  constructor(value: Value, { fallback, keys, onRemote, onDropped }: LayersOptions) {
    this.#confirmed = this.#view = value
    this.#fallback = fallback
    this.keys = keys
    this.#onRemote = onRemote
    this.#onDropped = onDropped
  }

  get confirmed(): Value {
    return this.#confirmed
  }

  get inFlight(): InFlight | null {
    return this.#inFlight
  }

  get pending(): Units {
    return this.#pending
  }

  get view(): Value {
    return this.#view
  }

  /** Return a value as it is shown: the default in place of an absent one. */
  shown(value: Value): Json {
    return value === undefined ? this.#fallback : value
  }

  /** Edit the view. Throws InvalidEdit, and changes nothing, if an op has no target in it. */
  edit(ops: Ops): void {
    this.#view = unlessEqual(this.#view, apply(this.#view, ops, this.#fallback))
    this.#pending = append(this.#pending, ops)
  }

  /** Put the first pending units in flight, as many as one edit may carry. */
  launch(n: number, editBytes: number, editOps: number): void {
    const [units, rest] = take(this.#pending, this.#maxUnits, editBytes, editOps)
    this.#pending = rest
    const view = rest.length === 0 ? this.#view : applyUnits(this.#confirmed, units, this.#fallback).value
    this.#inFlight = { n, units, view, exact: null }
  }

  /** Edit the view, and put the edit in flight for the version `since` alone. No other edit may be unsent. */
  launchExact(n: number, ops: Ops, since: Since): void {
    this.#view = unlessEqual(this.#view, apply(this.#view, ops, this.#fallback))
    this.#inFlight = { n, units: [ops], view: this.#view, exact: { ops, since } }
  }

  /**
   * Send the confirmed value back to a server that has lost it and now holds `value` at `since`. An edit that was in
   * flight waits again. The view stays the same.
   */
  restore(n: number, value: Value, since: Since, restores: Restored): void {
    const inFlight = this.#inFlight
    const isAgain = inFlight?.exact?.restores !== undefined
    const view = isAgain ? inFlight.view : this.#confirmed
    const ops: Ops = [{ op: 'replace', path: [], value: view ?? this.#fallback }]
    if (inFlight && !isAgain) this.#pending = [...inFlight.units, ...this.#pending]
    this.#confirmed = value
    this.#inFlight = { n, units: [ops], view, exact: { ops, since, restores } }
  }

  /** Return the ops that turn the confirmed value into `value`, and `value` with all equal parts shared. */
  difference(value: Value): [Ops, Value] {
    const ops = this.#difference(this.#confirmed, value)
    return [ops, unlessEqual(apply(this.#confirmed, ops, this.#fallback), value)]
  }

  /**
   * Apply a remote change below the in-flight and the pending edits. `left`: of two insertions at one index, ours
   * stands first. Throws InvalidEdit if the ops do not fit the confirmed value.
   */
  applyRemote(ops: Ops, left: boolean): void {
    this.setConfirmed(apply(this.#confirmed, ops, this.#fallback), ops, left)
  }

  /** Replace the confirmed value by `value`, the result of `ops`, and rebase the layers above. */
  setConfirmed(value: Value, ops: Ops, left = false): void {
    const inFlight = this.#inFlight
    const isAlone = !inFlight && this.#pending.length === 0 && this.#view === this.#confirmed
    if (!inFlight) return this.#adopt(value, ops, left, isAlone)
    const past = transformUnits(inFlight.units, ops, { left })
    const placed = applyUnits(value, past.units, this.#fallback)
    this.#drop([...past.dropped, ...placed.dropped])
    this.#inFlight = { ...inFlight, units: placed.units, view: placed.value }
    this.#confirmed = value
    this.#follow(placed.value, this.#verified(inFlight.view, past.over, placed.value), left)
  }

  /** Confirm the in-flight edit, which the server has committed as `ops`. */
  acknowledge(inFlight: InFlight, ops: Ops): void {
    this.#maxUnits *= 2
    const sent = inFlight.units.flat()
    const isAsSent = equal(ops as unknown as Json, sent as unknown as Json)
    const value = isAsSent ? inFlight.view : unlessEqual(inFlight.view, apply(this.#confirmed, ops, this.#fallback))
    if (value === inFlight.view) {
      this.#inFlight = null
      this.#confirmed = value
      return
    }
    if (equal(this.shown(value), this.shown(inFlight.view))) {
      // The edit made of an absent value what it is shown as. The pending edits apply to it as before.
      this.#inFlight = null
      this.#confirmed = value
      if (this.#pending.length === 0) this.#view = value
      return
    }
    if (ops.length === 0) this.#drop(sent)
    this.finish(inFlight, value)
  }

  /** End the in-flight edit, whatever became of it; `value` is confirmed. */
  finish(inFlight: InFlight, value: Value): void {
    this.#inFlight = null
    this.#adopt(value, this.#difference(inFlight.view, value))
  }

  /**
   * Return the units of a rejected edit to the pending ones, to be sent in smaller edits. Returns false for an edit of
   * one unit, which is the one at fault.
   */
  split(inFlight: InFlight): boolean {
    const count = inFlight.units.length
    if (count < 2) return false
    this.#inFlight = null
    this.#pending = [...inFlight.units, ...this.#pending]
    this.#maxUnits = Math.ceil(count / 2)
    return true
  }

  /** Take the rejected edit out of the view. */
  reject(inFlight: InFlight): void {
    this.#inFlight = null
    const back = invert(this.#confirmed, inFlight.units.flat(), this.#fallback)
    this.#adopt(this.#confirmed, this.#verified(inFlight.view, back, this.#confirmed))
  }

  /** Reduce the in-flight edit to `ops`. The view follows when the confirmed value is set. */
  reduce(inFlight: InFlight, ops: Ops): void {
    const units = inFlight.units.map((unit) => unit.filter((op) => ops.includes(op)))
    this.#inFlight = { ...inFlight, units: units.filter((unit) => unit.length > 0), exact: null }
  }

  /** Discard an in-flight edit that has no units left. */
  discardInFlight(): void {
    this.#inFlight = null
  }

  discardPending(): void {
    this.#pending = []
  }

  /** Discard the value and all edits of it. */
  clear(): void {
    this.#inFlight = null
    this.#pending = []
    this.#maxUnits = Number.POSITIVE_INFINITY
    this.#adopt(undefined, [{ op: 'remove', path: [] }])
  }

  /** Confirm `value` with nothing in flight. `ops` turn the value below the pending edits into `value`. */
  #adopt(value: Value, ops: Ops, left = false, isSure = false): void {
    this.#confirmed = value
    this.#follow(value, ops, left, isSure)
    // Equal values become the same object, so that a later comparison is one of references.
    if (!this.#inFlight && this.#pending.length === 0) this.#confirmed = this.#view
  }

  /** Rebase the pending edits over `ops`, which made `value` of the value below them, and update the view. */
  #follow(value: Value, ops: Ops, left: boolean, isSure = false): void {
    const transformed = transformUnits(this.#pending, ops, { left })
    const placed = applyUnits(value, transformed.units, this.#fallback)
    this.#pending = placed.units
    this.#drop([...transformed.dropped, ...placed.dropped])
    const view = unlessEqual(this.#view, placed.value)
    if (view === this.#view) return
    const remote = isSure ? transformed.over : this.#verified(this.#view, transformed.over, view)
    this.#view = view
    this.#onRemote(remote)
  }

  #drop(ops: Ops): void {
    const written = ops.filter(isWriting)
    if (written.length > 0) this.#onDropped(written)
  }

  /** Return `ops` if they turn `before` into `after`, else the difference: no rebase is trusted. */
  #verified(before: Value, ops: Ops, after: Value): Ops {
    try {
      if (equal(apply(before, ops, this.#fallback), after)) return ops
    } catch (error) {
      if (!(error instanceof InvalidEdit)) throw error
    }
    return this.#difference(before, after)
  }

  /** Return the difference of two values. An absent `before` counts as the default, so that edits of other members fit. */
  #difference(before: Value, after: Value): Ops {
    if (after === undefined) return diff(before, after)
    return diff(before === undefined ? this.#fallback : before, after, this.keys)
  }
}

/** Return `after`, or the object `before` if both are equal. */
function unlessEqual(before: Value, after: Value): Value {
  return equal(before, after) ? before : after
}
