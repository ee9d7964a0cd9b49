/**
 * Tabs without a browser, for tests in another language: the real Socket, Replicas, Replica and edits, driven by
 * lines of JSON. `tests/proof/tabs.py` bundles this and is the other side.
 *
 * A line says `[[name, argument], …]`; the answer is one line `{results, events}`. With the argument `real` time is
 * the machine's, and what happens between two lines is told as a line `{events}` of its own.
 */

import { setMaxListeners } from 'node:events'
import { createInterface } from 'node:readline'
import { apply, compose, diff, type Order, rebase } from '../src/edits'
import type { Definition, Fragment } from '../src/fragments'
import type { Json, Keys, Ops, StoreAddress, Value } from '../src/protocol'
import { Presence } from '../src/sync/presence'
import type { Replica } from '../src/sync/replica'
import { Replicas } from '../src/sync/replicas'
import { Socket } from '../src/sync/socket'
import { Clock } from './clock'

type Event = [kind: string, tab: number, ...rest: unknown[]]

const clock = new Clock()
const isReal = process.argv.includes('real')
let tabs = new Map<number, Tab>()
let events: Event[] = []
let isTelling = false
let lines = 0

function tell(...event: Event): void {
  events.push(event)
  if (!isReal || isTelling) return
  isTelling = true
  setImmediate(() => {
    isTelling = false
    if (events.length > 0) write({ events: events.splice(0) })
  })
}

/** The browser's end of a tab's websocket; its other end is in the test. */
class Line {
  static readonly CONNECTING = 0
  static readonly OPEN = 1
  static readonly CLOSING = 2
  readyState = Line.CONNECTING
  onopen: () => void = () => {}
  onmessage: (event: { data: string }) => void = () => {}
  onclose: () => void = () => {}
  readonly #tab: number
  readonly id = ++lines

  constructor(url: string) {
    this.#tab = Number(url)
    const tab = tabs.get(this.#tab) as Tab
    tab.line = this
    tell('open', this.#tab, this.id)
  }

  send(frame: string): void {
    if (tabs.get(this.#tab)?.line === this) tell('send', this.#tab, frame)
  }

  close(): void {
    if (this.readyState >= Line.CLOSING) return
    this.readyState = Line.CLOSING
    if (tabs.get(this.#tab)?.line === this) tell('close', this.#tab)
  }

  opened(): void {
    this.readyState = Line.OPEN
    this.onopen()
  }

  closed(): void {
    this.readyState = 3
    this.onclose()
  }
}

interface Opening {
  tab: number
  stores: Fragment['stores']
  variables: Record<string, Definition>
}

/** One page in a browser: what of it holds values and speaks to the server. */
class Tab {
  line: Line | null = null
  readonly replicas: Replicas
  /** The number of changes of the view. */
  #changes = 0

  constructor({ tab, stores, variables }: Opening) {
    this.replicas = new Replicas({
      onNotSaved: (message, text = '') => tell('lost', tab, message, text),
      onUnreadable: (message) => tell('denied', tab, message),
      onProgress: () => {},
    })
    tabs.set(tab, this)
    this.replicas.show('page', { nodes: [], variables, stores })
    for (const definition of Object.values(variables)) {
      if (definition.kind !== 'store' || typeof definition.at === 'object') continue
      const { store, at } = definition
      const replica = this.at({ store, ...(at !== undefined && { at }) })
      replica.subscribe(() => {
        this.#changes++
        if (!isReal) tell('told', tab, replica.view)
      })
    }
    const socket = new Socket({
      load: () => Promise.reject(new Error('There are no large results here.')),
      url: `${tab}`,
      build: 'build',
      page: '/',
      replicas: this.replicas,
      presence: new Presence(),
      onLink: () => {},
      onOtherBuild: () => {},
      onEffect: () => {},
      onUser: () => {},
      onBroken: () => {},
      onLoggedOut: () => tell('lost', tab, 'logged out'),
    })
    socket.start()
  }

  at({ store, at }: StoreAddress): Replica {
    return this.replicas.find({ store, ...(at !== undefined && { at }) }) as Replica
  }

  /** Edit what was seen when there were so many `changes`; whether there were no more since. */
  editIfSame(changes: number, { ops, ...place }: { ops: Ops } & StoreAddress): boolean {
    if (changes !== this.#changes) return false
    this.at(place).edit(ops)
    return true
  }

  state(place: StoreAddress): Json {
    const replica = this.at(place)
    return {
      changes: this.#changes,
      view: replica.view,
      confirmed: replica.confirmed,
      version: replica.version,
      hasUnsent: replica.hasUnsent,
      isReadonly: replica.isReadonly,
      trouble: replica.trouble,
      stale: replica.paused,
    }
  }
}

/** The tab's end of one of its lines. */
interface End {
  tab: number
  line: number
}

interface Pure {
  value?: Value
  default?: Json
  ops: Ops
  over: Ops
  then: Ops
  before?: Value
  after?: Value
  keys: Keys
  options: Order
}

const calls = {
  reset: () => {
    tabs = new Map()
    events = []
    clock.reset()
    openBrowser()
  },
  tab: (opening: Opening) => void new Tab(opening),
  opened: (end: End) => lineOf(end)?.opened(),
  closed: (end: End) => lineOf(end)?.closed(),
  frame: ({ text, ...end }: End & { text: string }) => lineOf(end)?.onmessage({ data: text }),
  edit: ({ tab, ops, exact, ...place }: { tab: number; ops: Ops; exact: boolean } & StoreAddress) =>
    of(tab).at(place).edit(ops, { exact }),
  editIfSame: ({ tab, changes, ...edit }: { tab: number; ops: Ops; changes: number } & StoreAddress) =>
    of(tab).editIfSame(changes, edit),
  undo: ({ tab, ...place }: { tab: number } & StoreAddress) => of(tab).at(place).undo(),
  redo: ({ tab, ...place }: { tab: number } & StoreAddress) => of(tab).at(place).redo(),
  state: ({ tab, ...place }: { tab: number } & StoreAddress) => of(tab).state(place),
  pass: ({ ms }: { ms: number }) => clock.pass(ms),
  // The pure functions. A member that is missing is an absent value.
  apply: ({ value, ops, default: fallback }: Pure) => apply(value, ops, fallback),
  diff: ({ before, after, keys }: Pure) => diff(before, after, keys),
  rebase: ({ ops, over, options }: Pure) => rebase(ops, over, options),
  compose: ({ ops, then }: Pure) => compose(ops, then),
} as const

/** Return the connection if it is the present one of its tab; later events of older ones are ignored. */
function lineOf({ tab, line }: End): Line | undefined {
  const present = of(tab).line
  return present?.id === line ? present : undefined
}

function of(tab: number): Tab {
  return tabs.get(tab) as Tab
}

function call([name, argument]: [keyof typeof calls, never]): object {
  try {
    const value: unknown = calls[name](argument)
    return value === undefined ? {} : { value }
  } catch (error) {
    return { error: (error as Error).message, kind: (error as Error).constructor.name }
  }
}

function write(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}

/** Define the globals of a browser that the client's logic uses. */
function openBrowser(): void {
  const window = new EventTarget()
  const document = Object.assign(new EventTarget(), { visibilityState: 'hidden' }) // nothing waits to be drawn
  setMaxListeners(0, window, document)
  Object.assign(globalThis, { WebSocket: Line, window, document })
}

openBrowser()
if (!isReal) clock.install()

const input = createInterface({ input: process.stdin })
input.on('close', () => process.exit())
input.on('line', (line) => {
  const results = (JSON.parse(line) as [keyof typeof calls, never][]).map(call)
  write({ results, events: events.splice(0) })
})
