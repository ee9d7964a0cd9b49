/** The values of fields that nobody has touched: the defaults of their type, and false for boxes. No React. */

import { isObject } from '../edits'
import type { Node, Ref } from '../fragments'
import type { Json, JsonObject } from '../protocol'
import { isBox, isField, nameInForm } from '../view/form'

export interface Untouched {
  /** The place in the form's value. */
  path: readonly string[]
  value: Json
  /** True if null is not a value of the field, either. */
  isBox: boolean
}

const LISTS = new Set(['CheckboxGroup', 'MultiSelect'])

/** Return what the fields among `nodes` and below begin with; those of inner forms excepted. */
export function untouchedIn(nodes: readonly Node[], form: Ref, defaults: JsonObject): Untouched[] {
  return nodes.flatMap((node) => {
    if (node.component === 'Form') return []
    const own = isField(node.component) ? untouched(node, form, defaults) : []
    return [...own, ...untouchedIn(Object.values(node.slots).flat(), form, defaults)]
  })
}

function untouched(node: Node, form: Ref, defaults: JsonObject): Untouched[] {
  const path = pathInForm(node, form)
  const [name] = path
  if (name === undefined) return []
  const given = path.length === 1 ? defaults[name] : undefined
  const isEmptyList = Array.isArray(given) && given.length === 0
  if (isBox(node)) return [{ path, value: given === true, isBox: true }]
  return given === undefined || (isEmptyList && !LISTS.has(node.component))
    ? []
    : [{ path, value: given, isBox: false }]
}

/** Return the path of a field's value below that of the form; empty if it is elsewhere, or in an item of a list. */
function pathInForm(node: Node, form: Ref): string[] {
  const { props, variables } = node
  const steps = variables.value?.path.slice(form.path.length) ?? [props.id ?? props.id_]
  const names = steps.filter((step) => typeof step === 'string')
  return names.length === steps.length && names.join('/') === nameInForm(node, form) ? names : []
}

/** Return a value of a form with the members that are not there yet. */
export function completed(value: Json, untouched: readonly Untouched[]): Json {
  return untouched.reduce<Json>((whole, each) => filled(whole, each.path, each), value)
}

function filled(value: Json | undefined, [step, ...rest]: readonly string[], field: Untouched): Json {
  if (step === undefined) return value === undefined || (value === null && field.isBox) ? field.value : value
  const parent = value ?? {}
  return isObject(parent) ? { ...parent, [step]: filled(parent[step], rest, field) } : parent
}
