/** The common part of the fields with an input element. */

import { type KeyboardEvent, type ReactNode, useRef } from 'react'
import type { Node } from '../fragments'
import { useCompletion, useInputBinding } from './boundField'
import { useAutofocus, useField } from './field'
import { FieldPresence, useFieldPresence } from './fieldPresence'
import type { Notation } from './valueBinding'

/** Return the props of the `TextInput` of a field, bound to the node's `value` in a notation or as a string. */
export function useInputField(node: Node, notation: Notation | null = null) {
  const field = useField(node)
  const input = useRef<HTMLInputElement>(null)
  const { others, ...presence } = useFieldPresence(node, 'value')
  const onInput = () => {
    completion.onEdit()
    presence.onEdit()
  }
  const bound = useInputBinding(node, input, onInput, notation)
  const completion = useCompletion(node, bound)
  useAutofocus(node, input)
  return {
    ...field,
    ref: input,
    inputContainer: (element: ReactNode) => <FieldPresence others={others}>{element}</FieldPresence>,
    error: bound.error,
    onKeyDown: completion.onKeyDown as (event: KeyboardEvent<HTMLInputElement>) => void,
    onFocus: presence.onFocus,
    onBlur: () => {
      presence.onBlur()
      bound.enter()
      completion.onBlur()
    },
  }
}
