/** The common attributes of form fields. */

import './field.css'
import { createContext, type RefObject, useContext, useEffect } from 'react'
import type { Node } from '../fragments'
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
  description?: string
  placeholder?: string
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
  const isReadonly = useReadonly(node, 'value')
  const enclosing = useContext(LabelContext)
  const marker = useFocusRestoration(node)
  return {
    ...marker,
    className: 'dara-field',
    ...(id && { id }),
    ...(style && { style }),
    ...(label ? { label } : { 'aria-label': enclosing?.text ?? placeholder ?? node.component }),
    ...(!label && enclosing && enclosing.text === null && { 'aria-labelledby': enclosing.id }),
    ...(description && { description }),
    ...(placeholder && { placeholder }),
    ...(isReadonly && { readOnly: true, 'data-readonly': true }),
    disabled: disabled === true,
  }
}

export function useAutofocus(node: Node, field: RefObject<HTMLElement | null>): void {
  const isWanted = useFlag(node, 'autofocus')
  useEffect(() => {
    if (isWanted) field.current?.focus()
  }, [isWanted, field])
}
