/** What form fields share: a name, a text, a caret that stays, and knowing when somebody is done. */

import {
  createContext,
  type KeyboardEvent,
  type RefObject,
  useContext,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import type { Json, Node } from './protocol'
import { useAction, useProp, useReadonly, useRefusal } from './react'
import { type Box, useStyle } from './style'

interface Field extends Box {
  className: string
  label?: string
  'aria-label'?: string
  'aria-labelledby'?: string
  readOnly?: boolean
  description?: string
  placeholder?: string
  disabled: boolean
}

/** The `Label` around a field: where it stands, and what it says unless that is a component. */
export const LabelContext = createContext<{ id: string; text: string | null } | null>(null)

/** What every form field has: a box, a label or at least a name, and whether it can be used. */
export function useField(node: Node): Field {
  const { id, style } = useStyle(node)
  const label = useProp<string>(node, 'label')
  const description = useProp<string>(node, 'description')
  const placeholder = useProp<string>(node, 'placeholder')
  const disabled = useProp<boolean>(node, 'disabled')
  const isReadonly = useReadonly(node, 'value')
  const around = useContext(LabelContext)
  return {
    className: 'dara-field',
    ...(id && { id }),
    ...(style && { style }),
    ...(label ? { label } : { 'aria-label': around?.text ?? placeholder ?? node.component }),
    ...(!label && around && around.text === null && { 'aria-labelledby': around.id }),
    ...(description && { description }),
    ...(placeholder && { placeholder }),
    ...(isReadonly && { readOnly: true, 'data-readonly': true }),
    disabled: disabled === true,
  }
}

export function useAutofocus(node: Node, field: RefObject<HTMLElement | null>): void {
  const isWanted = useProp<boolean>(node, 'autofocus')
  useEffect(() => {
    if (isWanted) field.current?.focus()
  }, [isWanted, field])
}

/** Keeps the caret of a focused field in its place when somebody else changes the text. */
export function useSteadyCaret(field: RefObject<HTMLInputElement | HTMLTextAreaElement | null>): void {
  // Read while rendering: when effects run, the new text is in the DOM and the caret is at its end.
  const element = field.current
  const isFocused = element !== null && element === document.activeElement
  const before = isFocused ? { text: element.value, start: element.selectionStart, end: element.selectionEnd } : null
  const latest = useRef(before)
  latest.current = before
  useLayoutEffect(() => {
    const element = field.current
    if (!element || !latest.current || latest.current.start === null || latest.current.text === element.value) return
    element.setSelectionRange(latest.current.start, latest.current.end)
  })
}

/** A value as a text field shows it. */
export function textOf(value: Json): string {
  if (value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

interface Typed {
  /** What was typed since the field has focus; `null` if nothing was. */
  typed: string | null
  /** Why that was refused. What was typed stays meanwhile, so that it can be made right. */
  error: string | null
  type: (text: string) => void
  leave: () => void
}

/** Keeps what is being typed into a field while the server refuses it, which a half-typed value may have to be. */
export function useTyped(node: Node): Typed {
  const [typed, type] = useState<string | null>(null)
  const refusal = useRefusal(node, 'value', typed !== null)
  // The place inside the value means nothing to whom the field belongs.
  return { typed, error: refusal?.replace(/^\/\S*: /, '') ?? null, type, leave: () => type(null) }
}

interface Completion {
  onEdit: () => void
  onKeyDown: (event: KeyboardEvent) => void
  onBlur: () => void
}

/** Runs `oncomplete` at Enter, and when the field is left after a change. */
export function useComplete(node: Node, value: Json): Completion {
  const complete = useAction(node, 'oncomplete')
  const isEdited = useRef(false)
  const finish = () => {
    isEdited.current = false
    void complete?.(value)
  }
  return {
    onEdit: () => {
      isEdited.current = true
    },
    onKeyDown: (event) => {
      // Enter also ends the composition of a character, which completes nothing.
      if (event.key === 'Enter' && !event.nativeEvent.isComposing) finish()
    },
    onBlur: () => {
      if (isEdited.current) finish()
    },
  }
}
