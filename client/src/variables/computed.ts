/** Variables that the tab computes from others: conditions, switches, positions and the progress of derived variables. */

import { equal, isObject } from '../edits'
import type {
  ConditionDefinition,
  Definition,
  Operand,
  Operator,
  PositionDefinition,
  Ref,
  SwitchDefinition,
} from '../fragments'
import { EDIT } from '../messages'
import type { Unsubscribe } from '../observable'
import type { Json } from '../protocol'
import { type Freshness, worstOf } from '../sync/freshness'
import { SharedSubscription, VariableState } from './state'

/** An input of a computed variable. */
export interface Readable {
  get(): Json
  subscribe(listener: () => void): Unsubscribe
  readonly isReady: boolean
  readonly canWait: boolean
  readonly isOfApp: boolean
  readonly freshness: Freshness
  readonly refusal: string | null
}

export type ComputedDefinition = Extract<Definition, { kind: 'condition' | 'switch' | 'state' | 'position' }>
type Read = (operand: Operand) => Json
export type Computation = (read: Read) => Json

/** An input that the value was last computed from, and the end of the subscription to it. */
interface UsedInput {
  source: Readable
  stop: Unsubscribe | null
}

/** A value computed from others. It subscribes only to the inputs that it was last computed from. */
export class ComputedVariable extends VariableState {
  readonly #sourceOf: (ref: Ref) => Readable
  readonly #onEdit: () => void
  readonly #subscription = new SharedSubscription(() => this.#listen())
  readonly #kind: ComputedDefinition['kind']
  #compute: Computation
  /** The inputs among which the computation may choose. */
  #choices: readonly Ref[]
  /** The inputs that may become the value. */
  #results: readonly Ref[]
  #inputs = new Map<string, UsedInput>()
  #value: Json = null

  constructor(definition: ComputedDefinition, sourceOf: (ref: Ref) => Readable, onEdit: () => void) {
    super()
    this.#kind = definition.kind
    this.#compute = computationOf(definition)
    this.#choices = choicesOf(definition)
    this.#results = resultsOf(definition)
    this.#sourceOf = sourceOf
    this.#onEdit = onEdit
  }

  get view(): Json {
    if (!this.#subscription.isActive) this.#update(false)
    return this.#value
  }

  override get isReady(): boolean {
    return this.#every(({ isReady }) => isReady)
  }

  override get canWait(): boolean {
    return this.#choices.some((ref) => this.#sourceOf(ref).canWait) || !this.#every(({ canWait }) => !canWait)
  }

  override get isOfApp(): boolean {
    return this.#results.every((ref) => this.#sourceOf(ref).isOfApp)
  }

  override get freshness(): Freshness {
    this.view
    return worstOf([...this.#inputs.values()].map(({ source }) => source.freshness))
  }

  override get refusal(): string | null {
    this.view
    return [...this.#inputs.values()].find(({ source }) => source.refusal !== null)?.source.refusal ?? null
  }

  override get readonlyReason(): string {
    return EDIT.computed
  }

  edit(): void {
    this.#onEdit()
  }

  redefine(definition: Definition): boolean {
    if (definition.kind !== this.#kind) return false
    this.#compute = computationOf(definition as ComputedDefinition)
    this.#choices = choicesOf(definition as ComputedDefinition)
    this.#results = resultsOf(definition as ComputedDefinition)
    if (!this.#subscription.isActive) return true
    this.#update(true)
    this.#subscription.notify()
    return true
  }

  subscribe(listener: () => void): Unsubscribe {
    return this.#subscription.add(listener)
  }

  #every(holds: (source: Readable) => boolean): boolean {
    this.view // computes the value, and with it the inputs
    return [...this.#inputs.values()].every(({ source }) => holds(source))
  }

  #listen(): Unsubscribe {
    this.#update(true)
    return () => {
      for (const { stop } of this.#inputs.values()) stop?.()
      this.#inputs = new Map()
    }
  }

  #onChange(): void {
    const before = { value: this.#value, isReady: this.isReady, freshness: this.freshness }
    this.#update(true)
    const { freshness, isReady } = this
    const isSame = this.#value === before.value && isReady === before.isReady && freshness === before.freshness
    if (!isSame || this.canWait) this.#subscription.notify()
  }

  #update(isListening: boolean): void {
    const before = this.#inputs
    const inputs = new Map<string, UsedInput>()
    const value = this.#compute((operand) => {
      if ('value' in operand) return operand.value
      const id = JSON.stringify(operand)
      const input = inputs.get(id) ?? before.get(id) ?? { source: this.#sourceOf(operand), stop: null }
      inputs.set(id, input)
      // Subscribe first: from then on an input that is computed itself is up to date.
      if (isListening) input.stop ??= input.source.subscribe(() => this.#onChange())
      return input.source.get()
    })
    for (const [id, { stop }] of before) if (!inputs.has(id)) stop?.()
    this.#inputs = inputs
    if (!equal(value, this.#value)) this.#value = value
  }
}

function choicesOf(definition: ComputedDefinition): Ref[] {
  return definition.kind === 'switch' || definition.kind === 'condition' ? refsIn(definition) : []
}

function resultsOf(definition: ComputedDefinition): Ref[] {
  return definition.kind === 'switch' ? casesOf(definition) : []
}

/** Return the function that computes a value from those of its operands. */
export function computationOf(definition: ComputedDefinition): Computation {
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

function condition({ operator, left, right }: ConditionDefinition): Computation {
  switch (operator) {
    case 'truthy':
      return (read) => truthy(read(left))
    case '~':
      return (read) => !truthy(read(left))
    case '&':
      return (read) => truthy(read(left)) && truthy(read(right))
    case '|':
      return (read) => truthy(read(left)) || truthy(read(right))
    default:
      return (read) => compare(operator, read(left), read(right))
  }
}

function selection({ value, mapping, default: otherwise }: SwitchDefinition): Computation {
  return (read) => {
    const key = keyOf(read(value))
    if ('variable' in mapping) {
      const members = read(mapping)
      return isObject(members) && Object.hasOwn(members, key) ? (members[key] as Json) : read(otherwise)
    }
    const chosen = Object.hasOwn(mapping.value, key) ? mapping.value[key] : undefined
    return read(chosen ?? otherwise)
  }
}

/** Return the computation of an item's position; `null` in the template itself. */
function position({ of, is }: PositionDefinition): Computation {
  const index = of.path.at(-1)
  return (read) => {
    if (typeof index !== 'number') return null
    if (is === 'index') return index
    if (is === 'first') return index === 0
    const list = read({ variable: of.variable, path: of.path.slice(0, -1) })
    return Array.isArray(list) && index === list.length - 1
  }
}

/** Return the key of a value in a mapping. All keys are strings: true, 1 and "1" become 'true', '1' and '1'. */
export function keyOf(value: Json): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
}

/** Return whether Python takes the value for true. */
export function truthy(value: Json): boolean {
  if (Array.isArray(value)) return value.length > 0
  return isObject(value) ? Object.keys(value).length > 0 : Boolean(value)
}

function compare(operator: Exclude<Operator, 'truthy' | '&' | '|' | '~'>, left: Json, right: Json): boolean {
  if (operator === '==') return equal(left, right)
  if (operator === '!=') return !equal(left, right)
  const areNumbers = typeof left === 'number' && typeof right === 'number'
  const areTexts = typeof left === 'string' && typeof right === 'string'
  if (!areNumbers && !areTexts) return false
  switch (operator) {
    case '<':
      return left < right
    case '<=':
      return left <= right
    case '>':
      return left > right
    case '>=':
      return left >= right
    default:
      return operator satisfies never
  }
}

/** Return the variables and nested values that a definition refers to. */
export function refsIn(definition: Definition): Ref[] {
  switch (definition.kind) {
    case 'tab':
      return definition.initial ? [definition.initial] : []
    case 'store':
      return typeof definition.at === 'object' ? [definition.at] : []
    case 'derived':
      return typeof definition.polling === 'object' && definition.polling !== null
        ? [...definition.inputs, definition.polling]
        : definition.inputs
    case 'condition':
      return refs(definition.left, definition.right)
    case 'switch':
      return [...refs(definition.value), ...casesOf(definition)]
    case 'state':
      return [{ variable: definition.of, path: [] }]
    case 'position':
      return [definition.of]
    default:
      return []
  }
}

function casesOf({ mapping, default: otherwise }: SwitchDefinition): Ref[] {
  return refs(otherwise, ...('variable' in mapping ? [mapping] : Object.values(mapping.value)))
}

function refs(...operands: Operand[]): Ref[] {
  return operands.filter((operand) => 'variable' in operand)
}
