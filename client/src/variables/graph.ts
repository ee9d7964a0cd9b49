/** The variables of a tab, by uid: what components read, set, and give to calls. */

import { apply, at, diff, follow, isBeginning, isObject, isSet, isWithin } from '../edits'
import { BROWSER, EDIT } from '../messages'
import type { Unsubscribe } from '../observable'
import type { Definition, DerivedDefinition, Input, Json, Op, Ops, Path, Ref, Step, StoreDefinition } from '../protocol'
import type { Calls, Inputs } from '../sync/calls'
import type { RejectionHandler } from '../sync/rejections'
import type { Replica } from '../sync/replica'
import type { Replicas } from '../sync/replicas'
import { type Computation, ComputedVariable, condition, position, type Readable, selection } from './computed'
import { DerivedVariable } from './derived'
import type { Instance } from './items'
import {
  type Address,
  BrowserVariable,
  MirrorVariable,
  ParamVariable,
  QueryVariable,
  type Storage,
  TabVariable,
} from './local'
import type { VariableState } from './state'
import { StoreVariable } from './stored'

/** A value, or a nested value of one, that can be read, watched and edited. */
export interface Source {
  get(): Json
  /** Lists and objects by their differences, so what others change in them stays. */
  set(value: Json): void
  /**
   * Edit the value; paths begin at it, and what is missing on the way to it is made. Throws InvalidEdit, and changes
   * nothing, if an op has no place: a splice needs a text.
   */
  edit(ops: Ops): void
  /**
   * Calls `listener` with what others have done to what is here, in order, before those who subscribed hear that
   * something changed: when an item goes to another place in its list, what is done to it there is told, too. Never
   * with an edit of this tab, save for what the server made of it.
   */
  watchRemote(listener: (ops: Ops) => void): Unsubscribe
  /** Whether edits can be undone. */
  readonly hasHistory: boolean
  /** Take back this tab's newest edit here or below, and nobody else's; whether there was one. */
  undo(): boolean
  redo(): boolean
  /** Back to the default; a shared value for everybody. */
  reset(): void
  /** Calls `listener` after the value, or one of the below, may have changed. */
  subscribe(listener: () => void): Unsubscribe
  /** Whether there is a value; only one that is computed on the server may have to be waited for. */
  readonly isReady: boolean
  readonly canWait: boolean
  /** Why there is no newer value. */
  readonly error: string | null
  /** Whether the user cannot change it. */
  readonly isReadonly: boolean
  /** Which thing this is, wherever in its list it stands by now. A text that was refused there belongs nowhere else. */
  readonly home: string
  /** Show refusals where the edit is made; until it is stopped nobody else tells the user. */
  captureRejections(captureRejections: RejectionHandler): Unsubscribe
}

export interface GraphOptions {
  replicas: Replicas
  calls: Calls
  address: Address
  /** What begins the names of this user's values in the browser's storage. */
  storagePrefix: string
  storage: () => Storage
  /** Tells the user what cannot be done, or has failed. */
  notify: (message: string, status: 'warning' | 'error') => void
}

type ComputedDefinition = Extract<Definition, { kind: 'condition' | 'switch' | 'state' | 'position' }>

interface VariableEntry {
  definition: Definition
  holder: VariableState
  /** For what is an item's own: the definition that it was made from. */
  origin: Definition | null
}

export class Graph implements Inputs {
  readonly #options: GraphOptions
  readonly #entries = new Map<string, VariableEntry>()
  /** DerivedVariable variables whose functions the server knows by a page, whatever slots show them too. */
  readonly #ofPages = new Set<string>()

  /** What variables were set to that no page has shown yet. */
  readonly #early = new Map<string, { path: Path; value: Json }[]>()

  constructor(options: GraphOptions) {
    this.#options = options
  }

  /** Take the variables of a fragment; those that are known keep their values. */
  define(variables: Record<string, Definition>, slot: string | null = null): void {
    for (const [uid, definition] of Object.entries(variables)) {
      if (definition.kind !== 'derived') {
        this.#put(uid, definition, null, false)
        continue
      }
      if (slot === null) this.#ofPages.add(uid)
      const of = this.#ofPages.has(uid) ? null : (definition.of ?? slot)
      this.#put(uid, { ...definition, of }, null, of !== null)
    }
  }

  /** Take what is an item's own. */
  instantiate({ definitions }: Instance): void {
    for (const [uid, { definition, origin: from }] of definitions) {
      const origin = this.definition(from) ?? null
      const isNew = definition.kind === 'derived' && definition.of !== null
      this.#put(uid, definition, origin, isNew && this.#entries.get(uid)?.origin !== origin)
    }
  }

  definition(uid: string): Definition | undefined {
    return this.#entries.get(uid)?.definition
  }

  has(uid: string): boolean {
    return this.#entries.has(uid)
  }

  /** Throws if the page has no such variable. */
  source(ref: Ref): Source {
    this.#holder(ref.variable)
    return this.#source(ref)
  }

  /** Set a variable, or let the page that will show it begin with that. */
  update({ variable, path, value }: { variable: string; path: Path; value: Json }): void {
    if (this.has(variable)) this.#source({ variable, path }).set(value)
    else this.#early.set(variable, [...(this.#early.get(variable) ?? []), { path, value }])
  }

  /** Compute a derived variable anew. */
  trigger(uid: string): void {
    for (const [each, { holder }] of this.#entries) {
      if (holder instanceof DerivedVariable && (each === uid || each.startsWith(`${uid}|`))) holder.trigger()
    }
  }

  /** Another tab has written to the browser's storage; `key` is `null` when all was cleared. */
  heard(key: string | null): void {
    for (const { holder } of this.#entries.values()) if (holder instanceof BrowserVariable) holder.heard(key)
  }

  input({ variable, path }: Ref): Input {
    return this.#holder(variable).input(path as Path)
  }

  fingerprint({ variable, path }: Ref): Json {
    return this.#holder(variable).fingerprint(path as Path)
  }

  isKnown({ variable }: Ref): boolean {
    return this.#holder(variable).isKnown
  }

  watch({ variable }: Ref, listener: () => void): Unsubscribe {
    return this.#holder(variable).watch(listener)
  }

  replicas({ variable }: Ref): Replica[] {
    return this.#holder(variable).replicas()
  }

  #holder(uid: string): VariableState {
    const entry = this.#entries.get(uid)
    if (!entry) throw new Error(`The page has no variable ${uid}`)
    return entry.holder
  }

  #source({ variable, path: steps }: Ref): Source {
    const path = steps as Path
    const holder = () => this.#holder(variable)
    return {
      get: () => at(holder().view, path) ?? null,
      set: (value) => holder().edit(settingOps(holder(), path, value), path),
      reset: () => holder().edit(resettingOps(holder().view, path, this.#fallback(variable)), path),
      edit: (ops) => holder().edit(placedOps(holder().view, path, ops), path),
      watchRemote: (listener) =>
        holder().watchRemote((ops) => {
          const here = opsAt(path, ops)
          if (here.length > 0) listener(here)
        }),
      get hasHistory() {
        return holder().hasHistory
      },
      undo: () => holder().undo(path),
      redo: () => holder().redo(path),
      subscribe: (listener) => holder().subscribe(listener),
      get isReady() {
        return holder().isReady
      },
      get canWait() {
        return holder().canWait
      },
      get error() {
        return holder().error
      },
      get isReadonly() {
        return holder().isReadonly
      },
      get home() {
        const steps = path.map((step) => (typeof step === 'number' ? null : step))
        return JSON.stringify([holder().home || variable, ...steps])
      },
      captureRejections: (heed) => holder().captureRejections(path, heed),
    }
  }

  #fallback(uid: string): Json {
    const definition = this.definition(uid)
    return definition && 'default' in definition && definition.kind !== 'switch' ? definition.default : null
  }

  #put(uid: string, definition: Definition, origin: Definition | null, isNew: boolean): void {
    const known = this.#entries.get(uid)
    const isKept = known !== undefined && this.#redefine(known.holder, definition, isNew)
    const holder = isKept ? known.holder : this.#make(uid, definition)
    this.#entries.set(uid, { definition, holder, origin })
    for (const { path, value } of this.#early.get(uid) ?? []) this.#source({ variable: uid, path }).set(value)
    this.#early.delete(uid)
  }

  /** Whether the holder can go on with another definition. */
  #redefine(holder: VariableState, definition: Definition, isNew: boolean): boolean {
    switch (definition.kind) {
      case 'tab':
        if (definition.initial) return holder instanceof MirrorVariable
        if (!(holder instanceof TabVariable)) return false
        holder.redefine(definition.default)
        return true
      case 'browser':
        if (!(holder instanceof BrowserVariable)) return false
        holder.redefine(definition.default)
        return true
      case 'query':
        if (!(holder instanceof QueryVariable && holder.name === definition.query)) return false
        holder.redefine(definition.default)
        return true
      case 'param':
        return holder instanceof ParamVariable && holder.name === definition.name
      case 'store':
        if (!(holder instanceof StoreVariable)) return false
        holder.redefine(definition, this.#keyOf(definition))
        return true
      case 'derived':
        if (!(holder instanceof DerivedVariable)) return false
        holder.redefine(definition, isNew)
        return true
      case 'condition':
      case 'switch':
      case 'state':
      case 'position':
        if (!(holder instanceof ComputedVariable)) return false
        holder.redefine(this.#computation(definition))
        return true
      default:
        return definition satisfies never
    }
  }

  #make(uid: string, definition: Definition): VariableState {
    const { replicas, calls, address, storagePrefix, storage, notify } = this.#options
    const refuse = (why: string) => notify(BROWSER.notInAddress(why), 'warning')
    switch (definition.kind) {
      case 'tab':
        return definition.initial
          ? new MirrorVariable(this.#source(definition.initial))
          : new TabVariable(definition.default)
      case 'browser':
        return new BrowserVariable(definition.default, `${storagePrefix}${uid}`, storage, () =>
          notify(BROWSER.storageFull, 'warning'),
        )
      case 'query':
        return new QueryVariable(definition.default, definition.query, address, refuse)
      case 'param':
        return new ParamVariable(definition.name, address, refuse)
      case 'store':
        return new StoreVariable(definition, this.#keyOf(definition), replicas, () => notify(EDIT.noRoom, 'warning'))
      case 'derived':
        return this.#derived(definition, calls)
      case 'condition':
      case 'switch':
      case 'state':
      case 'position':
        return new ComputedVariable(this.#computation(definition), this.#readerOf(definition), this.#onEdit)
      default:
        return definition satisfies never
    }
  }

  #derived(definition: DerivedDefinition, calls: Calls): DerivedVariable {
    return new DerivedVariable(definition, calls, this, this.#onEdit, (message) =>
      this.#options.notify(message, 'error'),
    )
  }

  readonly #onEdit = () => this.#options.notify(EDIT.computed, 'warning')

  /** What names the room of a store, where that is a variable. */
  #keyOf({ at: key }: StoreDefinition): Source | null {
    return typeof key === 'object' ? this.#source(key) : null
  }

  #computation(definition: ComputedDefinition): Computation {
    switch (definition.kind) {
      case 'condition':
        return condition(definition)
      case 'switch':
        return selection(definition)
      case 'position':
        return position(definition)
      case 'state':
        return (read) => read({ variable: definition.of, path: [definition.is] })
      default:
        return definition satisfies never
    }
  }

  #readerOf({ kind }: ComputedDefinition): (ref: Ref) => Readable {
    return kind === 'state' ? (ref) => this.#progress(ref) : (ref) => this.#source(ref)
  }

  /** How a derived variable is doing. Who looks at that wants it to be computed. */
  #progress({ variable, path: [is] }: Ref): Readable {
    const holder = () => this.#holder(variable)
    return {
      get: () => (is === 'error' ? holder().error !== null : holder().isLoading),
      subscribe: (listener) => holder().subscribe(listener),
      isReady: true,
      canWait: false,
      error: null,
    }
  }
}

/** The ops that set the value at `path`: of a list or an object its differences, so what others change in it stays. */
function settingOps({ view, keys }: VariableState, path: Path, value: Json): Ops {
  const before = at(view, path)
  const areAlike = Array.isArray(before) ? Array.isArray(value) : isObject(before) && isObject(value)
  const ops = placedOps(view, path, [{ op: 'replace', path: [], value }])
  return areAlike ? diff(view, apply(view, ops), keys) : ops
}

/** Ops that begin the containers on the way to `path` that are missing, which others may begin at the same time. */
function beginnings(view: Json, path: Path): Op[] {
  const begun: Op[] = []
  for (const [depth, step] of path.entries()) {
    const place = path.slice(0, depth)
    const present = at(view, place) ?? null
    if (present === null && typeof place.at(-1) !== 'number')
      begun.push({ op: 'add', path: place, value: typeof step === 'string' ? {} : [] })
    else if (!fits(present, step)) break // it is written over, and an element that is missing is added as a whole
  }
  return begun
}

/** The op that sets the value at `path`. What cannot hold it is written over; arrays grow at their end. */
function settingOp(view: Json, path: Path, value: Json): Op {
  for (const [depth, step] of path.entries()) {
    const place = path.slice(0, depth)
    if (!fits(at(view, place), step)) return settingOp(view, place, nest(path.slice(depth), value))
  }
  if (typeof path.at(-1) !== 'number' || at(view, path) !== undefined) return { op: 'replace', path, value }
  const array = path.slice(0, -1)
  return { op: 'add', path: [...array, (at(view, array) as Json[]).length], value }
}

function fits(container: Json | undefined, step: Step): boolean {
  return typeof step === 'string' ? isObject(container) : Array.isArray(container)
}

function nest(path: Path, value: Json): Json {
  return path.reduceRight<Json>((inner, step) => (typeof step === 'string' ? { [step]: inner } : [inner]), value)
}

function resettingOps(view: Json, path: Path, fallback: Json): Ops {
  if (path.length === 0) return [{ op: 'remove', path }]
  const value = at(fallback, path)
  if (value !== undefined) return placedOps(view, path, [{ op: 'replace', path: [], value }])
  return at(view, path) === undefined ? [] : [{ op: 'remove', path }]
}

/** `ops`, whose paths begin at `path`, as ops on the whole value. */
function placedOps(view: Json, path: Path, ops: Ops): Ops {
  const placed: Op[] = []
  for (const [i, op] of ops.entries()) {
    const begun = writes(op) ? beginnings(view, [...path, ...op.path]) : []
    view = apply(view, begun) as Json
    const there = placedOp(view, path, op)
    placed.push(...begun, there)
    if (i < ops.length - 1) view = apply(view, [there]) as Json
  }
  return placed
}

function placedOp(view: Json, path: Path, op: Op): Op {
  const whole = [...path, ...op.path]
  if ('from' in op) return { ...op, from: [...path, ...op.from], path: whole }
  const there = { ...op, path: whole }
  const isHeld = whole.length === 0 || fits(at(view, whole.slice(0, -1)), whole.at(-1) as Step)
  const isPlaced = isHeld && (op.path.length > 0 || isBeginning(there))
  return writes(op) && !isPlaced ? settingOp(view, whole, op.value) : there
}

function writes(op: Op): op is Extract<Op, { op: 'replace' | 'add' }> {
  return op.op === 'replace' || op.op === 'add'
}

/** What `ops` on the whole value do to the thing that is at `path` before them, as seen from there. */
function opsAt(path: Path, ops: Ops): Ops {
  const here: Op[] = []
  let place: Path | null = path
  for (const op of ops) {
    here.push(...opAt(place, op))
    place = follow(place, [op])
    if (place) continue
    here.push({ op: 'remove', path: [] })
    break
  }
  return here
}

function opAt(place: Path, op: Op): Ops {
  const inner = (path: Path) => path.slice(place.length)
  if (op.op === 'move' || op.op === 'copy') {
    const isOut = op.op === 'move' && isBelow(op.from, place)
    const isIn = isBelow(op.path, place)
    if (isIn && isBelow(op.from, place)) return [{ ...op, from: inner(op.from), path: inner(op.path) }]
    return isOut ? [{ op: 'remove', path: inner(op.from) }] : []
  }
  if (isSet(op) && op.op !== 'splice' && isWithin(place, op.path)) {
    const value = op.op === 'remove' ? undefined : at(op.value, place.slice(op.path.length))
    return [value === undefined ? { op: 'remove', path: [] } : { op: 'replace', path: [], value }]
  }
  const isHere = isBelow(op.path, place) || (op.op === 'splice' && isWithin(op.path, place))
  return isHere ? [{ ...op, path: inner(op.path) }] : []
}

function isBelow(path: Path, place: Path): boolean {
  return path.length > place.length && isWithin(path, place)
}
