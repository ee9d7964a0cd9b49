/**
 * What a tab shows of one value: `view = confirmed + in flight + pending`, and how each layer follows when one below it
 * changes. Knows of no server.
 */

import { apply, diff, equal, InvalidEdit, invert } from '../edits'
import type { Json, Keys, Ops, Restored, Since, Value } from '../protocol'
import { append, applyUnits, isWriting, take, transformUnits, type Units } from './units'

export interface InFlight {
  readonly n: number
  readonly units: Units
  /** The confirmed value with the units applied. */
  readonly view: Value
  /** As it was made, and where: it is not rebased, and taken only if nobody has changed anything since. */
  readonly exact: { readonly ops: Ops; readonly since: Since; readonly restores?: Restored } | null
}

export interface LayersOptions {
  /** The view of an absent value. */
  fallback: Json
  keys: Keys
  /** Called with what others have changed in the view. */
  onSeen: (ops: Ops) => void
  /** Called with what the user has written in a place that is gone. */
  onDropped: (ops: Ops) => void
}

export class Layers {
  /** By what the items of the value's lists are told apart. */
  keys: Keys
  readonly #fallback: Json
  readonly #onSeen: (ops: Ops) => void
  readonly #onDropped: (ops: Ops) => void
  #confirmed: Value
  #inFlight: InFlight | null = null
  #pending: Units = []
  #view: Value
  /** How many units may travel in one edit: fewer after one was refused, to find out which of them it was. */
  #most = Number.POSITIVE_INFINITY

  constructor(value: Value, { fallback, keys, onSeen, onDropped }: LayersOptions) {
    this.#confirmed = this.#view = value
    this.#fallback = fallback
    this.keys = keys
    this.#onSeen = onSeen
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

  /** Edit the view. Throws InvalidEdit, and changes nothing, if an op has no place in it. */
  edit(ops: Ops): void {
    this.#view = changed(this.#view, apply(this.#view, ops, this.#fallback))
    this.#pending = append(this.#pending, ops)
  }

  /** Let the first of the waiting units leave, as many as one edit may carry. */
  launch(n: number, editBytes: number, editOps: number): void {
    const [units, rest] = take(this.#pending, this.#most, editBytes, editOps)
    this.#pending = rest
    const view = rest.length === 0 ? this.#view : applyUnits(this.#confirmed, units, this.#fallback).value
    this.#inFlight = { n, units, view, exact: null }
  }

  /** Edit the view, for `since` alone; nothing else may be unsent. */
  launchExact(n: number, ops: Ops, since: Since): void {
    this.#view = changed(this.#view, apply(this.#view, ops, this.#fallback))
    this.#inFlight = { n, units: [ops], view: this.#view, exact: { ops, since } }
  }

  /**
   * The server has `value` in the place of what was confirmed, or on its way back already: that is on its way, for `since`
   * alone, and all else waits. What is shown stays.
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

  /** The confirmed value has become `value`; by which ops, and what shares with the present one all that is equal. */
  difference(value: Value): [Ops, Value] {
    const ops = this.#difference(this.#confirmed, value)
    return [ops, changed(apply(this.#confirmed, ops, this.#fallback), value)]
  }

  /**
   * Another's `ops` have come before what is on its way and what waits. `left`: where both insert at one place, what
   * this tab did stands before. Throws InvalidEdit if they do not fit the confirmed value.
   */
  past(ops: Ops, left: boolean): void {
    this.become(apply(this.#confirmed, ops, this.#fallback), ops, left)
  }

  /** The confirmed value is `value`, which `ops` have made of it. */
  become(value: Value, ops: Ops, left = false): void {
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

  /** What is on its way was committed as `ops`. */
  acknowledge(inFlight: InFlight, ops: Ops): void {
    this.#most *= 2
    const sent = inFlight.units.flat()
    const isAsSent = equal(ops as unknown as Json, sent as unknown as Json)
    const value = isAsSent ? inFlight.view : changed(inFlight.view, apply(this.#confirmed, ops, this.#fallback))
    if (value === inFlight.view) {
      this.#inFlight = null
      this.#confirmed = value
      return
    }
    if (ops.length === 0) this.#drop(sent)
    this.land(inFlight, value)
  }

  /** What is on its way is settled, however it was, and `value` is confirmed. */
  land(inFlight: InFlight, value: Value): void {
    this.#inFlight = null
    this.#adopt(value, this.#difference(inFlight.view, value))
  }

  /**
   * What is on its way was refused. Of several units nobody knows which it was: they wait again, and fewer travel
   * together; returns whether that is so.
   */
  split(inFlight: InFlight): boolean {
    const count = inFlight.units.length
    if (count < 2) return false
    this.#inFlight = null
    this.#pending = [...inFlight.units, ...this.#pending]
    this.#most = Math.ceil(count / 2)
    return true
  }

  /** What is on its way was refused, and is taken out of the view. */
  reject(inFlight: InFlight): void {
    this.#inFlight = null
    const back = invert(this.#confirmed, inFlight.units.flat(), this.#fallback)
    this.#adopt(this.#confirmed, this.#verified(inFlight.view, back, this.#confirmed))
  }

  /** Of what is on its way only `ops` are still to be sent. The view follows once the confirmed value is known. */
  reduce(inFlight: InFlight, ops: Ops): void {
    const units = inFlight.units.map((unit) => unit.filter((op) => ops.includes(op)))
    this.#inFlight = { ...inFlight, units: units.filter((unit) => unit.length > 0), exact: null }
  }

  /** What is on its way had nothing to do, and its number is free. */
  forgetFlying(): void {
    this.#inFlight = null
  }

  forgetPending(): void {
    this.#pending = []
  }

  /** Forget the value, and what was made of it. */
  clear(): void {
    this.#inFlight = null
    this.#pending = []
    this.#most = Number.POSITIVE_INFINITY
    this.#adopt(undefined, [{ op: 'remove', path: [] }])
  }

  /** Take `value` as confirmed, with nothing on its way; what was below the edits that wait became that by `past`. */
  #adopt(value: Value, past: Ops, left = false, isSure = false): void {
    this.#confirmed = value
    this.#follow(value, past, left, isSure)
    if (!this.#inFlight && this.#pending.length === 0) this.#confirmed = this.#view // equal, and the one that is shown
  }

  /** What is below the edits that wait has become `value` by `past`: they come after it, and are shown with it. */
  #follow(value: Value, past: Ops, left: boolean, isSure = false): void {
    const transformed = transformUnits(this.#pending, past, { left })
    const placed = applyUnits(value, transformed.units, this.#fallback)
    this.#pending = placed.units
    this.#drop([...transformed.dropped, ...placed.dropped])
    const view = changed(this.#view, placed.value)
    if (view === this.#view) return
    const seen = isSure ? transformed.over : this.#verified(this.#view, transformed.over, view)
    this.#view = view
    this.#onSeen(seen)
  }

  #drop(ops: Ops): void {
    const written = ops.filter(isWriting)
    if (written.length > 0) this.#onDropped(written)
  }

  /** `ops` if they make `after` of `before`, else what does: no rebase is trusted with the order of others' edits. */
  #verified(before: Value, ops: Ops, after: Value): Ops {
    try {
      if (equal(apply(before, ops, this.#fallback), after)) return ops
    } catch (error) {
      if (!(error instanceof InvalidEdit)) throw error
    }
    return this.#difference(before, after)
  }

  /** What happened between two values. An absent one is the default, so what is made of it leaves other members alone. */
  #difference(before: Value, after: Value): Ops {
    if (after === undefined) return diff(before, after)
    return diff(before === undefined ? this.#fallback : before, after, this.keys)
  }
}

/** `after`, or what it was `before` if that is equal: what is shown stays the same object. */
function changed(before: Value, after: Value): Value {
  return equal(before, after) ? before : after
}
