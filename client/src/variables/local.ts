/** Variables that no server holds: in the tab, in the browser, in the address. */

import { apply, equal } from '../edits'
import { BROWSER } from '../messages'
import { Listeners, type Observable, type Unsubscribe } from '../observable'
import type { Json, Ops, Value } from '../protocol'
import { VariableState } from './state'

/** The address as variables see it. */
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

  /** The newest definition's default: it shows unless the user has set something else. */
  redefine(fallback: Json): void {
    if (equal(fallback, this.#fallback)) return
    this.#fallback = fallback
    if (this.#value === undefined) this.#listeners.notify()
  }

  subscribe(listener: () => void): Unsubscribe {
    return this.#listeners.add(listener)
  }
}

/** A value of this tab alone that is another's until it is set. */
export class MirrorVariable extends VariableState {
  readonly #source: Pick<VariableState, 'subscribe' | 'isReady' | 'canWait'> & { get(): Json }
  readonly #listeners = new Listeners()
  #value: Value = undefined

  constructor(source: Pick<VariableState, 'subscribe' | 'isReady' | 'canWait'> & { get(): Json }) {
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

  edit(ops: Ops): void {
    this.#value = apply(this.#value, ops, this.#source.get())
    this.#listeners.notify()
  }

  subscribe(listener: () => void): Unsubscribe {
    const stops = [this.#listeners.add(listener), this.#source.subscribe(listener)]
    return () => {
      for (const stop of stops) stop()
    }
  }
}

/** What a server is asked for is longer than this only by mistake; some refuse it. */
const LONGEST = 16_000

/** Why a text cannot be in an address; `null` if it can. */
function misfit(text: string): string | null {
  if (!text.isWellFormed()) return BROWSER.halfCharacter
  return encodeURIComponent(text).length > LONGEST ? BROWSER.tooLong : null
}

/** A value as the text of something outside, which may change by itself; parsed once for each text. */
abstract class TextBackedVariable extends VariableState {
  protected fallback: Json
  readonly #refuse: (why: string) => void
  #text: string | null = null
  #value: Json

  /** `refuse` is told why a value cannot be written; then the former stays. */
  constructor(fallback: Json, refuse: (why: string) => void) {
    super()
    this.fallback = this.#value = fallback
    this.#refuse = refuse
  }

  protected abstract read(): string | null
  protected abstract write(text: string | null): void
  /** `null` where nothing is to be written. */
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
    const stored = this.read() === null ? undefined : this.view
    const text = this.textOf(apply(stored, ops, this.fallback))
    const why = text === null ? null : misfit(text)
    if (why === null) this.write(text)
    else this.#refuse(why)
  }

  redefine(fallback: Json): void {
    this.fallback = fallback
    this.#text = null
  }
}

/** The browser's storage, as a tab may use it: it can be full, or forbidden. */
export interface Storage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/** A value that this browser keeps, for one user; its tabs agree on it. */
export class BrowserVariable extends VariableState {
  readonly #key: string
  readonly #storage: () => Storage
  readonly #onFailed: () => void
  readonly #listeners = new Listeners()
  #fallback: Json
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
      this.#onFailed() // the tab has it all the same
    }
    this.#listeners.notify()
  }

  redefine(fallback: Json): void {
    if (equal(fallback, this.#fallback)) return
    this.#fallback = fallback
    if (this.#value === undefined) this.#listeners.notify()
  }

  /** Another tab has written; `key` is `null` when everything was cleared. */
  heard(key: string | null): void {
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

function parsed(text: string | null): Value {
  if (text === null) return undefined
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

/** A value in the address's query. It is not there while it is the default. */
export class QueryVariable extends TextBackedVariable {
  readonly name: string
  readonly #address: Address

  constructor(fallback: Json, name: string, address: Address, refuse: (why: string) => void) {
    super(fallback, refuse)
    this.name = name
    this.#address = address
  }

  subscribe(listener: () => void): Unsubscribe {
    return this.#address.subscribe(listener)
  }

  protected read(): string | null {
    return this.#address.query(this.name)
  }

  protected parse(text: string): Json {
    if (typeof this.fallback === 'string') return text
    const value = parsed(text)
    return value === undefined ? text : value
  }

  protected write(text: string | null): void {
    this.#address.setQuery(this.name, text)
  }

  /** A text as it is, unless it would be read as something else. */
  protected textOf(value: Value): string | null {
    if (value === undefined || equal(value, this.fallback)) return null
    if (typeof value === 'string' && equal(this.parse(value), value)) return value
    return JSON.stringify(value)
  }
}

/** A part of the address's path. */
export class ParamVariable extends TextBackedVariable {
  readonly name: string
  readonly #address: Address

  constructor(name: string, address: Address, refuse: (why: string) => void) {
    super(null, refuse)
    this.name = name
    this.#address = address
  }

  subscribe(listener: () => void): Unsubscribe {
    return this.#address.subscribe(listener)
  }

  protected read(): string | null {
    return this.#address.params.get()[this.name] ?? null
  }

  protected parse(text: string): Json {
    return text
  }

  protected write(text: string | null): void {
    this.#address.setParam(this.name, text)
  }

  protected textOf(value: Value): string | null {
    return typeof value === 'string' || value == null ? (value ?? null) : JSON.stringify(value)
  }
}
