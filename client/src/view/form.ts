/** Forms: which fields edit a form's value, and where in it. */

import { createContext } from 'react'
import type { Node, Ref } from '../protocol'

/** The value of the form around what is drawn; `null` outside of one. */
export const FormContext = createContext<Ref | null>(null)

const FIELDS = new Set([
  'ButtonBar',
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

/** A field without a variable of its own edits the member of the form's value that its `id_` names. */
export function inForm(node: Node, form: Ref): Node {
  const name = node.props.id_
  if (typeof name !== 'string' || node.variables.value || !isField(node.component)) return node
  return { ...node, variables: { ...node.variables, value: { ...form, path: [...form.path, name] } } }
}
