/** Forms: the components that are fields, and their binding to the form's value. */

import { createContext } from 'react'
import type { Node, Ref } from '../fragments'
import type { Observable } from '../observable'
import type { Json, JsonObject } from '../protocol'

/** A form, for the components in it. */
export interface EnclosingForm {
  value: Ref
  /** The variable to which the value is saved, if it is a draft. */
  saves: Ref | null
  /** The limits of its members by name, which its type has. */
  limits: Record<string, Record<string, Json>>
  /** The names of the fields that are drawn, each as often as it is. */
  drawn: Observable<readonly string[]>
  /** Its checkboxes and switches that have been drawn, by name: also those in a py_component. */
  boxes: Map<string, Node>
  /** The number of its fields with an input that is no value of theirs. */
  invalid: Observable<number>
}

/** A reason why the server refuses the value of a form. */
export interface Refusal {
  /** The name of the member, or its path with slashes; '' for the whole value. */
  name: string
  reason: string
  /** The value that is refused: the reason holds as long as it is there. */
  value: Json
}

export interface FormState {
  /** True after an attempt to submit the form: all fields show what is wrong with them. */
  isTried: boolean
  /** The number of times that the form was begun anew: what was entered before is no longer wrong. */
  round: number
  refusals: readonly Refusal[]
  /** True if there is nothing to save. */
  isUnchanged: boolean
  /** The reason why the user may not save; `null` if they may. */
  readonlyReason: string | null
  isPending: boolean
}

/** The enclosing form; `null` outside of a form. */
export const FormContext = createContext<EnclosingForm | null>(null)
/** Its state, which changes while it is filled in. */
export const FormStateContext = createContext<FormState | null>(null)

const FIELDS = new Set([
  'ButtonBar',
  'Checkbox',
  'CheckboxGroup',
  'Datepicker',
  'Input',
  'MultiSelect',
  'MomentField',
  'NumberField',
  'RadioGroup',
  'Select',
  'Slider',
  'Switch',
  'Textarea',
])

export function isField(component: string): boolean {
  return FIELDS.has(component)
}

/** Return whether a field is either checked or not: without a value, it is not. */
export function isBox({ component }: Node): boolean {
  return component === 'Checkbox' || component === 'Switch'
}

/** Give a field the limits of its variable's type, and bind it to the form around it; return other nodes as they are. */
export function asField(given: Node, form: EnclosingForm | null): Node {
  if (!isField(given.component)) return given
  const node = form ? bound(given, form.value) : given
  const ofMember = form?.limits[nameInForm(node, form.value) ?? '']
  if (!ofMember && !node.props.limits) return node
  return { ...node, props: { ...ofMember, ...(node.props.limits as JsonObject), ...node.props } }
}

/** Bind a field without a variable to the member of the form's value that its `id` names, or else its `id_`. */
function bound(node: Node, value: Ref): Node {
  const id = idOf(node)
  if (node.variables.value || id === null) return node
  return { ...node, variables: { ...node.variables, value: { ...value, path: [...value.path, id] } } }
}

/** Return the name of a field in a form: the path of its value below the form's, or its id. */
export function nameInForm(node: Node, form: Ref): string | null {
  const ref = node.variables.value
  const isWithin = ref?.variable === form.variable && form.path.every((step, index) => step === ref.path[index])
  return isWithin && ref.path.length > form.path.length ? ref.path.slice(form.path.length).join('/') : idOf(node)
}

/** Return the variable in which the value of a field is stored: in a form with a draft, what that saves. */
export function storedRef(node: Node, form: EnclosingForm | null): Ref | undefined {
  const ref = node.variables.value
  if (!form?.saves || !ref || !isOfForm(node, form)) return ref
  return { ...form.saves, path: [...form.saves.path, ...ref.path.slice(form.value.path.length)] }
}

/** Return whether a field edits the value of a form, or a part of it. */
export function isOfForm(node: Node, form: EnclosingForm | null): boolean {
  return form !== null && node.variables.value?.variable === form.value.variable
}

/** Components that draw only some of what is in them. */
const PARTIAL = new Set(['For', 'If', 'Match', 'Modal', 'TabbedCard'])

/** Return the labels of the fields among `nodes` and below, by their names; `isSure`: only of those that are drawn. */
export function labelsIn(nodes: readonly Node[], form: Ref, isSure = false): [name: string, label: string][] {
  return nodes.flatMap((node) => {
    if (isSure && PARTIAL.has(node.component)) return []
    const name = isField(node.component) ? nameInForm(node, form) : null
    const label = typeof node.props.label === 'string' ? node.props.label : name
    return [
      ...(name && label ? [[name, label] as [string, string]] : []),
      ...labelsIn(Object.values(node.slots).flat(), form, isSure),
    ]
  })
}

function idOf({ props }: Node): string | null {
  const id = props.id ?? props.id_
  return typeof id === 'string' ? id : null
}
