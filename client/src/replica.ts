/**
 * A tab's copy of one store, or of one room of it: `view = confirmed + in flight + pending`.
 *
 * The user's edit shows at once, one edit at a time is on its way, and what the server confirms is
 * adopted. Convergence follows from that alone. Knows neither React nor sockets.
 */

import { apply, at, compose, diff, equal, InvalidEdit, isObject, rebase } from './edits'
import type {
  Change,
  ClientMessage,
  Current,
  Entry,
  Json,
  Op,
  Ops,
  Path,
  Place,
  Reject,
  Retry,
  Settled,
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
}

export interface ReplicaOptions {
  store: string
  /** The room; a store without rooms has none. */
  at?: string
  fallback: Json
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
  readonly #fallback: Json
  readonly #onLost: (message: string) => void
  readonly #onDenied: (message: string) => void
  readonly #onProgress: () => void
  readonly #listeners = new Set<() => void>()
  readonly #readers = new Set<() => void>()
  readonly #remote = new Set<(ops: Ops) => void>()

  #since: Since | null = null
  #readonly = false
  #confirmed: Value = undefined
  #inFlight: InFlight | null = null
  #pending: Ops = []
  #view: Value = undefined
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

  constructor({ store, at, fallback, initial, editBytes, onLost, onDenied, onProgress }: ReplicaOptions) {
    this.place = { store, ...(at !== undefined && { at }) }
    this.editBytes = editBytes ?? 256 * 1024
    this.#fallback = fallback
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
  edit(ops: Ops): void {
    if (this.#denied !== null) return this.#onLost(this.#denied)
    if (this.#readonly) return this.#onLost('This value is read-only.')
    if (!ops.every(({ path, ...op }) => isWellFormed([...path, 'value' in op ? op.value : null])))
      return this.#onLost('Half a character cannot be saved.')
    if (bytesOf(ops) > this.editBytes) return this.#onLost('This is too large to be saved.')
    this.#show(apply(this.#view, ops, this.#fallback))
    this.#pending = compose(this.#pending, ops)
    this.#dispatch()
    this.#announce()
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
    this.#confirmed = this.#view = undefined
    this.#pending = []
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
    if (this.#inFlight) this.#inFlight = { ...this.#inFlight, ops: [] } // its number is still to be settled
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
      const value = message.type === 'snapshot' ? message.value : this.#confirmed
      this.#settle(message.last, value)
      this.#since = { epoch: message.epoch, version: message.version }
      this.#adopt(value)
    }
    this.#resend()
    this.#dispatch()
  }

  /** Whether the change that holds our own entry is among those that follow: settled then, not twice. */
  #isFollowedByAcknowledgement({ type, last, version }: Snapshot | Current): boolean {
    if (type === 'snapshot' || !this.#inFlight || !last) return false
    return last.n >= this.#inFlight.n && last.status === 'applied' && last.version > version
  }

  /** Decide what has become of the edit in flight, now that the server's value is `value`. */
  #settle(last: Settled | null, value: Value): void {
    const flying = this.#inFlight
    const before = flying ? flying.view : this.#confirmed
    let after = value
    if (flying && (last === null || last.n < flying.n)) {
      const ops = last === null ? this.#unsaved(flying, value) : flying.ops
      const rebased = rebase(ops, this.#difference(this.#confirmed, value))
      after = apply(value, rebased, this.#fallback)
      this.#inFlight = rebased.length > 0 || last !== null ? { n: flying.n, ops: rebased, view: after } : null
    } else if (flying) {
      this.#inFlight = null
      if (last?.n === flying.n && last.status === 'rejected') this.#onLost(last.message ?? 'An edit was refused.')
    } else if (last && last.n > 0) {
      this.#n = last.n // what this tab has sent of a replica that it had before
    }
    if (!this.#inFlight) this.#trouble = null
    if (this.#pending.length > 0) this.#pending = rebase(this.#pending, this.#difference(before, after))
  }

  /** What happened between two values. An absent one is the default, so what is made of it leaves other members alone. */
  #difference(before: Value, after: Value): Ops {
    return after === undefined ? diff(before, after) : diff(before === undefined ? this.#fallback : before, after)
  }

  /**
   * The ops of `flying` to send again when the server cannot know whether it has had them: those
   * whose place still has the old value. Where the new one stands it was saved; where neither
   * does somebody else has been there, and the user is told instead of overwriting them.
   */
  #unsaved(flying: InFlight, value: Value): Ops {
    const present = value === undefined ? this.#fallback : value
    const confirmed = this.#confirmed === undefined ? this.#fallback : this.#confirmed
    const places = flying.ops.map(touched)
    let isLost = false
    const unsaved = flying.ops.filter(({ path }) => {
      const place = places.reduce(
        (outer, each) => (isWithin(path, each) && each.length < outer.length ? each : outer),
        path,
      )
      const now = at(present, place)
      if (equal(now, at(flying.view === undefined ? this.#fallback : flying.view, place))) return false
      if (equal(now, at(confirmed, place))) return true
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
    const value = apply(this.#confirmed, ops, this.#fallback)
    if (this.#inFlight) {
      const past = rebase(ops, this.#inFlight.ops, { earlier: true })
      const rebased = rebase(this.#inFlight.ops, ops)
      this.#inFlight = { n: this.#inFlight.n, ops: rebased, view: apply(value, rebased, this.#fallback) }
      this.#pending = rebase(this.#pending, past)
    } else {
      this.#pending = rebase(this.#pending, ops)
    }
    this.#adopt(value)
  }

  #onAcknowledged(flying: InFlight, ops: Ops): void {
    this.#inFlight = null
    this.#trouble = this.#refusal = null
    if (equal(ops as unknown as Json, flying.ops as unknown as Json)) {
      this.#confirmed = flying.view
      return
    }
    const value = apply(this.#confirmed, ops, this.#fallback)
    this.#pending = rebase(this.#pending, this.#difference(flying.view, value))
    this.#adopt(value)
  }

  #onReject(message: Reject): void {
    const flying = this.#inFlight
    if (!flying || message.n !== flying.n) return
    this.#inFlight = null
    this.#trouble = null
    this.#pending = rebase(this.#pending, this.#difference(flying.view, this.#confirmed))
    this.#adopt(this.#confirmed)
    if (message.code === 'invalid' && this.#heeding > 0) this.#refusal = message.message
    else this.#onLost(message.message)
    this.#dispatch()
  }

  #onRetry(message: Retry): void {
    if (message.n !== this.#inFlight?.n) return
    if (message.code !== 'rate') this.#trouble = message.message
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => this.#resend(), message.retry_ms)
  }

  /** Take `value` as confirmed, and show it with the edits that are still on their way. */
  #adopt(value: Value): void {
    this.#confirmed = value
    this.#show(apply(this.#inFlight ? this.#inFlight.view : value, this.#pending, this.#fallback))
  }

  #show(view: Value): void {
    if (!equal(view, this.#view)) this.#view = view
  }

  /** Tell who listens, now that everything is in its place: a listener may edit. */
  #announce(): void {
    this.#onProgress()
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
    this.#inFlight = { n: ++this.#n, ops, view: apply(this.#confirmed, ops, this.#fallback) }
    this.#resend()
  }

  /** The first of the pending ops, as many as one edit may carry. */
  #takePending(): Ops {
    let bytes = 0
    let count = 0
    for (const op of this.#pending) {
      if (this.#pending.length > 1) bytes += bytesOf([op])
      if (count > 0 && (bytes > this.editBytes || count === this.editOps)) break
      count++
    }
    const ops = this.#pending.slice(0, count)
    this.#pending = this.#pending.slice(count)
    return ops
  }

  #resend(): void {
    if (!this.#inFlight || !this.#send || !this.#since || this.#key === null || this.#isAsking) return
    clearTimeout(this.#retry)
    const { epoch, version } = this.#since
    const { n, ops } = this.#inFlight
    this.#send({ type: 'edit', key: this.#key, ...this.place, n, epoch, base: version, ops })
  }
}

/** The place that an op changes as a whole: an array for an element that comes or goes. */
function touched(op: Op): Path {
  const shifts = op.op !== 'replace' && typeof op.path.at(-1) === 'number'
  return shifts ? op.path.slice(0, -1) : op.path
}

function isWithin(path: Path, place: Path): boolean {
  return place.every((step, i) => step === path[i])
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

/** The size of an edit as the server measures it. */
function bytesOf(ops: Ops): number {
  return new TextEncoder().encode(JSON.stringify(ops)).length
}

/** Whether no text inside holds half of a surrogate pair, which has no place in UTF-8. */
function isWellFormed(value: Json): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (Array.isArray(value)) return value.every(isWellFormed)
  return !isObject(value) || Object.entries(value).every((member) => isWellFormed(member))
}
