/** A model of the server: one record, its log, who was settled, and lines that can be cut. */

import { apply, rebase } from '../src/edits'
import type { ClientMessage, Json, Ops, ServerMessage, Settled, Since, Snapshot, Value } from '../src/protocol'
import { Replica } from '../src/replica'

const KEY = 1
export const RETRY_MS = 1000

interface Committed {
  base: number
  writer: Tab | null
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
  #author = 0
  #isConnected = false

  constructor(server: Server, fallback: Json) {
    this.#server = server
    const { epoch, version, value } = server
    const initial = { epoch, version, value, readonly: false }
    this.replica = new Replica({ store: 's', fallback, initial, onLost: (message) => this.notices.push(message) })
    server.tabs.push(this)
  }

  connect(): void {
    if (this.#isConnected) return
    this.#isConnected = true
    this.replica.connected((message) => this.#up.push(JSON.stringify(message)))
  }

  /** Everything that is on the line is lost. */
  cut(): void {
    if (!this.#isConnected) return
    this.#isConnected = false
    this.#author = 0
    this.#up = []
    this.#down = []
    this.replica.disconnected()
  }

  /** Let one frame pass to the server; whether there was one. */
  passUp(): boolean {
    const frame = this.#up.shift()
    if (frame) this.#server.receive(this, JSON.parse(frame) as ClientMessage)
    return frame !== undefined
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
    return this.#author > 0
  }

  subscribe(author: number): void {
    this.#author = author
  }

  send(message: ServerMessage): void {
    this.#down.push(JSON.stringify(message))
  }

  publish({ base, writer, n, ops }: Committed): void {
    const author = writer ? writer.#author : 0
    if (this.isSubscribed) this.send({ type: 'change', key: KEY, base, version: base + 1, edits: [[author, n, ops]] })
  }

  get author(): number {
    return this.#author
  }
}

export class Server {
  readonly tabs: Tab[] = []
  value: Value
  version = 0
  epoch = 'epoch 1'
  /** How the next edit is answered, if not by a commit. */
  mood: 'willing' | 'refuses' | 'fails' = 'willing'
  readonly #fallback: Json
  readonly #settled = new Map<Tab, Settled>()
  #log: Committed[] = []
  #authors = 0
  #epochs = 1

  constructor(value: Value, fallback: Json) {
    this.value = value
    this.#fallback = fallback
  }

  /** Somebody writes to the backend, or server code does. */
  write(ops: Ops): void {
    this.#commit(null, 0, ops)
  }

  /** Forget what is older; who asks for it gets a snapshot. */
  trimLog(): void {
    this.#log = []
  }

  /** A new process: the value is there, but not who wrote what. */
  restart(): void {
    this.epoch = `epoch ${++this.#epochs}`
    this.version = 0
    this.#log = []
    this.#settled.clear()
    for (const tab of this.tabs) tab.cut()
  }

  receive(tab: Tab, message: ClientMessage): void {
    if (message.type === 'subscribe') this.#onSubscribe(tab, message.id, message.since)
    if (message.type === 'edit') this.#onEdit(tab, message)
  }

  sendSnapshot(tab: Tab, { id, known, reason }: { id?: number; known: string; reason: string }): void {
    const snapshot: Snapshot = { ...this.#position(tab, known, id), type: 'snapshot', reason }
    tab.send(this.value === undefined ? snapshot : { ...snapshot, value: this.value })
  }

  #onSubscribe(tab: Tab, id: number, since: Since | undefined): void {
    tab.subscribe(++this.#authors)
    const missed = since && this.#since(since.epoch, since.version)
    if (!since || !missed) return this.sendSnapshot(tab, { id, known: since?.epoch ?? this.epoch, reason: 'subscribe' })
    tab.send({ ...this.#position(tab, since.epoch, id), type: 'current', version: since.version })
    for (const change of missed) tab.publish(change)
  }

  #onEdit(tab: Tab, { n, epoch, base, ops }: Edit): void {
    const last = this.#settled.get(tab)
    if (last && n <= last.n) return this.sendSnapshot(tab, { known: epoch, reason: 'epoch' })
    if (epoch !== this.epoch) return this.sendSnapshot(tab, { known: epoch, reason: 'epoch' })
    if (last && n !== last.n + 1) throw new Error(`edit ${n} follows edit ${last.n}`)
    if (base > this.version) throw new Error(`version ${base} is ahead of ${this.version}`)
    const changes = this.#since(epoch, base)
    if (!changes) return this.sendSnapshot(tab, { known: epoch, reason: 'stale' })
    const mood = this.mood
    this.mood = 'willing'
    const answered = { key: KEY, store: 's', n }
    if (mood === 'fails')
      return tab.send({ ...answered, type: 'retry', code: 'backend', message: 'The disk is full.', retry_ms: RETRY_MS })
    if (mood === 'refuses') {
      this.#settled.set(tab, { n, status: 'rejected', version: this.version, message: 'Refused.' })
      return tab.send({ ...answered, type: 'reject', version: this.version, code: 'invalid', message: 'Refused.' })
    }
    this.#settled.set(tab, { n, status: 'applied', version: this.version + 1 })
    this.#commit(
      tab,
      n,
      changes.reduce((left, change) => rebase(left, change.ops), ops),
    )
  }

  #commit(writer: Tab | null, n: number, ops: Ops): void {
    const value = apply(this.value, ops, this.#fallback)
    const committed = { base: this.version, writer, n, ops }
    this.value = value
    this.version++
    this.#log.push(committed)
    for (const tab of this.tabs) tab.publish(committed)
  }

  #since(epoch: string, version: number): Committed[] | null {
    if (epoch !== this.epoch || version > this.version) return null
    const changes = this.#log.filter((change) => change.base >= version)
    return changes.length === this.version - version ? changes : null
  }

  #position(tab: Tab, known: string, id: number | undefined): Omit<Snapshot, 'type' | 'reason' | 'value'> {
    const never: Settled | null = known === this.epoch ? { n: 0, status: 'applied', version: 0 } : null
    return {
      ...(id !== undefined && { id }),
      key: KEY,
      store: 's',
      epoch: this.epoch,
      version: this.version,
      last: this.#settled.get(tab) ?? never,
      author: tab.author,
      readonly: false,
      durability: 'disk',
    }
  }
}
