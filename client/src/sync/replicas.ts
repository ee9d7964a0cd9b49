/**
 * The replicas of a tab, by store and room. Each lives as long as something shows or watches it, or an edit of it
 * is not saved; the server hears of it as soon as it knows that this tab was shown the store.
 */

import type { Unsubscribe } from '../observable'
import type {
  Change,
  ClientMessage,
  Definition,
  Fragment,
  Json,
  Keys,
  Limits,
  ServerMessage,
  StoreAddress,
} from '../protocol'
import { type OnLost, Replica } from './replica'

/** So that what goes and comes back at once is not subscribed to anew. */
export const LINGER_MS = 1000

type Send = (message: ClientMessage) => void
type Placed = Extract<ServerMessage, { type: 'snapshot' | 'current' | 'reject' | 'retry' }>

interface ReplicaEntry {
  replica: Replica
  /** How many show or watch it. */
  reasons: number
  /** The slot through which the server was last asked for it. */
  of: string | null
  expiry: ReturnType<typeof setTimeout> | undefined
}

interface ShownFragment {
  fragment: Fragment
  stores: Set<string>
  /** The py_component that the fragment is the result of; `null` for a level of the page. */
  slot: string | null
  releases: Unsubscribe[]
}

export interface ReplicasOptions {
  /** Tells the user what was not saved, and `text`, what they wrote in it. */
  onLost: OnLost
  /** Tells the user what the server has forgotten, and `text`, what it was. */
  onForgotten?: OnLost
  /** Tells the user why a value may not be read. */
  onDenied: (message: string) => void
  /** Called after an edit was made, sent or settled, and after the server said where a value stands. */
  onProgress: () => void
}

export class Replicas {
  readonly #options: ReplicasOptions
  readonly #entries = new Map<string, ReplicaEntry>()
  readonly #shown = new Map<string, ShownFragment>()
  /** Stores that a level of the page has shown: the server lets this tab have them at any time. */
  readonly #ofPages = new Set<string>()
  /** Slots that were rendered since the line is up. */
  readonly #live = new Set<string>()
  #send: Send | null = null
  #limits: Limits | null = null

  constructor(options: ReplicasOptions) {
    this.#options = options
  }

  /** The fragment `id` is on show; it takes the place of what had that id. */
  show(id: string, fragment: Fragment, slot: string | null = null): void {
    const before = this.#shown.get(id)
    const shown: ShownFragment = { fragment, stores: storesIn(fragment), slot, releases: [] }
    this.#shown.set(id, shown)
    if (slot !== null && this.#send) this.#live.add(slot)
    if (slot === null) for (const store of shown.stores) this.#ofPages.add(store)
    for (const { place, fallback, keys } of placesIn(fragment)) {
      this.#open(place, fallback, keys, fragment)
      shown.releases.push(this.retain(place, fallback, keys))
    }
    for (const release of before?.releases ?? []) release()
    for (const entry of this.#entries.values()) if (shown.stores.has(entry.replica.place.store)) this.#connect(entry)
    if (slot !== null) this.#abandon(slot)
  }

  /** The fragment is gone. */
  hide(id: string): void {
    const shown = this.#shown.get(id)
    this.#shown.delete(id)
    if (shown?.slot != null) this.#live.delete(shown.slot)
    for (const release of shown?.releases ?? []) release()
  }

  /** Whether the server knows what that slot has shown; it always knows the pages. */
  isLive(slot: string | null): boolean {
    return slot === null || this.#live.has(slot)
  }

  find(place: StoreAddress): Replica | undefined {
    return this.#entries.get(idOf(place))?.replica
  }

  /** The replica of a place; without a reason to stay it goes soon. */
  at(place: StoreAddress, fallback: Json, keys: Keys = {}): Replica {
    const entry = this.#open(place, fallback, keys)
    if (entry.reasons === 0) this.#expire(entry)
    return entry.replica
  }

  /** Keep the replica of a place until that is stopped. */
  retain(place: StoreAddress, fallback: Json, keys: Keys = {}): Unsubscribe {
    const entry = this.#open(place, fallback, keys)
    entry.reasons++
    clearTimeout(entry.expiry)
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      if (--entry.reasons === 0) this.#expire(entry)
    }
  }

  connected(send: Send, limits: Limits): void {
    this.#send = send
    this.#limits = limits
    for (const entry of this.#entries.values()) this.#connect(entry)
  }

  disconnected(): void {
    this.#send = null
    this.#live.clear()
    for (const { replica } of this.#entries.values()) replica.disconnected()
  }

  receive(message: Placed): void {
    this.find(message)?.receive(message)
  }

  /** A change names the record, which several stores may share. */
  change(message: Change): void {
    for (const { replica } of this.#entries.values()) if (replica.channel === message.channel) replica.receive(message)
  }

  refused(place: StoreAddress, code: string, message: string): void {
    this.find(place)?.refused(code, message)
    this.#options.onProgress()
  }

  lost(place: StoreAddress, message: string): void {
    this.find(place)?.deny(message)
    this.#options.onProgress()
  }

  paused(place: StoreAddress, message: string): void {
    this.find(place)?.pause(message)
  }

  get hasUnsent(): boolean {
    return [...this.#entries.values()].some(({ replica }) => replica.hasUnsent)
  }

  /** What the user has written that is not acknowledged. */
  get unsent(): string {
    return [...this.#entries.values()].flatMap(({ replica }) => replica.unsent || []).join('\n')
  }

  /** Whether this tab may have to bring back what the server has forgotten. */
  get isAtRisk(): boolean {
    return [...this.#entries.values()].some(({ replica }) => replica.isAtRisk)
  }

  /** Why the server could not store an edit yet. */
  get trouble(): string | null {
    for (const { replica } of this.#entries.values()) if (replica.trouble) return replica.trouble
    return null
  }

  /** Why something on show may be out of date. */
  get stale(): string | null {
    for (const { replica } of this.#entries.values()) if (replica.paused) return replica.paused
    return null
  }

  /** Slots without which the server does not take edits that it has not yet. */
  get awaited(): Set<string> {
    const awaited = new Set<string>()
    for (const { replica, of } of this.#entries.values()) if (replica.hasUnsent && of !== null) awaited.add(of)
    return awaited
  }

  /** The slot cannot be rendered again: what is unsaved there stays so. */
  giveUp(slot: string): void {
    this.#abandon(slot)
  }

  get size(): number {
    return this.#entries.size
  }

  #open(place: StoreAddress, fallback: Json, keys: Keys, fragment?: Fragment): ReplicaEntry {
    const known = this.#entries.get(idOf(place))
    if (known) {
      known.replica.keys = keys
      return known
    }
    const position = fragment?.stores[place.store]?.positions[place.at ?? '']
    const replica = new Replica({
      ...place,
      fallback,
      keys,
      ...(position && { initial: { value: undefined, ...position } }),
      onLost: this.#options.onLost,
      onForgotten: this.#options.onForgotten ?? this.#options.onLost,
      onDenied: this.#options.onDenied,
      onProgress: () => this.#onProgress(entry),
    })
    const entry: ReplicaEntry = { replica, reasons: 0, of: null, expiry: undefined }
    this.#entries.set(idOf(place), entry)
    this.#connect(entry)
    return entry
  }

  #onProgress(entry: ReplicaEntry): void {
    if (entry.reasons === 0) this.#expire(entry)
    this.#options.onProgress()
  }

  #expire(entry: ReplicaEntry): void {
    clearTimeout(entry.expiry)
    if (entry.replica.hasUnsent) return // it is looked at again when that has changed
    entry.expiry = setTimeout(() => {
      this.#entries.delete(idOf(entry.replica.place))
      entry.replica.close()
    }, LINGER_MS)
  }

  #connect(entry: ReplicaEntry): void {
    const { replica } = entry
    const of = this.#slotOf(replica.place.store)
    if (of === undefined) return
    if (!this.#send || !this.#limits) {
      entry.of = of
      return
    }
    if (replica.isConnected || !this.isLive(of)) return
    entry.of = of
    replica.valueBytes = this.#limits.value_bytes
    replica.editBytes = this.#limits.edit_bytes
    replica.editOps = this.#limits.edit_ops
    replica.connected(this.#send, of)
  }

  /** Through which slot the server lets this tab have a store; preferably through none. */
  #slotOf(store: string): string | null | undefined {
    if (this.#ofPages.has(store)) return null
    const slots = this.#showing(store)
    return (slots.find(({ slot }) => this.isLive(slot)) ?? slots[0])?.slot
  }

  #showing(store: string): ShownFragment[] {
    return [...this.#shown.values()].filter(({ stores }) => stores.has(store))
  }

  /** Tell what was edited through a slot that does not show it any more. */
  #abandon(slot: string): void {
    if (!this.#send) return
    for (const { replica, of } of this.#entries.values()) {
      if (of === slot && replica.hasUnsent && !replica.isConnected) replica.abandon()
    }
  }
}

function idOf({ store, at }: StoreAddress): string {
  return JSON.stringify([store, at])
}

/** Also those of which it is not known where they stand: the room is found out later. */
function storesIn({ stores, variables }: Fragment): Set<string> {
  const ofVariables = Object.values(variables).flatMap((each) => (each.kind === 'store' ? [each.store] : []))
  return new Set([...Object.keys(stores), ...ofVariables])
}

/** The places that a fragment shows from the start; those that follow a variable are found when they are shown. */
function placesIn({ variables }: Fragment): { place: StoreAddress; fallback: Json; keys: Keys }[] {
  return Object.values(variables).flatMap((definition: Definition) => {
    if (definition.kind !== 'store' || typeof definition.at === 'object') return []
    const { store, at, default: fallback, keys = {} } = definition
    return [{ place: { store, ...(at !== undefined && { at }) }, fallback, keys }]
  })
}
