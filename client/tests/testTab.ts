/** The replica of a tab with a scripted server: the messages that it sends, the views and the notices that it shows. */

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

/** Return the receipt of an applied edit. */
export const receiptOf = (n: number): Receipt => ({ n, status: 'applied', version: 6 })

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

interface TestTabOptions {
  value?: Value
  fallback?: Json
  readonly?: boolean
  editBytes?: number
  keys?: Keys
}

interface Position {
  id?: number
  epoch?: string
  version?: number
  receipt?: Receipt | null
  readonly?: boolean | null
}

export class TestTab {
  readonly replica: Replica
  readonly notices: string[] = []
  /** The text in each notice. */
  readonly lost: string[] = []
  /** The view at each call of a listener. */
  readonly shown: Json[] = []
  progress = 0
  #sent: ClientMessage[] = []

  constructor({ value, fallback = null, readonly = false, editBytes, keys }: TestTabOptions = {}) {
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

  /** Connect: the tab subscribes. */
  connect(): void {
    this.replica.connect((message) => this.#sent.push(structuredClone(message)))
  }

  /** Return a tab that is connected, and has missed nothing. */
  static live(options?: TestTabOptions): TestTab {
    const tab = new TestTab(options)
    tab.connect()
    tab.current()
    tab.sent()
    return tab
  }

  cut(): void {
    this.replica.disconnect()
  }

  edit(...ops: Op[]): void {
    this.replica.edit(ops)
  }

  /** Return the messages since the last call. */
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

  snapshot(value: Value, position: Position = {}): void {
    const snapshot: Snapshot = { ...this.#position(position), type: 'snapshot', reason: 'subscribe' }
    this.replica.receive(value === undefined ? snapshot : { ...snapshot, value })
  }

  current(position: Position = {}): void {
    this.replica.receive({ ...this.#position(position), type: 'current' })
  }

  /** Publish the next version. */
  change(...edits: CommittedEdit[]): void {
    this.changeFrom(this.replica.version, ...edits)
  }

  changeFrom(base: number, ...edits: CommittedEdit[]): void {
    this.replica.receive({ type: 'change', channel: KEY, base, version: base + 1, edits })
  }

  /** Publish an edit of another user. */
  other(...ops: Op[]): void {
    this.change([OTHER, 1, ops])
  }

  /** Acknowledge edit `n`, committed as `ops`. */
  acknowledge(n: number, ops: Ops): void {
    this.change([ME, n, ops])
  }

  reject(n: number, message = 'Rejected.', code = 'invalid'): void {
    this.replica.receive({ type: 'reject', channel: KEY, store: 's', n, version: 5, code, message })
  }

  retry(n: number, code: 'backend' | 'rate', retry_ms: number, message = 'The disk is full.'): void {
    this.replica.receive({ type: 'retry', channel: KEY, store: 's', n, code, message, retry_ms })
  }

  #position({ id = 1, epoch = 'e', version, receipt = null, readonly = false }: Position): Omit<Current, 'type'> {
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
