/** A tab's replica and the server's end of its line: what it sent, and what the user was shown. */

import type {
  ClientMessage,
  CommittedEdit,
  Current,
  Json,
  Keys,
  Op,
  Ops,
  Path,
  Receipt,
  Snapshot,
  Value,
} from '../src/protocol'
import { DEFAULT_LIMITS } from '../src/sync/admission'
import { Replica, type ReplicaOptions } from '../src/sync/replica'

export const KEY = 7
export const ME = 3
export const OTHER = 4

export type Edit = Extract<ClientMessage, { type: 'edit' }>
export type Subscribe = Extract<ClientMessage, { type: 'subscribe' }>

export const set = (path: Path, value: Json): Op => ({ op: 'replace', path, value })
export const add = (path: Path, value: Json): Op => ({ op: 'add', path, value })
export const remove = (path: Path): Op => ({ op: 'remove', path })

export const splice = (path: Path, at: number, gone: number, insert: string): Op => ({
  op: 'splice',
  path,
  at,
  delete: gone,
  insert,
})

interface LineOptions {
  value?: Value
  fallback?: Json
  readonly?: boolean
  editBytes?: number
  keys?: Keys
}

interface Place {
  id?: number
  epoch?: string
  version?: number
  receipt?: Receipt | null
  readonly?: boolean | null
}

export class Line {
  readonly replica: Replica
  readonly notices: string[] = []
  /** What the user wrote in what a notice tells of. */
  readonly lost: string[] = []
  /** The view each time that the listeners were called. */
  readonly shown: Json[] = []
  progress = 0
  #sent: ClientMessage[] = []

  constructor({ value, fallback = null, readonly = false, editBytes, keys }: LineOptions = {}) {
    const options: ReplicaOptions = {
      store: 's',
      fallback,
      initial: { epoch: 'e', version: 5, value, readonly },
      onNotSaved: (message, text = '') => {
        this.notices.push(message)
        this.lost.push(text)
      },
      onProgress: () => this.progress++,
      ...(editBytes && { limits: { ...DEFAULT_LIMITS, edit_bytes: editBytes } }),
      ...(keys && { keys }),
    }
    this.replica = new Replica(options)
    this.replica.subscribe(() => this.shown.push(this.replica.view))
  }

  get view(): Json {
    return this.replica.view
  }

  /** The line is up: the tab subscribes. */
  connect(): void {
    this.replica.connect((message) => this.#sent.push(structuredClone(message)))
  }

  /** The tab is connected, and has missed nothing. */
  static live(options?: LineOptions): Line {
    const line = new Line(options)
    line.connect()
    line.current()
    line.sent()
    return line
  }

  cut(): void {
    this.replica.disconnect()
  }

  edit(...ops: Op[]): void {
    this.replica.edit(ops)
  }

  /** What was sent since the last look. */
  sent(): ClientMessage[] {
    const sent = this.#sent
    this.#sent = []
    return sent
  }

  edits(): Edit[] {
    return this.sent().filter((message) => message.type === 'edit')
  }

  subscribes(): Subscribe[] {
    return this.sent().filter((message) => message.type === 'subscribe')
  }

  snapshot(value: Value, place: Place = {}): void {
    const snapshot: Snapshot = { ...this.#position(place), type: 'snapshot', reason: 'subscribe' }
    this.replica.receive(value === undefined ? snapshot : { ...snapshot, value })
  }

  current(place: Place = {}): void {
    this.replica.receive({ ...this.#position(place), type: 'current' })
  }

  /** Everybody gets the next version. */
  change(...edits: CommittedEdit[]): void {
    this.changeFrom(this.replica.version, ...edits)
  }

  changeFrom(base: number, ...edits: CommittedEdit[]): void {
    this.replica.receive({ type: 'change', channel: KEY, base, version: base + 1, edits })
  }

  /** Somebody else's edit. */
  other(...ops: Op[]): void {
    this.change([OTHER, 1, ops])
  }

  /** The server took edit `n` as it was sent. */
  acknowledge(n: number, ops: Ops): void {
    this.change([ME, n, ops])
  }

  reject(n: number, message = 'Refused.', code = 'invalid'): void {
    this.replica.receive({ type: 'reject', channel: KEY, store: 's', n, version: 5, code, message })
  }

  retry(n: number, code: 'backend' | 'rate', retry_ms: number, message = 'The disk is full.'): void {
    this.replica.receive({ type: 'retry', channel: KEY, store: 's', n, code, message, retry_ms })
  }

  #position({ id = 1, epoch = 'e', version, receipt = null, readonly = false }: Place): Omit<Current, 'type'> {
    return {
      id,
      channel: KEY,
      store: 's',
      epoch,
      version: version ?? this.replica.version,
      receipt,
      author: ME,
      readonly,
      durability: 'disk',
    }
  }
}
