/** Conditions over the items of a list, evaluated for one item after the other. */

import { at } from '../edits'
import type { Definition, Operand, Ref } from '../fragments'
import type { Json } from '../protocol'
import { type ComputedDefinition, computationOf, refsIn, truthy } from './computed'
import type { Source } from './source'
import { isRef, isSameStep, refsInPath, resolvedPath } from './steps'

interface Variables {
  definition(uid: string): Definition | undefined
  source(ref: Ref): Source
}

type Evaluate = (item: Json, index: number, count: number) => Json

/** A test of items. It makes no variables for each item, so that long lists are tested fast. */
export class ItemTest {
  /** The variables besides the items that the condition depends on. */
  readonly inputs: Source[] = []
  /** Their values, as read last. */
  values: Json[] = []
  readonly #list: Ref
  readonly #variables: Variables
  readonly #evaluate: Evaluate

  constructor(condition: Ref, list: Ref, variables: Variables) {
    this.#list = list
    this.#variables = variables
    this.#evaluate = this.#compile(condition)
  }

  /** Read the other variables; return whether one has changed. */
  refresh(): boolean {
    const values = this.inputs.map((source) => source.get())
    const isSame = values.length === this.values.length && values.every((value, i) => value === this.values[i])
    this.values = values
    return !isSame
  }

  /** Return whether an item meets the condition, with the other variables as they were read last. */
  holds(item: Json, index: number, count: number): boolean {
    return truthy(this.#evaluate(item, index, count))
  }

  #compile(ref: Ref): Evaluate {
    const { variable, path } = ref
    if (this.#isOfItem(ref)) return this.#within((item) => item, path.slice(this.#list.path.length + 1))
    const definition = this.#variables.definition(variable)
    if (definition && this.#isComputedOfItem(definition)) return this.#within(this.#computed(definition), path)
    const first = path.findIndex((step) => isRef(step) && this.#dependsOnItem(step))
    if (first !== -1) {
      const whole = this.#compile({ variable, path: path.slice(0, first) })
      return this.#within(whole, path.slice(first))
    }
    const position = this.inputs.push(this.#variables.source(ref)) - 1
    return () => this.values[position] ?? null
  }

  /** Return the evaluation of a part of a value. Variables in its path may depend on the item. */
  #within(whole: Evaluate, path: Ref['path']): Evaluate {
    const keys = new Map(refsInPath(path).map((key) => [key, this.#compile(key)]))
    return (...item) => {
      const value = whole(...item)
      return (
        at(
          value,
          resolvedPath(path, value, (key) => keys.get(key)?.(...item) ?? null),
        ) ?? null
      )
    }
  }

  #computed(definition: ComputedDefinition): Evaluate {
    if (definition.kind === 'position') {
      if (definition.is === 'index') return (_, index) => index
      return definition.is === 'first' ? (_, index) => index === 0 : (_, index, count) => index === count - 1
    }
    const parts = new Map<Operand, Evaluate>(refsIn(definition).map((part) => [part, this.#compile(part)]))
    const compute = computationOf(definition)
    return (...item) =>
      compute((operand) => ('value' in operand ? operand.value : (parts.get(operand)?.(...item) ?? null)))
  }

  #isComputedOfItem(definition: Definition): definition is ComputedDefinition {
    const { kind } = definition
    if (kind !== 'condition' && kind !== 'switch' && kind !== 'position') return false
    return refsIn(definition).some((ref) => this.#dependsOnItem(ref))
  }

  #dependsOnItem(ref: Ref): boolean {
    if (this.#isOfItem(ref) || refsInPath(ref.path).some((key) => this.#dependsOnItem(key))) return true
    const definition = this.#variables.definition(ref.variable)
    return definition !== undefined && this.#isComputedOfItem(definition)
  }

  #isOfItem({ variable, path }: Ref): boolean {
    const { variable: list, path: steps } = this.#list
    return variable === list && path[steps.length] === null && steps.every((step, i) => isSameStep(step, path[i]))
  }
}
