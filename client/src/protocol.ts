/** The wire: every message between a tab and the server, as two tagged unions. */

export const PROTOCOL = 1

export type Json = null | boolean | number | string | Json[] | { [member: string]: Json }

/** A record's value; `undefined` means that nothing is stored, and the default shows. */
export type Value = Json | undefined

/** A string names an object member, a number an array element. */
export type Step = string | number
export type Path = readonly Step[]

export type Op =
  | { readonly op: 'replace'; readonly path: Path; readonly value: Json }
  | { readonly op: 'add'; readonly path: Path; readonly value: Json }
  | { readonly op: 'remove'; readonly path: Path }
  | Splice
  | Move
  | { readonly op: 'copy'; readonly from: Path; readonly path: Path }
  | { readonly op: 'test'; readonly path: Path; readonly value: Json }
export type Ops = readonly Op[]

/** In a text, `delete` code points at `at` give way to `insert`. */
export interface Splice {
  readonly op: 'splice'
  readonly path: Path
  readonly at: number
  readonly delete: number
  readonly insert: string
}

/** `path` is a place in the value without what is at `from`. */
export interface Move {
  readonly op: 'move'
  readonly from: Path
  readonly path: Path
}

/** By which member the items of an array are told apart; an array is named by a pointer, with `*` for any step. */
export type Keys = Readonly<Record<string, string>>

/** The outcome of this tab's newest edit that the server knows of; `n` is 0 if there was none. */
export interface Receipt {
  n: number
  status: 'applied' | 'rejected'
  version: number
  message?: string
}

export interface Since {
  epoch: string
  version: number
}

/** The kind of writers of a value: users, or only code of the app that runs without a user. */
export type WrittenBy = 'people' | 'code'

/** The version of an earlier process that a tab restores. */
export type Restored = Since & { by: WrittenBy }

/** A store at a place of its own: a room, a document. Without `at` there is only one. */
export interface StoreAddress {
  store: string
  at?: string
}

export type ClientMessage =
  | { type: 'hello'; protocol: number; client: string; build: string; page: string }
  | ({ type: 'subscribe'; id: number; of?: string; since?: Since } & StoreAddress)
  | ({ type: 'unsubscribe'; channel: number } & StoreAddress)
  | ({
      type: 'edit'
      channel: number
      n: number
      epoch: string
      base: number
      ops: Ops
      exact?: true
      restores?: Restored
    } & StoreAddress)
  | ({ type: 'presence'; channel: number; data: Cursor | null } & StoreAddress)
  | { type: 'visit'; page: string | null }
  | { type: 'leave' }
  | CallMessage
  | { type: 'cancel'; id: number }
  | { type: 'release'; slot: string }
  | { type: 'ack'; frames: number }
  | { type: 'ping'; i: number }

/**
 * Runs an action, a derived variable's function or a py_component. `of` names the slot whose fragment has the
 * target; a py_component is drawn in `slot`. `fresh`: a result that the server remembers will not do.
 */
export interface CallMessage {
  type: 'call'
  id: number
  target: string
  of?: string
  slot?: string
  fresh?: true
  inputs: Input[]
}

/** An input of a call: a value of the tab, a shared value for the server to read, or a derived one for it to compute. */
export type Input = { value: Json } | ({ path: Path; version: number } & StoreAddress) | { inputs: Input[]; path: Path }

export interface Limits {
  value_bytes: number
  edit_bytes: number
  edit_ops: number
  frame_bytes: number
}

interface RecordState extends StoreAddress {
  id?: number
  channel: number
  epoch: string
  version: number
  receipt: Receipt | null
  author: number
  /** `null`: that cannot be told now. */
  readonly: boolean | null
  durability: string
  /** The kind of writers since the server began, if the value ends with the server. */
  written?: WrittenBy
}

/** One writer's edit as it was committed: author alias, the author's own number, effective ops. */
export type CommittedEdit = [author: number, n: number, ops: Ops]

/**
 * `forgot`: the process that this tab knew has ended, and with it the value, and nothing was written since; or changes
 * of it, and something was.
 */
export type Snapshot = RecordState & { type: 'snapshot'; value?: Json; reason: string; forgot?: 'value' | 'changes' }
export type Current = RecordState & { type: 'current' }
export type Change = { type: 'change'; channel: number; base: number; version: number; edits: CommittedEdit[] }
export type Reject = StoreAddress & {
  type: 'reject'
  channel: number
  n: number
  version: number
  code: string
  message: string
}
export type Retry = StoreAddress & {
  type: 'retry'
  channel: number
  n: number
  code: string
  message: string
  retry_ms: number
}

/** The right to read a store ended. */
export type Revoked = StoreAddress & { type: 'revoked'; channel: number; message: string }

/** It cannot be told now whether the store may still be read: nothing new of it comes until it can. */
export type Paused = StoreAddress & { type: 'paused'; channel: number; message: string }

/** An instruction of an action to the tab that called it. */
export type ClientEffect =
  | { kind: 'update'; variable: string; path: Path; value: Json }
  | { kind: 'reset'; variable: string; path: Path }
  | { kind: 'trigger'; variable: string; force: boolean }
  | { kind: 'notify'; message: string; title: string | null; status: NoticeStatus; key: string | null }
  | Navigate
  | { kind: 'logout' }
  | { kind: 'copy'; text: string; success: string | null; failure: string | null }
  | { kind: 'download'; url: string; name: string }
  | { kind: 'save'; variable: string; path: Path; name: string; type: 'csv' | 'json'; value: [Json] | null }

/** `params` are those of the pattern `url`; `suffix` is the query and the fragment behind it. */
export interface Navigate {
  kind: 'navigate'
  url: string
  new_tab: boolean
  replace: boolean
  relative: 'route' | 'path'
  params: Record<string, string> | null
  suffix: string
}

export type NoticeStatus = 'info' | 'success' | 'warning' | 'error'

export interface User {
  id: string
  name: string
}

/** A user as others see them. */
export interface Person {
  id: string
  name: string
  color: string
}

/** A position of a user in a record, at that version. `typing`: the user has just changed the value there. */
export interface Cursor {
  path: Path
  version: number
  typing: boolean
}

/** Everybody who is somewhere in a record. */
export type PresenceMessage = { type: 'presence'; channel: number; entries: [author: number, Person, Cursor][] }
/** The changes of a page's visitors; if `left` is `null`, `came` are all. `count` includes those without a name. */
export type VisitorsMessage = { type: 'visitors'; page: string; came: Person[]; left: string[] | null; count: number }

/** A part of a large result: a line, which is a list, or a piece of the text of longer lines. */
export type Part = { elements: Json[] } | { text: string }

export type ServerMessage =
  | {
      type: 'welcome'
      protocol: number
      build: string
      user: User
      person: Person
      heartbeat_ms: number
      limits: Limits
    }
  | Snapshot
  | Current
  | Change
  | Reject
  | Retry
  | Revoked
  | Paused
  | PresenceMessage
  | VisitorsMessage
  | { type: 'result'; id: number; value: Json }
  | { type: 'result'; id: number; at: string }
  | { type: 'result'; id: number; parts: true }
  | ({ type: 'part'; id: number } & Part)
  | { type: 'error'; id: number; code: string; message: string; store?: string; at?: string }
  | { type: 'effect'; id: number; effect: ClientEffect }
  | { type: 'pong'; i: number }
  | { type: 'bye'; code: number; retry_ms: number; reason: string }
