/** The page's variables: those of this tab alone, and those that are replicas of a store. */

import { apply, at, isObject } from './edits'
import type { Json, Op, Ops, Page, Path, Value, VariableRef } from './protocol'
import type { Replica } from './replica'

/** A value, or a nested value of one, that can be read, watched and edited. */
export interface Source {
  get(): Json
  set(value: Json): void
  /** Back to the default; a shared value for everybody. */
  reset(): void
  subscribe(listener: () => void): () => void
}

/** What holds a variable's whole value. */
interface Holder {
  readonly view: Json
  edit(ops: Ops): void
  subscribe(listener: () => void): () => void
}

export class Graph {
  readonly #holders = new Map<string, Holder>()
  readonly #defaults: Page['variables']
  readonly #storeOf: (variable: string) => string | null

  constructor(variables: Page['variables'], replicas: ReadonlyMap<string, Replica>) {
    this.#defaults = variables
    this.#storeOf = (variable) => variables[variable]?.store ?? null
    for (const [uid, { default: value, store }] of Object.entries(variables)) {
      this.#holders.set(uid, (store && replicas.get(store)) || new Cell(value))
    }
  }

  storeOf(variable: string): string | null {
    return this.#storeOf(variable)
  }

  source({ variable, path }: VariableRef): Source {
    const holder = this.#holders.get(variable)
    const fallback = this.#defaults[variable]?.default ?? null
    if (!holder) throw new Error(`The page has no variable ${variable}`)
    return {
      get: () => at(holder.view, path) ?? null,
      set: (value) => holder.edit([settingOp(holder.view, path, value)]),
      reset: () => holder.edit(resettingOps(holder.view, path, fallback)),
      subscribe: (listener) => holder.subscribe(listener),
    }
  }
}

/** The op that sets the value at `path`, and makes the objects on the way that are missing. Arrays grow at their end. */
function settingOp(view: Json, path: Path, value: Json): Op {
  for (let depth = 0; depth < path.length; depth++) {
    const container = at(view, path.slice(0, depth))
    const fits = typeof path[depth] === 'string' ? isObject(container) : Array.isArray(container)
    if (!fits) return { op: 'replace', path: path.slice(0, depth), value: nest(path.slice(depth), value) }
  }
  if (typeof path.at(-1) !== 'number' || at(view, path) !== undefined) return { op: 'replace', path, value }
  const array = path.slice(0, -1)
  return { op: 'add', path: [...array, (at(view, array) as Json[]).length], value }
}

function nest(path: Path, value: Json): Json {
  return path.reduceRight<Json>((inner, step) => (typeof step === 'string' ? { [step]: inner } : [inner]), value)
}

function resettingOps(view: Json, path: Path, fallback: Json): Ops {
  if (path.length === 0) return [{ op: 'remove', path }]
  const value = at(fallback, path)
  if (value !== undefined) return [settingOp(view, path, value)]
  return at(view, path) === undefined ? [] : [{ op: 'remove', path }]
}

/** A value of this tab alone. */
class Cell implements Holder {
  readonly #fallback: Json
  readonly #listeners = new Set<() => void>()
  #value: Value = undefined

  constructor(fallback: Json) {
    this.#fallback = fallback
  }

  get view(): Json {
    return this.#value === undefined ? this.#fallback : this.#value
  }

  edit(ops: Ops): void {
    this.#value = apply(this.#value, ops, this.#fallback)
    for (const listener of this.#listeners) listener()
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
