/** Forms: the components that are fields, and their binding to the form's value. */

import { createContext } from 'react'
import type { Node, Ref } from '../fragments'

/** The value of the enclosing form; `null` outside of a form. */
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

/**
 * Bind a field without a variable to the member of the form's value that its `id` names, or else its `id_`; return other
 * nodes as they are.
 */
export function bindToForm(node: Node, form: Ref): Node {
  const name = node.props.id ?? node.props.id_
  if (typeof name !== 'string' || node.variables.value || !isField(node.component)) return node
  return { ...node, variables: { ...node.variables, value: { ...form, path: [...form.path, name] } } }
}
