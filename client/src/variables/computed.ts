/** Variables that the tab computes from others: conditions, switches, and how a derived variable is doing. */

import { equal, isObject } from '../edits'
import type { Unsubscribe } from '../observable'
import type {
  ConditionDefinition,
  Definition,
  Json,
  Operand,
  Operator,
  PositionDefinition,
  Ref,
  SwitchDefinition,
} from '../protocol'
import { SharedSubscription, VariableState } from './state'

/** What a computed value is read from. */
export interface Readable {
  get(): Json
  subscribe(listener: () => void): Unsubscribe
  readonly isReady: boolean
  readonly canWait: boolean
  readonly error: string | null
}

type Read = (operand: Operand) => Json
export type Computation = (read: Read) => Json
type Seen = { source: Readable; stop: Unsubscribe | null }

/** A value computed from others; it listens to just those that it was last computed from. */
export class ComputedVariable extends VariableState {
  readonly #sourceOf: (ref: Ref) => Readable
  readonly #onEdit: () => void
  readonly #audience = new SharedSubscription(() => this.#listen())
  #compute: Computation
  #seen = new Map<string, Seen>()
  #value: Json = null

  constructor(compute: Computation, sourceOf: (ref: Ref) => Readable, onEdit: () => void) {
    super()
    this.#compute = compute
    this.#sourceOf = sourceOf
    this.#onEdit = onEdit
  }

  get view(): Json {
    if (!this.#audience.isListening) this.#update(false)
    return this.#value
  }

  override get isReady(): boolean {
    return this.#all(({ source }) => source.isReady)
  }

  override get canWait(): boolean {
    return !this.#all(({ source }) => !source.canWait)
  }

  override get error(): string | null {
    this.view
    for (const { source } of this.#seen.values()) if (source.error !== null) return source.error
    return null
  }

  override get isReadonly(): boolean {
    return true
  }

  edit(): void {
    this.#onEdit()
  }

  redefine(compute: Computation): void {
    this.#compute = compute
    if (!this.#audience.isListening) return
    this.#update(true)
    this.#audience.tell()
  }

  subscribe(listener: () => void): Unsubscribe {
    return this.#audience.add(listener)
  }

  #all(holds: (seen: Seen) => boolean): boolean {
    this.view
    return [...this.#seen.values()].every(holds)
  }

  #listen(): Unsubscribe {
    this.#update(true)
    return () => {
      for (const seen of this.#seen.values()) seen.stop?.()
      this.#seen = new Map()
    }
  }

  #onChange(): void {
    const before = { value: this.#value, isReady: this.isReady, error: this.error }
    this.#update(true)
    const isSame = this.#value === before.value && this.isReady === before.isReady && this.error === before.error
    if (!isSame || this.canWait) this.#audience.tell()
  }

  #update(isListening: boolean): void {
    const before = this.#seen
    const seen = new Map<string, Seen>()
    const value = this.#compute((operand) => {
      if ('value' in operand) return operand.value
      const id = JSON.stringify(operand)
      const known = seen.get(id) ?? before.get(id) ?? { source: this.#sourceOf(operand), stop: null }
      seen.set(id, known)
      // Before it is read: what is computed is up to date from then on.
      if (isListening) known.stop ??= known.source.subscribe(() => this.#onChange())
      return known.source.get()
    })
    for (const [id, { stop }] of before) if (!seen.has(id)) stop?.()
    this.#seen = seen
    if (!equal(value, this.#value)) this.#value = value
  }
}

export function condition({ operator, left, right }: ConditionDefinition): Computation {
  return (read) => (operator === 'truthy' ? truthy(read(left)) : compare(operator, read(left), read(right)))
}

/** The keys of a mapping are texts: true, 1 and "1" are 'true', '1' and '1'. */
export function selection({ value, mapping, default: otherwise }: SwitchDefinition): Computation {
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

/** Where an item is; nowhere in the template that it is made from. */
export function position({ of, is }: PositionDefinition): Computation {
  const index = of.path.at(-1)
  return (read) => {
    if (typeof index !== 'number') return null
    if (is === 'index') return index
    if (is === 'first') return index === 0
    const list = read({ variable: of.variable, path: of.path.slice(0, -1) })
    return Array.isArray(list) && index === list.length - 1
  }
}

/** What stands for a value among the keys of a mapping. */
export function keyOf(value: Json): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
}

/** Whether Python takes it for true. */
export function truthy(value: Json): boolean {
  if (Array.isArray(value)) return value.length > 0
  return isObject(value) ? Object.keys(value).length > 0 : Boolean(value)
}

function compare(operator: Exclude<Operator, 'truthy'>, left: Json, right: Json): boolean {
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

/** Every variable or nested value that a definition is made from. */
export function refsIn(definition: Definition): Ref[] {
  switch (definition.kind) {
    case 'tab':
      return definition.initial ? [definition.initial] : []
    case 'store':
      return typeof definition.at === 'object' ? [definition.at] : []
    case 'derived':
      return definition.inputs
    case 'condition':
      return refs(definition.left, definition.right)
    case 'switch': {
      const cases = 'variable' in definition.mapping ? [definition.mapping] : Object.values(definition.mapping.value)
      return refs(definition.value, definition.default, ...cases)
    }
    case 'state':
      return [{ variable: definition.of, path: [] }]
    case 'position':
      return [definition.of]
    default:
      return []
  }
}

function refs(...operands: Operand[]): Ref[] {
  return operands.filter((operand) => 'variable' in operand)
}
