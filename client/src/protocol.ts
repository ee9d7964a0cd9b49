/** The wire: every message between a tab and the server, as two tagged unions. */

export const PROTOCOL = 1

export type JsonObject = { [member: string]: Json }
export type Json = null | boolean | number | string | Json[] | JsonObject

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
  | ({ type: 'attend'; channel: number; present: boolean } & StoreAddress)
  | { type: 'leave' }
  | CallMessage
  | { type: 'cancel'; id: number }
  | { type: 'release'; slot: string }
  | { type: 'ack'; frames: number }
  | { type: 'ping'; i: number }

/**
 * Runs an action, a derived variable's function or a py_component. `of` names the slot whose fragment has the
 * target; a py_component is drawn in `slot`. `fresh`: a result that the server remembers will not do. `state`: the answer
 * is `{value}`, or `{number}` in place of a large value.
 */
export interface CallMessage {
  type: 'call'
  id: number
  target: string
  of?: string
  slot?: string
  fresh?: true
  inputs: Input[]
  window?: Window
  waited?: number
  state?: true
  /** The names of the blocks of the present result; without it, the result comes as a whole. */
  has?: string[]
}

/** The rows of a table that the server is to find, and their order. A `BT` has two bounds, an `IN` a list of values. */
export interface WireQuery {
  search?: { text: string; columns?: string[] }
  filters?: { column: string; operator: 'CONTAINS' | 'BT' | 'IN'; value: Json }[]
  orders?: { column: string; descending: boolean }[]
  group?: { by: string; aggregate: Aggregate; open: Json[] }
}

export type Aggregate = 'sum' | 'mean' | 'min' | 'max'

/**
 * The rows of a table that a call asks for in place of the whole value. `version` is that which the tab shows; without
 * it, the newest one is computed. `values_of`: the distinct values of a column are asked for, and no rows.
 * `export`: a file with all rows is.
 */
export interface Window {
  start: number
  count: number
  query?: WireQuery
  version?: string
  path?: Path
  values_of?: string
  export?: { format: 'csv' | 'xlsx'; name: string; columns: [name: string, heading: string][] }
}

/** A row is its index in the data and its cells, or a group of rows with aggregates of its columns. */
export type WireRow = [index: number, ...cells: Json[]] | { group: Json; rows: number; values: Record<string, Json> }

/**
 * The answer to a window. `found` rows are found of `total`; with groups, the table has `count` lines. The columns come whenever the version is another one than
 * the tab has. `whole`: these are all rows, and the tab sorts and searches them itself.
 */
export interface Rows {
  version: string
  total: number
  columns?: [name: string, kind: string, isIndex: boolean][]
  start: number
  count: number
  found: number
  rows: WireRow[]
  whole?: true
  values?: Json[]
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

/** Rights are checked anew: the user may be able to read a value that was refused. */
export type AskAgain = StoreAddress & { type: 'ask_again' }

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
  | FilePiece
  | { kind: 'save'; variable: string; path: Path; name: string; type: 'csv' | 'json' | 'xlsx'; value: [Json] | null }

/** A piece of a file in base64; the last piece has the name of the file. */
export type FilePiece = { kind: 'file'; file: string; content: string; name: string | null }

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
/**
 * The changes of the people on a page, or of the value of a channel; if `left` is `null`, `came` are all. `count` includes
 * those without a name.
 */
export type VisitorsMessage = {
  type: 'visitors'
  place: string | number
  came: Person[]
  left: string[] | null
  count: number
}

/** A part of a large result: a line, which is a list, or a piece of the text of longer lines. */
export type Part = { elements: Json[] } | { text: string }

/** A part of a result: where it is, its name, and its content unless the tab has it. Those at one path follow each other. */
export type Block = [path: Path, name: string, content?: Json]

/** The progress of a job; `seconds`: the time after which `percent` is expected to be reached. */
export interface Progress {
  percent: number
  message: string
  seconds?: number
}

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
  | AskAgain
  | Paused
  | PresenceMessage
  | VisitorsMessage
  | { type: 'result'; id: number; value: Json; blocks?: true }
  | { type: 'result'; id: number; at: string; blocks?: true }
  | { type: 'result'; id: number; parts: true; blocks?: true }
  | ({ type: 'part'; id: number } & Part)
  | ({ type: 'progress'; id: number } & Progress)
  | { type: 'error'; id: number; code: string; message: string; trace?: string; store?: string; at?: string }
  /** The app cannot be loaded; sent by the server of a developer, in the place of `welcome`. */
  | { type: 'broken'; trace: string }
  | { type: 'effect'; id: number; effect: ClientEffect }
  | { type: 'pong'; i: number }
  | { type: 'bye'; code: number; retry_ms: number; reason: string }
