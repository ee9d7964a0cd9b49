/** Instances of a For's template: in a path below the list, each `null` step becomes the index of the item. */

import type { Action, Definition, Interval, Node, Operand, Ref } from '../fragments'
import { refsIn } from './computed'
import { isSameRef, isSameStep, mappedPath } from './steps'

export interface Item {
  list: Ref
  index: number
  /** The identity of the item, also after it has moved. */
  key: string
}

export interface Instance {
  nodes: readonly Node[]
  /** The variables of this item alone, by uid, each with the uid of the template's variable. */
  definitions: Map<string, { definition: Definition; origin: string }>
}

/** Return the nodes and variables of one item. Parts that do not depend on the item stay the objects of the template. */
export function instantiate(
  template: readonly Node[],
  item: Item,
  definitionOf: (uid: string) => Definition | undefined,
): Instance {
  const instantiation = new Instantiation(item, definitionOf)
  return { nodes: instantiation.nodes(template), definitions: instantiation.definitions }
}

class Instantiation {
  readonly definitions: Instance['definitions'] = new Map()
  readonly #item: Item
  readonly #definitionOf: (uid: string) => Definition | undefined
  readonly #uids = new Map<string, string>()
  /** True inside another For over the same list: paths are of its items there. */
  #isShadowed = false

  constructor(item: Item, definitionOf: (uid: string) => Definition | undefined) {
    this.#item = item
    this.#definitionOf = definitionOf
  }

  nodes(nodes: readonly Node[]): readonly Node[] {
    const made = nodes.map((node) => this.#node(node))
    return made.every((node, i) => node === nodes[i]) ? nodes : made
  }

  #node(node: Node): Node {
    const isOfList = node.variables.items !== undefined && isSameRef(node.variables.items, this.#item.list)
    // The condition of another For over the same list is about the items there.
    const variables = mapped(node.variables, (ref, name) => (isOfList && name === 'where' ? ref : this.#ref(ref)))
    const tables = node.tables && mapped(node.tables, (ref) => this.#ref(ref))
    const actions = mapped(node.actions, (list) => shared(list, (action) => this.#action(action)))
    const render = node.render && this.#render(node.render)
    const slots = mapped(node.slots, (slot, name) => this.#slot(slot, name, variables.items))
    const isSame =
      variables === node.variables &&
      actions === node.actions &&
      slots === node.slots &&
      tables === node.tables &&
      !render
    if (isSame) return node
    const { value = node.variables.value ?? null, keys = [] } = node.instance ?? {}
    const instance = { value, keys: [...keys, this.#item.key] }
    return {
      ...node,
      variables,
      ...(tables && { tables }),
      actions,
      slots,
      instance,
      ...(render && { render, id: `${node.id}[${this.#item.key}]` }),
    }
  }

  #slot(nodes: Node[], name: string, list: Ref | undefined): Node[] {
    const isShadowed = this.#isShadowed
    if (name === 'renderer' && list && isSameRef(list, this.#item.list)) this.#isShadowed = true
    const made = this.nodes(nodes)
    this.#isShadowed = isShadowed
    return made as Node[]
  }

  #action(action: Action): Action {
    if (action.kind === 'call') {
      const inputs = shared(action.inputs, (operand) => this.#operand(operand))
      return inputs === action.inputs ? action : { ...action, inputs }
    }
    const target = this.#ref(action.target)
    return target === action.target ? action : { ...action, target }
  }

  #render(render: NonNullable<Node['render']>): NonNullable<Node['render']> {
    const polling = this.#interval(render.polling)
    return { ...render, inputs: shared(render.inputs, (ref) => this.#ref(ref)), polling }
  }

  #interval(interval: Interval): Interval {
    return typeof interval === 'object' && interval !== null ? this.#ref(interval) : interval
  }

  #operand(operand: Operand): Operand {
    return 'variable' in operand ? this.#ref(operand) : operand
  }

  #ref(ref: Ref): Ref {
    if (this.#isShadowed) return ref
    const { list, index } = this.#item
    const path = mappedPath(ref.path, (each) => this.#ref(each))
    const depth = list.path.length
    const isOfItem =
      ref.variable === list.variable && path[depth] === null && list.path.every((step, i) => isSameStep(step, path[i]))
    if (isOfItem) return { variable: ref.variable, path: path.with(depth, index) }
    const variable = this.#uid(ref.variable)
    return variable === ref.variable && path === ref.path ? ref : { variable, path }
  }

  /** Return the uid of a variable for this item: another one if the variable depends on the item. */
  #uid(uid: string): string {
    const known = this.#uids.get(uid)
    if (known !== undefined) return known
    this.#uids.set(uid, uid)
    const definition = this.#definitionOf(uid)
    if (!definition || refsIn(definition).length === 0) return uid
    const own = this.#definition(definition)
    if (own === definition) return uid
    const { list, index } = this.#item
    const instance = `${uid}|${[list.variable, ...list.path.map((step) => (typeof step === 'object' ? JSON.stringify(step) : step)), index].join('/')}`
    this.#uids.set(uid, instance)
    this.definitions.set(instance, { definition: own, origin: uid })
    return instance
  }

  #definition(definition: Definition): Definition {
    switch (definition.kind) {
      case 'store':
        return typeof definition.at === 'object' ? changed(definition, { at: this.#ref(definition.at) }) : definition
      case 'derived':
        return changed(definition, {
          inputs: shared(definition.inputs, (ref) => this.#ref(ref)),
          polling: this.#interval(definition.polling),
        })
      case 'condition':
        return changed(definition, { left: this.#operand(definition.left), right: this.#operand(definition.right) })
      case 'switch': {
        const { mapping } = definition
        return changed(definition, {
          value: this.#operand(definition.value),
          default: this.#operand(definition.default),
          mapping: 'variable' in mapping ? this.#ref(mapping) : this.#mapping(mapping),
        })
      }
      case 'state':
        return changed(definition, { of: this.#uid(definition.of) })
      case 'position':
        return changed(definition, { of: this.#ref(definition.of) })
      default:
        return definition
    }
  }

  #mapping(mapping: { value: Record<string, Operand> }): { value: Record<string, Operand> } {
    return changed(mapping, { value: mapped(mapping.value, (operand) => this.#operand(operand)) })
  }
}

/** Map all values; return the same object if none has changed. */
function mapped<T>(values: Record<string, T>, map: (value: T, name: string) => T): Record<string, T> {
  let made: Record<string, T> | null = null
  for (const name in values) {
    const before = values[name] as T
    const value = map(before, name)
    if (value === before) continue
    made ??= { ...values }
    made[name] = value
  }
  return made ?? values
}

function shared<T>(values: T[], map: (value: T) => T): T[] {
  const made = values.map(map)
  return made.every((value, i) => value === values[i]) ? values : made
}

function changed<T extends object>(before: T, change: Partial<T>): T {
  const isSame = (Object.keys(change) as (keyof T)[]).every((name) => before[name] === change[name])
  return isSame ? before : { ...before, ...change }
}
