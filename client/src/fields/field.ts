/** The common attributes of form fields. */

import './field.css'
import { createContext, type RefObject, useContext, useEffect } from 'react'
import type { Node } from '../fragments'
import { FormContext, FormStateContext, isOfForm } from '../view/form'
import { useFocusRestoration } from '../view/identity'
import { useFlag, useReadonly, useText } from '../view/react'
import { type Box, useStyle } from '../view/style'

interface Field extends Box {
  'data-field': string
  className: string
  label?: string
  'aria-label'?: string
  'aria-labelledby'?: string
  readOnly?: boolean
  title?: string
  description?: string
  placeholder?: string
  required?: boolean
  disabled: boolean
}

/** The `Label` around a field: the id of its element, and its text unless that is a component. */
export const LabelContext = createContext<{ id: string; text: string | null } | null>(null)

/** Return the attributes of a field's element: style, label or accessible name, and its state. */
export function useField(node: Node): Field {
  const { id, style } = useStyle(node)
  const label = useText(node, 'label')
  const description = useText(node, 'description')
  const placeholder = useText(node, 'placeholder')
  const disabled = useFlag(node, 'disabled')
  const form = useContext(FormContext)
  const formReason = useContext(FormStateContext)?.readonlyReason ?? null
  const reason = useReadonly(node, 'value') ?? (isOfForm(node, form) ? formReason : null)
  const enclosing = useContext(LabelContext)
  const marker = useFocusRestoration(node)
  return {
    ...marker,
    className: label ? 'dara-field dara-labelled' : 'dara-field',
    ...(id && { id }),
    ...(style && { style }),
    ...(label ? { label } : { 'aria-label': enclosing?.text ?? placeholder ?? memberName(node) ?? node.component }),
    ...(!label && enclosing && enclosing.text === null && { 'aria-labelledby': enclosing.id }),
    ...(description && { description }),
    ...(placeholder && { placeholder }),
    ...(reason !== null && { readOnly: true, 'data-readonly': true, title: reason }),
    ...(node.props.required === true && { required: true }),
    disabled: disabled === true,
  }
}

/** Return the name of the member that a field edits, in words: 'First name' for `first_name`. */
function memberName({ props, variables }: Node): string | null {
  const name = props.id ?? variables.value?.path.findLast((step) => typeof step === 'string')
  if (typeof name !== 'string' || name === '') return null
  const words = name.replaceAll('_', ' ').trim()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

export function useAutofocus(node: Node, field: RefObject<HTMLElement | null>): void {
  const isWanted = useFlag(node, 'autofocus')
  useEffect(() => {
    if (isWanted) field.current?.focus()
  }, [isWanted, field])
}
