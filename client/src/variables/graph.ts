/** The variables of a tab, by uid. Components read and set them, and calls take them as inputs. */

import type { Definition, Ref } from '../fragments'
import { BROWSER, EDIT } from '../messages'
import { combineUnsubscribes, type Unsubscribe } from '../observable'
import type { Input, Json, Path } from '../protocol'
import type { Calls, Inputs } from '../sync/calls'
import { FRESH } from '../sync/freshness'
import type { Replica } from '../sync/replica'
import type { Replicas } from '../sync/replicas'
import { ComputedVariable, type Readable, refsIn } from './computed'
import { type Computation, DerivedVariable } from './derived'
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
import { type PressedTexts, Presses } from './presses'
import { Source } from './source'
import type { VariableState } from './state'
import { refsInPath, resolvedPath } from './steps'
import { StoreVariable } from './stored'

export interface GraphOptions {
  replicas: Replicas
  calls: Calls
  address: Address
  /** The prefix of this user's keys in the browser's storage. */
  storagePrefix: string
  storage: () => Storage
  /** Notifies the user of an edit that is not possible, or of a failure. */
  notify: (message: string, status: 'warning' | 'error') => void
}

interface VariableEntry {
  definition: Definition
  state: VariableState
  /** For a variable of one item: the definition of the template. */
  origin: Definition | null
}

export class Graph implements Inputs {
  readonly presses = new Presses()
  readonly #options: GraphOptions
  readonly #entries = new Map<string, VariableEntry>()
  /** The derived variables whose functions the server knows by a page, even if slots show them too. */
  readonly #ofPages = new Set<string>()
  /** The values that were set before any fragment has defined their variables. */
  readonly #early = new Map<string, { path: Path; value: Json }[]>()

  constructor(options: GraphOptions) {
    this.#options = options
  }

  /** Adopt the variables of a fragment. Known variables keep their values. */
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

  /** Adopt the variables of one item of a For. */
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

  /** Return the source of a variable or nested value. Throws if the page has no such variable. */
  source(ref: Ref): Source {
    this.#state(ref.variable)
    return this.#source(ref)
  }

  /** Return the computation of a value; `null` for one that the server does not compute. */
  computation(ref: Ref): Computation | null {
    const state = this.#state(ref.variable)
    return state instanceof DerivedVariable ? state.computation(() => this.path(ref)) : null
  }

  /** Set a variable, now or when a fragment defines it. */
  update({ variable, path, value }: { variable: string; path: Path; value: Json }): void {
    if (this.has(variable)) this.presses.set(this.#source({ variable, path }), value)
    else this.#early.set(variable, [...(this.#early.get(variable) ?? []), { path, value }])
  }

  /** Note the texts when the user presses a component whose value is `own`, for actions with these variables. */
  press(refs: readonly Ref[], own: Ref | undefined, input: Json): PressedTexts {
    const sources = refs.filter(({ variable }) => this.has(variable)).map((ref) => this.#source(ref))
    return this.presses.begin(sources, own && this.has(own.variable) ? this.#source(own) : null, input)
  }

  /** Compute a derived variable anew, with all its instances for items. */
  trigger(uid: string, isForced = true): void {
    for (const [each, { state }] of this.#entries) {
      if (state instanceof DerivedVariable && (each === uid || each.startsWith(`${uid}|`))) state.trigger(isForced)
    }
  }

  /** Compute a variable again, and the ones behind it, as far as they have failed; others may be computing it already. */
  retry({ variable, path }: Ref): void {
    const { definition, state } = this.#entries.get(variable) ?? {}
    for (const ref of [...refsInPath(path), ...(definition ? refsIn(definition) : [])]) this.retry(ref)
    if (state instanceof DerivedVariable && state.freshness.error) state.trigger(false)
  }

  /** Compute again all derived variables that have failed: another server may succeed. */
  retryAll(): void {
    for (const { state } of this.#entries.values())
      if (state instanceof DerivedVariable && state.freshness.error) state.trigger(false)
  }

  /** Adopt what another tab has written to the browser's storage; `key` is `null` when all was cleared. */
  storageChanged(key: string | null): void {
    for (const { state } of this.#entries.values()) if (state instanceof BrowserVariable) state.storageChanged(key)
  }

  input(ref: Ref): Input {
    return this.#state(ref.variable).input(this.path(ref))
  }

  fingerprint(ref: Ref): Json {
    return this.#state(ref.variable).fingerprint(this.path(ref))
  }

  isKnown({ variable, path }: Ref): boolean {
    return this.#state(variable).isKnown && refsInPath(path).every((ref) => this.isKnown(ref))
  }

  isSettled({ variable, path }: Ref): boolean {
    return this.#state(variable).isSettled(this.path({ variable, path }))
  }

  watch({ variable, path }: Ref, listener: () => void): Unsubscribe {
    const keys = refsInPath(path).map((ref) => this.#source(ref))
    return combineUnsubscribes([this.#state(variable).watch(listener), ...keys.map((key) => key.subscribe(listener))])
  }

  replicas({ variable, path }: Ref): Replica[] {
    return [...this.#state(variable).replicas(), ...refsInPath(path).flatMap((ref) => this.replicas(ref))]
  }

  /** Return the path of a nested value at present: variables in it may hold steps. */
  path({ variable, path }: Ref): Path {
    return resolvedPath(path, this.#state(variable).view, (ref) => this.#source(ref).get())
  }

  readonly #state = (uid: string): VariableState => {
    const entry = this.#entries.get(uid)
    if (!entry) throw new Error(`The page has no variable ${uid}.`)
    return entry.state
  }

  readonly #fallback = (uid: string): Json => {
    const definition = this.definition(uid)
    return definition && 'default' in definition && definition.kind !== 'switch' ? definition.default : null
  }

  readonly #source = (ref: Ref): Source =>
    new Source(ref, this.#state, this.#fallback, this.#source, () => this.#options.notify(EDIT.noRoom, 'warning'))

  #put(uid: string, definition: Definition, origin: Definition | null, isNew: boolean): void {
    const known = this.#entries.get(uid)?.state
    const state = known?.redefine(definition, isNew) ? known : this.#make(uid, definition)
    this.#entries.set(uid, { definition, state, origin })
    for (const { path, value } of this.#early.get(uid) ?? []) this.#source({ variable: uid, path }).set(value)
    this.#early.delete(uid)
  }

  #make(uid: string, definition: Definition): VariableState {
    const { replicas, calls, address, storagePrefix, storage, notify } = this.#options
    const warn = (message: string) => notify(message, 'warning')
    const rejectAddress = (reason: string) => warn(BROWSER.notInAddress(reason))
    const rejectEdit = () => warn(EDIT.computed)
    switch (definition.kind) {
      case 'tab':
        return definition.initial
          ? new MirrorVariable(this.#source(definition.initial))
          : new TabVariable(definition.default)
      case 'browser':
        return new BrowserVariable(definition.default, `${storagePrefix}${uid}`, storage, () =>
          warn(BROWSER.storageFull),
        )
      case 'query':
        return new QueryVariable(definition.default, definition.query, address, rejectAddress)
      case 'param':
        return new ParamVariable(definition.name, address, rejectAddress)
      case 'store':
        return new StoreVariable(definition, this.#source, replicas, () => warn(EDIT.noRoom))
      case 'derived':
        return new DerivedVariable(definition, calls, this, rejectEdit)
      case 'state':
        return new ComputedVariable(definition, (ref) => this.#progress(ref), rejectEdit)
      case 'condition':
      case 'switch':
      case 'position':
        return new ComputedVariable(definition, this.#source, rejectEdit)
      default:
        return definition satisfies never
    }
  }

  /** Return the progress of a derived variable. A subscription to the progress has the variable computed. */
  #progress({ variable, path: [is] }: Ref): Readable {
    const state = () => this.#state(variable) as DerivedVariable
    return {
      get: () => progressOf(state(), is),
      subscribe: (listener) => state().follow(listener),
      isReady: true,
      canWait: false,
      isOfApp: false,
      freshness: FRESH,
      refusal: null,
    }
  }
}

/** Return whether a derived variable is being computed, has failed, or has a value that is up to date. */
function progressOf({ progress }: DerivedVariable, is: Ref['path'][number] | undefined): boolean {
  const { isLoading, error } = progress.freshness
  if (is === 'error') return error !== null
  return is === 'loading' ? isLoading : progress.isReady && !isLoading && error === null
}
