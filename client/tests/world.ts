/** A tab's variables and replicas with no page around them, and the server's end of its line: calls and messages. */

import type { Definition, Fragment, Node, Ref, StoreInfo } from '../src/fragments'
import type { ClientMessage, Json, Limits, Ops, StoreAddress } from '../src/protocol'
import { type Call, CallFailed, Calls, type Request } from '../src/sync/calls'
import type { Replica } from '../src/sync/replica'
import { Replicas } from '../src/sync/replicas'
import { Graph } from '../src/variables/graph'
import type { Address } from '../src/variables/local'

const LIMITS: Limits = { value_bytes: 1_000_000, edit_bytes: 100_000, edit_ops: 1000, frame_bytes: 100_000 }

type Variables = Record<string, Definition>

export function fragment({ nodes = [], variables = {}, stores = {} }: Partial<Fragment> = {}): Fragment {
  return { nodes, variables, stores }
}

/** Return the positions of a store by room; none without values. */
export function info(values: Record<string, Json> = {}): StoreInfo {
  const positions = Object.entries(values).map(([room, value]) => [
    room,
    { epoch: 'e', version: 1, readonly: false, value },
  ])
  return { positions: Object.fromEntries(positions) }
}

export function node(component: string, id: string, parts: Partial<Node> = {}): Node {
  return { component, id, props: {}, variables: {}, actions: {}, slots: {}, ...parts }
}

/** Return a reference to a variable, or to a part of its value. */
export const of = (variable: string, ...path: Ref['path']): Ref => ({ variable, path })

/** Return the definition of a variable of the tab. */
export const tab = (value: Json): Definition => ({ kind: 'tab', default: value })

/** A call that the server was asked for. */
export interface Asked extends Request {
  isCancelled: boolean
  answer: (value: Json) => Promise<void>
  fail: (code: string, message?: string) => Promise<void>
}

/** Lets everything happen that waits for nothing outside. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

export class World {
  readonly notices: string[] = []
  readonly lost: string[] = []
  readonly denied: string[] = []
  readonly asked: Asked[] = []
  readonly released: string[] = []
  readonly sent: ClientMessage[] = []
  readonly address = new TestAddress()
  readonly storage = new Map<string, string>()
  link: 'connecting' | 'live' | 'reconnecting' = 'connecting'
  onProgress: () => void = () => {}
  readonly replicas = new Replicas({
    onNotSaved: (message, text) => this.lost.push(text ? `${message} “${text}”` : message),
    onUnreadable: (message) => this.denied.push(message),
    onProgress: () => {
      this.calls.notify()
      this.onProgress()
    },
  })
  readonly calls: Calls = new Calls(
    () => ({ link: this.link, call: (request) => this.#call(request) }),
    (slot) => this.replicas.isLive(slot),
  )
  readonly graph: Graph
  #version = 1

  constructor(variables: Variables = {}) {
    this.graph = new Graph({
      replicas: this.replicas,
      calls: this.calls,
      address: this.address,
      storagePrefix: 'dara:/app:ann:',
      storage: () => ({
        getItem: (key) => this.storage.get(key) ?? null,
        setItem: (key, value) => this.storage.set(key, value),
        removeItem: (key) => this.storage.delete(key),
      }),
      notify: (message) => this.notices.push(message),
    })
    this.graph.define(variables)
  }

  show(id: string, shown: Fragment, slot: string | null = null): void {
    this.graph.define(shown.variables, slot)
    this.replicas.show(id, shown, slot)
    this.calls.notify()
  }

  get(variable: string, ...path: (string | number)[]): Json {
    return this.graph.source({ variable, path }).get()
  }

  set(variable: string, value: Json, ...path: (string | number)[]): void {
    this.graph.source({ variable, path }).set(value)
  }

  /** Collect the value after each change. */
  shown(variable: string, ...path: (string | number)[]): { values: Json[]; stop: () => void } {
    const source = this.graph.source({ variable, path })
    const values: Json[] = []
    const stop = source.subscribe(() => values.push(source.get()))
    return { values, stop }
  }

  connect(): void {
    this.replicas.connect((message) => this.sent.push(structuredClone(message)), LIMITS)
    this.link = 'live'
    this.calls.notify()
  }

  cut(): void {
    this.replicas.disconnect()
    this.link = 'reconnecting'
    for (const { isCancelled, fail } of this.asked.splice(0)) if (!isCancelled) void fail('disconnected')
    this.calls.notify()
  }

  /** Return and remove the messages of one kind. */
  take<Kind extends ClientMessage['type']>(kind: Kind): Extract<ClientMessage, { type: Kind }>[] {
    const taken = this.sent.filter((message) => message.type === kind)
    for (const message of taken) this.sent.splice(this.sent.indexOf(message), 1)
    return taken as Extract<ClientMessage, { type: Kind }>[]
  }

  replica(place: StoreAddress): Replica {
    return this.replicas.find(place) as Replica
  }

  /** The server answers a subscription. */
  snapshot(place: StoreAddress, value: Json, channel = 1): void {
    const at = { ...place, channel, epoch: 'e', version: ++this.#version, receipt: null, author: 3, readonly: false }
    this.replicas.receive({ ...at, type: 'snapshot', id: 1, durability: 'disk', reason: 'subscribe', value })
  }

  /** Somebody else's edit. */
  other(place: StoreAddress, ops: Ops): void {
    const base = this.replica(place).version
    this.replicas.receiveChange({
      type: 'change',
      channel: this.#channel(place),
      base,
      version: base + 1,
      edits: [[9, 1, ops]],
    })
  }

  /** The server takes the edits that were sent. */
  acknowledge(): void {
    for (const { n, ops, channel, store, at } of this.take('edit')) {
      const base = this.replica({ store, ...(at !== undefined && { at }) }).version
      this.replicas.receiveChange({ type: 'change', channel, base, version: base + 1, edits: [[3, n, ops]] })
    }
  }

  #channel(place: StoreAddress): number {
    return this.replica(place).channel as number
  }

  #call({ onProgress: _, ...request }: Request): Call {
    let resolve: (value: Json) => void = () => {}
    let reject: (error: CallFailed) => void = () => {}
    const promise = new Promise<Json>((...settling) => {
      ;[resolve, reject] = settling
    })
    const asked: Asked = {
      ...structuredClone(request),
      isCancelled: false,
      answer: async (value) => {
        resolve(value)
        await settle()
      },
      fail: async (code, message = code) => {
        reject(new CallFailed(code, message))
        await settle()
      },
    }
    this.asked.push(asked)
    const cancel = () => {
      asked.isCancelled = true
      reject(new CallFailed('cancelled', 'cancelled'))
    }
    return { result: promise, cancel }
  }
}

/** An address without a browser. */
class TestAddress implements Address {
  readonly values = new Map<string, string>()
  readonly parts: Record<string, string | null> = {}
  readonly params = { get: () => this.parts }
  readonly #listeners = new Set<() => void>()

  query(name: string): string | null {
    return this.values.get(name) ?? null
  }

  setQuery(name: string, value: string | null): void {
    if (value === null) this.values.delete(name)
    else this.values.set(name, value)
    this.#tell()
  }

  setParam(name: string, value: string | null): void {
    this.parts[name] = value
    this.#tell()
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}
