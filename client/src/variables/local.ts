/** Variables without a server: in the tab, in the browser's storage, in the address of the page. */

import { apply, equal } from '../edits'
import type { Definition } from '../fragments'
import { BROWSER } from '../messages'
import { Listeners, type Observable, type Unsubscribe } from '../observable'
import type { Json, Ops, Value } from '../protocol'
import { FRESH, type Freshness } from '../sync/freshness'
import type { Readable } from './computed'
import { VariableState } from './state'

/** The address of the page, as far as variables need it. */
export interface Address {
  query(name: string): string | null
  setQuery(name: string, value: string | null): void
  readonly params: Pick<Observable<Readonly<Record<string, string | null>>>, 'get'>
  setParam(name: string, value: string | null): void
  subscribe(listener: () => void): Unsubscribe
}

/** A value of this tab alone. */
export class TabVariable extends VariableState {
  readonly #listeners = new Listeners()
  #fallback: Json
  /** `undefined` until the variable is set, and while it is reset. */
  #value: Value = undefined

  constructor(fallback: Json) {
    super()
    this.#fallback = fallback
  }

  get view(): Json {
    return this.#value === undefined ? this.#fallback : this.#value
  }

  edit(ops: Ops): void {
    this.#value = apply(this.#value, ops, this.#fallback)
    this.#listeners.notify()
  }

  /** Adopt a newer default, which shows unless the variable was set. */
  redefine(definition: Definition): boolean {
    if (definition.kind !== 'tab' || definition.initial) return false
    if (equal(definition.default, this.#fallback)) return true
    this.#fallback = definition.default
    if (this.#value === undefined) this.#listeners.notify()
    return true
  }

  subscribe(listener: () => void): Unsubscribe {
    return this.#listeners.add(listener)
  }
}

/** A value of this tab alone that follows another variable until it is set. */
export class MirrorVariable extends VariableState {
  readonly #source: Readable
  readonly #listeners = new Listeners()
  #value: Value = undefined

  constructor(source: Readable) {
    super()
    this.#source = source
  }

  get view(): Json {
    return this.#value === undefined ? this.#source.get() : this.#value
  }

  override get isReady(): boolean {
    return this.#value !== undefined || this.#source.isReady
  }

  override get canWait(): boolean {
    return this.#source.canWait
  }

  override get freshness(): Freshness {
    return this.#value === undefined ? this.#source.freshness : FRESH
  }

  edit(ops: Ops): void {
    this.#value = apply(this.#value, ops, this.#source.get())
    this.#listeners.notify()
  }

  redefine(definition: Definition): boolean {
    return definition.kind === 'tab' && definition.initial !== undefined
  }

  subscribe(listener: () => void): Unsubscribe {
    const stops = [this.#listeners.add(listener), this.#source.subscribe(listener)]
    return () => {
      for (const stop of stops) stop()
    }
  }
}

/** The browser's storage, as far as variables need it. Its methods throw when it is full or forbidden. */
export interface Storage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/** A value that the browser stores for one user, shared by all tabs of that browser. */
export class BrowserVariable extends VariableState {
  readonly #key: string
  readonly #storage: () => Storage
  readonly #onFailed: () => void
  readonly #listeners = new Listeners()
  #fallback: Json
  /** The string in storage from which the value was decoded last; `null` if storage has none. */
  #text: string | null
  #value: Value

  constructor(fallback: Json, key: string, storage: () => Storage, onFailed: () => void) {
    super()
    this.#fallback = fallback
    this.#key = key
    this.#storage = storage
    this.#onFailed = onFailed
    this.#text = this.#read()
    this.#value = parsed(this.#text)
  }

  get view(): Json {
    return this.#value === undefined ? this.#fallback : this.#value
  }

  edit(ops: Ops): void {
    this.#value = apply(this.#value, ops, this.#fallback)
    this.#text = this.#value === undefined ? null : JSON.stringify(this.#value)
    try {
      if (this.#text === null) this.#storage().removeItem(this.#key)
      else this.#storage().setItem(this.#key, this.#text)
    } catch {
      this.#onFailed() // the tab keeps the value all the same
    }
    this.#listeners.notify()
  }

  redefine(definition: Definition): boolean {
    if (definition.kind !== 'browser') return false
    if (equal(definition.default, this.#fallback)) return true
    this.#fallback = definition.default
    if (this.#value === undefined) this.#listeners.notify()
    return true
  }

  /** Adopt what another tab has written; `key` is `null` when all was cleared. */
  storageChanged(key: string | null): void {
    if (key !== null && key !== this.#key) return
    const text = this.#read()
    if (text === this.#text) return
    this.#text = text
    this.#value = parsed(text)
    this.#listeners.notify()
  }

  subscribe(listener: () => void): Unsubscribe {
    return this.#listeners.add(listener)
  }

  #read(): string | null {
    try {
      return this.#storage().getItem(this.#key)
    } catch {
      return null
    }
  }
}

/** The length of the longest value in an address: some servers reject longer ones. */
const MAX_ADDRESS_CHARACTERS = 16_000

/** Return why a text cannot be in an address, or `null`. */
function faultIn(text: string): string | null {
  if (!text.isWellFormed()) return BROWSER.halfCharacter
  return encodeURIComponent(text).length > MAX_ADDRESS_CHARACTERS ? BROWSER.tooLong : null
}

/** A value that is encoded in the address of the page, which the user may change too. Each text is parsed once. */
abstract class AddressVariable extends VariableState {
  readonly name: string
  protected readonly address: Address
  protected fallback: Json
  readonly #onRejected: (reason: string) => void
  #text: string | null = null
  #value: Json

  /** `onRejected` is called when a value cannot be in the address; the former value stays. */
  constructor(fallback: Json, name: string, address: Address, onRejected: (reason: string) => void) {
    super()
    this.fallback = this.#value = fallback
    this.name = name
    this.address = address
    this.#onRejected = onRejected
  }

  protected abstract read(): string | null
  protected abstract write(text: string | null): void
  /** Encode a value; `null` leaves it out of the address. */
  protected abstract textOf(value: Value): string | null
  protected abstract parse(text: string): Json

  get view(): Json {
    const text = this.read()
    if (text === null) return this.fallback
    if (text !== this.#text) {
      this.#text = text
      const value = this.parse(text)
      if (!equal(value, this.#value)) this.#value = value
    }
    return this.#value
  }

  edit(ops: Ops): void {
    const present = this.read() === null ? undefined : this.view
    const text = this.textOf(apply(present, ops, this.fallback))
    const fault = text === null ? null : faultIn(text)
    if (fault === null) this.write(text)
    else this.#onRejected(fault)
  }

  subscribe(listener: () => void): Unsubscribe {
    return this.address.subscribe(listener)
  }

  protected setFallback(fallback: Json): void {
    this.fallback = fallback
    this.#text = null // the same text may be parsed in another way
  }
}

/** A value in the query of the address, left out while it is the default. */
export class QueryVariable extends AddressVariable {
  redefine(definition: Definition): boolean {
    if (definition.kind !== 'query' || definition.query !== this.name) return false
    this.setFallback(definition.default)
    return true
  }

  protected read(): string | null {
    return this.address.query(this.name)
  }

  protected parse(text: string): Json {
    if (typeof this.fallback === 'string') return text
    const value = parsed(text)
    return value === undefined ? text : value
  }

  protected write(text: string | null): void {
    this.address.setQuery(this.name, text)
  }

  /** Encode a string as it is, unless it would be parsed as another value, and any other value as JSON. */
  protected textOf(value: Value): string | null {
    if (value === undefined || equal(value, this.fallback)) return null
    if (typeof value === 'string' && equal(this.parse(value), value)) return value
    return JSON.stringify(value)
  }
}

/** A parameter in the path of the address. */
export class ParamVariable extends AddressVariable {
  constructor(name: string, address: Address, onRejected: (reason: string) => void) {
    super(null, name, address, onRejected)
  }

  redefine(definition: Definition): boolean {
    return definition.kind === 'param' && definition.name === this.name
  }

  protected read(): string | null {
    return this.address.params.get()[this.name] ?? null
  }

  protected parse(text: string): Json {
    return text
  }

  protected write(text: string | null): void {
    this.address.setParam(this.name, text)
  }

  protected textOf(value: Value): string | null {
    return typeof value === 'string' || value == null ? (value ?? null) : JSON.stringify(value)
  }
}

function parsed(text: string | null): Value {
  if (text === null) return undefined
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}
