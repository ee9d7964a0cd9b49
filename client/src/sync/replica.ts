/**
 * A tab's copy of one store, or of one room of it: `view = confirmed + in flight + pending`.
 *
 * The user's edit shows at once, one edit at a time is on its way, and what the server confirms is
 * adopted. Convergence follows from that alone. Knows neither React nor sockets.
 */

import { apply, bytesOf, cut, equal, InvalidEdit, isWithin, sizeOf } from '../edits'
import { EDIT } from '../messages'
import type {
  Change,
  ClientMessage,
  CommittedEdit,
  Current,
  Json,
  Keys,
  Op,
  Ops,
  Path,
  Reject,
  Restored,
  Retry,
  Since,
  Snapshot,
  StoreAddress,
  Value,
  WrittenBy,
} from '../protocol'
import { Forgotten } from './forgotten'
import { type InFlight, Layers } from './layers'
import { UndoHistory } from './undo'
import { isWellFormedOp, textOf, unsaved } from './unsaved'

type Send = (message: ClientMessage) => void
export type OnLost = (message: string, text?: string) => void

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
  initial?: { epoch: string; version: number; value: Value; readonly: boolean | null; written?: WrittenBy }
  /** The largest edit that the server takes, in bytes of JSON. */
  editBytes?: number
  /** Tells the user that an edit was refused, or could not be saved, and `text`, what they wrote in it. */
  onLost?: OnLost
  /** Tells the user that the server has forgotten a value, and `text`, what it was. */
  onForgotten?: OnLost
  /** Tells the user that the value may not be read. */
  onDenied?: (message: string) => void
  /** Called after `hasUnsent` or `trouble` may have changed. */
  onProgress?: () => void
}

/** A place that shows how edits of it end, so that nobody else tells the user. */
export interface RejectionHandler {
  /** An edit was refused, and the view is without it. Returns whether it was made here, and the reason is shown here. */
  refused(reason: string): boolean
  /** All that was edited here is saved. */
  taken(): void
}

/** How long to wait before asking again for a value that the server could not read: longer each time. */
const ASK_AGAIN_MS = [1000, 2000, 4000, 8000, 16_000, 30_000]

export class Replica {
  readonly place: StoreAddress
  editBytes: number
  editOps = 1000
  valueBytes = 1024 * 1024
  readonly #fallback: Json
  readonly #onLost: OnLost
  readonly #onDenied: (message: string) => void
  readonly #onProgress: () => void
  readonly #listeners = new Set<() => void>()
  readonly #readers = new Set<() => void>()
  readonly #remote = new Set<(ops: Ops) => void>()
  readonly #history: UndoHistory
  readonly #layers: Layers
  readonly #forgotten: Forgotten

  #since: Since | null = null
  #readonly = false
  /** What others have changed in the view since that was last told. */
  #seen: Op[] = []
  #announced: { view: Value; isReadonly: boolean }
  readonly #rejectionHandlers = new Map<symbol, { path: Path; handler: RejectionHandler }>()
  #read: Value = undefined
  #n = 0
  /** Whether `n` goes on from what the server knows of this tab. */
  #isNumbered = false

  #send: Send | null = null
  #of: string | null = null
  #channel: number | null = null
  #author: number | null = null
  #isAsking = false
  /** Only a snapshot will do: changes until then are in it. */
  #isAskingAnew = false
  #wasCut = false
  #requests = 0
  #retry: ReturnType<typeof setTimeout> | undefined
  #trouble: string | null = null
  /** Why the server could not give the value, when it was last asked. */
  #unread: string | null = null
  /** How often in a row it was asked in vain. */
  #unanswered = 0
  /** Why the user may not read the value. */
  #denied: string | null = null
  /** Why the server tells nothing new of the value for now. */
  #paused: string | null = null
  /** Who has written the value since the server began, if it ends with the server. */
  #written: WrittenBy | undefined
  /** Whether the server may have forgotten the value, and was not heard yet since it came back. */
  #isAtRisk = false
  #durability = ''
  /** How many of the numbers up to `n` are of values that were brought back. */
  #restored = 0

  constructor(options: ReplicaOptions) {
    const { store, at, fallback, keys, initial, editBytes, onLost, onForgotten, onDenied, onProgress } = options
    this.place = { store, ...(at !== undefined && { at }) }
    this.editBytes = editBytes ?? 256 * 1024
    this.#fallback = fallback
    this.#history = new UndoHistory(fallback)
    this.#layers = new Layers(initial?.value, {
      fallback,
      keys: keys ?? {},
      onSeen: (ops) => this.#onSeen(ops),
      onDropped: (ops) => this.#onDropped(ops),
    })
    this.#onLost = onLost ?? (() => {})
    this.#forgotten = new Forgotten(onForgotten ?? this.#onLost)
    this.#onDenied = onDenied ?? (() => {})
    this.#onProgress = onProgress ?? (() => {})
    this.#announced = { view: undefined, isReadonly: false }
    if (!initial) return
    this.#since = { epoch: initial.epoch, version: initial.version }
    this.#readonly = initial.readonly ?? true
    this.#written = initial.written
    this.#read = initial.value
    this.#announced = { view: initial.value, isReadonly: this.#readonly }
  }

  get view(): Json {
    return this.#shown(this.#layers.view)
  }

  /** What the server has confirmed; what its functions see. */
  get confirmed(): Json {
    return this.#shown(this.#layers.confirmed)
  }

  /** By what the items of its lists are told apart. */
  set keys(keys: Keys) {
    this.#layers.keys = keys
  }

  get version(): number {
    return this.#since?.version ?? 0
  }

  get channel(): number | null {
    return this.#channel
  }

  get isConnected(): boolean {
    return this.#send !== null
  }

  /** Whether `version` may be of another epoch: the server was asked where the value stands, and has not answered. */
  get isUncertain(): boolean {
    return this.#isAsking && (this.#since === null || this.#wasCut)
  }

  /** Whether this tab may have to bring the value back to a server that has forgotten it. */
  get isAtRisk(): boolean {
    return this.#isAtRisk
  }

  get denied(): string | null {
    return this.#denied
  }

  get isReadonly(): boolean {
    return this.#readonly
  }

  /** Whether an edit waits to be acknowledged. */
  get hasUnsent(): boolean {
    return this.#layers.inFlight !== null || this.#layers.pending.length > 0
  }

  /** What the user has written in such edits. */
  get unsent(): string {
    return textOf([...(this.#layers.inFlight?.units ?? []), ...this.#layers.pending].flat())
  }

  /** The number that the newest edit has, or will have once it is sent. */
  get newest(): number {
    return (this.#layers.pending.length > 0 ? this.#n + 1 : this.#n) - this.#restored
  }

  /** Whether the edit of that number is acknowledged or refused. */
  isSettled(n: number): boolean {
    const { inFlight } = this.#layers
    return n <= (inFlight ? inFlight.n - 1 : this.#n) - this.#restored
  }

  /** Why the server could not store the edit yet; it is kept, and sent again. */
  get trouble(): string | null {
    return this.#trouble
  }

  /** Why the view may be out of date; the server goes on by itself. */
  get paused(): string | null {
    return this.#paused ?? this.#unread
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

  /** Tell `handler` how edits at, below or around `path` end; returns what stops that. */
  captureRejections(path: Path, handler: RejectionHandler): () => void {
    const id = Symbol()
    this.#rejectionHandlers.set(id, { path, handler })
    return () => {
      this.#rejectionHandlers.delete(id)
    }
  }

  /**
   * Edit the view. It changes at once; the server hears of it as soon as it can.
   * Throws InvalidEdit, and changes nothing, if an op has no place in the view.
   */
  edit(ops: Ops, { exact = false, place = [] }: EditOptions = {}): void {
    const refusal = this.#refusalOf(ops, exact)
    if (refusal !== null) {
      if (!this.#isCaptured(ops, refusal)) this.#onLost(refusal)
      return
    }
    const before = this.#layers.view
    this.#make(ops, exact)
    this.#history.record(place, before, ops)
    this.#announce()
  }

  /** Take back this tab's newest edit at or below `place`, and nobody else's; whether there was one. */
  undo(place: Path = []): boolean {
    return this.#travel(this.#isEditable ? this.#history.undo(place, this.#layers.view) : null)
  }

  /** Make the edit again that was taken back last at or below `place`. */
  redo(place: Path = []): boolean {
    return this.#travel(this.#isEditable ? this.#history.redo(place, this.#layers.view) : null)
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
    this.#isAtRisk &&= code === 'backend'
    if (code === 'unknown') return this.disconnected()
    if (code === 'forbidden') return this.deny(message)
    if (code === 'backend') this.#askLater()
    if (this.#unread !== message) code === 'backend' ? this.#onDenied(message) : this.#onLost(message)
    this.#unread = message
    this.#onProgress()
  }

  /** The server cannot tell for now whether the user may still read the value: it stays, as do edits of it. */
  pause(message: string): void {
    this.#paused = message
    this.#onProgress()
  }

  /** The user may not read the value, or no longer. */
  deny(message: string): void {
    this.disconnected()
    if (this.#denied !== null) return
    if (this.hasUnsent) this.#onLost(EDIT.revoked, this.unsent)
    this.#drop()
    this.#denied = message
    this.#onDenied(message)
    this.#announce()
  }

  /** The page shows this place no more, and nobody can save what was not saved yet. */
  abandon(): void {
    const { unsent } = this
    this.disconnected()
    this.#drop()
    this.#onLost(EDIT.hidden, unsent)
    this.#announce()
  }

  /** Nobody looks at it any more. */
  close(): void {
    if (this.#channel !== null) this.#send?.({ type: 'unsubscribe', channel: this.#channel, ...this.place })
    this.disconnected()
  }

  disconnected(): void {
    clearTimeout(this.#retry)
    this.#paused = null
    this.#wasCut ||= this.#send !== null
    this.#isAtRisk = this.#durability === 'memory' && this.#since !== null
    this.#send = this.#channel = this.#author = null
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

  /** Forget the value, and what was made of it. */
  #drop(): void {
    this.#since = this.#trouble = null
    this.#written = undefined
    this.#isAtRisk = false
    this.#forgotten.clear()
    this.#layers.clear()
    this.#history.clear()
  }

  get #isEditable(): boolean {
    return this.#denied === null && !this.#readonly
  }

  /** Why an edit cannot be made at all. */
  #refusalOf(ops: Ops, exact: boolean): string | null {
    if (this.#denied !== null) return this.#denied
    if (this.#readonly) return EDIT.readonly
    if (!ops.every(isWellFormedOp)) return EDIT.halfCharacter
    const isTooMuch = exact ? bytesOf(ops) > this.editBytes || ops.length > this.editOps : !ops.every(this.#canBeSent)
    if (isTooMuch || this.#isCutInVain(ops)) return EDIT.tooLarge
    if (exact && this.hasUnsent) return EDIT.earlierUnsaved
    if (exact && !this.#isNumbered) return EDIT.unconnected
    return null
  }

  /** Whether edits may carry `op`, in parts if need be. */
  readonly #canBeSent = (op: Op): boolean => {
    const size = bytesOf([op])
    if (size <= this.editBytes) return true
    return size <= this.valueBytes && cut(op, this.editBytes).every((part) => bytesOf([part]) <= this.editBytes)
  }

  /** Whether edits would carry the first parts of something that does not fit in the value as a whole. */
  #isCutInVain(ops: Ops): boolean {
    if (bytesOf(ops) <= this.editBytes) return false
    return sizeOf(this.#shown(apply(this.#layers.view, ops, this.#fallback))) > this.valueBytes
  }

  #make(ops: Ops, exact = false): void {
    if (exact && this.#since) {
      this.#layers.launchExact(this.#n + 1, ops, this.#since)
      this.#n++
      return this.#resend()
    }
    this.#layers.edit(ops)
    this.#dispatch()
  }

  #travel(ops: Ops | null): boolean {
    if (!ops) return false
    this.#make(ops)
    this.#announce()
    return true
  }

  /** What the server says does not fit what is here: better to ask for everything again than to stand still. */
  #startOver(error: unknown): void {
    if (!(error instanceof InvalidEdit)) throw error
    if (this.hasUnsent) this.#onLost(EDIT.misfit, this.unsent)
    const { inFlight } = this.#layers
    if (inFlight) this.#layers.reduce(inFlight, []) // its number is still to be settled
    this.#since = null
    this.#layers.forgetPending()
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
    const since = this.#isAskingAnew ? this.#layers.inFlight?.exact?.restores : this.#since
    const of = this.#of
    this.#send({
      type: 'subscribe',
      id: ++this.#requests,
      ...this.place,
      ...(of !== null && { of }),
      ...(since && { since: { epoch: since.epoch, version: since.version } }),
    })
  }

  #askLater(): void {
    clearTimeout(this.#retry)
    const pause = ASK_AGAIN_MS[Math.min(this.#unanswered++, ASK_AGAIN_MS.length - 1)] as number
    this.#retry = setTimeout(() => this.#ask(), pause)
  }

  #onPosition(message: Snapshot | Current): void {
    if (message.id !== undefined) this.#isAsking = false
    this.#unread = this.#paused = null
    this.#unanswered = 0
    this.#channel = message.channel
    this.#author = message.author
    // What the server cannot tell now stays as it was; at first it is not yes.
    this.#readonly = message.readonly ?? (this.#isNumbered || this.#since !== null ? this.#readonly : true)
    this.#isNumbered = true
    this.#isAtRisk = false
    this.#durability = message.durability
    if (this.#isFollowedByAcknowledgement(message)) return
    if (this.#isOutdone(message)) return this.#askAnew()
    this.#isAskingAnew = false
    const isOlder = message.epoch === this.#since?.epoch && message.version < this.#since.version
    if (!isOlder) {
      if (!this.#restores(message))
        this.#settle(message, message.type === 'snapshot' ? message.value : this.#layers.confirmed)
      this.#since = { epoch: message.epoch, version: message.version }
      this.#written = message.written
    }
    this.#resend()
    this.#dispatch()
  }

  /** Bring back what the server has forgotten; whether that is on its way. If it cannot be, the user is told. */
  #restores(message: Snapshot | Current): boolean {
    const lost = message.type === 'snapshot' && message.forgot ? this.#lost(message) : null
    if (message.type !== 'snapshot' || !lost) return false
    const { inFlight } = this.#layers
    const isMissed = lost.restores.by === 'people' // what code alone has written, code writes again
    if (isMissed && message.forgot === 'changes') this.#forgotten.tell(lost.value)
    if (isMissed && message.forgot === 'value' && this.#readonly) this.#forgotten.await(lost.value)
    if (message.forgot === 'changes' || this.#readonly) return false
    if (inFlight?.exact && !inFlight.exact.restores) {
      this.#onLost(EDIT.raced, textOf(inFlight.units.flat()))
      this.#layers.land(inFlight, this.#layers.confirmed)
    }
    if (!inFlight?.exact?.restores) this.#restored++
    const { epoch, version } = message
    this.#layers.restore(inFlight?.n ?? ++this.#n, message.value, { epoch, version }, lost.restores)
    return true
  }

  /** What the server had confirmed and does not have any more, unless nobody has ever changed it. */
  #lost({ value }: Snapshot): { value: Json; restores: Restored } | null {
    const { inFlight } = this.#layers
    const again = inFlight?.exact?.restores
    const restores = again ?? (this.#since && this.#written && { ...this.#since, by: this.#written })
    const last = again ? this.#shown(inFlight?.view) : this.confirmed
    if (!restores || equal(last, this.#shown(value)) || equal(last, this.#fallback)) return null
    return { value: last, restores }
  }

  /** Whether what this tab wanted to bring back was refused, and changes follow that tell of what is there instead. */
  #isOutdone({ type, receipt: last }: Snapshot | Current): boolean {
    const { inFlight } = this.#layers
    return (
      type === 'current' &&
      last?.status === 'rejected' &&
      last.n === inFlight?.n &&
      inFlight.exact?.restores !== undefined
    )
  }

  /** Ask for the whole value: changes that begin before what is shown would take apart what was made of it. */
  #askAnew(): void {
    this.#isAskingAnew = true
    this.#ask()
  }

  /** Whether the change that holds our own entry is among those that follow: settled then, not twice. */
  #isFollowedByAcknowledgement({ type, receipt: last, version }: Snapshot | Current): boolean {
    const { inFlight } = this.#layers
    if (type === 'snapshot' || !inFlight || !last) return false
    return last.n >= inFlight.n && last.status === 'applied' && last.version > version
  }

  /** Decide what has become of the edit in flight, now that the server's value is `stored`. */
  #settle(message: Snapshot | Current, stored: Value): void {
    const { receipt: last, epoch, version } = message
    const { inFlight } = this.#layers
    const [ops, value] = this.#layers.difference(stored)
    if (inFlight?.exact?.restores && (last === null || last.n >= inFlight.n)) {
      const isTold = message.type === 'snapshot' && message.forgot !== undefined
      const isLost = last?.status === 'rejected' && equal(this.#shown(value), this.#fallback)
      if (isLost && !isTold) this.#forgotten.tell(this.#shown(inFlight.view), last.message)
      return this.#layers.land(inFlight, value)
    }
    if (inFlight && last !== null && last.n >= inFlight.n) {
      this.#trouble = null
      const isRejected = last.n === inFlight.n && last.status === 'rejected'
      if (isRejected && this.#layers.split(inFlight)) return this.#layers.become(value, ops)
      this.#layers.land(inFlight, value)
      if (isRejected) this.#refuse(inFlight, last.message ?? EDIT.rejected)
      else this.#tellTaken(inFlight)
      return
    }
    if (inFlight && last === null) this.#layers.reduce(inFlight, this.#unsaved(inFlight, value))
    else if (
      inFlight?.exact &&
      !inFlight.exact.restores &&
      !(epoch === inFlight.exact.since.epoch && version === inFlight.exact.since.version)
    ) {
      this.#onLost(EDIT.conflict, textOf(inFlight.units.flat()))
      this.#layers.reduce(inFlight, []) // its number is still to be settled
    } else if (!inFlight && last && last.n > 0) this.#n = last.n // what this tab has sent of a replica that it had before
    this.#layers.become(value, ops)
    if (last === null && this.#layers.inFlight?.units.length === 0) this.#layers.forgetFlying()
    if (!this.#layers.inFlight) this.#trouble = null
  }

  /** The ops of `inFlight` to send again when the server cannot know whether it has had them. */
  #unsaved({ units, view, exact }: InFlight, value: Value): Ops {
    const ops = units.flat()
    const values = { before: this.confirmed, after: this.#shown(view), present: this.#shown(value) }
    const { again, lost } = unsaved(ops, values)
    // An exact edit was for the value as it stood then, and that is over.
    const missed = exact ? [...lost, ...again] : lost
    if (missed.length > 0) this.#onLost(EDIT.raced, textOf(missed))
    return exact ? [] : again
  }

  #onChange(message: Change): void {
    if (this.#since === null || this.#isAskingAnew || message.version <= this.#since.version) return
    if (message.base !== this.#since.version) return this.#ask()
    for (const entry of message.edits) this.#onEntry(entry)
    this.#since = { epoch: this.#since.epoch, version: message.version }
    this.#dispatch()
  }

  #onEntry([author, n, ops]: CommittedEdit): void {
    const { inFlight } = this.#layers
    const by = inFlight?.exact?.restores?.by ?? (author > 0 ? 'people' : 'code')
    this.#written = this.#written === 'people' ? 'people' : by
    if (!inFlight || author !== this.#author || n !== inFlight.n)
      return this.#layers.past(ops, (this.#author ?? 0) < author)
    this.#trouble = null
    this.#layers.acknowledge(inFlight, ops)
    this.#tellTaken(inFlight)
  }

  #onReject(message: Reject): void {
    const { inFlight } = this.#layers
    if (!inFlight || message.n !== inFlight.n) return
    this.#trouble = null
    if (inFlight.exact?.restores) return this.#onRestoreRefused(inFlight, message)
    // Where the user may not write at all, each part would be refused for the same reason.
    const isWhole = message.code === 'forbidden' || message.code === 'readonly'
    if (isWhole || !this.#layers.split(inFlight)) {
      this.#layers.reject(inFlight)
      this.#refuse(inFlight, message.message, isWhole)
    }
    this.#dispatch()
  }

  /** Say why an edit was refused: where it was made, if that is heeded, or else with what was written. */
  #refuse({ units }: InFlight, message: string, isWhole = false): void {
    const ops = units.flat()
    if (isWhole || !this.#isCaptured(ops, message)) this.#onLost(message, textOf(ops))
  }

  #isCaptured(ops: Ops, message: string): boolean {
    return this.#handlersOf(ops)
      .map(({ handler }) => handler.refused(message))
      .includes(true)
  }

  #tellTaken({ units }: InFlight): void {
    const waiting = this.#layers.pending.flat()
    for (const { path, handler } of this.#handlersOf(units.flat()))
      if (!waiting.some((op) => overlap(op.path, path))) handler.taken()
  }

  #handlersOf(ops: Ops): { path: Path; handler: RejectionHandler }[] {
    return [...this.#rejectionHandlers.values()].filter(({ path }) => ops.some((op) => overlap(op.path, path)))
  }

  #onDropped(ops: Ops): void {
    this.#onLost(EDIT.removed, textOf(ops))
  }

  #onRestoreRefused(inFlight: InFlight, { code, message }: Reject): void {
    if (code === 'conflict') return this.#askAnew() // another tab was first
    this.#layers.land(inFlight, this.#layers.confirmed)
    this.#forgotten.tell(this.#shown(inFlight.view), message)
    this.#dispatch()
  }

  #onRetry(message: Retry): void {
    if (message.n !== this.#layers.inFlight?.n) return
    if (message.code !== 'rate') this.#trouble = message.message
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => this.#resend(), message.retry_ms)
  }

  #shown(value: Value): Json {
    return value === undefined ? this.#fallback : value
  }

  /** Others have changed the view. */
  #onSeen(ops: Ops): void {
    this.#seen.push(...ops)
    this.#history.happened(ops)
  }

  /** Tell who listens, now that everything is in its place: a listener may edit. */
  #announce(): void {
    this.#onProgress()
    const seen = this.#seen
    this.#seen = []
    if (seen.length > 0) for (const listener of [...this.#remote]) listener(seen)
    const has = { view: this.#layers.view, isReadonly: this.#readonly }
    const had = this.#announced
    if (has.view !== had.view || has.isReadonly !== had.isReadonly) {
      this.#announced = has
      for (const listener of this.#listeners) listener()
    }
    if (this.#layers.confirmed === this.#read) return
    this.#read = this.#layers.confirmed
    this.#forgotten.saw(this.confirmed)
    for (const reader of this.#readers) reader()
  }

  #dispatch(): void {
    const { inFlight, pending } = this.#layers
    if (inFlight || pending.length === 0 || this.#channel === null || this.#isAsking) return
    this.#layers.launch(++this.#n, this.editBytes, this.editOps)
    this.#resend()
  }

  #resend(): void {
    const { inFlight } = this.#layers
    if (!inFlight || !this.#send || !this.#since || this.#channel === null || this.#isAsking) return
    clearTimeout(this.#retry)
    const { n, units, exact } = inFlight
    const { epoch, version } = exact?.since ?? this.#since
    const edit = { type: 'edit', channel: this.#channel, ...this.place, n, epoch, base: version } as const
    if (!exact) return this.#send({ ...edit, ops: units.flat() })
    const { restores } = exact
    this.#send({ ...edit, ops: exact.ops, exact: true, ...(restores && { restores }) })
  }
}

/** Whether one of the places is, or is inside of, the other. */
function overlap(one: Path, other: Path): boolean {
  return isWithin(one, other) || isWithin(other, one)
}
