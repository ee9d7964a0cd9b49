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
export type Ops = readonly Op[]

/** How the newest edit that the server remembers of this tab ended; `n` is 0 if there was none. */
export interface Settled {
  n: number
  status: 'applied' | 'rejected'
  version: number
  message?: string
}

export interface Since {
  epoch: string
  version: number
}

export type ClientMessage =
  | { type: 'hello'; protocol: number; client: string; build: string; page: string }
  | { type: 'subscribe'; id: number; store: string; since?: Since }
  | { type: 'unsubscribe'; key: number; store: string }
  | { type: 'edit'; key: number; store: string; n: number; epoch: string; base: number; ops: Ops }
  | { type: 'call'; id: number; target: string; inputs: Input[] }
  | { type: 'cancel'; id: number }
  | { type: 'got'; frames: number }
  | { type: 'ping'; i: number }

/** What a call is given: a value of the tab's own, or a shared value that the server reads itself. */
export type Input = { value: Json } | { store: string; path: Path; version: number }

export interface Limits {
  edit_bytes: number
  edit_ops: number
  frame_bytes: number
}

interface Position {
  id?: number
  key: number
  store: string
  epoch: string
  version: number
  last: Settled | null
  author: number
  readonly: boolean
  durability: string
}

/** One writer's edit as it was committed: author alias, the author's own number, effective ops. */
export type Entry = [author: number, n: number, ops: Ops]

export type Snapshot = Position & { type: 'snapshot'; value?: Json; reason: string }
export type Current = Position & { type: 'current' }
export type Change = { type: 'change'; key: number; base: number; version: number; edits: Entry[] }
export type Reject = {
  type: 'reject'
  key: number
  store: string
  n: number
  version: number
  code: string
  message: string
}
export type Retry = {
  type: 'retry'
  key: number
  store: string
  n: number
  code: string
  message: string
  retry_ms: number
}

/** What an action asks of the tab that started it. */
export type Effect =
  | { kind: 'update'; variable: string; path: Path; value: Json }
  | { kind: 'reset'; variable: string; path: Path }
  | { kind: 'notify'; message: string; title: string | null; status: NoticeStatus }
  | { kind: 'navigate'; url: string; new_tab: boolean }

export type NoticeStatus = 'info' | 'success' | 'warning' | 'error'

export type ServerMessage =
  | { type: 'welcome'; protocol: number; build: string; heartbeat_ms: number; limits: Limits }
  | Snapshot
  | Current
  | Change
  | Reject
  | Retry
  | { type: 'result'; id: number; value: Json }
  | { type: 'error'; id: number; code: string; message: string; store?: string }
  | { type: 'effect'; id: number; effect: Effect }
  | { type: 'pong'; i: number }
  | { type: 'bye'; code: number; retry_ms: number; reason: string }

/** A variable, or a nested value of one. */
export interface VariableRef {
  variable: string
  path: Path
}

/** What a component does when it is used; the first four need no server. */
export type Action =
  | { kind: 'update'; target: VariableRef; value: Json }
  | { kind: 'sync'; target: VariableRef }
  | { kind: 'toggle'; target: VariableRef }
  | { kind: 'reset'; target: VariableRef }
  | { kind: 'call'; target: string; inputs: (VariableRef | { value: Json })[] }

/** One component of the page. */
export interface Node {
  component: string
  id: string
  props: Record<string, Json>
  variables: Record<string, VariableRef>
  actions: Record<string, Action[]>
  slots: Record<string, Node[]>
}

/** What the HTML carries: the page's tree, its variables and their present values. */
export interface Page {
  build: string
  base: string
  title: string
  theme: 'light' | 'dark' | 'auto'
  route: string
  pages: { name: string; route: string; icon: string | null }[]
  variables: Record<string, { default: Json; store: string | null }>
  stores: Record<string, { epoch: string; version: number; value?: Json; readonly: boolean }>
  content: Node[]
}
