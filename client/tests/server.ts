/** A model of the server: one record, its log, who was settled, and lines that can be cut. */

import { apply, at, diff, equal, InvalidEdit, rebase, TestFailed } from '../src/edits'
import type {
  ClientMessage,
  Json,
  Keys,
  Op,
  Ops,
  Receipt,
  ServerMessage,
  Since,
  Snapshot,
  Value,
} from '../src/protocol'
import { Replica } from '../src/sync/replica'

const KEY = 1
export const RETRY_MS = 1000

interface Committed {
  base: number
  author: number
  n: number
  ops: Ops
}

type Edit = Extract<ClientMessage, { type: 'edit' }>
type Incoming = Parameters<Replica['receive']>[0]

/** One browser tab with its line, on which every frame waits until the test lets it pass. */
export class Tab {
  readonly replica: Replica
  readonly notices: string[] = []
  #server: Server
  #up: string[] = []
  #down: string[] = []
  /** The frames that reach the server only after the end of the connection. */
  #late: string[] = []
  #isSubscribed = false
  #isConnected = false

  constructor(server: Server, fallback: Json, keys: Keys = {}) {
    this.#server = server
    const { epoch, version, value } = server
    const initial = { epoch, version, value, readonly: false }
    this.replica = new Replica({
      store: 's',
      fallback,
      keys,
      initial,
      onNotSaved: (message) => this.notices.push(message),
    })
    server.tabs.push(this)
  }

  connect(): void {
    if (this.#isConnected) return
    this.#isConnected = true
    this.replica.connect((message) => this.#up.push(JSON.stringify(message)))
  }

  /** Everything that is on the line is lost, or comes late. */
  cut(): void {
    if (!this.#isConnected) return
    this.#isConnected = this.#isSubscribed = false
    this.#late = this.#up.filter((frame) => (JSON.parse(frame) as ClientMessage).type === 'edit')
    this.#up = []
    this.#down = []
    this.replica.disconnect()
  }

  /** Let one frame pass to the server; whether there was one. */
  passUp(): boolean {
    const frame = this.#up.shift()
    if (frame) this.#server.receive(this, JSON.parse(frame) as ClientMessage)
    return frame !== undefined
  }

  /** One frame reaches the server twice. */
  repeatUp(): void {
    this.#up = [...this.#up.slice(0, 1), ...this.#up]
  }

  repeatDown(): void {
    const frame = this.#down[0]
    if (frame && (JSON.parse(frame) as ServerMessage).type === 'change') this.#down.unshift(frame)
  }

  /** One frame of the line that was cut reaches the server, which cannot answer there any more. */
  passLate(): void {
    const frame = this.#late.shift()
    if (frame) this.#server.receive(this, JSON.parse(frame) as ClientMessage, true)
  }

  passDown(): boolean {
    const frame = this.#down.shift()
    if (frame) this.replica.receive(JSON.parse(frame) as Incoming)
    return frame !== undefined
  }

  /** The tab reads too slowly: what waits for it collapses to one snapshot. */
  collapse(): void {
    if (!this.isSubscribed) return
    this.#down = this.#down.filter((frame) => (JSON.parse(frame) as ServerMessage).type !== 'change')
    this.#server.sendSnapshot(this, { known: this.#server.epoch, reason: 'slow' })
  }

  get isSubscribed(): boolean {
    return this.#isSubscribed
  }

  subscribe(): void {
    this.#isSubscribed = true
  }

  send(message: ServerMessage): void {
    this.#down.push(JSON.stringify(message))
  }

  publish({ base, author, n, ops }: Committed): void {
    if (this.isSubscribed)
      this.send({ type: 'change', channel: KEY, base, version: base + 1, edits: [[author, n, ops]] })
  }
}

export class Server {
  readonly tabs: Tab[] = []
  value: Value
  version = 0
  epoch = 'epoch 1'
  /** The answer to the next edit in place of a commit. */
  mood: 'willing' | 'refuses' | 'fails' = 'willing'
  readonly #fallback: Json
  readonly #settled = new Map<Tab, Receipt>()
  #log: Committed[] = []
  /** The aliases of writers; 0 is one outside of the server. */
  readonly #authors = new Map<Tab, number>()
  #epochs = 1

  constructor(value: Value, fallback: Json) {
    this.value = value
    this.#fallback = fallback
  }

  /** Commit ops of the server code, or of another program. */
  write(ops: Ops): void {
    this.#commit(0, 0, ops)
  }

  /** Drop the log: a tab that lags behind gets a snapshot. */
  trimLog(): void {
    this.#log = []
  }

  /** Restart: the value is kept, the receipts are lost. */
  restart(): void {
    this.epoch = `epoch ${++this.#epochs}`
    this.version = 0
    this.#log = []
    this.#settled.clear()
    this.#authors.clear()
    for (const tab of this.tabs) tab.cut()
  }

  receive(tab: Tab, message: ClientMessage, isLate = false): void {
    if (message.type === 'subscribe') this.#onSubscribe(tab, message.id, message.since)
    if (message.type !== 'edit') return
    const answer = this.#onEdit(tab, message)
    if (!isLate && answer) answer()
  }

  sendSnapshot(tab: Tab, { id, known, reason }: { id?: number; known: string; reason: string }): void {
    const snapshot: Snapshot = { ...this.#position(tab, known, id), type: 'snapshot', reason }
    tab.send(this.value === undefined ? snapshot : { ...snapshot, value: this.value })
  }

  #onSubscribe(tab: Tab, id: number, since: Since | undefined): void {
    tab.subscribe()
    const missed = since && this.#since(since.epoch, since.version)
    if (!since || !missed) return this.sendSnapshot(tab, { id, known: since?.epoch ?? this.epoch, reason: 'subscribe' })
    tab.send({ ...this.#position(tab, since.epoch, id), type: 'current', version: since.version })
    for (const change of missed) tab.publish(change)
  }

  /** Decide, and return how that is answered unless by the change. */
  #onEdit(tab: Tab, { n, epoch, base, ops, exact }: Edit): (() => void) | null {
    const snapshot = (reason: string) => () => this.sendSnapshot(tab, { known: epoch, reason })
    const last = this.#settled.get(tab)
    if (last && n <= last.n) return snapshot('epoch')
    if (epoch !== this.epoch) return snapshot('epoch')
    if (last && n !== last.n + 1) throw new Error(`edit ${n} follows edit ${last.n}`)
    if (base > this.version) throw new Error(`version ${base} is ahead of ${this.version}`)
    const mood = this.mood
    this.mood = 'willing'
    if (exact && base !== this.version) return this.#reject(tab, n, 'conflict')
    const changes = this.#since(epoch, base)
    if (!changes) return snapshot('stale')
    const answered = { channel: KEY, store: 's', n }
    if (mood === 'fails')
      return () =>
        tab.send({ ...answered, type: 'retry', code: 'backend', message: 'The disk is full.', retry_ms: RETRY_MS })
    if (mood === 'refuses') return this.#reject(tab, n, 'invalid')
    const author = this.#authorOf(tab)
    const rebased = changes.reduce((left, change) => rebase(left, change.ops, { left: author < change.author }), ops)
    try {
      this.#commit(author, n, rebased, () => this.#settled.set(tab, { n, status: 'applied', version: this.version }))
    } catch (error) {
      if (!(error instanceof InvalidEdit)) throw error
      return this.#reject(tab, n, error instanceof TestFailed ? 'test_failed' : 'invalid')
    }
    return null
  }

  #reject(tab: Tab, n: number, code: string): () => void {
    this.#settled.set(tab, { n, status: 'rejected', version: this.version, message: 'Refused.' })
    const { version } = this
    return () => tab.send({ type: 'reject', channel: KEY, store: 's', n, version, code, message: 'Refused.' })
  }

  #authorOf(tab: Tab): number {
    const author = this.#authors.get(tab) ?? this.#authors.size + 1
    this.#authors.set(tab, author)
    return author
  }

  #commit(author: number, n: number, ops: Ops, onCommitted = () => {}): void {
    const [value, done] = effect(this.value, ops, this.#fallback)
    const committed = { base: this.version, author, n, ops: done }
    this.value = value
    this.version++
    onCommitted()
    this.#log.push(committed)
    for (const tab of this.tabs) tab.publish(committed)
  }

  #since(epoch: string, version: number): Committed[] | null {
    if (epoch !== this.epoch || version > this.version) return null
    const changes = this.#log.filter((change) => change.base >= version)
    return changes.length === this.version - version ? changes : null
  }

  #position(tab: Tab, known: string, id: number | undefined): Omit<Snapshot, 'type' | 'reason' | 'value'> {
    const never: Receipt | null = known === this.epoch ? { n: 0, status: 'applied', version: 0 } : null
    return {
      ...(id !== undefined && { id }),
      channel: KEY,
      store: 's',
      epoch: this.epoch,
      version: this.version,
      receipt: this.#settled.get(tab) ?? never,
      author: this.#authorOf(tab),
      readonly: false,
      durability: 'disk',
    }
  }
}

/** Return the effective ops, as the server publishes them. */
function effect(value: Value, ops: Ops, fallback: Json): [Value, Ops] {
  const done: Op[] = []
  for (const op of ops) {
    const each = effectOf(value, op, fallback)
    value = apply(value, [op], fallback)
    done.push(...each)
  }
  return [value, done]
}

function effectOf(value: Value, op: Op, fallback: Json): Ops {
  const present = value === undefined ? fallback : value
  const before = op.path.length === 0 ? value : at(present, op.path)
  switch (op.op) {
    case 'test':
      return []
    case 'copy':
      return [{ op: 'add', path: op.path, value: at(present, op.from) as Json }]
    case 'move':
      return op.path.length > 0 ? [op] : [{ op: 'replace', path: [], value: at(present, op.from) as Json }]
    case 'add':
    case 'replace':
      if (op.op === 'add' && typeof op.path.at(-1) === 'number') return [op]
      if (typeof before === 'string' && typeof op.value === 'string')
        return diff(before, op.value).map((each) => ({ ...each, path: op.path }))
      return before !== undefined && equal(before, op.value) ? [] : [op]
    default:
      return [op]
  }
}
