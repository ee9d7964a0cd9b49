/**
 * What a tab shows of one value: `view = confirmed + in flight + pending`, and how each layer follows when one below it
 * changes. Knows of no server.
 */

import { apply, bytesOf, compose, cut, diff, equal, InvalidEdit, invert, rebase, TestFailed } from './edits'
import type { Json, Keys, Op, Ops, Since, Value } from './protocol'

export interface InFlight {
  readonly n: number
  readonly ops: Ops
  /** The confirmed value with `ops` applied. */
  readonly view: Value
  /** As it was made, and where: it is not rebased, and taken only if nobody has changed anything since. */
  readonly exact: { readonly ops: Ops; readonly since: Since } | null
}

export class Layers {
  /** By what the items of the value's lists are told apart. */
  keys: Keys
  readonly #fallback: Json
  readonly #onSeen: (ops: Ops) => void
  #confirmed: Value
  #flying: InFlight | null = null
  #pending: Ops = []
  #view: Value

  /** `onSeen` is told what others have changed in the view. */
  constructor(value: Value, fallback: Json, keys: Keys, onSeen: (ops: Ops) => void) {
    this.#confirmed = this.#view = value
    this.#fallback = fallback
    this.keys = keys
    this.#onSeen = onSeen
  }

  get confirmed(): Value {
    return this.#confirmed
  }

  get flying(): InFlight | null {
    return this.#flying
  }

  get pending(): Ops {
    return this.#pending
  }

  get view(): Value {
    return this.#view
  }

  /** Edit the view. Throws InvalidEdit, and changes nothing, if an op has no place in it. */
  edit(ops: Ops): void {
    this.#view = changed(this.#view, apply(this.#view, ops, this.#fallback))
    this.#pending = compose(this.#pending, ops)
  }

  /** The first of what waits, as much as one edit may carry, is on its way. */
  launch(n: number, editBytes: number, editOps: number): void {
    const ops = this.#take(editBytes, editOps)
    const view = this.#pending.length === 0 ? this.#view : this.#placed(this.#confirmed, ops)[0]
    this.#flying = { n, ops, view, exact: null }
  }

  /** Edit the view, for `since` alone; nothing else may be unsent. */
  launchExact(n: number, ops: Ops, since: Since): void {
    this.#view = changed(this.#view, apply(this.#view, ops, this.#fallback))
    this.#flying = { n, ops, view: this.#view, exact: { ops, since } }
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
    const flying = this.#flying
    const isAlone = !flying && this.#pending.length === 0 && this.#view === this.#confirmed
    if (!flying) return this.#adopt(value, ops, left, isAlone)
    const [view, rebased] = this.#placed(value, rebase(flying.ops, ops, { left }))
    this.#flying = { ...flying, ops: rebased, view }
    this.#confirmed = value
    this.#follow(view, this.#verified(flying.view, rebase(ops, flying.ops, { earlier: true, left: !left }), view), left)
  }

  /** What is on its way was committed as `ops`. */
  acknowledge(flying: InFlight, ops: Ops): void {
    const isAsSent = equal(ops as unknown as Json, flying.ops as unknown as Json)
    const value = isAsSent ? flying.view : changed(flying.view, apply(this.#confirmed, ops, this.#fallback))
    if (value !== flying.view) return this.land(flying, value)
    this.#flying = null
    this.#confirmed = value
  }

  /** What is on its way is settled, however it was, and `value` is confirmed. */
  land(flying: InFlight, value: Value): void {
    this.#flying = null
    this.#adopt(value, this.#difference(flying.view, value))
  }

  /** What is on its way was refused. */
  reject(flying: InFlight): void {
    this.#flying = null
    const back = invert(this.#confirmed, flying.ops, this.#fallback)
    this.#adopt(this.#confirmed, this.#verified(flying.view, back, this.#confirmed))
  }

  /** Only `ops` of what is on its way are still to be sent. The view follows once the confirmed value is known. */
  reduce(flying: InFlight, ops: Ops): void {
    this.#flying = { ...flying, ops, exact: null }
  }

  /** What is on its way had nothing to do, and its number is free. */
  forgetFlying(): void {
    this.#flying = null
  }

  forgetPending(): void {
    this.#pending = []
  }

  /** Forget the value, and what was made of it. */
  clear(): void {
    this.#flying = null
    this.#pending = []
    this.#adopt(undefined, [{ op: 'remove', path: [] }])
  }

  /** Take `value` as confirmed, with nothing on its way; what was below the edits that wait became that by `past`. */
  #adopt(value: Value, past: Ops, left = false, isSure = false): void {
    this.#confirmed = value
    this.#follow(value, past, left, isSure)
    if (!this.#flying && this.#pending.length === 0) this.#confirmed = this.#view // equal, and the one that is shown
  }

  /** What is below the edits that wait has become `value` by `past`: they come after it, and are shown with it. */
  #follow(value: Value, past: Ops, left: boolean, isSure = false): void {
    const waiting = this.#pending
    const [after, rebased] = this.#placed(value, rebase(waiting, past, { left }))
    this.#pending = rebased
    const view = changed(this.#view, after)
    if (view === this.#view) return
    const moved = isSure ? past : rebase(past, waiting, { earlier: true, left: !left })
    const seen = isSure ? moved : this.#verified(this.#view, moved, view)
    this.#view = view
    this.#onSeen(seen)
  }

  /** `value` with those of `ops` applied that have a place in it. */
  #placed(value: Value, ops: Ops): [Value, Ops] {
    try {
      return [apply(value, ops, this.#fallback), ops]
    } catch (error) {
      if (!(error instanceof InvalidEdit)) throw error
    }
    const kept = ops.filter((op) => {
      try {
        value = apply(value, [op], this.#fallback)
        return true
      } catch (error) {
        if (!(error instanceof InvalidEdit)) throw error
        return error instanceof TestFailed // which the server is to find out
      }
    })
    return [value, kept]
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

  /** The first of the pending ops, as many as one edit may carry. */
  #take(editBytes: number, editOps: number): Ops {
    const ops: Op[] = []
    let parts: Ops = []
    let bytes = 2
    for (const waiting of this.#pending) {
      const [op = waiting, ...rest] = cut(waiting, editBytes)
      bytes += bytesOf([op])
      if (ops.length > 0 && (bytes > editBytes || ops.length === editOps)) break
      ops.push(op)
      parts = rest
      if (parts.length > 0) break
    }
    this.#pending = [...parts, ...this.#pending.slice(ops.length)]
    return ops
  }
}

/** `after`, or what it was `before` if that is equal: what is shown stays the same object. */
function changed(before: Value, after: Value): Value {
  return equal(before, after) ? before : after
}
