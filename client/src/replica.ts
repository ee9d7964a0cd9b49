/**
 * A tab's copy of one store, or of one room of it: `view = confirmed + in flight + pending`.
 *
 * The user's edit shows at once, one edit at a time is on its way, and what the server confirms is
 * adopted. Convergence follows from that alone. Knows neither React nor sockets.
 */

import {
  apply,
  at,
  bytesOf,
  compose,
  cut,
  diff,
  equal,
  InvalidEdit,
  invert,
  isObject,
  isWithin,
  rebase,
  TestFailed,
} from './edits'
import { History } from './history'
import type {
  Change,
  ClientMessage,
  Current,
  Entry,
  Json,
  Keys,
  Op,
  Ops,
  Path,
  Place,
  Reject,
  Retry,
  Since,
  Snapshot,
  Value,
} from './protocol'

type Send = (message: ClientMessage) => void

interface InFlight {
  n: number
  ops: Ops
  /** The confirmed value with `ops` applied. */
  view: Value
  /** As it was made, and where: it is not rebased, and taken only if nobody has changed anything since. */
  exact: { ops: Ops; since: Since } | null
}

export interface EditOptions {
  /** Only if the value is as the server knows it: refused if anybody, also this tab, has changed anything since. */
  exact?: boolean
  /** Where in the value it was made: what is undone together. */
  place?: Path
}

export interface ReplicaOptions {
  store: string
  /** The room; a store without rooms has none. */
  at?: string
  fallback: Json
  keys?: Keys
  initial?: { epoch: string; version: number; value: Value; readonly: boolean }
  /** The largest edit that the server takes, in bytes of JSON. */
  editBytes?: number
  /** Tells the user that an edit was refused, or could not be saved. */
  onLost?: (message: string) => void
  /** Tells the user that the value may not be read. */
  onDenied?: (message: string) => void
  /** Called after `hasUnsent` or `trouble` may have changed. */
  onProgress?: () => void
}

export class Replica {
  readonly place: Place
  editBytes: number
  editOps = 1000
  /** By what the items of its lists are told apart. */
  keys: Keys
  readonly #fallback: Json
  readonly #onLost: (message: string) => void
  readonly #onDenied: (message: string) => void
  readonly #onProgress: () => void
  readonly #listeners = new Set<() => void>()
  readonly #readers = new Set<() => void>()
  readonly #remote = new Set<(ops: Ops) => void>()
  readonly #history: History

  #since: Since | null = null
  #readonly = false
  #confirmed: Value = undefined
  #inFlight: InFlight | null = null
  #pending: Ops = []
  #view: Value = undefined
  /** What others have changed in the view since that was last told. */
  #seen: Op[] = []
  #announced: { view: Value; isReadonly: boolean; refusal: string | null }
  #refusal: string | null = null
  #heeding = 0
  #read: Value = undefined
  #n = 0

  #send: Send | null = null
  #of: string | null = null
  #key: number | null = null
  #author: number | null = null
  #isAsking = false
  #wasCut = false
  #requests = 0
  #retry: ReturnType<typeof setTimeout> | undefined
  #trouble: string | null = null
  /** Why the user may not read the value. */
  #denied: string | null = null

  constructor({ store, at, fallback, keys, initial, editBytes, onLost, onDenied, onProgress }: ReplicaOptions) {
    this.place = { store, ...(at !== undefined && { at }) }
    this.editBytes = editBytes ?? 256 * 1024
    this.keys = keys ?? {}
    this.#fallback = fallback
    this.#history = new History(fallback)
    this.#onLost = onLost ?? (() => {})
    this.#onDenied = onDenied ?? (() => {})
    this.#onProgress = onProgress ?? (() => {})
    this.#announced = { view: undefined, isReadonly: false, refusal: null }
    if (!initial) return
    this.#since = { epoch: initial.epoch, version: initial.version }
    this.#readonly = initial.readonly
    this.#confirmed = this.#view = this.#read = initial.value
    this.#announced = { view: initial.value, isReadonly: initial.readonly, refusal: null }
  }

  get view(): Json {
    return this.#view === undefined ? this.#fallback : this.#view
  }

  /** What the server has confirmed; what its functions see. */
  get confirmed(): Json {
    return this.#confirmed === undefined ? this.#fallback : this.#confirmed
  }

  get version(): number {
    return this.#since?.version ?? 0
  }

  get key(): number | null {
    return this.#key
  }

  get isConnected(): boolean {
    return this.#send !== null
  }

  /** Whether `version` may be of another epoch: the server was asked where the value stands, and has not answered. */
  get isUncertain(): boolean {
    return this.#isAsking && (this.#since === null || this.#wasCut)
  }

  get denied(): string | null {
    return this.#denied
  }

  get isReadonly(): boolean {
    return this.#readonly
  }

  /** Whether an edit waits to be acknowledged. */
  get hasUnsent(): boolean {
    return this.#inFlight !== null || this.#pending.length > 0
  }

  /** The number that the newest edit has, or will have once it is sent. */
  get newest(): number {
    return this.#pending.length > 0 ? this.#n + 1 : this.#n
  }

  /** Whether the edit of that number is acknowledged or refused. */
  isSettled(n: number): boolean {
    return n <= (this.#inFlight ? this.#inFlight.n - 1 : this.#n)
  }

  /** Why the server could not store the edit yet; it is kept, and sent again. */
  get trouble(): string | null {
    return this.#trouble
  }

  /** Calls `listener` after the view changed; returns what stops that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Calls `listener` after the confirmed value may have changed; returns what stops that. */
  subscribeConfirmed(listener: () => void): () => void {
    this.#readers.add(listener)
    return () => this.#readers.delete(listener)
  }

  /**
   * Calls `listener` with what others, or the server, have changed in the view, before who subscribed hears that it
   * changed; returns what stops that.
   */
  watchRemote(listener: (ops: Ops) => void): () => void {
    this.#remote.add(listener)
    return () => this.#remote.delete(listener)
  }

  /** Why the newest edit was refused that somebody heeds; `null` once one was taken. */
  get refusal(): string | null {
    return this.#refusal
  }

  /** Show refusals where the edit is made, instead of telling the user elsewhere; returns what stops that. */
  heed(): () => void {
    if (this.#heeding++ === 0) this.#refusal = null
    this.#announce()
    return () => {
      this.#heeding--
    }
  }

  /**
   * Edit the view. It changes at once; the server hears of it as soon as it can.
   * Throws InvalidEdit, and changes nothing, if an op has no place in the view.
   */
  edit(ops: Ops, { exact = false, place = [] }: EditOptions = {}): void {
    const refusal = this.#refusalOf(ops, exact)
    if (refusal !== null) return this.#onLost(refusal)
    const before = this.#view
    this.#make(ops, exact)
    this.#history.record(place, before, ops)
    this.#announce()
  }

  /** Take back this tab's newest edit at or below `place`, and nobody else's; whether there was one. */
  undo(place: Path = []): boolean {
    return this.#travel(this.#history.undo(place, this.#view, this.#isEditable))
  }

  /** Make the edit again that was taken back last at or below `place`. */
  redo(place: Path = []): boolean {
    return this.#travel(this.#history.redo(place, this.#view, this.#isEditable))
  }

  /** The line is up, and the server knows that this tab shows the place: by the page, or by the slot `of`. */
  connected(send: Send, of: string | null = null): void {
    this.#send = send
    this.#of = of
    this.#denied = null
    this.#ask()
  }

  /** The server does not let this tab have the place; `unknown`: not before it is shown again. */
  refused(code: string, message: string): void {
    this.#isAsking = false
    if (code === 'unknown') return this.disconnected()
    if (code === 'forbidden') return this.deny(message)
    this.#onLost(message)
  }

  /** The user may not read the value, or no longer. */
  deny(message: string): void {
    this.disconnected()
    if (this.#denied !== null) return
    if (this.hasUnsent) this.#onLost('You may no longer read this value, so your last edit was not saved.')
    this.#drop()
    this.#denied = message
    this.#onDenied(message)
    this.#announce()
  }

  /** The page shows this place no more, and nobody can save what was not saved yet. */
  abandon(): void {
    const ops = [...(this.#inFlight?.ops ?? []), ...this.#pending]
    this.disconnected()
    this.#drop()
    this.#onLost(`The page no longer shows what you have edited, so this was not saved: ${textOf(ops)}`)
    this.#announce()
  }

  /** Nobody looks at it any more. */
  close(): void {
    if (this.#key !== null) this.#send?.({ type: 'unsubscribe', key: this.#key, ...this.place })
    this.disconnected()
  }

  /** Forget the value, and what was made of it. */
  #drop(): void {
    this.#since = this.#inFlight = this.#trouble = null
    this.#pending = []
    this.#adopt(undefined, [{ op: 'remove', path: [] }])
    this.#history.clear()
  }

  get #isEditable(): boolean {
    return this.#denied === null && !this.#readonly
  }

  /** Why an edit cannot be made at all. */
  #refusalOf(ops: Ops, exact: boolean): string | null {
    if (this.#denied !== null) return this.#denied
    if (this.#readonly) return 'This value is read-only.'
    if (!ops.every(isWellFormedOp)) return 'Half a character cannot be saved.'
    const isCuttable = (op: Op) => cut(op, this.editBytes).every((part) => bytesOf([part]) <= this.editBytes)
    if (exact ? bytesOf(ops) > this.editBytes || ops.length > this.editOps : !ops.every(isCuttable))
      return 'This is too large to be saved.'
    if (exact && (this.hasUnsent || this.#since === null))
      return 'An earlier edit of this value is not saved yet, so this one was not made.'
    return null
  }

  #make(ops: Ops, exact = false): void {
    this.#view = changed(this.#view, apply(this.#view, ops, this.#fallback))
    if (exact && this.#since) {
      this.#inFlight = { n: ++this.#n, ops, view: this.#view, exact: { ops, since: this.#since } }
      return this.#resend()
    }
    this.#pending = compose(this.#pending, ops)
    this.#dispatch()
  }

  #travel(ops: Ops | null): boolean {
    if (!ops) return false
    this.#make(ops)
    this.#announce()
    return true
  }

  disconnected(): void {
    clearTimeout(this.#retry)
    this.#wasCut ||= this.#send !== null
    this.#send = this.#key = this.#author = null
    this.#isAsking = false
  }

  receive(message: Snapshot | Current | Change | Reject | Retry): void {
    try {
      this.#take(message)
    } catch (error) {
      this.#startOver(error)
    }
    this.#announce()
  }

  /** What the server says does not fit what is here: better to ask for everything again than to stand still. */
  #startOver(error: unknown): void {
    if (!(error instanceof InvalidEdit)) throw error
    if (this.hasUnsent) this.#onLost('Your last edit did not fit what is there now, and was not saved.')
    if (this.#inFlight) this.#inFlight = { ...this.#inFlight, ops: [], exact: null } // its number is still to be settled
    this.#since = null
    this.#pending = []
    this.#isAsking = false
    this.#ask()
  }

  #take(message: Snapshot | Current | Change | Reject | Retry): void {
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

  #ask(): void {
    if (this.#isAsking || !this.#send) return
    this.#isAsking = true
    const since = this.#since
    const of = this.#of
    this.#send({
      type: 'subscribe',
      id: ++this.#requests,
      ...this.place,
      ...(of !== null && { of }),
      ...(since && { since }),
    })
  }

  #onPosition(message: Snapshot | Current): void {
    if (message.id !== undefined) this.#isAsking = false
    this.#key = message.key
    this.#author = message.author
    this.#readonly = message.readonly
    if (this.#isFollowedByAcknowledgement(message)) return
    const isOlder = message.epoch === this.#since?.epoch && message.version < this.#since.version
    if (!isOlder) {
      const after = message.type === 'snapshot' ? message.value : this.#confirmed
      const ops = this.#difference(this.#confirmed, after)
      this.#settle(message, changed(apply(this.#confirmed, ops, this.#fallback), after), ops)
      this.#since = { epoch: message.epoch, version: message.version }
    }
    this.#resend()
    this.#dispatch()
  }

  /** Whether the change that holds our own entry is among those that follow: settled then, not twice. */
  #isFollowedByAcknowledgement({ type, last, version }: Snapshot | Current): boolean {
    if (type === 'snapshot' || !this.#inFlight || !last) return false
    return last.n >= this.#inFlight.n && last.status === 'applied' && last.version > version
  }

  /** Decide what has become of the edit in flight, now that the server's value has become `value` by `ops`. */
  #settle({ last, epoch, version }: Snapshot | Current, value: Value, ops: Ops): void {
    const flying = this.#inFlight
    if (flying && last !== null && last.n >= flying.n) {
      this.#inFlight = null
      if (last.n === flying.n && last.status === 'rejected') this.#onLost(last.message ?? 'An edit was refused.')
      this.#trouble = null
      return this.#adopt(value, this.#difference(flying.view, value))
    }
    if (flying && last === null) this.#inFlight = { ...flying, ops: this.#unsaved(flying, value), exact: null }
    else if (flying?.exact && !(epoch === flying.exact.since.epoch && version === flying.exact.since.version)) {
      this.#onLost('Somebody else changed the same value, so your last edit was not saved.')
      this.#inFlight = { ...flying, ops: [], exact: null } // its number is still to be settled
    } else if (!flying && last && last.n > 0) this.#n = last.n // what this tab has sent of a replica that it had before
    this.#adoptPast(value, ops)
    if (last === null && this.#inFlight?.ops.length === 0) this.#inFlight = null
    if (!this.#inFlight) this.#trouble = null
  }

  /** What happened between two values. An absent one is the default, so what is made of it leaves other members alone. */
  #difference(before: Value, after: Value): Ops {
    if (after === undefined) return diff(before, after)
    return diff(before === undefined ? this.#fallback : before, after, this.keys)
  }

  /**
   * The ops of `flying` to send again when the server cannot know whether it has had them: those
   * whose place still has the old value. Where the new one stands it was saved; where neither
   * does somebody else has been there, and the user is told instead of overwriting them.
   */
  #unsaved(flying: InFlight, value: Value): Ops {
    const present = value === undefined ? this.#fallback : value
    const confirmed = this.#confirmed === undefined ? this.#fallback : this.#confirmed
    const mine = flying.view === undefined ? this.#fallback : flying.view
    const places = flying.ops.flatMap(touched)
    const outermost = (path: Path) =>
      places.reduce((outer, each) => (isWithin(path, each) && each.length < outer.length ? each : outer), path)
    const isEverywhere = (op: Op, value: Json) =>
      touched(op)
        .map(outermost)
        .every((place) => equal(at(present, place), at(value, place)))
    let isLost = false
    const unsaved = flying.ops.filter((op) => {
      if (isEverywhere(op, mine)) return false
      // An exact edit was for the value as it stood then, and that is over.
      if (!flying.exact && isEverywhere(op, confirmed)) return true
      isLost = true
      return false
    })
    if (isLost) this.#onLost('The server restarted, and somebody changed the same value: your last edit was not saved.')
    return unsaved
  }

  #onChange(message: Change): void {
    if (this.#since === null || message.version <= this.#since.version) return
    if (message.base !== this.#since.version) return this.#ask()
    for (const entry of message.edits) this.#onEntry(entry)
    this.#since = { epoch: this.#since.epoch, version: message.version }
    this.#dispatch()
  }

  #onEntry([author, n, ops]: Entry): void {
    if (author === this.#author && n === this.#inFlight?.n) return this.#onAcknowledged(this.#inFlight, ops)
    this.#adoptPast(apply(this.#confirmed, ops, this.#fallback), ops, (this.#author ?? 0) < author)
  }

  #onAcknowledged(flying: InFlight, ops: Ops): void {
    this.#inFlight = null
    this.#trouble = this.#refusal = null
    const isAsSent = equal(ops as unknown as Json, flying.ops as unknown as Json)
    const value = isAsSent ? flying.view : changed(flying.view, apply(this.#confirmed, ops, this.#fallback))
    if (value === flying.view) this.#confirmed = value
    else this.#adopt(value, this.#difference(flying.view, value))
  }

  #onReject(message: Reject): void {
    const flying = this.#inFlight
    if (!flying || message.n !== flying.n) return
    this.#inFlight = null
    this.#trouble = null
    this.#adopt(this.#confirmed, this.#verified(flying.view, this.#inverse(flying.ops), this.#confirmed))
    if (message.code === 'invalid' && this.#heeding > 0) this.#refusal = message.message
    else this.#onLost(message.message)
    this.#dispatch()
  }

  /** What takes `ops` back; nothing where they do not fit the confirmed value, as a test that fails does not. */
  #inverse(ops: Ops): Ops {
    try {
      return invert(this.#confirmed, ops, this.#fallback)
    } catch (error) {
      if (!(error instanceof InvalidEdit)) throw error
      return []
    }
  }

  #onRetry(message: Retry): void {
    if (message.n !== this.#inFlight?.n) return
    if (message.code !== 'rate') this.#trouble = message.message
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => this.#resend(), message.retry_ms)
  }

  /**
   * The confirmed value has become `value` by another's `ops`; what is on its way and what waits comes after these.
   * `left`: where both insert at one place, what this tab did stands before.
   */
  #adoptPast(value: Value, ops: Ops, left = false): void {
    const flying = this.#inFlight
    if (!flying) return this.#adopt(value, ops, left)
    const [view, rebased] = this.#placed(value, rebase(flying.ops, ops, { left }))
    this.#inFlight = { ...flying, ops: rebased, view }
    const past = this.#verified(flying.view, rebase(ops, flying.ops, { earlier: true, left: !left }), view)
    this.#confirmed = value
    this.#follow(view, past, left)
  }

  /** Take `value` as confirmed, with nothing on its way; what was below the edits that wait became that by `past`. */
  #adopt(value: Value, past: Ops, left = false): void {
    this.#confirmed = value
    this.#follow(value, past, left)
    if (!this.hasUnsent) this.#confirmed = this.#view // equal, and the one that is shown
  }

  /** What is below the edits that wait has become `value` by `past`: they come after it, and are shown with it. */
  #follow(value: Value, past: Ops, left: boolean): void {
    const waiting = this.#pending
    const [after, rebased] = this.#placed(value, rebase(waiting, past, { left }))
    this.#pending = rebased
    const view = changed(this.#view, after)
    if (view === this.#view) return
    const seen = this.#verified(this.#view, rebase(past, waiting, { earlier: true, left: !left }), view)
    this.#view = view
    this.#seen.push(...seen)
    this.#history.happened(seen)
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

  /** Tell who listens, now that everything is in its place: a listener may edit. */
  #announce(): void {
    this.#onProgress()
    const seen = this.#seen
    this.#seen = []
    if (seen.length > 0) for (const listener of [...this.#remote]) listener(seen)
    const has = { view: this.#view, isReadonly: this.#readonly, refusal: this.#refusal }
    const had = this.#announced
    if (has.view !== had.view || has.isReadonly !== had.isReadonly || has.refusal !== had.refusal) {
      this.#announced = has
      for (const listener of this.#listeners) listener()
    }
    if (this.#confirmed === this.#read) return
    this.#read = this.#confirmed
    for (const reader of this.#readers) reader()
  }

  #dispatch(): void {
    if (this.#inFlight || this.#pending.length === 0 || this.#key === null || this.#isAsking) return
    const ops = this.#takePending()
    const view = this.#pending.length === 0 ? this.#view : this.#placed(this.#confirmed, ops)[0]
    this.#inFlight = { n: ++this.#n, ops, view, exact: null }
    this.#resend()
  }

  /** The first of the pending ops, as many as one edit may carry. */
  #takePending(): Ops {
    const ops: Op[] = []
    let parts: Ops = []
    let bytes = 2
    for (const waiting of this.#pending) {
      const [op = waiting, ...rest] = cut(waiting, this.editBytes)
      bytes += bytesOf([op])
      if (ops.length > 0 && (bytes > this.editBytes || ops.length === this.editOps)) break
      ops.push(op)
      parts = rest
      if (parts.length > 0) break
    }
    this.#pending = [...parts, ...this.#pending.slice(ops.length)]
    return ops
  }

  #resend(): void {
    if (!this.#inFlight || !this.#send || !this.#since || this.#key === null || this.#isAsking) return
    clearTimeout(this.#retry)
    const { n, ops, exact } = this.#inFlight
    const { epoch, version } = exact?.since ?? this.#since
    const edit = { type: 'edit', key: this.#key, ...this.place, n, epoch, base: version } as const
    this.#send(exact ? { ...edit, ops: exact.ops, exact: true } : { ...edit, ops })
  }
}

/** `after`, or what it was `before` if that is equal: what is shown stays the same object. */
function changed(before: Value, after: Value): Value {
  return equal(before, after) ? before : after
}

/** The places that an op changes as a whole: an array for an element that comes or goes. */
function touched(op: Op): Path[] {
  if (op.op === 'test') return []
  if (op.op === 'move') return [around(op.from), around(op.path)]
  return [op.op === 'replace' || op.op === 'splice' ? op.path : around(op.path)]
}

function around(path: Path): Path {
  return typeof path.at(-1) === 'number' ? path.slice(0, -1) : path
}

/** What was written, as far as a notice has room for it. */
function textOf(ops: Ops): string {
  const texts = ops.map((op) => {
    switch (op.op) {
      case 'replace':
      case 'add':
      case 'test':
        return typeof op.value === 'string' ? `“${op.value}”` : JSON.stringify(op.value)
      case 'splice':
        return op.insert === '' ? 'a removal' : `“${op.insert}”`
      case 'remove':
        return 'a removal'
      case 'move':
      case 'copy':
        return `a ${op.op}`
      default:
        return op satisfies never
    }
  })
  const text = texts.join(', ')
  return text.length > 120 ? `${text.slice(0, 119)}…` : text
}

function isWellFormedOp(op: Op): boolean {
  const inside = op.op === 'splice' ? op.insert : 'value' in op ? op.value : null
  return isWellFormed([...op.path, inside]) && (!('from' in op) || isWellFormed([...op.from]))
}

/** Whether no text inside holds half of a surrogate pair, which has no place in UTF-8. */
function isWellFormed(value: Json): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (Array.isArray(value)) return value.every(isWellFormed)
  return !isObject(value) || Object.entries(value).every((member) => isWellFormed(member))
}
