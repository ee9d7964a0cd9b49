/** Variables that a store holds: each shows a replica, or the replica of the room that another variable names. */

import { at, equal } from '../edits'
import type { Definition, Ref, StoreDefinition } from '../fragments'
import { EDIT } from '../messages'
import { combineUnsubscribes, type Unsubscribe } from '../observable'
import type { Input, Json, Keys, Ops, Path, StoreAddress } from '../protocol'
import { FRESH, type Freshness } from '../sync/freshness'
import type { RejectionHandler } from '../sync/rejections'
import type { Replica } from '../sync/replica'
import type { Replicas } from '../sync/replicas'
import { VariableState } from './state'

/** The variable that names a room. */
export interface RoomSource {
  get(): Json
  readonly isReady: boolean
  readonly canWait: boolean
  readonly freshness: Freshness
  subscribe(listener: () => void): Unsubscribe
}

/** Subscribes to a replica. It is called for the new replica before the subscription to the old one ends. */
type Listen = (replica: Replica) => Unsubscribe

export class StoreVariable extends VariableState {
  readonly #replicas: Replicas
  readonly #sourceOf: (ref: Ref) => RoomSource
  readonly #onNoRoom: () => void
  readonly #followers = new Set<() => void>()
  #definition: StoreDefinition
  #room: RoomSource | null

  /** `onNoRoom` is called for an edit while the variable that names the room has no value. */
  constructor(
    definition: StoreDefinition,
    sourceOf: (ref: Ref) => RoomSource,
    replicas: Replicas,
    onNoRoom: () => void,
  ) {
    super()
    this.#replicas = replicas
    this.#sourceOf = sourceOf
    this.#onNoRoom = onNoRoom
    this.#definition = definition
    this.#room = this.#roomOf(definition)
  }

  get view(): Json {
    return this.#replica?.view ?? this.#fallback
  }

  override get isKnown(): boolean {
    return this.#room?.isReady ?? true
  }

  override get canWait(): boolean {
    return this.#room?.canWait ?? false
  }

  override get freshness(): Freshness {
    return this.#room?.freshness ?? FRESH
  }

  override get readonlyReason(): string | null {
    return this.#replica?.isReadonly ? EDIT.readonly : null
  }

  override get home(): string {
    return JSON.stringify(this.#address)
  }

  override get keys(): Keys {
    return this.#definition.keys ?? {}
  }

  edit(ops: Ops, path: Path = []): void {
    const address = this.#address
    if (!address) return this.#onNoRoom()
    this.#replicas.at(address, this.#fallback, this.keys).edit(ops, { path })
  }

  override get hasHistory(): boolean {
    return true
  }

  override undo(path: Path): boolean {
    return this.#replica?.undo(path) ?? false
  }

  override redo(path: Path): boolean {
    return this.#replica?.redo(path) ?? false
  }

  redefine(definition: Definition): boolean {
    if (definition.kind !== 'store') return false
    this.#definition = definition
    this.#room = this.#roomOf(definition)
    for (const follow of [...this.#followers]) follow()
    return true
  }

  subscribe(listener: () => void): Unsubscribe {
    return this.#follow(listener, (replica) => replica.subscribe(() => listener()))
  }

  override watchRemote(listener: (ops: Ops) => void): Unsubscribe {
    return this.#follow(
      () => {},
      (replica) => replica.watchRemote((ops) => listener(ops)),
    )
  }

  override captureRejections(path: Path, handler: RejectionHandler): Unsubscribe {
    return this.#follow(
      () => {},
      (replica) => replica.captureRejections(path, handler),
    )
  }

  override watch(listener: () => void): Unsubscribe {
    return this.#follow(listener, (replica) =>
      combineUnsubscribes([replica.subscribe(() => listener()), replica.subscribeConfirmed(() => listener())]),
    )
  }

  /** Return the address of the value, which the server reads itself. */
  override input(path: Path): Input {
    const address = this.#address
    if (!address) return { value: at(this.#fallback, path) ?? null }
    return { ...address, path, version: this.#replica?.version ?? 0 }
  }

  override fingerprint(path: Path): Json {
    const confirmed = this.#replica?.confirmed ?? this.#fallback
    return [this.#address?.at ?? null, at(confirmed, path) ?? null]
  }

  override isSettled(path: Path): boolean {
    const replica = this.#replica
    return !replica?.hasUnsent || equal(at(replica.view, path) ?? null, at(replica.confirmed, path) ?? null)
  }

  override replicas(): Replica[] {
    return this.#replica ? [this.#replica] : []
  }

  /** The store and the room; `null` while the variable that names the room has no value. */
  get #address(): StoreAddress | null {
    const { store, at: room } = this.#definition
    const name = this.#room ? this.#room.get() : (room as string | undefined)
    if (name === undefined) return { store }
    if (name === null || name === '' || typeof name === 'object') return null
    return { store, at: String(name) }
  }

  get #replica(): Replica | undefined {
    const address = this.#address
    return address ? this.#replicas.find(address) : undefined
  }

  get #fallback(): Json {
    return this.#definition.default
  }

  #roomOf({ at: room }: StoreDefinition): RoomSource | null {
    return typeof room === 'object' ? this.#sourceOf(room) : null
  }

  /** Subscribe to the present replica, and move the subscription with the address; call `listener` after a move. */
  #follow(listener: () => void, listen: Listen): Unsubscribe {
    let stop = this.#retain(listen)
    const move = () => {
      const before = stop
      stop = this.#retain(listen)
      before()
      listener()
    }
    let stopRoom = this.#room?.subscribe(move)
    const follow = () => {
      stopRoom?.()
      stopRoom = this.#room?.subscribe(move)
      move()
    }
    this.#followers.add(follow)
    return () => {
      this.#followers.delete(follow)
      stopRoom?.()
      stop()
    }
  }

  #retain(listen: Listen): Unsubscribe {
    const address = this.#address
    if (!address) return () => {}
    const release = this.#replicas.retain(address, this.#fallback, this.keys)
    const stop = listen(this.#replicas.at(address, this.#fallback, this.keys))
    return () => {
      stop()
      release()
    }
  }
}
