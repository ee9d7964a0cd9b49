/** Variables that live in a store: each is a replica, or that of the room which another variable names. */

import { at } from '../edits'
import type { Unsubscribe } from '../observable'
import type { Input, Json, Keys, Ops, Path, StoreAddress, StoreDefinition } from '../protocol'
import type { RejectionHandler } from '../sync/rejections'
import type { Replica } from '../sync/replica'
import type { Replicas } from '../sync/replicas'
import { VariableState } from './state'

/** What names a room. */
export interface RoomSource {
  get(): Json
  readonly isReady: boolean
  subscribe(listener: () => void): Unsubscribe
}

/** Has to listen anew each time: it is called before what it did before ends. */
type Listen = (replica: Replica) => Unsubscribe

export class StoreVariable extends VariableState {
  readonly #replicas: Replicas
  readonly #onNowhere: () => void
  readonly #followers = new Set<() => void>()
  #definition: StoreDefinition
  #key: RoomSource | null

  constructor(definition: StoreDefinition, key: RoomSource | null, replicas: Replicas, onNowhere: () => void) {
    super()
    this.#definition = definition
    this.#key = key
    this.#replicas = replicas
    this.#onNowhere = onNowhere
  }

  /** The store and the room; `null` while the variable that names the room has no value. */
  get place(): StoreAddress | null {
    const { store, at: room } = this.#definition
    const name = this.#key ? this.#key.get() : (room as string | undefined)
    if (name === undefined) return { store }
    if (name === null || name === '' || typeof name === 'object') return null
    return { store, at: String(name) }
  }

  get view(): Json {
    return this.#replica?.view ?? this.#fallback
  }

  override get isKnown(): boolean {
    return this.#key?.isReady ?? true
  }

  override get isReadonly(): boolean {
    return this.#replica?.isReadonly ?? false
  }

  override get home(): string {
    return JSON.stringify(this.place)
  }

  override captureRejections(path: Path, handler: RejectionHandler): Unsubscribe {
    return this.#follow(
      () => {},
      (replica) => replica.captureRejections(path, handler),
    )
  }

  override get keys(): Keys {
    return this.#definition.keys ?? {}
  }

  edit(ops: Ops, at: Path = []): void {
    const place = this.place
    if (!place) return this.#onNowhere()
    this.#replicas.at(place, this.#fallback, this.keys).edit(ops, { path: at })
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

  redefine(definition: StoreDefinition, key: RoomSource | null): void {
    this.#definition = definition
    this.#key = key
    for (const follow of [...this.#followers]) follow()
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

  override watch(listener: () => void): Unsubscribe {
    return this.#follow(listener, (replica) => replica.subscribeConfirmed(() => listener()))
  }

  override input(path: Path): Input {
    const place = this.place
    if (!place) return { value: at(this.#fallback, path) ?? null }
    return { ...place, path, version: this.#replica?.version ?? 0 }
  }

  override fingerprint(path: Path): Json {
    const confirmed = this.#replica?.confirmed ?? this.#fallback
    return [this.place?.at ?? null, at(confirmed, path) ?? null]
  }

  override replicas(): Replica[] {
    return this.#replica ? [this.#replica] : []
  }

  get #replica(): Replica | undefined {
    const place = this.place
    return place ? this.#replicas.find(place) : undefined
  }

  get #fallback(): Json {
    return this.#definition.default
  }

  /** Listen to the replica of the present place, whatever place that is. */
  #follow(listener: () => void, listen: Listen): Unsubscribe {
    let stop = this.#hold(listen)
    const move = () => {
      const before = stop
      stop = this.#hold(listen)
      before()
      listener()
    }
    let stopKey = this.#key?.subscribe(move)
    const follow = () => {
      stopKey?.()
      stopKey = this.#key?.subscribe(move)
      move()
    }
    this.#followers.add(follow)
    return () => {
      this.#followers.delete(follow)
      stopKey?.()
      stop()
    }
  }

  #hold(listen: Listen): Unsubscribe {
    const place = this.place
    if (!place) return () => {}
    const release = this.#replicas.retain(place, this.#fallback, this.keys)
    const stop = listen(this.#replicas.at(place, this.#fallback, this.keys))
    return () => {
      stop()
      release()
    }
  }
}
