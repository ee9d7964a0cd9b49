/**
 * The replicas of a tab, by store and room. A replica lives while something shows or watches the value, or an edit of it
 * is unsent. It subscribes when the server knows that this tab shows the store.
 */

import type { Definition, Fragment } from '../fragments'
import { Observable, type Unsubscribe } from '../observable'
import type { Change, Current, Json, Keys, Limits, Reject, Retry, Snapshot, StoreAddress } from '../protocol'
import type { NotifyLost } from './lossNotice'
import { Replica } from './replica'
import type { Send } from './subscription'

/** The time for which an unused replica stays subscribed: components are often unmounted and mounted again. */
export const LINGER_MS = 1000

interface ReplicaEntry {
  replica: Replica
  /** The number of components and watchers that retain the replica. */
  uses: number
  /** The slot by which the server was last asked for the store; `null` for a level of the page. */
  of: string | null
  /** The last known reason for which the user may not read the value. */
  revoked: string | null
  expiry: ReturnType<typeof setTimeout> | undefined
}

interface ShownFragment {
  fragment: Fragment
  stores: Set<string>
  /** The slot that the fragment fills; `null` for a level of the page. */
  slot: string | null
  releases: Unsubscribe[]
}

export interface ReplicasOptions {
  /** Notifies the user of an edit that was not saved. */
  onNotSaved: NotifyLost
  /** Notifies the user of a value that the server has lost. */
  onForgotten?: NotifyLost
  /** Notifies the user that a value cannot be read. */
  onUnreadable: (reason: string) => void
  /** Called after an edit was made, sent or answered, and after the server has stated a position. */
  onProgress: () => void
}

export class Replicas {
  /** The number of times that a value on show may have been refused or granted. */
  readonly refusals = new Observable(0)
  readonly #options: ReplicasOptions
  readonly #entries = new Map<string, ReplicaEntry>()
  readonly #shown = new Map<string, ShownFragment>()
  /** The stores of all levels of the page so far: the server lets this tab subscribe to them at any time. */
  readonly #ofPages = new Set<string>()
  /** The slots that the server has rendered on this connection; it knows no others after a reconnect. */
  readonly #live = new Set<string>()
  #connection: { send: Send; limits: Limits } | null = null

  constructor(options: ReplicasOptions) {
    this.#options = options
  }

  /** Show a fragment in place of the one that had the same id, if any. */
  show(id: string, fragment: Fragment, slot: string | null = null): void {
    const before = this.#shown.get(id)
    const shown: ShownFragment = { fragment, stores: storesIn(fragment), slot, releases: [] }
    this.#shown.set(id, shown)
    if (slot !== null && this.#connection) this.#live.add(slot)
    if (slot === null) for (const store of shown.stores) this.#ofPages.add(store)
    for (const { address, fallback, keys } of addressesIn(fragment)) {
      this.#open(address, fallback, keys, fragment)
      shown.releases.push(this.retain(address, fallback, keys))
    }
    for (const release of before?.releases ?? []) release()
    for (const entry of this.#entries.values()) if (shown.stores.has(entry.replica.address.store)) this.#connect(entry)
    if (slot !== null) this.abandonSlot(slot)
  }

  hide(id: string): void {
    const shown = this.#shown.get(id)
    this.#shown.delete(id)
    if (shown?.slot != null) this.#live.delete(shown.slot)
    for (const release of shown?.releases ?? []) release()
  }

  /** Return whether the server knows the fragment of a slot; it always knows the pages, slot `null`. */
  isLive(slot: string | null): boolean {
    return slot === null || this.#live.has(slot)
  }

  find(address: StoreAddress): Replica | undefined {
    return this.#entries.get(idOf(address))?.replica
  }

  /** Return the replica of a store. It is closed soon, unless something retains it. */
  at(address: StoreAddress, fallback: Json, keys: Keys = {}): Replica {
    const entry = this.#open(address, fallback, keys)
    if (entry.uses === 0) this.#expire(entry)
    return entry.replica
  }

  /** Keep the replica of a store open until the returned function is called. */
  retain(address: StoreAddress, fallback: Json, keys: Keys = {}): Unsubscribe {
    const entry = this.#open(address, fallback, keys)
    entry.uses++
    clearTimeout(entry.expiry)
    if (entry.revoked !== null) queueMicrotask(() => this.refused())
    let isReleased = false
    return () => {
      if (isReleased) return
      isReleased = true
      if (--entry.uses === 0) this.#expire(entry)
    }
  }

  connect(send: Send, limits: Limits): void {
    this.#connection = { send, limits }
    for (const entry of this.#entries.values()) this.#connect(entry)
  }

  disconnect(): void {
    this.#connection = null
    this.#live.clear()
    for (const { replica } of this.#entries.values()) replica.disconnect()
  }

  receive(message: Snapshot | Current | Reject | Retry): void {
    this.find(message)?.receive(message)
  }

  /** Pass on a change, which names the record alone: several stores may share it. */
  receiveChange(message: Change): void {
    for (const { replica } of this.#entries.values()) if (replica.channel === message.channel) replica.receive(message)
  }

  subscribeFailed(address: StoreAddress, code: string, reason: string): void {
    this.find(address)?.subscribeFailed(code, reason)
    this.#options.onProgress()
  }

  revoke(address: StoreAddress, reason: string): void {
    this.find(address)?.revoke(reason)
    this.#options.onProgress()
  }

  /** Subscribe again to a value that was refused. */
  askAgain(address: StoreAddress): void {
    const entry = this.#entries.get(idOf(address))
    if (entry) this.#connect(entry)
  }

  pause(address: StoreAddress, reason: string): void {
    this.find(address)?.pause(reason)
  }

  /** Have all that shows values look whether they are refused. */
  refused(): void {
    this.refusals.set(this.refusals.get() + 1)
  }

  get hasUnsent(): boolean {
    return this.#replicas.some((replica) => replica.hasUnsent)
  }

  /** The text and values that the user has written in edits which are not acknowledged. */
  get unsent(): string {
    return this.#replicas.flatMap((replica) => replica.unsent || []).join('\n')
  }

  /** True while this tab may have to restore values that the server has lost. */
  get isAtRisk(): boolean {
    return this.#replicas.some((replica) => replica.isAtRisk)
  }

  /** The reason for which the server could not store an edit yet. */
  get trouble(): string | null {
    return this.#replicas.find(({ trouble }) => trouble)?.trouble ?? null
  }

  /** The reason for which a value on show may be out of date. */
  get stale(): string | null {
    return this.#replicas.find(({ paused }) => paused)?.paused ?? null
  }

  /** The slots with unsent edits: the server takes these only while it knows the slots. */
  get unsentSlots(): Set<string> {
    const slots = new Set<string>()
    for (const { replica, of } of this.#entries.values()) if (replica.hasUnsent && of !== null) slots.add(of)
    return slots
  }

  /** Give up the edits that were made through a slot which does not show their store any more. */
  abandonSlot(slot: string): void {
    if (!this.#connection) return
    for (const { replica, of } of this.#entries.values()) {
      if (of === slot && replica.hasUnsent && !replica.isConnected) replica.abandon()
    }
  }

  get size(): number {
    return this.#entries.size
  }

  get #replicas(): Replica[] {
    return [...this.#entries.values()].map(({ replica }) => replica)
  }

  #open(address: StoreAddress, fallback: Json, keys: Keys, fragment?: Fragment): ReplicaEntry {
    const known = this.#entries.get(idOf(address))
    if (known) {
      known.replica.keys = keys
      return known
    }
    const position = fragment?.stores[address.store]?.positions[address.at ?? '']
    const { onNotSaved, onForgotten = onNotSaved, onUnreadable } = this.#options
    const replica = new Replica({
      ...address,
      fallback,
      keys,
      ...(position && { initial: { value: undefined, ...position } }),
      onNotSaved,
      onForgotten,
      onUnreadable,
      onProgress: () => this.#onProgress(entry),
    })
    const entry: ReplicaEntry = { replica, uses: 0, of: null, revoked: null, expiry: undefined }
    this.#entries.set(idOf(address), entry)
    this.#connect(entry)
    return entry
  }

  #onProgress(entry: ReplicaEntry): void {
    if (entry.uses === 0) this.#expire(entry)
    const { revoked } = entry.replica
    if (revoked !== entry.revoked) {
      entry.revoked = revoked
      this.refused()
    }
    this.#options.onProgress()
  }

  /** Close an unused replica after a while. One with unsent edits waits for progress. */
  #expire(entry: ReplicaEntry): void {
    clearTimeout(entry.expiry)
    if (entry.replica.hasUnsent) return
    entry.expiry = setTimeout(() => {
      this.#entries.delete(idOf(entry.replica.address))
      entry.replica.close()
    }, LINGER_MS)
  }

  #connect(entry: ReplicaEntry): void {
    const { replica } = entry
    const of = this.#slotOf(replica.address.store)
    if (of === undefined) return
    if (!this.#connection) {
      entry.of = of
      return
    }
    if (replica.isConnected || !this.isLive(of)) return
    entry.of = of
    replica.limits = this.#connection.limits
    replica.connect(this.#connection.send, of)
  }

  /** Return the slot that shows a store, preferably a live one; `null` for the pages, `undefined` if none does. */
  #slotOf(store: string): string | null | undefined {
    if (this.#ofPages.has(store)) return null
    const showing = [...this.#shown.values()].filter(({ stores }) => stores.has(store))
    return (showing.find(({ slot }) => this.isLive(slot)) ?? showing[0])?.slot
  }
}

function idOf({ store, at }: StoreAddress): string {
  return JSON.stringify([store, at])
}

/** Return the stores of a fragment, also those whose room is not known yet. */
function storesIn({ stores, variables }: Fragment): Set<string> {
  const ofVariables = Object.values(variables).flatMap((each) => (each.kind === 'store' ? [each.store] : []))
  return new Set([...Object.keys(stores), ...ofVariables])
}

/** Return the addresses that a fragment shows from the start; a room that follows a variable is found later. */
function addressesIn({ variables }: Fragment): { address: StoreAddress; fallback: Json; keys: Keys }[] {
  return Object.values(variables).flatMap((definition: Definition) => {
    if (definition.kind !== 'store' || typeof definition.at === 'object') return []
    const { store, at, default: fallback, keys = {} } = definition
    return [{ address: { store, ...(at !== undefined && { at }) }, fallback, keys }]
  })
}
